"""Which calls, as the cloud's audit has them, explain which events. Pure.

A call explains an event that it can have caused: it is about one of the event's databases or data nodes, or about the
instance as a whole; it was not refused; and it came between the two snapshots. Where none did, a migration that was in
flight at the first one is explained by the last call before it. Clocks differ, so what was called in the seconds before
the first one may explain an event as well, but that is not certain: it may be what the first one shows already.
Source: "Key operations of DDM recorded by CTS", DDM user guide; data nodes are RDS instances.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.model import DataNode, Shard
from drift.core.traces import Audit, AuditWindow, Trace, stamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from drift.compare.events import Event
    from drift.core.model import Snapshot

# Operations, in lower case, on a database, and those on an instance that can change its topology.
_OF_DATABASE: Final = frozenset({
    "createlogicdb", "deletelogicdb", "migratelogicdb", "manualswitchroute", "modifyrouteswitchtime",
    "retrymigratelogicdb", "rollbackmigratelogicdb", "cleanmigratelogicdb",
})  # fmt: skip
_OF_INSTANCE: Final = frozenset({
    "loadmetadata", "synrdsinfo", "restoreinstance", "createinstance", "upgrade", "rollback",
})  # fmt: skip
# The kinds of events that making and dropping a database can cause; every other operation causes other kinds.
_MADE: Final = frozenset({"database-created", "database-added", "returned"})
_DROPPED: Final = frozenset({"database-dropped", "database-removed", "returned"})
_OF_NODES: Final = frozenset({"data-node-replaced", "data-node-added", "data-node-removed"})
# Calls on a data node itself that change neither its place nor its name nor its version.
_HARMLESS: Final = re.compile(
    r"backup|binlog|log|parameter|param|monitor|alarm|tag|account|database|privilege|query|list|show|password",
    re.IGNORECASE,
)
_CLOCKS: Final = timedelta(seconds=10)  # how far the clocks of drift and of the services may be apart


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that explain each event, oldest first, and the parts of the time for which the audit was not read.

    `causes` are in the order of the events, and so are `untraced`: the databases of an event that none of its calls is
    about. `uncertain` are the places of events whose calls all came in the seconds before the first snapshot. `others`
    are calls between the snapshots that explain none of the events. Where the second snapshot is the older one,
    `is_reversed`, nothing is attributed: what was called between them led the other way.
    """

    causes: tuple[tuple[Trace, ...], ...]
    untraced: tuple[tuple[str, ...], ...]
    uncertain: frozenset[int] = frozenset()
    others: tuple[Trace, ...] = ()
    unread: tuple[AuditWindow, ...] = ()
    is_reversed: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the audit was read for the whole time from the first snapshot to the second."""
        return not self.unread and not self.is_reversed


def attribute(
    events: Iterable[Event], audit: Audit, before: Snapshot, after: Snapshot, databases: Collection[str]
) -> Attribution:
    """Attribute each event between two snapshots to the calls that explain it. `databases` are those of either side."""
    instances = {after.instance.instance_id, before.instance.instance_id} - {None}
    subjects = [_Subject(event, instances, databases) for event in events]
    if after.taken_at < before.taken_at:
        nothing = tuple(() for _ in subjects)
        return Attribution(causes=nothing, untraced=nothing, is_reversed=True)
    began = stamp(before.taken_at)
    calls = [trace for trace in audit.traces if not trace.is_refused and trace.time <= stamp(after.taken_at + _CLOCKS)]
    between = [trace for trace in calls if trace.time >= began]
    earlier = [trace for trace in reversed(calls) if trace.time < began]
    just_before = [trace for trace in reversed(earlier) if trace.time >= stamp(before.taken_at - _CLOCKS)]
    flying = {operation.scope.partition(" ")[2] for operation in before.in_flight}
    causes: list[tuple[Trace, ...]] = []
    uncertain = set()
    for place, subject in enumerate(subjects):
        found = [trace for trace in between if subject.is_explained_by(trace)]
        if not found and subject.databases & flying:
            found = [trace for trace in earlier if subject.is_explained_by(trace)][:1]
        if not found and (found := [trace for trace in just_before if subject.is_explained_by(trace)]):
            uncertain.add(place)
        causes.append(tuple(found))
    used = {trace.id for traces in causes for trace in traces}
    return Attribution(
        causes=tuple(causes),
        untraced=tuple(subject.left_by(found) for subject, found in zip(subjects, causes, strict=True)),
        uncertain=frozenset(uncertain),
        others=tuple(trace for trace in between if trace.id not in used and trace.resource_id in {*instances}),
        unread=audit.unread(began, stamp(after.taken_at)),
    )


class _Subject:
    """What an event is about: its databases and, where it changes data nodes themselves, those."""

    def __init__(self, event: Event, instances: Iterable[str | None], known: Collection[str]) -> None:
        self._known, self._kind = known, event.kind
        self.databases = {*_databases(event)}
        self._nodes = {*_nodes(event)}
        self._instances = {*instances}

    def left_by(self, traces: Sequence[Trace]) -> tuple[str, ...]:
        """List the databases that none of these calls is about; a call that names none is about all."""
        named = {trace.resource_name for trace in traces if trace.name.casefold() not in _OF_INSTANCE}
        is_about_all = any(trace.resource_name not in self._known or trace.resource_name is None for trace in traces)
        return () if is_about_all else tuple(sorted(self.databases - named))

    def is_explained_by(self, trace: Trace) -> bool:
        if trace.service != "DDM":
            return trace.resource_id in self._nodes and not _HARMLESS.search(trace.name)
        operation = trace.name.casefold()
        if operation in _OF_INSTANCE:
            return trace.resource_id is None or trace.resource_id in self._instances
        if not self.databases or self._kind not in _kinds(operation, self._kind):
            return False
        if trace.resource_name in self.databases:
            return True
        # Some regions name the instance where others name the database.
        is_unnamed = trace.resource_name is None or trace.resource_name not in self._known
        return operation in _OF_DATABASE and trace.resource_id in self._instances and is_unnamed


def _kinds(operation: str, kind: str) -> Collection[str]:
    """Return the kinds of events that an operation on a database can cause."""
    match operation:
        case "createlogicdb":
            return _MADE
        case "deletelogicdb":
            return _DROPPED
        case _:
            return {kind} - ((_MADE | _DROPPED) - {"returned"})


def _databases(event: Event) -> Iterator[str]:
    yield from (share.database for share in event.shares)
    if event.kind in {"database-created", "database-dropped", "returned"} and event.subject:
        yield event.subject
    if event.change is not None:
        record = event.change.after or event.change.before
        if isinstance(record, Shard):
            yield record.database
        elif not isinstance(record, DataNode) and record is not None:
            yield record.name


def _nodes(event: Event) -> Iterator[str]:
    if event.kind in _OF_NODES:
        yield from (event.subject, *event.sources, *event.targets)
    if event.change is not None:
        record = event.change.after or event.change.before
        if isinstance(record, DataNode):
            yield record.id
