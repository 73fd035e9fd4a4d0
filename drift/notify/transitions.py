"""Transitions: the items that are open now, compared with those that were notified before. Pure.

An item has an identity that it keeps (`key`: the rule and the entity) and a fingerprint that changes with its
values. A part that was not read is unknown: without a complete capture, nothing is resolved.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from drift.policy.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One unexpected change, or one broken invariant. `text` says it in a sentence that a terminal can show."""

    key: str
    fingerprint: str
    rule: str
    severity: Severity
    entity: str
    database: str | None
    name: str
    text: str


class Trouble(msgspec.Struct, frozen=True):
    """The reason why an instance could not be judged completely. `kind` identifies it, whatever the words."""

    kind: str
    text: str


class OpenItems(msgspec.Struct, frozen=True):
    """The open items of an instance, and the trouble that kept drift from judging all of it."""

    items: tuple[Item, ...] = ()
    trouble: Trouble | None = None

    def at_least(self, severity: Severity) -> OpenItems:
        """Leave out the items below a severity."""
        return OpenItems(tuple(item for item in self.items if item.severity >= severity), self.trouble)


class NotifiedState(msgspec.Struct, frozen=True):
    """What a channel was last notified of an instance: how often, the open items, and the kind of the trouble."""

    count: int = 0
    items: tuple[Item, ...] = ()
    trouble: str | None = None


class TransitionKind(StrEnum):
    """The kind of a transition."""

    CAPTURE_FAILING = "capture-failing"
    CAPTURING_AGAIN = "capturing-again"
    OPENED = "opened"
    CHANGED = "changed"
    RESOLVED = "resolved"


class Transition(msgspec.Struct, frozen=True):
    """One transition. `was` is the previous fingerprint of a changed item. Those of the capture have no `item`."""

    kind: TransitionKind
    item: Item | None = None
    was: str | None = None
    trouble: Trouble | None = None


def transitions(notified: NotifiedState, found: OpenItems) -> tuple[Transition, ...]:
    """List the transitions since the last notification: the capture's, then of open items, then of resolved ones.

    Open items are in the order of `found`, resolved ones in that of the last notification.
    """
    return (*_of_capture(notified, found), *_of_items(notified, found))


def _of_capture(notified: NotifiedState, found: OpenItems) -> Iterable[Transition]:
    if found.trouble is None and notified.trouble is not None:
        yield Transition(TransitionKind.CAPTURING_AGAIN)
    if found.trouble is not None and found.trouble.kind != notified.trouble:
        yield Transition(TransitionKind.CAPTURE_FAILING, trouble=found.trouble)


def _of_items(notified: NotifiedState, found: OpenItems) -> Iterable[Transition]:
    known = {item.key: item for item in notified.items}
    for item in found.items:
        before = known.get(item.key)
        if before is None:
            yield Transition(TransitionKind.OPENED, item)
        elif before.fingerprint != item.fingerprint:
            yield Transition(TransitionKind.CHANGED, item, was=before.fingerprint)
    if found.trouble is None:
        standing = {item.key for item in found.items}
        yield from (Transition(TransitionKind.RESOLVED, item) for item in notified.items if item.key not in standing)


def after(notified: NotifiedState, page: Iterable[Transition]) -> NotifiedState:
    """Return the state after these transitions have been delivered."""
    items = {item.key: item for item in notified.items}
    trouble = notified.trouble
    for transition in page:
        match transition:
            case Transition(kind=TransitionKind.CAPTURE_FAILING, trouble=Trouble(kind=kind)):
                trouble = kind
            case Transition(kind=TransitionKind.CAPTURING_AGAIN):
                trouble = None
            case Transition(kind=TransitionKind.RESOLVED, item=Item(key=key)):
                items.pop(key, None)
            case Transition(item=Item(key=key) as item):
                items[key] = item
    return NotifiedState(notified.count + 1, tuple(items.values()), trouble)
