"""Hypothesis strategies: any text, any topology, what may become of it, and whole histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from drift.core.model import Database, DataNode, Gap, Instance, Mask, Shard, Snapshot, canonical_json
from support.builders import ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

_T = TypeVar("_T")

_SMALL = st.sampled_from(["a", "b", "orders", "orders_0000", "Ä", "分片"])

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
"""Any text that can be written as UTF-8, without NUL."""

names = _SMALL | texts.filter(bool)
"""Names of anything: often the same few, sometimes anything."""

labels = st.from_regex(r"[a-z][a-z0-9-]{0,7}", fullmatch=True).filter(lambda text: text not in {"latest", "live"})
"""Labels that a snapshot may have in a store."""

words = st.none() | st.sampled_from(["RUNNING", "CREATING", "cluster", "single"]) | texts

_integers = st.none() | st.integers(0, 70_000)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=4,
)
"""Any JSON value without fractions."""

attributes = st.just("{}") | st.dictionaries(texts, json_values, max_size=3).map(canonical_json)
"""The canonical text of a JSON object; often the empty one."""

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds of datetimes() are naive; it adds the zone
"""Aware UTC times, to the microsecond."""

_sources = st.sampled_from(["export", "details", "both", "file"])
_layouts = st.none() | st.sampled_from(["nested", "by node", "flat"])


def data_nodes(node_id: st.SearchStrategy[str] = names) -> st.SearchStrategy[DataNode]:
    """Any data node."""
    return st.builds(DataNode, node_id, words, words, _integers, words, words, attributes)


def shards(
    database: str, node_ids: list[str], name: st.SearchStrategy[str] = names, index: st.SearchStrategy[Any] = _integers
) -> st.SearchStrategy[Shard]:
    """Any shard of that database, on one of those data nodes or on one that nobody listed."""
    node = st.sampled_from(node_ids) if node_ids else names
    return st.builds(Shard, st.just(database), name, index, node | names, words, attributes)


@st.composite
def databases(draw: st.DrawFn, name: str, node_ids: list[str]) -> Database:
    """Any database of that name, with up to six shards."""
    records = draw(st.lists(shards(name, node_ids), max_size=6, unique_by=lambda shard: shard.name))
    return Database.of(
        name,
        shard_mode=draw(words),
        shard_count=draw(_integers),
        status=draw(words),
        attributes=draw(attributes),
        shards=records,
    )


def shared(strategy: st.SearchStrategy[_T]) -> st.SearchStrategy[_T]:
    """As many examples of a strategy as a test tries, drawn once for all tests: drawing costs more than most of them.

    Where other cases are explored, each test draws its own.
    """
    if settings.get_current_profile_name() == "explore":
        return strategy
    return st.deferred(lambda: st.sampled_from(_drawn(strategy)))


def _drawn(strategy: st.SearchStrategy[_T]) -> list[_T]:
    found: list[_T] = []

    @settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def draw(example: _T) -> None:
        found.append(example)

    draw()
    return found


@cache
def snapshots(instance: Instance = ORDERS, *, partial: bool = True) -> st.SearchStrategy[Snapshot]:
    """Any snapshot of the instance; whole ones only unless `partial`. Nothing in it lies in its own gaps."""
    return shared(any_snapshot(instance, partial=partial))


@cache
def pairs(*, partial: bool = True) -> st.SearchStrategy[tuple[Snapshot, Snapshot]]:
    """Any snapshot, and a mutation of it."""
    return shared(
        any_snapshot(partial=partial).flatmap(lambda one: st.tuples(st.just(one), mutated(one, partial=partial)))
    )


@st.composite
def any_snapshot(draw: st.DrawFn, instance: Instance = ORDERS, *, partial: bool = True) -> Snapshot:
    """Any snapshot, drawn for one test alone."""
    nodes = draw(st.lists(data_nodes(), max_size=4, unique_by=lambda node: node.id))
    ids = [node.id for node in nodes]
    found = [draw(databases(name, ids)) for name in draw(st.lists(names, max_size=3, unique=True))]
    gaps = draw(_gaps([database.name for database in found])) if partial else ()
    return _snapshot(draw, nodes, found, instance=instance, taken_at=draw(times), gaps=gaps)


@st.composite
def mutated(draw: st.DrawFn, before: Snapshot, *, partial: bool = True) -> Snapshot:
    """A snapshot of the same instance, later, after any number of changes (none included) of any kind."""
    nodes = {node.id: node for node in before.data_nodes}
    found = {database.name: database for database in before.databases}
    for _ in range(draw(st.integers(0, 3))):
        draw(st.sampled_from([_change_a_node, _change_a_database, _change_shards]))(draw, nodes, found)
    gaps = draw(_gaps(sorted(found))) if partial else ()
    later = before.taken_at + timedelta(seconds=draw(st.integers(1, 100_000)))
    return _snapshot(draw, nodes.values(), found.values(), instance=before.instance, taken_at=later, gaps=gaps)


LONGEST = 6
"""As many snapshots has the longest of the histories."""


@cache
def histories(*, instance: Instance = ORDERS, max_size: int = LONGEST) -> st.SearchStrategy[list[Snapshot]]:
    """One to `max_size` successive snapshots of one instance, each a mutation of an earlier one (often the last).

    All are the beginnings of the same histories, whoever's they are.
    """
    return _longest().map(
        lambda history: [msgspec.structs.replace(each, instance=instance) for each in history[:max_size]]
    )


@cache
def _longest() -> st.SearchStrategy[list[Snapshot]]:
    return shared(_histories())


@st.composite
def _histories(draw: st.DrawFn) -> list[Snapshot]:
    history = [draw(any_snapshot())]
    for _ in range(draw(st.integers(0, LONGEST - 1))):
        before = draw(st.just(history[-1]) | st.sampled_from(history))
        history.append(draw(mutated(before)))
    return history


def shuffled(draw: st.DrawFn, snapshot: Snapshot) -> Snapshot:
    """The same content built from records in another order."""
    mixed = [
        Database.of(
            database.name,
            shard_mode=database.shard_mode,
            shard_count=database.shard_count,
            status=database.status,
            attributes=database.attributes,
            shards=draw(st.permutations(database.shards)),
        )
        for database in draw(st.permutations(snapshot.databases))
    ]
    same = Snapshot.of(
        instance=snapshot.instance,
        taken_at=snapshot.taken_at,
        source=snapshot.source,
        gaps=draw(st.permutations(snapshot.gaps)),
        layout=snapshot.layout,
        data_nodes=draw(st.permutations(snapshot.data_nodes)),
        databases=mixed,
        label=snapshot.label,
    )
    return msgspec.structs.replace(same, unconfirmed=snapshot.unconfirmed)


def _gaps(database_names: list[str]) -> st.SearchStrategy[tuple[Gap, ...]]:
    scopes = st.sampled_from(
        ["data-nodes", "databases", "database unseen", *(f"database {name}" for name in database_names)]
    )
    return st.just(()) | st.lists(st.builds(Gap, scopes, texts), max_size=2).map(tuple)


def _snapshot(
    draw: st.DrawFn,
    nodes: Iterable[DataNode],
    found: Iterable[Database],
    *,
    instance: Instance,
    taken_at: datetime,
    gaps: tuple[Gap, ...],
) -> Snapshot:
    mask = Mask.of(gaps)
    drawn = Snapshot.of(
        instance=instance,
        taken_at=taken_at,
        source=draw(_sources),
        gaps=gaps,
        layout=draw(_layouts),
        data_nodes=() if mask.hides_data_nodes else nodes,
        databases=[database for database in found if not mask.hides_database(database.name)],
        label=draw(st.none() | labels),
    )
    return msgspec.structs.replace(drawn, unconfirmed=draw(st.booleans()))


def _change_a_node(draw: st.DrawFn, nodes: dict[str, DataNode], _found: dict[str, Database]) -> None:
    """A data node goes, comes, or is no longer what it was."""
    gone = draw(st.booleans())
    if nodes and gone:
        del nodes[draw(st.sampled_from(sorted(nodes)))]
    else:
        node = draw(data_nodes(st.sampled_from(sorted(nodes)) | names if nodes else names))
        nodes[node.id] = node


def _change_a_database(draw: st.DrawFn, nodes: dict[str, DataNode], found: dict[str, Database]) -> None:
    """A database goes, comes, or its own record changes."""
    name = draw(st.sampled_from(sorted(found)) | names if found else names)
    if name not in found:
        found[name] = draw(databases(name, sorted(nodes)))
    elif draw(st.booleans()):
        del found[name]
    else:
        found[name] = Database.of(
            name,
            shard_mode=draw(words),
            shard_count=draw(_integers),
            status=draw(words),
            attributes=draw(attributes),
            shards=found[name].shards,
        )


def _change_shards(draw: st.DrawFn, nodes: dict[str, DataNode], found: dict[str, Database]) -> None:
    """In one database, a shard goes, and another comes or becomes another."""
    if not found:
        return
    old = found[draw(st.sampled_from(sorted(found)))]
    kept = {shard.name: shard for shard in old.shards}
    gone = draw(st.booleans())
    if kept and gone:
        del kept[draw(st.sampled_from(sorted(kept)))]
    shard = draw(shards(old.name, sorted(nodes), st.sampled_from(sorted(kept)) | names if kept else names))
    kept[shard.name] = shard
    found[old.name] = Database.of(
        old.name,
        shard_mode=old.shard_mode,
        shard_count=old.shard_count,
        status=old.status,
        attributes=old.attributes,
        shards=kept.values(),
    )
