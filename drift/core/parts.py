"""The parts of a fleet: each instance falls to one of them by its name. Pure."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final, NamedTuple

_MOST: Final = 10_000
_STEP: Final = 6364136223846793005  # of the generator in the paper
_WORD: Final = 2**64


class Part(NamedTuple):
    """The part `number` of `parts`, counted from 1."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    def holds(self, name: str) -> bool:
        """Return whether an instance falls to this part."""
        return _place(name, self.parts) == self.number


def parse(text: str) -> Part:
    """Read a part such as `3/16`. Raises ValueError for any other text, and for a part that there is not."""
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    if match is None:
        raise ValueError(f"{text!r} is no part; expected K/N, such as 3/16 for the third of sixteen")
    part = Part(int(match[1]), int(match[2]))
    if not 1 <= part.parts <= _MOST:
        raise ValueError(f"{text}: expected from 1 to {_MOST:,} parts")
    if not 1 <= part.number <= part.parts:
        raise ValueError(f"there is no part {part.number} of {part.parts}; parts are counted from 1 to {part.parts}")
    return part


def _place(name: str, count: int) -> int:
    """Return the number of the part that a name falls to.

    Jump consistent hashing (Lamping and Veach, 2014): other names don't matter, and where the number of parts grows, a
    name stays or goes to one of the new parts.
    """
    state = int.from_bytes(sha256(name.encode()).digest()[:8], "big")
    place, jump = 0, 0
    while jump < count:
        place = jump
        state = (state * _STEP + 1) % _WORD
        jump = int((place + 1) * (1 << 31) / ((state >> 33) + 1))
    return place + 1
