"""Pseudonyms: consistent replacements for the names, ids, addresses and texts of a document. Pure.

Equal texts have equal pseudonyms, and different texts different ones. What the reading of a payload depends on stays:
the documented words, the shape of ids, the numbers at the ends of names, and signs such as `_` and `.`. No pseudonym is
made from the text that it stands for, so none can be traced back.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode.layouts.layout import NUMBERED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_PARTS: Final = re.compile(
    r"(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<number>(?<![0-9a-z])[0-9]{32,}(?![0-9a-z]))"
    r"|(?P<id>[0-9a-f]{32})(?P<suffix>in\d\d)?"
    r"|(?P<ipv4>(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]))"
    r"|(?P<ipv6>(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:]))"
    r"|(?P<opaque>(?=[0-9a-z]*\d)(?=[0-9a-z]*[a-z])[0-9a-z]{16,})"
    r"|(?P<word>(?:[^\W\d_]|[^\x00-\x7f])+)"
    r"|(?P<digits>[0-9]+)",
    re.IGNORECASE,
)
_SHORT_NUMBER: Final = 5
"""The most digits of a number that stays: ports, counts, versions, and the numbers of shards."""

_CONSONANTS: Final = "bdfgklmnprstvz"
_VOWELS: Final = "aeiou"
_FEWEST_SYLLABLES: Final = 2


def words_of(text: str) -> set[str]:
    """List the parts of a text that no pseudonym may repeat."""
    return {match[0].casefold() for match in _PARTS.finditer(text)}


class Pseudonyms:
    """The pseudonyms of one document. Documented words stay; `taken` are the parts of its own texts."""

    def __init__(self, is_documented: Callable[[str], bool], taken: Collection[str]) -> None:
        self._is_documented = is_documented
        self._taken = taken
        self._texts: dict[str, str] = {}
        self._parts: dict[str, str] = {}
        self._used: set[str] = set()
        self._counts: dict[str, int] = {}

    def text(self, text: str) -> str:
        """Return the pseudonym of a text, which a number at its end survives: `orders_0003` → `bade_0003`."""
        if text not in self._texts:
            numbered = NUMBERED.fullmatch(text)
            stem = numbered[1] if numbered and len(numbered[2]) <= _SHORT_NUMBER else text
            stays = self._is_documented(plain(stem))
            self._texts[text] = (stem if stays else _PARTS.sub(self._part, stem)) + text[len(stem) :]
        return self._texts[text]

    def number(self, number: int) -> int:
        """Return the pseudonym of a whole number, that of its text. Short ones stay."""
        return int(self.text(str(number)))

    def _part(self, match: re.Match[str]) -> str:
        kind, part = match.lastgroup or "word", match[0]
        if kind == "suffix":
            kind = "id"
        if (kind == "digits" and len(part) <= _SHORT_NUMBER) or (kind == "word" and self._is_documented(plain(part))):
            return part
        if kind == "ipv6" and not _is_ipv6(part):
            return "".join(_PARTS.sub(self._part, piece) if piece != ":" else piece for piece in re.split("(:)", part))
        if part not in self._parts:
            self._parts[part] = self._unused(kind, part)
            self._used.add(self._parts[part].casefold() if part.islower() else self._parts[part])
        return self._parts[part]

    def _unused(self, kind: str, part: str) -> str:
        """Return the pseudonym of the same part in lower case, spelled as this one; or a new one."""
        lower = part.casefold()
        if lower != part:
            spelled = _spelled(self._lower(kind, lower), part)
            if spelled not in self._used:
                return spelled
        return self._lower(kind, lower) if lower == part else self._new(kind, part)

    def _lower(self, kind: str, lower: str) -> str:
        if lower not in self._parts:
            self._parts[lower] = self._new(kind, lower)
        return self._parts[lower]

    def _new(self, kind: str, part: str) -> str:
        while True:
            count = self._counts[kind] = self._counts.get(kind, -1) + 1
            made = _MAKERS[kind](count, part)
            free = made not in self._taken and made not in self._used and not self._is_documented(made)
            if free:
                self._used.add(made)
                return made


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _spelled(word: str, model: str) -> str:
    """Spell a word in the case of another: `Orders` → `Bade`."""
    if model.isupper():
        return word.upper()
    return "".join(
        each.upper() if index < len(model) and model[index].isupper() else each for index, each in enumerate(word)
    )


def _word(count: int, _part: str) -> str:
    syllables: list[str] = []
    while count or len(syllables) < _FEWEST_SYLLABLES:
        count, rest = divmod(count, len(_CONSONANTS) * len(_VOWELS))
        syllables.append(_CONSONANTS[rest // len(_VOWELS)] + _VOWELS[rest % len(_VOWELS)])
    return "".join(reversed(syllables))


def _digest(count: int, digits: int) -> str:
    return hashlib.sha256(f"a pseudonym {count}".encode()).hexdigest()[:digits]


def _id(count: int, part: str) -> str:
    return _digest(count, 32) + part[32:]


def _uuid(count: int, _part: str) -> str:
    digits = _digest(count, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _ipv4(count: int, _part: str) -> str:
    return str(ipaddress.IPv4Address("10.0.0.1") + count)


def _ipv6(count: int, _part: str) -> str:
    return str(ipaddress.IPv6Address("2001:db8::1") + count)


def _digits(count: int, part: str) -> str:
    return str(10 ** (len(part) - 1) + count)


_MAKERS: Final[dict[str, Callable[[int, str], str]]] = {
    "uuid": _uuid,
    "number": _digits,
    "id": _id,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "opaque": _word,
    "word": _word,
    "digits": _digits,
}
