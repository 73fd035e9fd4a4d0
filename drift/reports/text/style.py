"""Text with colours for a terminal, in lines no wider than it is. Pure.

A colour stands in a text as a mark, a control character that no text from outside has left, until the text has been
laid out; it takes no room. Colour repeats what words and the symbols + - ~ → already say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from drift.reports.wording.escape import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UNBREAKABLE: Final = "\x00"
"""A space inside a name, where a line must not be broken."""

_RESET: Final = "\x1b[0m"
_STYLES: Final = {
    "+": "\x1b[32m",
    "-": "\x1b[31m",
    "~": "\x1b[33m",
    "→": "\x1b[36m",
    "✔": "\x1b[32m",
    "✘": "\x1b[31m",
    "!": "\x1b[33m",
    "?": "\x1b[33m",
    "heading": "\x1b[1m",
    "faint": "\x1b[2m",
    "name": "\x1b[1m",
    "error": "\x1b[31m",
    "warning": "\x1b[33m",
    "info": "\x1b[36m",
    "ignore": "\x1b[2m",
    "good": "\x1b[1;32m",
    "bad": "\x1b[1;31m",
    "unsure": "\x1b[1;33m",
}
_MARK: Final = re.compile("\x01([^\x02]*)\x02|\x03")
# A line may end at a space, and in Chinese between characters and behind punctuation, but not before a measure word.
# To compile that takes longer than all else that is done for a short report, so English is spared it.
_HAN: Final = "\u4e00-\u9fff"
_STOPS: Final = "\u3001\u3002\uff09\uff0c\uff1a\uff1b"
_BREAK: Final = f" (?![{_HAN}])|(?<=[{_HAN}])(?=[{_HAN}])|(?<=[{_STOPS}])(?![{_STOPS} ]|$)"
# Compiled when they are needed first, which they seldom are.
_PIECE: Final = "(?s)\x01[^\x02]*\x02|\x03|."


def painted(text: str, style: str) -> str:
    """Paint a text in a style, if there is one of that name. The text has no colours yet."""
    return f"\x01{style}\x02{text}\x03" if text and style in _STYLES else text


def shown(lines: Iterable[str], *, colour: bool) -> str:
    """Join lines for a terminal, ending in a newline, with colours or without."""
    text = "".join(f"{line}\n" for line in lines)
    return _MARK.sub(_escape if colour else "", text).replace(UNBREAKABLE, " ")


def measure(text: str) -> int:
    """Count the terminal columns that a text takes."""
    if "\x01" in text or "\x03" in text:
        text = _MARK.sub("", text)
    return len(text) if text.isascii() else cells(text)


def wrapped(text: str, first: int, width: int) -> list[str]:
    """Wrap a text at the ends of words. A word that is wider than a line is broken at the end of the line."""
    if 2 * len(text) <= first or measure(text) <= first:  # no character takes more than two columns
        return [text.rstrip(" ")]
    lines, used, room = [""], 0, first
    for end, word in _words(text):
        rest: list[str] = []
        size = measure(word)
        if size > width:
            word, *rest = _cut(word, width)  # noqa: PLW2901 - the rest follows on lines of its own
            size = measure(word)
        gap = end if lines[-1] else ""
        if used + len(gap) + size <= room:
            lines[-1] += gap + word
            used += len(gap) + size
        else:
            lines.append(word)
            used = size
        if rest:
            lines.extend(rest)
            used = measure(rest[-1])
        room = first if len(lines) == 1 else width
    return list(_each_painted(line.rstrip(" ") for line in lines))


def filled(texts: Iterable[str], width: int | None) -> list[str]:
    """Wrap texts that each begin a line; without a width they stay as they are."""
    return [line for text in texts for line in (wrapped(text, width, width) if width else [text])]


def _words(text: str) -> Iterable[tuple[str, str]]:
    """Split a text where a line may end; return each word behind what is between it and the one before."""
    if text.isascii() or not any(character >= "\u3000" for character in text):
        first, *others = text.split(" ")
        return [("", first), *((" ", word) for word in others)]
    return zip(["", *re.findall(_BREAK, text)], re.split(_BREAK, text), strict=True)


def _cut(word: str, width: int) -> list[str]:
    """Cut a word that is wider than a line."""
    pieces = [""]
    for piece in re.findall(_PIECE, word):
        if measure(pieces[-1] + piece) > width:
            pieces.append("")
        pieces[-1] += piece
    return pieces


def _each_painted(lines: Iterable[str]) -> Iterator[str]:
    """Close each line's paint at its end, and open it again in the next line."""
    mark = ""
    for line in lines:
        whole = mark + line
        begun = whole.rfind("\x01")
        mark = whole[begun : whole.index("\x02", begun) + 1] if begun > whole.rfind("\x03") else ""
        yield f"{whole}\x03" if mark else whole


def _escape(mark: re.Match[str]) -> str:
    return _STYLES[mark[1]] if mark[1] else _RESET
