"""One snapshot in words: its data nodes, its databases, and where their shards are. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.core.name_ranges import runs
from drift.reports.wording import caveats, change_groups, qualities, sentences, times
from drift.reports.wording.i18n import mark_sentence, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from drift.core.model import Database, DataNode, Snapshot
    from drift.reports.wording.escape import Medium

LEAD: Final = (mark_sentence("Database"), mark_sentence("Mode"), mark_sentence("Status"), mark_sentence("Shards"))
NODE_HEAD: Final = (mark_sentence("Data node"), mark_sentence("ID"), mark_sentence("Endpoint"), mark_sentence("Engine"))
_NONE: Final = "·"
SUSPECT: Final = mark_sentence("Plausibility")
NOT_CONFIRMED: Final = mark_sentence("Layout")
IN_FLIGHT: Final = mark_sentence("In flight")
NOT_READ: Final = mark_sentence("Not read")


class Place(NamedTuple):
    """A data node, with the number that can stand for its name. `node` is None where the snapshot doesn't list it."""

    number: int
    id: str
    node: DataNode | None
    shards: int

    def name(self, medium: Medium) -> str:
        """Name the data node, by its id where it has no name."""
        return medium.name((self.node and self.node.name) or self.id)


class Column(NamedTuple):
    """A column of the matrix: a data node, or several summed up."""

    head: str
    ids: tuple[str, ...]


class Row(NamedTuple):
    """A row of the matrix: its leading cells, and its shards by data-node id."""

    lead: tuple[str, ...]
    counts: Mapping[str, int]

    def under(self, columns: Sequence[Column]) -> tuple[str, ...]:
        """Give the cells of the row below these columns."""
        counts = (sum(self.counts.get(node_id, 0) for node_id in column.ids) for column in columns)
        return tuple(f"{count:,}" if count else _NONE for count in counts)


def title(snapshot: Snapshot, medium: Medium) -> str:
    """Name the snapshot as its heading does."""
    text = medium.name(snapshot.instance.name) if snapshot.instance.name else translate("a file")
    if snapshot.number is not None:
        text = translate("snapshot {number} of {instance}", number=snapshot.number, instance=text)
    text = sentences.followed(text, medium.name(snapshot.label) if snapshot.label else "")
    if snapshot.suspect:
        text = translate("{snapshot}, SUSPECT", snapshot=text)
    return text if snapshot.complete else translate("{snapshot}, PARTIAL", snapshot=text)


def taken(snapshot: Snapshot) -> str:
    """Say when the snapshot was taken, and from which source."""
    return translate("taken {time} from {source}", time=times.moment(snapshot.taken_at), source=snapshot.source)


def places_of(snapshot: Snapshot) -> list[Place]:
    """List the data nodes of a snapshot by name, then those that only its shards name."""
    counts = Counter(shard.data_node_id for database in snapshot.databases for shard in database.shards)
    nodes: dict[str, DataNode | None] = {
        node.id: node for node in sorted(snapshot.data_nodes, key=lambda node: (node.name or "", node.id))
    }
    nodes |= dict.fromkeys(sorted(counts.keys() - nodes.keys()))
    return [Place(number, node_id, node, counts[node_id]) for number, (node_id, node) in enumerate(nodes.items(), 1)]


def facts(place: Place, medium: Medium) -> tuple[str, ...]:
    """Give the cells of a data node by the columns of `NODE_HEAD`."""
    if (node := place.node) is None:
        return translate("(not listed)"), medium.name(place.id), "", ""
    endpoint = ":".join(str(part) for part in (node.host or "?", node.port) if part is not None)
    engine = " ".join(medium.name(part) for part in (node.engine, node.engine_version) if part)
    name = medium.name(node.name) if node.name else ""
    return name, medium.name(node.id), medium.name(endpoint), engine


def rows_of(snapshot: Snapshot, most: int, medium: Medium, safe: Callable[[str], str]) -> list[Row]:
    """Make a row for each database, one for those beyond `most`, and one for the total."""
    counts = [Counter(shard.data_node_id for shard in database.shards) for database in snapshot.databases]
    shown = [
        Row(
            (
                medium.name(database.name),
                safe(database.shard_mode or ""),
                safe(database.status or ""),
                _count(database),
            ),
            held,
        )
        for database, held in zip(snapshot.databases[:most], counts, strict=False)
    ]
    if hidden := counts[most:]:
        shown.append(_sum(translate("… {hidden:,} more", hidden=len(hidden)), hidden))
    return [*shown, _sum(translate("Total"), counts)] if len(counts) > 1 else shown


def _sum(name: str, counts: Sequence[Mapping[str, int]]) -> Row:
    whole: Counter[str] = Counter()
    for each in counts:
        whole.update(each)
    return Row((name, "", "", f"{whole.total():,}"), whole)


def _count(database: Database) -> str:
    found = len(database.shards)
    if database.shard_count in {None, found}:
        return f"{found:,}"
    return translate("{found:,} of {declared:,} declared", found=found, declared=database.shard_count)


def placed(name: str, node: str, names: str) -> str:
    """Say which shards of a database a data node holds."""
    return translate("{name} on {node}: {names}", name=name, node=node, names=names)


def listed(snapshot: Snapshot, medium: Medium) -> Iterator[tuple[str, str, str]]:
    """List all shards by database and data node."""
    names = {node.id: node.name for node in snapshot.data_nodes}
    for database in snapshot.databases:
        ids = {shard.data_node_id for shard in database.shards}
        for node_id in sorted(ids, key=lambda node_id: (names.get(node_id) or "", node_id)):
            found = runs(shard.name for shard in database.shards if shard.data_node_id == node_id)
            name = names.get(node_id)
            node = sentences.followed(medium.name(name), medium.name(node_id)) if name else medium.name(node_id)
            yield medium.name(database.name), node, change_groups.run_names(found, len(found), medium)


def notes(snapshot: Snapshot, medium: Medium, safe: Callable[[str], str]) -> Iterator[tuple[str, list[str]]]:
    """List the doubts about the snapshot, the operations in flight, and the parts that could not be read."""
    who = translate("the capture") if snapshot.number is None else translate("snapshot {label}", label=snapshot.number)
    if doubts := qualities.of_snapshot(snapshot, who, medium):
        yield SUSPECT, doubts
    if snapshot.unconfirmed:
        yield NOT_CONFIRMED, [translate(qualities.UNCONFIRMED)]
    if snapshot.in_flight:
        yield IN_FLIGHT, [safe(motion.words) for motion in snapshot.in_flight]
    if snapshot.gaps:
        yield NOT_READ, [caveats.unread(gap, medium, safe) for gap in snapshot.gaps]
