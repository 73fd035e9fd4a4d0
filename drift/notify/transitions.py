"""What stands, against what was told before: the transitions. Pure.

A thing that is wrong has an identity that it keeps (`key`: which rule, of whom) and a fingerprint that changes with its
values. What could not be read is neither here nor gone: without a whole capture, nothing is resolved.
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
    """Why an instance could not be judged as a whole. What is of one `kind` is the same trouble, whatever the words."""

    kind: str
    text: str


class OpenItems(msgspec.Struct, frozen=True):
    """How an instance stands: what is wrong with it, as far as that could be seen, and what kept from seeing more."""

    items: tuple[Item, ...] = ()
    trouble: Trouble | None = None

    def at_least(self, severity: Severity) -> OpenItems:
        """The same without what matters less."""
        return OpenItems(tuple(item for item in self.items if item.severity >= severity), self.trouble)


class NotifiedState(msgspec.Struct, frozen=True):
    """What somebody knows of an instance: after how many notifications, what is open, and the kind of the trouble."""

    count: int = 0
    items: tuple[Item, ...] = ()
    trouble: str | None = None


class TransitionKind(StrEnum):
    """What became of something."""

    CAPTURE_FAILING = "capture-failing"
    CAPTURING_AGAIN = "capturing-again"
    OPENED = "opened"
    CHANGED = "changed"
    RESOLVED = "resolved"


class Transition(msgspec.Struct, frozen=True):
    """One thing to tell. `was` is the fingerprint before, of something that changed; a capture's have no `item`."""

    turn: TransitionKind
    item: Item | None = None
    was: str | None = None
    trouble: Trouble | None = None


def transitions(told: NotifiedState, found: OpenItems) -> tuple[Transition, ...]:
    """What to tell to somebody who knows that much: about the capture, then what is open now, then what no longer is.

    Each in the order of what was found, or of what was told.
    """
    return (*_of_capture(told, found), *_of_items(told, found))


def _of_capture(told: NotifiedState, found: OpenItems) -> Iterable[Transition]:
    if found.trouble is None and told.trouble is not None:
        yield Transition(TransitionKind.CAPTURING_AGAIN)
    if found.trouble is not None and found.trouble.kind != told.trouble:
        yield Transition(TransitionKind.CAPTURE_FAILING, trouble=found.trouble)


def _of_items(told: NotifiedState, found: OpenItems) -> Iterable[Transition]:
    known = {item.key: item for item in told.items}
    for item in found.items:
        before = known.get(item.key)
        if before is None:
            yield Transition(TransitionKind.OPENED, item)
        elif before.fingerprint != item.fingerprint:
            yield Transition(TransitionKind.CHANGED, item, was=before.fingerprint)
    if found.trouble is None:
        standing = {item.key for item in found.items}
        yield from (Transition(TransitionKind.RESOLVED, item) for item in told.items if item.key not in standing)


def after(told: NotifiedState, page: Iterable[Transition]) -> NotifiedState:
    """What somebody knows who has been told this as well."""
    items = {item.key: item for item in told.items}
    trouble = told.trouble
    for transition in page:
        match transition:
            case Transition(turn=TransitionKind.CAPTURE_FAILING, trouble=Trouble(kind=kind)):
                trouble = kind
            case Transition(turn=TransitionKind.CAPTURING_AGAIN):
                trouble = None
            case Transition(turn=TransitionKind.RESOLVED, item=Item(key=key)):
                items.pop(key, None)
            case Transition(item=Item(key=key) as item):
                items[key] = item
    return NotifiedState(told.count + 1, tuple(items.values()), trouble)
