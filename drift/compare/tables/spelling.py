"""One spelling for what MySQL 5.7, MySQL 8.0 and MariaDB write in different ways. Pure.

Each function takes a text of `information_schema` and returns what is compared and shown.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final

_WIDTH: Final = re.compile(r"^(tinyint|smallint|mediumint|int|bigint|year)\(\d+\)(?!.*zerofill)")
# Programs take tinyint(1) for a boolean, and MySQL 8.0 goes on showing its width.
_BOOLEAN: Final = re.compile(r"^tinyint\(1\)(?! unsigned)")
_OLD_FORMAT: Final = re.compile(r"^((?:time|datetime|timestamp)(?:\(\d\))?)\s*/\*[^*]*\*/")
_NOW: Final = re.compile(r"\b(?:current_timestamp|now|localtimestamp|localtime)\b(?:\((\d*)\))?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$", re.IGNORECASE)
_BITS: Final = re.compile(r"^(?:b'[01]*'|x'[0-9a-f]*'|0x[0-9a-f]*)$", re.IGNORECASE)
_INTRODUCER: Final = re.compile(r"(?<!\w)_[a-z0-9]+$")
_PIECES: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'|[^']+|'", re.DOTALL)
_ESCAPE: Final = re.compile(r"''|\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_TEMPORAL: Final = ("datetime", "timestamp")


def spell_type(text: str) -> str:
    """Write a column's type without display width and without the comment on an old format."""
    text = _OLD_FORMAT.sub(r"\1", text)
    return text if _BOOLEAN.match(text) else _WIDTH.sub(r"\1", text)


def spell_collation(name: str | None) -> str | None:
    """Write a collation or a character set with `utf8mb3` for `utf8`, which is the same."""
    if name is None:
        return None
    return f"utf8mb3{name[4:]}" if name == "utf8" or name.startswith("utf8_") else name


def spell_default(text: str | None, column_type: str, extra: str, family: str) -> str | None:
    """Write a default as a literal in quotes or as an expression; None is no default, or NULL.

    MariaDB quotes literals and writes NULL. MySQL quotes nothing, and marks an expression in `extra`, except for the
    time of a row in 5.7.
    """
    if text is None or (family == "mariadb" and text.upper() == "NULL"):
        return None
    if family == "mariadb":
        return _of_mariadb(text)
    is_time = column_type.startswith(_TEMPORAL) and _NOW.match(text) is not None
    if is_time or "default_generated" in extra.lower():
        return spell_expression(text, family)
    return text.lower() if _BITS.match(text) else _quoted(text)


def _of_mariadb(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return _quoted(_ESCAPE.sub(_unescaped, text[1:-1]))
    if _BITS.match(text):
        return text.lower()
    return _quoted(text) if _NUMBER.match(text) else spell_expression(text, "mariadb")


def _unescaped(found: re.Match[str]) -> str:
    letter = found[1]
    return "'" if letter is None else _ESCAPES.get(letter, letter)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def spell_extra(text: str) -> str:
    """Write what else a column is: AUTO_INCREMENT, ON UPDATE, INVISIBLE. A generated column says so elsewhere."""
    lower = _now(text.lower())
    for word in ("default_generated", "virtual generated", "stored generated", "persistent generated"):
        lower = lower.replace(word, "")
    return " ".join(word for word in lower.replace(",", " ").split() if word not in {"virtual", "persistent"})


def spell_generated(expression: str | None, extra: str, family: str) -> str | None:
    """Write how a column is computed, and whether it is stored; None where it isn't."""
    if not expression:
        return None
    is_stored = any(word in extra.lower() for word in ("stored", "persistent"))
    return f"({spell_expression(expression, family)}) {'stored' if is_stored else 'virtual'}"


def spell_expression(text: str, family: str) -> str:
    """Write an expression without back ticks, character sets of literals, and white space that says nothing.

    MySQL escapes the quotes of literals once more.
    """
    pieces = _PIECES.findall(text.replace("\\'", "'") if family == "mysql" else text)
    written = (
        piece if piece[0] == "'" else _plain(piece, before_literal=following[:1] == "'")
        for piece, following in zip_longest(pieces, pieces[1:], fillvalue="")
    )
    return _without_parentheses("".join(written).strip())


def _plain(text: str, *, before_literal: bool) -> str:
    spaced = re.sub(r"\s+", " ", _now(text.replace("`", "").lower()))
    closed = re.sub(r" ?([(),=<>+*/-]) ?", r"\1", spaced)
    return _INTRODUCER.sub("", closed) if before_literal else closed


def _now(text: str) -> str:
    return _NOW.sub(lambda found: f"current_timestamp({found[1]})" if found[1] else "current_timestamp", text)


def _without_parentheses(text: str) -> str:
    """Take away parentheses around the whole."""
    while text.startswith("(") and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closing(text: str) -> int:
    """Return the place of the parenthesis that closes the first one; -1 for none."""
    depth, place = 0, 0
    for piece in _PIECES.findall(text):
        for letter in piece if piece[0] != "'" else "":
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                return place
            place += 1
        place += len(piece) if piece[0] == "'" else 0
    return -1
