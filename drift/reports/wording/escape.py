r"""Escaping of text from outside for each medium. Pure.

Names come from a payload that anybody may have written. Whatever a terminal, a CI log or a Markdown renderer could
take for a command, or an eye could not see, becomes a visible `\uXXXX`; a backslash that would look like the start of
such an escape is escaped itself, so two different short texts never look the same. JSON keeps every value exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from unicodedata import combining, east_asian_width

import msgspec

from drift.reports.wording.i18n import translate

NAME_LIMIT: Final = 100
"""Characters of a name or a value that are shown to eyes. DDM's own names have at most 64."""

# Controls, invisible and bidirectional format characters, every space but the plain one, surrogates, noncharacters.
_UNSEEN: Final = (
    "\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5"
    "\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# `::error`, `##[error]`, `##vso[…]` and `##teamcity[…]` are orders to the log readers of CI services. A `::` before
# letters that are no hex digits can't be an IPv6 address.
_ORDERS: Final = r"(?<=:):(?=[a-zA-Z-]*[g-zG-Z-])|(?<=#)#"
# Compiled when they are needed first, which they seldom are.
_DANGEROUS: Final = rf"[{_UNSEEN}]|{_ORDERS}|\\(?=u)"
_UNSAFE_IN_JSON: Final = f"[{_UNSEEN.removeprefix(chr(0) + '-' + chr(0x1F))}]"
_UNSAFE_IN_TOML: Final = f"[{_UNSEEN}]"
_OBEYED_IN_CHATS: Final = "[<>@&`]|(?<=:)/"
_MERMAID_SAFE: Final = r"[^\W_]|(?<=[^\W_])[-._:](?=[^\W_])| (?=[^\W_])"
_PLAIN_NAME: Final = r"[\w.$/@+*%=:~#-]+"
_SUSPICIOUS: Final = ("::", "##", "\\u")  # of what is dangerous, all that is printable ASCII
_NOT_ASCII: Final = re.compile(r"[^\n -~]+")
_HARMLESS_NAME: Final = re.compile(rf"[A-Za-z0-9_.$/@+*%=~-]{{1,{NAME_LIMIT}}}")
_BACKTICKS: Final = re.compile("`+")


class Medium(msgspec.Struct, frozen=True):
    """How a medium shows text from outside: `name` delimits it where needed, `literal` is for JSON and the like."""

    name: Callable[[str], str]
    literal: Callable[[str], str]


def visible(text: str) -> str:
    """Put a text on one line, and escape every character that is invisible or that a reader might obey."""
    if text.isascii() and text.isprintable() and not any(sign in text for sign in _SUSPICIOUS):
        return text
    return re.sub(_DANGEROUS, _escape, text)


def shorten(text: str, limit: int = NAME_LIMIT) -> str:
    """Shorten a text to its two ends, with the count of the characters left out between them."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    left_out = translate("({count:,} more characters)", count=len(text) - limit)
    return f"{text[: limit - tail]}…{left_out}…{text[-tail:]}"


def text_name(text: str) -> str:
    """Show a name in a terminal: unchanged where it is one plain word, else in quotes."""
    if _HARMLESS_NAME.fullmatch(text):
        return text  # almost every name: a fifth of the time of the general way
    shown = visible(shorten(text))
    if re.fullmatch(_PLAIN_NAME, shown):
        return shown
    return '"' + shown.replace('"', r"\u0022") + '"'


def text_literal(text: str) -> str:
    """Show a text in a terminal, without delimiters."""
    return visible(shorten(text))


def sentence(text: str) -> str:
    """Show a message, long enough to be read completely."""
    return visible(shorten(text, 5 * NAME_LIMIT))


def code(text: str) -> str:
    """Write a Markdown code span, in which no markup, mention or HTML has a meaning."""
    return _code(visible(shorten(text)))


def code_sentence(text: str) -> str:
    """Write a message as a Markdown code span."""
    return _code(sentence(text))


def cell(text: str) -> str:
    """Write a code span for a Markdown table's cell.

    Renderers disagree about a backslash before an escaped bar, so there is never one.
    """
    return in_cell(code(text))


def in_cell(markdown: str) -> str:
    """Make code spans safe for a Markdown table's cell."""
    return markdown.replace("\\|", r"\u005c|").replace("|", r"\|")


def in_chat(text: str) -> str:
    """Write a safe text as a code span for a chat, so that it mentions nobody (`@all`, `<!channel>`, `<at>`).

    Services take different Markdown and some of them none, so whatever one of them obeys is escaped in the span, too.
    """
    return f"`{in_plain_chat(text)}`"


def in_plain_chat(text: str) -> str:
    """Write a safe text for a chat that shows no Markdown, so that it mentions nobody and links to nothing."""
    return re.sub(_OBEYED_IN_CHATS, _escape, text)


def mermaid(text: str) -> str:
    """Write the inside of a quoted Mermaid label: letters and digits unchanged, the rest as entity codes."""
    shown, safe = visible(shorten(text, NAME_LIMIT // 2)), re.compile(_MERMAID_SAFE)
    return "".join(
        character if safe.match(shown, place) else f"#{ord(character)};" for place, character in enumerate(shown)
    )


def workflow_data(text: str) -> str:
    """Escape a message for a workflow command of GitHub Actions. Source: `escapeData` of actions/toolkit."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Escape a property's value for a workflow command. Source: `escapeProperty` of actions/toolkit."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def percent_encoded(text: str) -> str:
    """Percent-encode everything but ASCII letters, digits and `._-`."""
    return "".join(
        character if character.isascii() and _is_word_safe(character) else _percent(character) for character in text
    )


def comment_word(text: str) -> str:
    """Percent-encode a word so that it can't close an HTML comment; beyond 200 characters, return its hash."""
    encoded = percent_encoded(text[:201])
    if len(text) > 2 * NAME_LIMIT:
        import hashlib

        return f"sha256~{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return encoded.replace("--", "-%2D")


def json_text(document: str) -> str:
    """Make a JSON document safe for a terminal: the same values, with invisible characters as JSON's own escapes."""
    if document.isascii() and "\x7f" not in document:
        return document
    # Almost all of any document is plain ASCII, over which the simple pattern runs twice as fast.
    return _NOT_ASCII.sub(lambda run: re.sub(_UNSAFE_IN_JSON, _json_escape, run[0]), document)


def json_document(content: object) -> str:
    """Encode whatever msgspec can as safe JSON, indented, ending in a newline."""
    return json_text(msgspec.json.format(msgspec.json.encode(content), indent=2).decode()) + "\n"


def toml_string(text: str) -> str:
    """Write a TOML string safe for a terminal: the same text, with invisible characters as TOML's own escapes."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{re.sub(_UNSAFE_IN_TOML, _toml_escape, quoted)}"'


def cells(text: str) -> int:
    """Count the terminal columns that a text takes."""
    if text.isascii():
        return len(text)
    others = (character for run in _NOT_ASCII.findall(text) for character in run)
    return len(text) + sum(-1 if combining(other) else east_asian_width(other) in "WF" for other in others)


def marked(text: str) -> str:
    """Put a name between two control characters that no text from outside keeps; `as_html` makes an element of it."""
    return f"\x02{visible(shorten(text)) or translate('(empty)')}\x03"


def marked_sentence(text: str) -> str:
    """Put a message between the same two."""
    return f"\x02{sentence(text) or translate('(empty)')}\x03"


def as_html(text: str) -> str:
    """Escape a text for HTML, and put its `marked` parts in `<code>`."""
    from html import escape

    return escape(text).replace("\x02", "<code>").replace("\x03", "</code>")


TEXT: Final = Medium(text_name, text_literal)
HTML: Final = Medium(marked, marked)
MARKDOWN: Final = Medium(code, code)
CELL: Final = Medium(cell, cell)


def _escape(match: re.Match[str]) -> str:
    point = ord(match[0])
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\u{{{point:x}}}"  # noqa: PLR2004 - the last of the four-digit ones


def _toml_escape(match: re.Match[str]) -> str:
    point = ord(match[0])
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"  # noqa: PLR2004 - the last of the four-digit ones


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def _code(shown: str) -> str:
    if not shown:
        return translate("(empty)")
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(shown)), default=0) + 1)
    padded = shown[0] == "`" or shown[-1] == "`" or (shown[0] == shown[-1] == " " and not shown.isspace())
    return f"{fence} {shown} {fence}" if padded else f"{fence}{shown}{fence}"


def _is_word_safe(character: str) -> bool:
    return character.isalnum() or character in "._-"


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
