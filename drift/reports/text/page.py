"""A page for a terminal: paragraphs, headings, tables and commands, no line wider than the terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.text.style import UNBREAKABLE, painted, shown, wrapped
from drift.reports.text.table import aligned, table
from drift.reports.wording.escape import Medium, sentence, text_literal, text_name

if TYPE_CHECKING:
    from collections.abc import Sequence

NARROWEST: Final = 40
_ENDLESS: Final = 1 << 30

PAGE: Final = Medium(
    lambda text: text_name(text).replace(" ", UNBREAKABLE),
    lambda text: text_literal(text).replace(" ", UNBREAKABLE),
)
"""Names that no line breaks within."""


class Page:
    """Lines no wider than the page; without a width, as wide as they need to be."""

    def __init__(self, width: int | None) -> None:
        self._width = _ENDLESS if width is None else max(width, NARROWEST)
        self._lines: list[str] = []

    def line(self, text: str, *, indent: int = 0, symbol: str = "", style: str = "") -> None:
        """Add a paragraph behind a symbol. Further lines are indented more."""
        lead = f"{symbol} " if symbol else ""
        hang = indent + (len(lead) or 2)
        first, *rest = wrapped(painted(text, style), self._width - indent - len(lead), self._width - hang)
        self._lines.append(" " * indent + painted(symbol, symbol) + lead[len(symbol) :] + first)
        self._lines.extend(" " * hang + piece for piece in rest)

    def command(self, text: str, *, indent: int) -> None:
        """Add a shell command, broken across lines with backslashes."""
        width = self._width - indent - len(" \\")
        *lines, last = wrapped(sentence(text), width, width)
        self._lines.extend(f"{' ' * indent}{line} \\" for line in lines)
        self._lines.append(f"{' ' * indent}{last}")

    def heading(self, text: str) -> None:
        """Add a section's heading."""
        self._lines.append("")
        self.line(text, style="heading")

    def rows(self, rows: Sequence[tuple[str, ...]], alignment: str) -> None:
        """Add rows in aligned columns, `<` or `>` each; as paragraphs where columns would not fit the page."""
        if not rows:
            return
        right = frozenset(place for place, side in enumerate(alignment) if side == ">")
        laid_out = aligned(rows, right=right, width=self._width - 2)
        if laid_out is not None:
            self._lines.extend(f"  {line}" for line in laid_out)
            return
        for row in rows:
            self.line("  ".join(cell for cell in row if cell), indent=2)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> None:
        """Add a table with a head."""
        self._lines.append("")
        self._lines.extend(table(head, rows, right=right, width=self._width))

    def text(self, *, colour: bool) -> str:
        """Return all lines, each ending in a newline."""
        return shown(self._lines, colour=colour)
