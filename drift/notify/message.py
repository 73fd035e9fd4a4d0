"""A notification of transitions, and its JSON for a webhook; `texts` has the words for people. Pure.

The JSON is a payload as Standard Webhooks describes it: type, timestamp, data.
Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from drift.compare.diff import digest
from drift.core.validators import Language
from drift.core.version import __version__
from drift.notify.transitions import Transition, TransitionKind
from drift.reports.json.shapes import Count, Shape, Tool
from drift.reports.wording.escape import json_text

FORMAT: Final = 1
_SeverityWord = Literal["ignore", "info", "warning", "error"]


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """The transitions of one instance for one channel. `count` is the number of earlier notifications.

    `baseline` is a reference to what the instance is judged against and `snapshot` the number of what was captured,
    None where that failed. `still_open` is how many items are open after this. `command` shows all that is open, in
    the report of a gate; `language` is that of the people who are notified.
    """

    channel: str
    instance: str
    count: int
    at: datetime
    baseline: str | None
    snapshot: int | None
    still_open: int
    transitions: tuple[Transition, ...]
    command: str = ""
    language: Language = "en"

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


class Send(Protocol):
    """Sends a notification within some seconds. Raises DriftError where its arrival is not confirmed."""

    def __call__(self, notification: Notification, seconds: float, *, again: bool) -> None:
        """Send it. `again` says that it may have arrived before."""


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
    event: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    text: str | UnsetType = UNSET


class Data(Shape):
    """The transitions of one instance."""

    id: str
    channel: str
    instance: str
    baseline: str | None
    snapshot: int | None
    open: Count
    command: str | None
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
            command=found.command or None,
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
            severity: _SeverityWord = item.severity.word  # type: ignore[assignment] # the word of any severity
            return TransitionShape(
                transition=transition.kind,
                rule=item.rule,
                severity=severity,
                entity=item.entity,
                database=item.database,
                name=item.name,
                fingerprint=item.fingerprint,
                was=UNSET if transition.was is None else transition.was,
                event=item.event or UNSET,
                reason=transition.reason or UNSET,
                text=item.text,
            )
    raise AssertionError("a transition is about a capture or about an item")
