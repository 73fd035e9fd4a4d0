"""Transitions as the notification that a webhook gets, and in words for a terminal and for a chat. Pure.

The JSON is a payload as Standard Webhooks describes it: type, timestamp, data.
Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from drift.compare.diff import digest
from drift.core.version import __version__
from drift.notify.transitions import Transition, TransitionKind
from drift.reports.json.shapes import Count, Shape, Tool
from drift.reports.wording.escape import in_chat, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = 1
_MOST_LINES: Final = 20
_WORDS: Final = {
    TransitionKind.CAPTURE_FAILING: "capture failing",
    TransitionKind.CAPTURING_AGAIN: "capturing again",
    TransitionKind.OPENED: "opened",
    TransitionKind.CHANGED: "changed",
    TransitionKind.RESOLVED: "resolved",
}
_SeverityWord = Literal["info", "warning", "error"]


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What one channel is told of one instance at a time. `count` is how many it got of it before.

    `baseline` is a reference to what the instance is judged against and `snapshot` the number of what was captured,
    None where that failed. `still_open` is how many items are open after this.
    """

    channel: str
    instance: str
    count: int
    at: datetime
    baseline: str | None
    snapshot: int | None
    still_open: int
    transitions: tuple[Transition, ...]

    @property
    def id(self) -> str:
        """The same for the same transitions at the same point of the conversation, however often it is sent."""
        told = [
            [each.turn, each.item and [each.item.key, each.item.fingerprint], each.trouble and each.trouble.kind]
            for each in self.transitions
        ]
        return f"msg_{digest([self.channel, self.instance, self.count, told]).replace(':', '_')}_{self.count}"

    @property
    def turns(self) -> frozenset[TransitionKind]:
        """The kinds of transitions in it."""
        return frozenset(each.turn for each in self.transitions)


class Telling(Shape):
    """One transition. About a capture, there is `kind` instead of what an item has."""

    transition: TransitionKind
    kind: str | UnsetType = UNSET
    rule: str | UnsetType = UNSET
    severity: _SeverityWord | UnsetType = UNSET
    entity: str | UnsetType = UNSET
    database: str | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    fingerprint: str | UnsetType = UNSET
    was: str | UnsetType = UNSET
    text: str | UnsetType = UNSET


class Data(Shape):
    """What became of one instance."""

    id: str
    channel: str
    instance: str
    baseline: str | None
    snapshot: int | None
    open: Count
    transitions: Annotated[list[Telling], msgspec.Meta(min_length=1)]


class Document(Shape):
    """The body that a webhook gets."""

    format: Literal[1]
    type: Literal["drift.transitions"]
    timestamp: datetime
    tool: Tool
    data: Data


def document(found: Notification) -> str:
    """The notification as JSON on one line."""
    shape = Document(
        format=FORMAT,
        type="drift.transitions",
        timestamp=found.at.replace(microsecond=0),
        tool=Tool(name="ddm-drift", version=__version__),
        data=Data(
            id=found.id,
            channel=found.channel,
            instance=found.instance,
            baseline=found.baseline,
            snapshot=found.snapshot,
            open=found.still_open,
            transitions=[_telling(each) for each in found.transitions],
        ),
    )
    return json_text(msgspec.json.encode(shape).decode())


def _telling(transition: Transition) -> Telling:
    match transition:
        case Transition(item=None, trouble=None):
            return Telling(transition=transition.turn)
        case Transition(item=None, trouble=trouble) if trouble is not None:
            return Telling(transition=transition.turn, kind=trouble.kind, text=trouble.text)
        case Transition(item=item) if item is not None:
            severity: _SeverityWord = item.severity.word  # type: ignore[assignment] # what is ignored is not told
            return Telling(
                transition=transition.turn,
                rule=item.rule,
                severity=severity,
                entity=item.entity,
                database=item.database,
                name=item.name,
                fingerprint=item.fingerprint,
                was=UNSET if transition.was is None else transition.was,
                text=item.text,
            )
    raise AssertionError("a transition is about a capture or about an item")


def title(found: Notification) -> str:
    """What it comes to, on one line: `orders-prod: 3 opened, 1 resolved; 5 open`. Safe for any medium."""
    counts = Counter(each.turn for each in found.transitions)
    parts = [
        f"{counts[turn]:,} {_WORDS[turn]}"
        for turn in (TransitionKind.OPENED, TransitionKind.CHANGED, TransitionKind.RESOLVED)
        if counts[turn]
    ]
    about = [_WORDS[turn] for turn in (TransitionKind.CAPTURE_FAILING, TransitionKind.CAPTURING_AGAIN) if counts[turn]]
    return f"{found.instance}: {', '.join([*about, *parts])}; {found.still_open:,} open"


def text(found: Notification) -> str:
    """The notification for a terminal or a mail of cron, all of it; ends in a newline."""
    return "\n".join([title(found), *(f"  {head}{said}" for head, said in map(_line, found.transitions)), ""])


def markdown(found: Notification) -> str:
    """The notification's lines for a chat: the first of them, and how many more there are."""
    lines = list(_chat_lines(found))
    more = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *([f"- and {more:,} more"] if more > 0 else [])])


def _chat_lines(found: Notification) -> Iterator[str]:
    for head, said in map(_line, found.transitions):
        yield f"- {head}{in_chat(said) if said else ''}"


def _line(transition: Transition) -> tuple[str, str]:
    """What is drift's own in it, and what may hold words of others."""
    word = _WORDS[transition.turn]
    if transition.item is not None:
        item = transition.item
        return f"{word} ({item.severity.word}) {item.rule}: ", item.text
    return (f"{word}: ", transition.trouble.text) if transition.trouble else (word, "")
