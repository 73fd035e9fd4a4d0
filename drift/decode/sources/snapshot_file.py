"""The snapshot file: a snapshot as canonical JSON made for version control, one record per line. Pure.

The same snapshot always gives the same bytes. Its other fields are on one line above its records.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import (
    Database,
    DataNode,
    Gap,
    Instance,
    Job,
    Operation,
    Record,
    Shard,
    Snapshot,
    Suspicion,
    canonical_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT: Final = 1
_SECTIONS: Final = ("data_nodes", "databases", "shards")
_LINE: Final = msgspec.json.Encoder()
_Integer: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    gaps: tuple[Gap, ...]
    instance: Instance
    label: str | None
    layout: str | None
    source: str
    taken_at: _Time
    in_flight: tuple[Operation, ...] = ()
    jobs: tuple[Job, ...] | None = None
    unconfirmed: bool = False
    suspect: Suspicion | None = None


class _DataNode(msgspec.Struct, frozen=True):
    id: str
    name: str | None
    host: str | None
    port: _Integer | None
    engine: str | None
    engine_version: str | None
    attributes: dict[str, Any]


class _Database(msgspec.Struct, frozen=True):
    name: str
    shard_mode: str | None
    shard_count: _Integer | None
    status: str | None
    attributes: dict[str, Any]


class _Shard(msgspec.Struct, frozen=True):
    database: str
    name: str
    index: _Integer | None
    data_node_id: str
    status: str | None
    attributes: dict[str, Any]


class _File(msgspec.Struct, frozen=True):
    snapshot: _Header
    data_nodes: list[_DataNode]
    databases: list[_Database]
    shards: list[_Shard]


class Document(_File, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal[1]


def dumps(snapshot: Snapshot) -> bytes:
    """Write the file of a snapshot, without its number, which belongs to the store."""
    header = {
        "gaps": [msgspec.structs.asdict(gap) for gap in snapshot.gaps],
        "instance": msgspec.structs.asdict(snapshot.instance),
        "label": snapshot.label,
        "layout": snapshot.layout,
        "source": snapshot.source,
        "taken_at": snapshot.taken_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        **({"in_flight": snapshot.in_flight} if snapshot.in_flight else {}),
        **({"jobs": snapshot.jobs} if snapshot.jobs else {}),
        **({"unconfirmed": True} if snapshot.unconfirmed else {}),
        **({} if snapshot.suspicion is None else {"suspect": _portable(snapshot.suspicion)}),
    }
    shards = (shard for database in snapshot.databases for shard in database.shards)
    records: tuple[Iterable[Record], ...] = (snapshot.data_nodes, snapshot.databases, shards)
    parts = [f'"format": {FORMAT}', f'"snapshot": {canonical_json(header)}']
    parts += [f'"{name}": [{",".join(_lines(lines))}\n]' for name, lines in zip(_SECTIONS, records, strict=True)]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _lines(records: Iterable[Record]) -> Iterator[str]:
    from drift.compare.diff import record_fields

    return (f"\n{_LINE.encode(_ordered(record_fields(record))).decode()}" for record in records)


def _ordered(fields: dict[str, Any]) -> dict[str, Any]:
    """Put the attributes in canonical order; the other fields are in the order of the record."""
    return fields | {"attributes": msgspec.Raw(canonical_json(fields["attributes"]).encode())}


def is_snapshot_file(document: object) -> bool:
    """Whether a JSON document claims to be a snapshot file."""
    return isinstance(document, dict) and "format" in document and "snapshot" in document


def from_document(document: dict[str, Any]) -> Snapshot:
    """Read the snapshot in a file's JSON. Raises PayloadError, with the place, for anything else or a newer format."""
    if type(document["format"]) is not int or document["format"] != FORMAT:
        raise PayloadError(
            f"format {document['format']!r} is not the format {FORMAT} that this drift reads",
            place="format",
            hint="Upgrade drift, or export the snapshot again with this version",
        )
    try:
        file = msgspec.convert(document, type=_File)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        raise PayloadError(problem, place=place.strip("`").removeprefix("$.") or "the file") from error
    header = file.snapshot
    snapshot = Snapshot.of(
        instance=header.instance,
        taken_at=_in_utc(header.taken_at),
        source=header.source,
        gaps=header.gaps,
        layout=header.layout,
        data_nodes=_data_nodes(file.data_nodes),
        databases=_databases(file.databases, file.shards),
        label=header.label,
    )
    return msgspec.structs.replace(
        snapshot,
        in_flight=header.in_flight,
        jobs=header.jobs,
        unconfirmed=header.unconfirmed,
        suspicion=header.suspect,
        judged=bool(header.suspect),
    )


def _portable(found: Suspicion) -> Suspicion:
    """Leave out the number of the other snapshot, which belongs to the store."""
    return msgspec.structs.replace(found, against=None)


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise PayloadError("in UTC the time is outside the years 1 to 9999", place="snapshot.taken_at") from error


def _data_nodes(records: list[_DataNode]) -> Iterator[DataNode]:
    _refuse_twins("data_nodes", [record.id for record in records])
    for record in records:
        fields = msgspec.structs.asdict(record)
        yield DataNode(**fields | {"attributes": canonical_json(record.attributes)})


def _databases(records: list[_Database], shards: list[_Shard]) -> Iterator[Database]:
    _refuse_twins("databases", [record.name for record in records])
    _refuse_twins("shards", [(shard.database, shard.name) for shard in shards])
    by_database: defaultdict[str, list[Shard]] = defaultdict(list)
    for shard in shards:
        by_database[shard.database].append(
            Shard(
                shard.database,
                shard.name,
                shard.index,
                shard.data_node_id,
                shard.status,
                canonical_json(shard.attributes),
            )
        )
    if orphans := by_database.keys() - {record.name for record in records}:
        raise PayloadError(f"the database {min(orphans)} of a shard is not listed", place="databases")
    for record in records:
        yield Database.of(
            record.name,
            shard_mode=record.shard_mode,
            shard_count=record.shard_count,
            status=record.status,
            attributes=canonical_json(record.attributes),
            shards=by_database[record.name],
        )


def _refuse_twins(section: str, identities: list[Any]) -> None:
    if len(set(identities)) == len(identities):
        return
    seen: set[Any] = set()
    for index, identity in enumerate(identities):
        if identity in seen:
            raise PayloadError("the same record appears more than once", place=f"{section}[{index}]")
        seen.add(identity)
