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
    return cells(_MARK.sub("", text) if "\x01" in text or "\x03" in text else text)


def wrapped(text: str, first: int, width: int) -> list[str]:
    """Wrap a text at the ends of words. A word that is wider than a line is broken at the end of the line."""
    if measure(text) <= first:
        return [text.rstrip(" ")]
    lines, room = [""], first
    breaks = _BREAK if any(character >= "\u3000" for character in text) else " "
    ends = re.findall(breaks, text)
    for end, word in zip(["", *ends], re.split(breaks, text), strict=True):
        start, *rest = _cut(word, width)
        joined = f"{lines[-1]}{end}{start}" if lines[-1] else start
        if measure(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(start)
        lines.extend(rest)
        room = first if len(lines) == 1 else width
    return list(_each_painted(line.rstrip(" ") for line in lines))


def _cut(word: str, width: int) -> list[str]:
    pieces = [""]
    if measure(word) <= width:
        return [word]
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
