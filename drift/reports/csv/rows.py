"""Rows as CSV by RFC 4180. A spreadsheet takes none of their texts for a formula. Pure."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from drift.core.model import canonical_json
from drift.reports.wording.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A text that begins with one of these is a formula to a spreadsheet, also in the wide forms of some keyboards. Tabs and
# ends of lines, which some pass over, are written out.
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Lines(list[str]):
    """The lines that a writer of CSV has written."""

    write = list.append


def document(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a head and rows. A missing value is empty, a truth value `true` or `false`, a structure JSON."""
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(list(_cells(row)) for row in rows)
    return "".join(lines)


def _cells(row: Sequence[object]) -> Iterator[str]:
    for value in row:
        match value:
            case None:
                yield ""
            case bool():
                yield "true" if value else "false"
            case int():
                yield str(value)
            case str():
                yield _text(value)
            case _:
                yield _text(canonical_json(value))


def _text(text: str) -> str:
    """Return a text that no spreadsheet calculates, and no terminal obeys: an apostrophe says that it is a text."""
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
