"""The names of a lake's folders and files. Opens nothing.

Each reader guesses the type of the value in a folder's name anew: `007` and `7` become one number, `1e5` another. A
value that begins with a letter and a dash is text for all of them.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

PART: Final = "part=i-"
"""What the folder of every instance begins with."""

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST: Final = 160  # file systems allow 255 bytes for a name
_DIGITS: Final = 24


def part(instance: str) -> str:
    """Return the name of an instance's folder. Capitals are encoded as well, because folders may ignore case."""
    pieces = [each if each in _PLAIN else _encoded(each) for each in instance]
    if sum(map(len, pieces)) <= _LONGEST:
        return PART + "".join(pieces)
    # Whole pieces only: half of a code would be no text any more.
    head = ""
    while len(head) + len(pieces[0]) <= _LONGEST:
        head += pieces.pop(0)
    return f"{PART}{head}-{sha256(instance.encode()).hexdigest()[:_DIGITS]}"


def file_of(table: str, instance: str) -> str:
    """Return the path of an instance's file of a table, below the lake."""
    return f"{table}/{part(instance)}/{table}.parquet"


def _encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())
