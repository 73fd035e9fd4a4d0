"""Size limits: a document without its least important pieces, and a notice of the omissions. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from drift.reports.content.rank import Rank
from drift.reports.wording.i18n import mark_sentence, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LIMIT: Final = 65_536
"""Characters that a comment on GitHub may have."""


class Piece(msgspec.Struct, frozen=True):
    """Lines that are kept or left out together. `says` counts the things in them, of `noun` or the part's noun.

    Pieces in a row with the same `fold` are folded beneath that summary, the first as the last to be left out.
    """

    text: str
    rank: Rank
    says: int
    noun: str = ""
    fold: str = ""


class Part(msgspec.Struct, frozen=True):
    """Pieces between a `head` and a `tail` that always stay. Each piece counts things of `noun`.

    `unsaid` counts what was never made into pieces.
    """

    head: str
    pieces: tuple[Piece, ...] = ()
    unsaid: int = 0
    noun: str = ""
    tail: str = ""

    def text(self, kept: Sequence[bool]) -> str:
        """Write the part with the pieces that are kept, and count the rest."""
        runs = groupby((piece for piece, keep in zip(self.pieces, kept, strict=True) if keep), attrgetter("fold"))
        text = "".join(_folded(fold, "".join(piece.text for piece in run)) for fold, run in runs)
        hidden = Counter({self.noun: self.unsaid})
        for piece, keep in zip(self.pieces, kept, strict=True):
            hidden[piece.noun or self.noun] += 0 if keep else piece.says
        return f"{self.head}{text}{''.join(_notice(count, noun) for noun, count in hidden.items())}{self.tail}"

    def sizes(self, size: Callable[[str], int]) -> list[int]:
        """Measure each piece, the first of a fold together with the fold."""
        folds = ["", *(piece.fold for piece in self.pieces)]
        return [
            size(piece.text) + (0 if piece.fold == before else size(_folded(piece.fold, "")))
            for piece, before in zip(self.pieces, folds, strict=False)
        ]

    def size(self, size: Callable[[str], int]) -> int:
        """Measure the whole, including the longest notices of omissions that may be needed."""
        nouns = {self.noun, *(piece.noun for piece in self.pieces if piece.noun)}
        notices = sum(size(_notice(_MOST_HIDDEN, noun)) for noun in nouns)
        return size(self.head) + size(self.tail) + notices + sum(self.sizes(size))


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n</details>\n\n" if summary else text


def _notice(hidden: int, noun: str) -> str:
    return f"- {translate(_NOTICE, more=plural_more(hidden, noun))}\n" if hidden else ""


_NOTICE: Final = mark_sentence("… {more} not shown to keep this report short; the JSON report has them all")
_MOST_HIDDEN: Final = 999_999_999


def bytes_of(text: str) -> int:
    """Count the bytes of a text in a file."""
    return len(text.encode("utf-8", "surrogatepass"))


def fitted(parts: Sequence[Part], limit: int, size: Callable[[str], int] = len) -> str:
    """Join the parts, leaving out pieces until they have at most `limit` characters, or as `size` counts.

    Pieces that are always kept may exceed the limit.
    """
    kept = [[True] * len(part.pieces) for part in parts]
    sizes = [part.sizes(size) for part in parts]
    excess = sum(part.size(size) for part in parts) - limit
    for rank, back, index in sorted(
        (piece.rank, -place, -index) for place, part in enumerate(parts) for index, piece in enumerate(part.pieces)
    ):
        if excess <= 0 or rank is Rank.ALWAYS:
            break
        kept[-back][-index] = False
        excess -= sizes[-back][-index]
    return "".join(part.text(keep) for part, keep in zip(parts, kept, strict=True))


def within(parts: Sequence[Part], room: int | None) -> str:
    """Fit the parts into that many bytes, or by default into a comment."""
    return fitted(parts, LIMIT) if room is None else fitted(parts, room, bytes_of)
