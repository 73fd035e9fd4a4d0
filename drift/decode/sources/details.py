"""The answers of the documented list and detail calls to records. Pure.

Sources: "Querying Schemas" (v1), ShowInstanceDatabase (v3) and "Querying Details of a Schema" (v1), which is read where
v3 is refused. Their documents and their examples disagree about types, so numbers may be texts and members may have
any spelling. Only what records have a field for is kept: nobody knows what else the export would say, and one
topology has to give the same records. Addresses of data nodes are not in these answers.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import Database, DataNode, Gap, Shard
from drift.decode import synonyms
from drift.decode.layouts.layout import NUMBERED
from drift.decode.layouts.values import integer, lowered, spelled, status
from drift.decode.sources.export import Content, Sizes
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_HINT: Final = "`drift snapshot --source export` reads the other source; `-v` says what is asked."
_NODE_CONTAINERS: Final = ("datanodes", "usedrds")
_SHARD_CONTAINERS: Final = ("shards", "databases")  # v3's, v1's


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the calls say of one database: its entry in the list, and its detail or the `problem` with that."""

    listed: dict[str, Any]
    shown: Any = None
    problem: str | None = None


def content(answers: Iterable[Answer]) -> Content:
    """The topology that these answers describe. A database whose detail can't be read is a gap.

    Raises PayloadError where the list itself can't be read.
    """
    nodes: dict[str, DataNode] = {}
    databases: dict[str, Database] = {}
    gaps: list[Gap] = []
    for index, answer in enumerate(answers):
        name = name_of(answer.listed, f"databases[{index}]")
        _note_nodes(nodes, answer.listed, f"databases[{index}]")
        try:
            databases[name] = _database(name, answer, nodes)
        except PayloadError as error:
            gaps.append(Gap.of_database(name, answer.problem or error.message))
    found = tuple(databases.values())
    return Content(
        data_nodes=tuple(nodes.values()),
        databases=found,
        gaps=tuple(gaps),
        layouts=(),
        warnings=tuple(_strangers(found, nodes)),
        sizes=Sizes(),
    )


def name_of(listed: Any, place: str) -> str:  # noqa: ANN401 - any JSON value
    """The name of a listed database."""
    name = spelled(_field(listed, ("name", *synonyms.DATABASE_NAME)), place) if type(listed) is dict else None
    if name is None:
        raise PayloadError("expected a database with a name", place=place, hint=_HINT)
    return name


def _database(name: str, answer: Answer, nodes: dict[str, DataNode]) -> Database:
    """The database that an answer shows; its data nodes are added to those known."""
    if answer.problem is not None:
        raise PayloadError(answer.problem, place=name)
    shown = _unwrapped(answer.shown, name)
    _note_nodes(nodes, shown, name)
    shards = _shards(name, _container(shown, _SHARD_CONTAINERS, name))
    both = {**answer.listed, **shown}
    return Database.of(
        name,
        shard_mode=lowered(_field(both, synonyms.SHARD_MODE), f"{name}.shard_mode"),
        shard_count=integer(_field(both, synonyms.SHARD_COUNT), f"{name}.shard_number"),
        status=status(_field(shown, synonyms.DATABASE_STATUS), f"{name}.status"),
        shards=shards,
    )


def _unwrapped(shown: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The object that describes the database; v1 has it in a member `database`, and one client has met a list there."""
    inner = _field(shown, ("database",)) if type(shown) is dict else None
    found = inner if inner is not None else shown
    if type(found) is list and len(found) == 1:
        found = found[0]
    if type(found) is not dict:
        raise PayloadError("expected an object that describes the database", place=name, hint=_HINT)
    said = spelled(_field(found, ("name",)), f"{name}.name")
    if said is not None and said.casefold() != name.casefold():
        raise PayloadError(f"the answer describes the database {said!r}", place=name, hint=_HINT)
    return found


def _shards(database: str, records: list[Any]) -> tuple[Shard, ...]:
    shards = [_shard(database, record, f"{database}.shards[{index}]") for index, record in enumerate(records)]
    twins = [name for name, count in Counter(shard.name for shard in shards).items() if count > 1]
    if twins:
        raise PayloadError(f"the shard {twins[0]} is there more than once", place=f"{database}.shards", hint=_HINT)
    if len({shard.index for shard in shards}) < len(shards):
        # v1's `dbslot` is documented as the number of shards, and shown as an index: where it is the same everywhere,
        # the names have to tell.
        shards = [msgspec.structs.replace(shard, index=_index_in(shard.name)) for shard in shards]
    return tuple(shards)


def _shard(database: str, record: Any, place: str) -> Shard:  # noqa: ANN401 - any JSON value
    if type(record) is not dict:
        raise PayloadError("expected an object", place=place, hint=_HINT)
    name = spelled(_field(record, synonyms.SHARD_NAME), place)
    node = spelled(_field(record, synonyms.DATA_NODE_REFERENCE), place)
    if name is None or node is None:
        raise PayloadError("expected a shard with a name and a data node", place=place, hint=_HINT)
    index = integer(_field(record, synonyms.SHARD_INDEX), f"{place}.shard_index")
    return Shard(
        database,
        name,
        _index_in(name) if index is None else index,
        node,
        status(_field(record, synonyms.SHARD_STATUS), f"{place}.status"),
    )


def _index_in(name: str) -> int | None:
    match = NUMBERED.fullmatch(name)
    return int(match[2]) if match else None


def _note_nodes(nodes: dict[str, DataNode], record: Mapping[str, Any], place: str) -> None:
    """Add the data nodes that a record lists to those known; what is known of one already stays."""
    for index, listed in enumerate(_container(record, _NODE_CONTAINERS, place, default=[])):
        node = _node(listed, f"{place}.data_nodes[{index}]")
        known = nodes.get(node.id, node)
        filled = {field: getattr(node, field) for field in node.__struct_fields__ if getattr(known, field) is None}
        nodes[node.id] = msgspec.structs.replace(known, **filled)


def _node(record: Any, place: str) -> DataNode:  # noqa: ANN401 - any JSON value
    identity = spelled(_field(record, ("id", *synonyms.DATA_NODE_ID)), place) if type(record) is dict else None
    if identity is None:
        raise PayloadError("expected a data node with an id", place=place, hint=_HINT)
    return DataNode(
        id=identity,
        name=spelled(_field(record, ("name", *synonyms.DATA_NODE_NAME)), f"{place}.name"),
        engine=lowered(_field(record, synonyms.ENGINE), f"{place}.engine_name"),
        engine_version=spelled(_field(record, synonyms.ENGINE_VERSION), f"{place}.engine_version"),
    )


def _strangers(databases: Iterable[Database], nodes: Mapping[str, DataNode]) -> Iterator[str]:
    counts = Counter(shard.data_node_id for database in databases for shard in database.shards)
    for node, count in counts.items():
        if node not in nodes:
            yield f"{count} shard{'s' * (count != 1)} on the data node {node}, which no detail lists"


def _container(record: Mapping[str, Any], words: tuple[str, ...], place: str, default: Any = None) -> list[Any]:  # noqa: ANN401 - any JSON value
    found = _field(record, words)
    found = default if found is None else found
    if type(found) is not list:
        raise PayloadError(f"expected a list, {words[0]}", place=place, hint=_HINT)
    return found


def _field(record: Mapping[str, Any], words: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """The value of the member that is best called by one of these words; None where there is none."""
    members = ranked(record.keys(), words)
    return record[members[0]] if members else None
