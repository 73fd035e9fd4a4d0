"""A document kept under a size by leaving out what matters least, and saying so. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

import msgspec

from drift.policy import Disposition
from drift.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Rank(IntEnum):
    """What is left out first. Within a rank, the end of the document goes before its beginning."""

    CHILDREN = 0
    EXPECTED = 1
    INFO = 2
    PICTURE = 3
    TABLE = 4
    WARNING = 5
    ERROR = 6
    ALWAYS = 7

    @classmethod
    def of(cls, severity: Severity, disposition: Disposition) -> Rank:
        """The rank of a change."""
        if disposition is not Disposition.UNEXPECTED:
            return cls.EXPECTED
        return {Severity.ERROR: cls.ERROR, Severity.WARNING: cls.WARNING}.get(severity, cls.INFO)


class Piece(msgspec.Struct, frozen=True):
    """Lines that are told or left out together; `says` counts what they tell."""

    text: str
    rank: Rank
    says: int


class Part(msgspec.Struct, frozen=True):
    """Pieces between a `head` and a `tail` that always stay. Each piece tells of so many of `noun`.

    `unsaid` counts what was never made into pieces.
    """

    head: str
    pieces: tuple[Piece, ...] = ()
    unsaid: int = 0
    noun: str = ""
    tail: str = ""

    def text(self, kept: Sequence[bool]) -> str:
        """The part with the pieces that are kept, and the count of what isn't told."""
        told = "".join(piece.text for piece, keep in zip(self.pieces, kept, strict=True) if keep)
        hidden = self.unsaid + sum(piece.says for piece, keep in zip(self.pieces, kept, strict=True) if not keep)
        return f"{self.head}{told}{self._notice(hidden)}{self.tail}"

    def _notice(self, hidden: int) -> str:
        if not hidden:
            return ""
        noun = self.noun if hidden == 1 else f"{self.noun}s"
        return _NOTICE.format(hidden=hidden, noun=noun)


_NOTICE: Final = "- … {hidden:,} more {noun} not shown to keep this report short; the JSON report has them all\n"
_NOTICE_ROOM: Final = len(_NOTICE) + 40


def bytes_of(text: str) -> int:
    """The size of a text in a file."""
    return len(text.encode("utf-8", "surrogatepass"))


def fitted(parts: Sequence[Part], limit: int, size: Callable[[str], int] = len) -> str:
    """The parts in their order, with pieces left out until they have at most `limit` characters, or what `size` counts.

    What stays always may be more than that.
    """
    kept = [[True] * len(part.pieces) for part in parts]
    excess = sum(_size(part, size) for part in parts) - limit
    for rank, back, index in sorted(
        (piece.rank, -place, -index) for place, part in enumerate(parts) for index, piece in enumerate(part.pieces)
    ):
        if excess <= 0 or rank is Rank.ALWAYS:
            break
        kept[-back][-index] = False
        excess -= size(parts[-back].pieces[-index].text)
    return "".join(part.text(keep) for part, keep in zip(parts, kept, strict=True))


def _size(part: Part, size: Callable[[str], int]) -> int:
    return size(part.head) + size(part.tail) + _NOTICE_ROOM + sum(size(piece.text) for piece in part.pieces)
