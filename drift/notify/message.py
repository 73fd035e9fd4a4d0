"""A notification of transitions: the JSON for a webhook, and text for terminals and chats. Pure.

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
    """The transitions of one instance for one channel. `count` is the number of earlier notifications.

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
        """An id that is the same for the same transitions after the same notifications, however often they are sent."""
        lines = [
            [each.kind, each.item and [each.item.key, each.item.fingerprint], each.trouble and each.trouble.kind]
            for each in self.transitions
        ]
        return f"msg_{digest([self.channel, self.instance, self.count, lines]).replace(':', '_')}_{self.count}"

    @property
    def kinds(self) -> frozenset[TransitionKind]:
        """The kinds of transitions in it."""
        return frozenset(each.kind for each in self.transitions)


class TransitionShape(Shape):
    """One transition. That of a capture has `kind` instead of an item's keys."""

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
    """The transitions of one instance."""

    id: str
    channel: str
    instance: str
    baseline: str | None
    snapshot: int | None
    open: Count
    transitions: Annotated[list[TransitionShape], msgspec.Meta(min_length=1)]


class Document(Shape):
    """The body that a webhook gets."""

    format: Literal[1]
    type: Literal["drift.transitions"]
    timestamp: datetime
    tool: Tool
    data: Data


def document(found: Notification) -> str:
    """Encode the notification as JSON on one line."""
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
            transitions=[_shape(each) for each in found.transitions],
        ),
    )
    return json_text(msgspec.json.encode(shape).decode())


def _shape(transition: Transition) -> TransitionShape:
    match transition:
        case Transition(item=None, trouble=None):
            return TransitionShape(transition=transition.kind)
        case Transition(item=None, trouble=trouble) if trouble is not None:
            return TransitionShape(transition=transition.kind, kind=trouble.kind, text=trouble.text)
        case Transition(item=item) if item is not None:
            severity: _SeverityWord = item.severity.word  # type: ignore[assignment] # ignored items are left out before
            return TransitionShape(
                transition=transition.kind,
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
    """Sum it up on one line: `orders-prod: 3 opened, 1 resolved; 5 open`. Safe for any medium."""
    counts = Counter(each.kind for each in found.transitions)
    parts = [
        f"{counts[kind]:,} {_WORDS[kind]}"
        for kind in (TransitionKind.OPENED, TransitionKind.CHANGED, TransitionKind.RESOLVED)
        if counts[kind]
    ]
    about = [_WORDS[kind] for kind in (TransitionKind.CAPTURE_FAILING, TransitionKind.CAPTURING_AGAIN) if counts[kind]]
    return f"{found.instance}: {', '.join([*about, *parts])}; {found.still_open:,} open"


def text(found: Notification) -> str:
    """Render the whole notification for a terminal or a mail from cron, ending in a newline."""
    return "\n".join([title(found), *(f"  {head}{said}" for head, said in map(_line, found.transitions)), ""])


def markdown(found: Notification) -> str:
    """Render the first lines of the notification for a chat, and count the others."""
    lines = list(_chat_lines(found))
    more = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *([f"- and {more:,} more"] if more > 0 else [])])


def _chat_lines(found: Notification) -> Iterator[str]:
    for head, said in map(_line, found.transitions):
        yield f"- {head}{in_chat(said) if said else ''}"


def _line(transition: Transition) -> tuple[str, str]:
    """Split a transition into drift's own words and the text that may hold words from outside."""
    word = _WORDS[transition.kind]
    if transition.item is not None:
        item = transition.item
        return f"{word} ({item.severity.word}) {item.rule}: ", item.text
    return (f"{word}: ", transition.trouble.text) if transition.trouble else (word, "")
