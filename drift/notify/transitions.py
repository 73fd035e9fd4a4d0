"""Transitions: the items that are open now, compared with those that were notified before. Pure.

An item has an identity that it keeps (`key`: the rule and the entity) and a fingerprint that changes with its values,
and with the name of the instance. Only what is as it was before is resolved; an item that ends otherwise says how. A
part that was not read is unknown: without a complete capture, nothing ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from drift.policy.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NOTHING: Final[Mapping[str, TransitionKind]] = MappingProxyType({})


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One unexpected change, or one broken invariant. `text` says it in an English sentence with whole ids.

    `said` is for people, in the language that is set: of a change of a shard what happened to it, without its name, so
    that alike ones are told together; else the whole sentence. `event` is the kind of the operation that a change
    belongs to and `title` says it; both are empty without one. `origin` is what the entity was, as JSON. `content` is
    a fingerprint without the name of the instance, empty if an older drift notified of it.
    """

    key: str
    fingerprint: str
    rule: str
    severity: Severity
    entity: str
    database: str | None
    name: str
    text: str
    said: str = ""
    event: str = ""
    title: str = ""
    origin: str = ""
    content: str = ""

    def has_values_of(self, other: Item) -> bool:
        """Whether two items of one key have the same values, also if the instance was renamed meanwhile."""
        if self.content and other.content:
            return self.content == other.content
        return self.fingerprint == other.fingerprint


class Trouble(msgspec.Struct, frozen=True):
    """The reason why an instance could not be judged completely. `kind` identifies it, whatever the words."""

    kind: str
    text: str


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
    """It is as it was before."""
    ACCEPTED = "accepted"
    """It is part of the baseline now."""
    WAIVED = "waived"
    """A waiver covers it now."""
    IGNORED = "ignored"
    """Its rule is ignored now."""
    BELOW_THRESHOLD = "below-threshold"
    """Its severity is below the threshold now."""
    SUPERSEDED = "superseded"
    """Other open items are about the same entity now."""


class Transition(msgspec.Struct, frozen=True):
    """One transition. `was` is the previous fingerprint of a changed item. Those of the capture have no `item`.

    `reason` is that of a waiver.
    """

    kind: TransitionKind
    item: Item | None = None
    was: str | None = None
    trouble: Trouble | None = None
    reason: str = ""


class Ended(msgspec.Struct, frozen=True):
    """An item that is not open, though it is not as it was before; `reason` says why where there is more to say."""

    kind: TransitionKind
    item: Item
    reason: str = ""


class OpenItems(msgspec.Struct, frozen=True):
    """The open items of an instance, those that ended otherwise, and the trouble that kept drift from judging it all.

    `gone` says of items notified before that are in neither how they ended, by key; without a word, they are resolved.
    """

    items: tuple[Item, ...] = ()
    trouble: Trouble | None = None
    ended: tuple[Ended, ...] = ()
    gone: Mapping[str, TransitionKind] = _NOTHING

    def at_least(self, severity: Severity, accepted: Severity | None = None) -> OpenItems:
        """Take the items below a severity as ended. Accepted ones are left out below theirs, which may be another."""
        below = (Ended(TransitionKind.BELOW_THRESHOLD, item) for item in self.items if item.severity < severity)
        least = severity if accepted is None else accepted
        kept = (each for each in self.ended if each.kind is not TransitionKind.ACCEPTED or each.item.severity >= least)
        items = tuple(item for item in self.items if item.severity >= severity)
        return OpenItems(items, self.trouble, (*kept, *below), self.gone)

    def accepted(self) -> OpenItems:
        """Take everything that differs from the baseline as accepted: with the new one, there is no trouble either."""
        accepted = (Ended(TransitionKind.ACCEPTED, item) for item in (*self.items, *(each.item for each in self.ended)))
        return OpenItems((), None, tuple(accepted), self.gone)


def transitions(notified: NotifiedState, found: OpenItems) -> tuple[Transition, ...]:
    """List the transitions since the last notification: the capture's, then of open items, then of those that ended.

    Open items are in the order of `found`, ended ones in that of the last notification. What is accepted before
    anybody was notified of it comes last: whoever is notified of changes hears of all that became the baseline.
    """
    capture, opened = _of_capture(notified, found), _of_items(notified, found)
    return (*capture, *opened, *(() if found.trouble else _of_ended(notified, found)))


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
        elif not item.has_values_of(before):
            yield Transition(TransitionKind.CHANGED, item, was=before.fingerprint)


def _of_ended(notified: NotifiedState, found: OpenItems) -> Iterator[Transition]:
    ended, standing = {each.item.key: each for each in found.ended}, {item.key for item in found.items}
    for item in notified.items:
        if (how := ended.get(item.key)) is not None:
            yield Transition(how.kind, how.item, reason=how.reason)
        elif item.key not in standing:
            yield Transition(found.gone.get(item.key, TransitionKind.RESOLVED), item)
    known = {item.key for item in notified.items}
    for how in ended.values():
        if how.kind is TransitionKind.ACCEPTED and how.item.key not in known:
            yield Transition(how.kind, how.item)


def after(notified: NotifiedState, page: Iterable[Transition]) -> NotifiedState:
    """Return the state after these transitions."""
    items = {item.key: item for item in notified.items}
    trouble = notified.trouble
    for transition in page:
        match transition:
            case Transition(kind=TransitionKind.CAPTURE_FAILING, trouble=Trouble(kind=kind)):
                trouble = kind
            case Transition(kind=TransitionKind.CAPTURING_AGAIN):
                trouble = None
            case Transition(kind=TransitionKind.OPENED | TransitionKind.CHANGED, item=Item(key=key) as item):
                items[key] = item
            case Transition(item=Item(key=key)):
                items.pop(key, None)
    return NotifiedState(notified.count, tuple(items.values()), trouble)
