"""One snapshot for eyes: its data nodes, its databases, and how many shards of which are where. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from drift.reports.ranges import runs
from drift.reports.safe import sentence, text_name
from drift.reports.table import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.model import Database, DataNode, Snapshot


def render(snapshot: Snapshot, *, shards: bool) -> str:
    """The snapshot as text. `shards` lists each database's shards by data node instead of only counting them."""
    lines = [*_head(snapshot), "", *_nodes(snapshot), "", *_databases(snapshot)]
    if shards:
        lines += ["", *_shards(snapshot)]
    if snapshot.in_flight:
        lines += ["", "In flight:", *(f"  {sentence(motion.words)}" for motion in snapshot.in_flight)]
    if snapshot.gaps:
        lines += ["", "Not read:", *(f"  {sentence(gap.scope)}: {sentence(gap.reason)}" for gap in snapshot.gaps)]
    return "\n".join([*lines, ""])


def _head(snapshot: Snapshot) -> Iterator[str]:
    number = "" if snapshot.number is None else f"snapshot {snapshot.number} of "
    label = f" ({text_name(snapshot.label)})" if snapshot.label else ""
    partial = "" if snapshot.complete else ", PARTIAL"
    yield f"{number}{text_name(snapshot.instance.name) if snapshot.instance.name else 'a file'}{label}{partial}"
    yield f"  taken {snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC from {snapshot.source}"
    yield f"  {snapshot.content_hash}"


def _nodes(snapshot: Snapshot) -> list[str]:
    counts = Counter(shard.data_node_id for database in snapshot.databases for shard in database.shards)
    listed = [
        (text_name(node.name or ""), text_name(node.id), _endpoint(node), _engine(node), f"{counts[node.id]:,}")
        for node in snapshot.data_nodes
    ]
    strangers = sorted(counts.keys() - {node.id for node in snapshot.data_nodes})
    listed += [("(not listed)", text_name(stranger), "", "", f"{counts[stranger]:,}") for stranger in strangers]
    return table(("DATA NODE", "ID", "ENDPOINT", "ENGINE", "SHARDS"), listed, right=frozenset({4}))


def _endpoint(node: DataNode) -> str:
    host = text_name(node.host) if node.host else "?"
    return host if node.port is None else f"{host}:{node.port}"


def _engine(node: DataNode) -> str:
    return sentence(" ".join(filter(None, (node.engine, node.engine_version))))


def _databases(snapshot: Snapshot) -> list[str]:
    names = {node.id: node.name for node in snapshot.data_nodes}
    rows = [
        (
            text_name(database.name),
            sentence(database.shard_mode or ""),
            sentence(database.status or ""),
            _count(database),
            _spread(database, names),
        )
        for database in snapshot.databases
    ]
    return table(("DATABASE", "MODE", "STATUS", "SHARDS", "ON"), rows, right=frozenset({3}))


def _count(database: Database) -> str:
    found = len(database.shards)
    if database.shard_count in {None, found}:
        return f"{found:,}"
    return f"{found:,} of {database.shard_count:,} declared"


def _spread(database: Database, names: dict[str, str | None]) -> str:
    counts = Counter(shard.data_node_id for shard in database.shards)
    return ", ".join(f"{text_name(names.get(node) or node)} {count:,}" for node, count in sorted(counts.items()))


def _shards(snapshot: Snapshot) -> Iterable[str]:
    names = {node.id: node.name for node in snapshot.data_nodes}
    for database in snapshot.databases:
        yield f"{text_name(database.name)}:"
        for node in sorted({shard.data_node_id for shard in database.shards}):
            yield f"  on {text_name(names.get(node) or node)} ({text_name(node)}):"
            for run in runs(shard.name for shard in database.shards if shard.data_node_id == node):
                last = "" if run.size == 1 else f" … {text_name(run.last)} ({run.size:,})"
                yield f"    {text_name(run.first)}{last}"
