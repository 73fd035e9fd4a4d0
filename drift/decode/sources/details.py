"""The details: the answers of the documented list and detail calls to records. Pure.

Sources: "Querying Schemas" (v1), ShowInstanceDatabase (v3) and "Querying Details of a Schema" (v1), which is asked if
v3 is refused. Their documents and their examples disagree about types, so numbers may be texts and members may have
any spelling. Members without a field in the records are dropped: the export need not have them, and one topology has to
give the same records. The answers lack the addresses of data nodes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core import strict_json
from drift.core.errors import PayloadError
from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE, Database, DataNode, Gap, Shard
from drift.decode import synonyms
from drift.decode.content import Content, Sizes
from drift.decode.layouts import Nodes
from drift.decode.layouts.layout import NUMBERED
from drift.decode.layouts.twice import twice_listed
from drift.decode.layouts.values import integer, lowered, spelled, status
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drift.decode.content import Options

_HINT: Final = "`drift snapshot --source export` reads the other source; `-v` shows the requests."
_NODE_CONTAINERS: Final = ("datanodes", "usedrds")
_SHARD_CONTAINERS: Final = ("shards", "databases")  # v3's, v1's


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answers about one database: its entry in the list, and its detail or the `problem` with the detail."""

    listed: dict[str, Any]
    shown: Any = None
    problem: str | None = None


class Bundle(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answers about the databases of an instance. `cut` says what their list lacks, if it is cut short."""

    details: list[Answer]
    cut: str | None = None


def bundle(answers: Iterable[Answer], *, cut: str | None = None) -> bytes:
    """Join the answers about an instance's databases into one JSON document."""
    return msgspec.json.encode(Bundle(list(answers), cut))


def read(data: bytes, options: Options) -> Content:
    """Decode a bundle of answers. Raises PayloadError for anything else."""
    return bundled(parsed(data, options))


def parsed(data: bytes, options: Options) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a capture that wraps answers, which takes a few levels more than they may have."""
    limits = options.limits
    return strict_json.loads(data, nesting=limits.nesting + 4, what="the capture", containers=limits.containers)


def bundled(document: Any) -> Content:  # noqa: ANN401 - any JSON value
    """Build the topology that a bundle's JSON describes. Raises PayloadError for anything else."""
    try:
        found = msgspec.convert(document, Bundle)
    except msgspec.ValidationError as error:
        raise PayloadError(f"expected the answers about databases: {error}", place="the capture") from error
    return content(found.details, cut=found.cut)


def content(answers: Iterable[Answer], *, cut: str | None = None) -> Content:
    """Build the topology that these answers describe. A database whose detail can't be read is a gap.

    A list that is `cut` short hides every database and data node: any of them may be in the rest. Raises PayloadError
    if the list itself can't be read.
    """
    nodes: dict[str, DataNode] = {}
    databases: dict[str, Database] = {}
    gaps = [] if cut is None else [Gap(scope, cut) for scope in (DATABASES_SCOPE, DATA_NODES_SCOPE)]
    for index, answer in enumerate(answers):
        name = name_of(answer.listed, f"databases[{index}]")
        _note_nodes(nodes, answer.listed, f"databases[{index}]")
        try:
            databases[name] = _database(name, answer, nodes)
        except PayloadError as error:
            gaps.append(Gap.of_database(name, answer.problem or error.message))
    return Content(
        data_nodes=tuple(nodes.values()),
        databases=tuple(databases.values()),
        gaps=tuple(gaps),
        layouts=(),
        warnings=tuple(_unlisted_nodes(databases.values(), nodes)),
        sizes=Sizes(),
    )


def name_of(listed: Any, place: str) -> str:  # noqa: ANN401 - any JSON value
    """Return the name of a listed database. Raises PayloadError if it has none."""
    name = spelled(_field(listed, ("name", *synonyms.DATABASE_NAME)), place) if type(listed) is dict else None
    if name is None:
        raise PayloadError("expected a database with a name", place=place, hint=_HINT)
    return name


def _database(name: str, answer: Answer, nodes: dict[str, DataNode]) -> Database:
    """Build the database that an answer shows, and add its data nodes to `nodes`."""
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
    """Return the object that describes the database; v1 wraps it in `database`, sometimes as a list of one."""
    inner = _field(shown, ("database",)) if type(shown) is dict else None
    record = inner if inner is not None else shown
    if type(record) is list and len(record) == 1:
        record = record[0]
    if type(record) is not dict:
        raise PayloadError("expected an object that describes the database", place=name, hint=_HINT)
    own_name = spelled(_field(record, ("name",)), f"{name}.name")
    if own_name is not None and own_name.casefold() != name.casefold():
        raise PayloadError(f"the answer describes the database {own_name!r}", place=name, hint=_HINT)
    return record


def _shards(database: str, records: list[Any]) -> tuple[Shard, ...]:
    shards = [_shard(database, record, f"{database}.shards[{index}]") for index, record in enumerate(records)]
    seen: dict[str, Shard] = {}
    for shard in shards:
        if (one := seen.setdefault(shard.name, shard)) is not shard:
            raise twice_listed(one, shard, Nodes(None), f"{database}.shards")
    if len({shard.index for shard in shards}) < len(shards):
        # v1's `dbslot` is documented as the number of shards, and shown as an index: if it is the same everywhere, the
        # index is read from the names.
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
    """Add the data nodes that a record lists to `nodes`; fields that are known already stay."""
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


def _unlisted_nodes(databases: Iterable[Database], nodes: Mapping[str, DataNode]) -> Iterator[str]:
    counts = Counter(shard.data_node_id for database in databases for shard in database.shards)
    for node, count in counts.items():
        if node not in nodes:
            yield f"{count} shard{'s' * (count != 1)} on the data node {node}, which no detail lists"


def _container(record: Mapping[str, Any], words: tuple[str, ...], place: str, default: Any = None) -> list[Any]:  # noqa: ANN401 - any JSON value
    container = _field(record, words)
    container = default if container is None else container
    if type(container) is not list:
        raise PayloadError(f"expected a list, {words[0]}", place=place, hint=_HINT)
    return container


def _field(record: Mapping[str, Any], words: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of the member that matches the earliest of these words, or None."""
    members = ranked(record.keys(), words)
    return record[members[0]] if members else None
