"""Check the invariants of one snapshot, and measure how its shards are spread. Pure. Knows no severity.

An invariant is a row in `policy/rules.py`, a function here and a sentence in `reports/wording/findings.py`.

Gaps are not checked: a database that was not read has no findings, and a data node is called empty or unknown only in a
snapshot without gaps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import chain, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.finding import Finding
from drift.core.model import Database, DataNode, Mask, Shard, Snapshot
from drift.decode.jobs import is_moving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_SHARDS_ON_NODE: Final = 64
"""Physical shards of one database on one data node. Source: "Configuring Shards", DDM user guide."""
DEFAULT_MAX_SKEW: Final = 2.0

_EXPECTED_STATUS: Final = "RUNNING"
_FIRST_INDEXES: Final = (0, 1)


class Demands(msgspec.Struct, frozen=True, kw_only=True):
    """The configurable demands on a topology.

    `max_skew` limits the shards on the fullest data node, as a multiple of the mean. `no_empty_node` makes an empty
    data node an error. `must_not_worsen` makes a gate judge the findings that are new or worse.
    """

    max_skew: float = DEFAULT_MAX_SKEW
    no_empty_node: bool = False
    must_not_worsen: bool = False


class Spread(msgspec.Struct, frozen=True):
    """The spread of a database's shards over its data nodes, or of all shards (`database` None) over all data nodes."""

    database: str | None
    shards: Mapping[str, int]
    """Shards by data-node id, sorted by id."""

    @property
    def total(self) -> int:
        """The number of shards."""
        return sum(self.shards.values())

    @property
    def most(self) -> int:
        """The number of shards on the fullest data node."""
        return max(self.shards.values(), default=0)

    @property
    def skew(self) -> float:
        """The shards on the fullest data node over the mean, to three places: 1.0 is even, and stands for no shards."""
        return round(self.most * len(self.shards) / self.total, 3) if self.total else 1.0

    @property
    def is_even(self) -> bool:
        """Whether no other spread over these data nodes is more even. Ten shards on three are even at 4, 3 and 3."""
        return not self.shards or self.most <= -(-self.total // len(self.shards))


def check(snapshot: Snapshot, demands: Demands) -> tuple[Finding, ...]:
    """Find every invariant that a snapshot breaks, in the defined order."""
    mask = Mask.of(snapshot.gaps)
    nodes = {node.id: node for node in snapshot.data_nodes}
    databases = [database for database in snapshot.databases if not mask.hides_database(database.name)]
    findings = chain(
        chain.from_iterable(_check_database(database, nodes) for database in databases),
        () if mask.hides_data_nodes else chain.from_iterable(_unknown_nodes(each, nodes) for each in databases),
        _shared_shards(databases),
        _shared_endpoints(snapshot.data_nodes),
        () if snapshot.gaps else _empty_nodes(snapshot),
        _in_progress(snapshot),
        chain.from_iterable(_skewed(spread, demands.max_skew) for spread in balance(snapshot)),
    )
    return tuple(sorted(findings, key=lambda finding: finding.key))


def balance(snapshot: Snapshot) -> tuple[Spread, ...]:
    """Measure the spread of each database's shards; in a whole snapshot, the spread of all shards comes first."""
    mask = Mask.of(snapshot.gaps)
    spreads = [
        Spread(database.name, _sorted(Counter(shard.data_node_id for shard in database.shards)))
        for database in snapshot.databases
        if not mask.hides_database(database.name)
    ]
    if snapshot.gaps:
        return tuple(spreads)
    total = Counter(dict.fromkeys((node.id for node in snapshot.data_nodes), 0))
    for spread in spreads:
        total.update(spread.shards)
    return (Spread(None, _sorted(total)), *spreads)


def worsened(before: Snapshot, after: Snapshot, demands: Demands) -> tuple[Finding, ...]:
    """Find the invariants that `after` breaks more than `before` did, and the shards that it spreads less evenly.

    A part that `before` did not read can't show that something is new, so it is left out.
    """
    extents = {finding.key: finding.extent for finding in check(before, demands)}
    unread = Mask.of(before.gaps)
    worse = [
        finding
        for finding in check(after, demands)
        if finding.extent > extents.get(finding.key, -1) and not _is_unread(finding, unread)
    ]
    less_even = _less_even(balance(before), balance(after))
    return tuple(sorted([*worse, *less_even], key=lambda finding: finding.key))


def _is_unread(finding: Finding, unread: Mask) -> bool:
    match finding.subject:
        case "database":
            return unread.hides_database(finding.name)
        case "data-node":
            return unread.hides_data_nodes
        case "instance":
            return bool(unread.scopes)


def _less_even(before: Iterable[Spread], after: Iterable[Spread]) -> Iterator[Finding]:
    skews = {spread.database: spread.skew for spread in before}
    for spread in after:
        if not spread.is_even and spread.skew > skews.get(spread.database, spread.skew):
            yield _of_spread("balance-worsened", spread, skews[spread.database])


def _skewed(spread: Spread, most: float) -> Iterator[Finding]:
    if not spread.is_even and spread.skew > most:
        yield _of_spread("balance-skewed", spread, most)


def _of_spread(rule: str, spread: Spread, expected: float) -> Finding:
    return Finding(
        rule=rule,
        subject="instance" if spread.database is None else "database",
        name=spread.database or "",
        found=spread.skew,
        expected=expected,
    )


def _check_database(database: Database, nodes: Mapping[str, DataNode]) -> Iterator[Finding]:
    yield from _count(database)
    yield from _indexes(database)
    yield from _versions(database, nodes)
    yield from _crowded(database)
    yield from _states(database)


def _count(database: Database) -> Iterator[Finding]:
    found, declared = len(database.shards), database.shard_count
    if declared is not None and declared != found:
        yield Finding(rule="shard-count-mismatch", name=database.name, found=found, expected=declared)


def _indexes(database: Database) -> Iterator[Finding]:
    """Find gaps and duplicates. Indexes may begin at 0 or at 1: the service's documentation doesn't say."""
    indexes = [shard.index for shard in database.shards if shard.index is not None]
    ordered = sorted(set(indexes))
    if not ordered:
        return
    start = [-1] if ordered[0] not in _FIRST_INDEXES else []
    missing = [(low + 1, high - 1) for low, high in pairwise([*start, *ordered]) if high > low + 1]
    if missing:
        ranges = tuple(str(low) if low == high else f"{low}-{high}" for low, high in missing)
        count = sum(high - low + 1 for low, high in missing)
        yield Finding(rule="shard-index-gap", name=database.name, items=ranges, found=count, expected=0)
    if len(ordered) < len(indexes):
        shared = {index for index, count in Counter(indexes).items() if count > 1}
        names = sorted(shard.name for shard in database.shards if shard.index in shared)
        yield Finding(rule="shard-index-duplicate", name=database.name, items=tuple(names))


def _versions(database: Database, nodes: Mapping[str, DataNode]) -> Iterator[Finding]:
    held = {shard.data_node_id for shard in database.shards}
    versions = {nodes[node].release for node in held if node in nodes} - {None}
    if len(versions) > 1:
        yield Finding(rule="engine-versions-mixed", name=database.name, items=tuple(sorted(filter(None, versions))))


def _crowded(database: Database) -> Iterator[Finding]:
    for node, count in Counter(map(attrgetter("data_node_id"), database.shards)).items():
        if count > MOST_SHARDS_ON_NODE:
            yield Finding(
                rule="too-many-shards-on-node",
                name=database.name,
                data_node_id=node,
                found=count,
                expected=MOST_SHARDS_ON_NODE,
            )


def _states(database: Database) -> Iterator[Finding]:
    if is_moving(database.status):
        yield Finding(rule="not-running", name=database.name, found=database.status, expected=_EXPECTED_STATUS)
    others: dict[str, list[str]] = defaultdict(list)
    moving = set(filter(is_moving, {shard.status for shard in database.shards}))
    for shard in database.shards if moving else ():
        if shard.status in moving:
            others[shard.status or ""].append(shard.name)
    for status, names in others.items():
        yield Finding(
            rule="not-running", name=database.name, items=tuple(names), found=status, expected=_EXPECTED_STATUS
        )


def _in_progress(snapshot: Snapshot) -> Iterator[Finding]:
    """Find operations of the instance and its jobs; the states of databases and shards are in their records."""
    for operation in dict.fromkeys(snapshot.in_flight):
        kind, _, name = operation.scope.partition(" ")
        if kind == "instance" or operation.job_id is not None:
            yield Finding(
                rule="not-running",
                subject="database" if kind == "database" else "instance",
                name=name,
                found=f"{operation.state} (job {operation.job_id})" if operation.job_id else operation.state,
                expected=_EXPECTED_STATUS,
            )


def _unknown_nodes(database: Database, nodes: Mapping[str, DataNode]) -> Iterator[Finding]:
    strays: dict[str, list[str]] = defaultdict(list)
    for shard in database.shards:
        if shard.data_node_id not in nodes:
            strays[shard.data_node_id].append(shard.name)
    for node, names in strays.items():
        yield Finding(rule="shard-on-unknown-node", name=database.name, data_node_id=node, items=tuple(names))


def _shared_endpoints(nodes: Iterable[DataNode]) -> Iterator[Finding]:
    holders: dict[tuple[str, int | None], list[str]] = defaultdict(list)
    for node in nodes:
        if node.host:
            holders[node.host.casefold(), node.port].append(node.id)
    for (host, port), ids in holders.items():
        if len(ids) > 1:
            place = host if port is None else f"{host}:{port}"
            yield Finding(
                rule="data-node-endpoint-shared", subject="data-node", name=ids[0], items=tuple(ids), found=place
            )


def _shared_shards(databases: Iterable[Database]) -> Iterator[Finding]:
    """Find physical shards that two databases have.

    Of one name, and on one data node, they are the same: a shard's name is that of its physical database.
    """
    shared: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (shard, node), holders in _holders(databases).items():
        owner = min(holders, key=lambda database: (database not in {shard, shard.rpartition("_")[0]}, database))
        for name in holders - {owner}:
            shared[name, owner, node].append(shard)
    for (name, owner, node), shards in shared.items():
        yield Finding(
            rule="shard-in-two-databases", name=name, data_node_id=node, items=tuple(sorted(shards)), found=owner
        )


def _holders(databases: Iterable[Database]) -> dict[tuple[str, str], set[str]]:
    """Return the databases of each physical shard that several have, by its name and data node."""
    shards = list(_shards(databases))
    names = Counter(shard.name for shard in shards)
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for shard in shards if len(names) < len(shards) else ():
        if names[shard.name] > 1:
            holders[shard.name, shard.data_node_id].add(shard.database)
    return {place: found for place, found in holders.items() if len(found) > 1}


def shared_nodes(nodes: Iterable[str], holders: Mapping[str, str], instance: str) -> tuple[Finding, ...]:
    """Find the data nodes of an instance that others have: `holders` are the other instances, by data node."""
    shared = [(node, tuple(sorted((holders[node], instance)))) for node in sorted(nodes) if node in holders]
    return tuple(
        Finding(rule="data-node-in-two-instances", subject="data-node", name=node, items=pair) for node, pair in shared
    )


def _empty_nodes(snapshot: Snapshot) -> Iterator[Finding]:
    held = {shard.data_node_id for shard in _shards(snapshot.databases)}
    for node in snapshot.data_nodes:
        if node.id not in held:
            yield Finding(rule="data-node-empty", subject="data-node", name=node.id, found=0)


def _shards(databases: Iterable[Database]) -> Iterator[Shard]:
    return chain.from_iterable(database.shards for database in databases)


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
