"""A notification as text for terminals, mails and chats, in the language of their readers. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.notify.folding import folded, kind_word
from drift.notify.transitions import TransitionKind
from drift.reports.wording.escape import in_chat, sentence
from drift.reports.wording.i18n import language_scope, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from drift.notify.folding import Line
    from drift.notify.message import Notification

MOST_LINES: Final = 20
"""Lines of one notification in a chat, however much room there is."""
_CAPTURES: Final = (TransitionKind.CAPTURE_FAILING, TransitionKind.CAPTURING_AGAIN)


class ChatText(NamedTuple):
    """What a chat shows: a title, and lines. `quote` has made text from outside safe in them."""

    title: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join([self.title, *self.lines])


def title(found: Notification) -> str:
    """Sum it up on one line: `orders-prod: 3 opened, 1 resolved; 5 open`. Safe for any medium."""
    with language_scope(found.language):
        return _title(found)


def _title(found: Notification) -> str:
    counts = Counter(each.kind for each in found.transitions)
    about = [kind_word(kind) for kind in _CAPTURES if counts[kind]]
    counted = [
        translate("{count:,} {kind}", count=counts[kind], kind=kind_word(kind))
        for kind in TransitionKind
        if kind not in _CAPTURES and counts[kind]
    ]
    what = translate(", ").join([*about, *counted])
    return translate("{instance}: {what}; {count:,} open", instance=found.instance, what=what, count=found.still_open)


def text(found: Notification, most: int | None = None) -> str:
    """Render the whole notification for a terminal or a mail, or `most` of its entries, ending in a newline."""
    with language_scope(found.language):
        told = folded(found.transitions)
        lines = [f"  {line}" for each in told[:most] for line in _whole(each)]
        if hidden := sum(line.size for line in told[len(told[:most]) :]):
            lines.append(f"  {translate('and {more}', more=plural_more(hidden, 'change'))}")
        return "\n".join([_title(found), *lines, *(f"  {line}" for line in _more(found)), ""])


def _whole(line: Line) -> Iterator[str]:
    yield line.text
    yield from (f"  {detail}" for detail in line.details)


def _more(found: Notification) -> Iterator[str]:
    if found.command:
        yield translate("more: {command}", command=sentence(found.command))


def chat_text(
    found: Notification, fits: Callable[[ChatText], bool], quote: Callable[[str], str] = in_chat, *, again: bool = False
) -> ChatText:
    """Render as many lines for a chat as fit, the worst first; the others are counted, and a command shows them.

    `quote` makes a text from outside safe in the chat. `again` says that the service has not confirmed it before.
    """
    with language_scope(found.language):
        lines = folded(found.transitions)[:MOST_LINES]
        head = translate("{name}: {what}", name="drift", what=_title(found))
        ending = list(_ending(found, quote, again=again))
        for shown in range(len(lines), -1, -1):
            told = ChatText(head, (*_chat_lines(found, lines[:shown], quote), *ending))
            if fits(told):
                return told
        return ChatText(head, ())


def _chat_lines(found: Notification, shown: list[Line], quote: Callable[[str], str]) -> Iterable[str]:
    yield from (f"- {quote(sentence(line.text))}" for line in shown)
    if hidden := len(found.transitions) - sum(line.size for line in shown):
        yield f"- {translate('and {more}', more=plural_more(hidden, 'change'))}"


def _ending(found: Notification, quote: Callable[[str], str], *, again: bool) -> Iterator[str]:
    if found.command:
        yield translate("more: {command}", command=quote(sentence(found.command)))
    if again:
        yield translate("This may be a repetition: {channel} did not confirm it before.", channel=found.channel)
