"""The records that make up a topology. Pure.

Every record is immutable, hashable and compares by value; collections are tuples sorted by identity, so `==` is the
comparison. Build `Database` and `Snapshot` with their `of` constructors: they sort, and they compute the hashes.
"""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from drift.core.read_settings import ReadSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_ATTRIBUTES: Final = "{}"
READER_VERSION: Final = 6
"""The version of the payload reader; it rises when the same bytes would give other records."""

_CANONICAL: Final = msgspec.json.Encoder(order="deterministic")
_PLAIN: Final = msgspec.json.Encoder()


def canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Encode a JSON value in its one canonical form: sorted members, no white space, UTF-8 unescaped."""
    return _CANONICAL.encode(value).decode()


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A DDM instance: drift's own `name` for it, and the cloud's ids where they are known."""

    name: str | None = None
    project_id: str | None = None
    instance_id: str | None = None
    endpoint: str | None = None


class DataNode(msgspec.Struct, frozen=True, gc=False):
    """A MySQL server behind DDM. Identity: `id`.

    `attributes` is the canonical JSON of every undocumented member of the export.
    Source: `DNInstanceInfo` of DownloadSchemaMetadata.
    """

    id: str
    name: str | None = None
    host: str | None = None
    port: int | None = None
    engine: str | None = None
    engine_version: str | None = None
    attributes: str = NO_ATTRIBUTES

    @property
    def release(self) -> str | None:
        """Engine and major version, such as `mysql 8.0`; None where the version is unknown."""
        if self.engine_version is None:
            return None
        return " ".join(filter(None, (self.engine, ".".join(self.engine_version.split(".")[:2])))).casefold()


class Shard(msgspec.Struct, frozen=True, gc=False):
    """A physical database. Identity: `(database, name)`.

    `data_node_id` is a `DataNode.id`, or the export's own text where it lists no such node.
    """

    database: str
    name: str
    index: int | None
    data_node_id: str
    status: str | None = None
    attributes: str = NO_ATTRIBUTES


class Database(msgspec.Struct, frozen=True):
    """A logical database ("schema" in the console). Identity: `name`.

    `shard_count` is declared by DDM and may differ from `len(shards)`. `content_hash` covers record and shards.
    """

    name: str
    shard_mode: str | None
    shard_count: int | None
    status: str | None
    attributes: str
    shards: tuple[Shard, ...]
    content_hash: str

    @classmethod
    def of(
        cls,
        name: str,
        *,
        shard_mode: str | None = None,
        shard_count: int | None = None,
        status: str | None = None,
        attributes: str = NO_ATTRIBUTES,
        shards: Iterable[Shard] = (),
        is_sorted: bool = False,
    ) -> Database:
        """Build a database: sort its shards, unless they are sorted by name, and compute its hash."""
        ordered = tuple(shards if is_sorted else sorted(shards, key=attrgetter("name")))
        content = _PLAIN.encode((name, shard_mode, shard_count, status, attributes, ordered))
        return cls(name, shard_mode, shard_count, status, attributes, ordered, _sha256(content))

    def with_shards(self, shards: Iterable[Shard], *, is_sorted: bool = False) -> Database:
        """Copy the database's own record with other shards, as in `of`, and the hash that covers them."""
        return Database.of(
            self.name,
            shard_mode=self.shard_mode,
            shard_count=self.shard_count,
            status=self.status,
            attributes=self.attributes,
            shards=shards,
            is_sorted=is_sorted,
        )

    def without_shards(self) -> Database:
        """Copy the database's own record, without shards and without the hash that covers them."""
        return msgspec.structs.replace(self, shards=(), content_hash="")


Record: TypeAlias = DataNode | Database | Shard


class Gap(msgspec.Struct, frozen=True, order=True):
    """A part that could not be read. `scope` is `data-nodes`, `databases`, `database NAME` or `disagreement`."""

    scope: str
    reason: str

    @classmethod
    def of_database(cls, name: str, reason: str) -> Gap:
        """Build the gap of one unreadable database."""
        return cls(f"database {name}", reason)

    @classmethod
    def of_disagreement(cls, reason: str) -> Gap:
        """Build the gap of sources that contradict each other. It hides no record, but prevents a judgement."""
        return cls(DISAGREEMENT_SCOPE, reason)

    @property
    def is_disagreement(self) -> bool:
        """Whether everything was read, and the sources contradict each other."""
        return self.scope == DISAGREEMENT_SCOPE


DISAGREEMENT_SCOPE: Final = "disagreement"
DATA_NODES_SCOPE: Final = "data-nodes"
DATABASES_SCOPE: Final = "databases"


_OVER: Final = frozenset({"completed", "failed", "cancelsuccess", "rollbacksuccess"})


class Job(msgspec.Struct, frozen=True, gc=False):
    """A DDM task that changes where shards live, as the service lists it; times are UTC, to the second.

    Source: "Querying the Task List", `GET /v3/{project_id}/jobs`.
    """

    id: str
    name: str
    database: str | None
    status: str
    started: str | None = None
    ended: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the task is still running."""
        return self.status.replace(" ", "").casefold() not in _OVER


class Operation(msgspec.Struct, frozen=True, gc=False):
    """An operation in progress while a snapshot was taken: an open job, or a status other than at rest.

    `scope` is `instance` or `database NAME`.
    """

    scope: str
    state: str
    job_id: str | None = None

    @property
    def words(self) -> str:
        """The operation as a phrase."""
        return f"{self.scope}: {self.state}{f' (job {self.job_id})' if self.job_id else ''}"


class Mask(msgspec.Struct, frozen=True):
    """The gaps as a filter: it knows which records were not read."""

    scopes: frozenset[str]

    @classmethod
    def of(cls, gaps: Iterable[Gap]) -> Mask:
        """Build the mask of these gaps."""
        return cls(frozenset(gap.scope for gap in gaps))

    @property
    def hides_data_nodes(self) -> bool:
        """Whether data nodes were not read."""
        return DATA_NODES_SCOPE in self.scopes

    def hides_database(self, name: str) -> bool:
        """Whether this database and its shards were not read."""
        return DATABASES_SCOPE in self.scopes or f"database {name}" in self.scopes


class Confirmation(msgspec.Struct, frozen=True):
    """The reason why a suspect snapshot is believed, who gave it, and when (aware UTC).

    `by` is None where a second source said the same.
    """

    reason: str
    by: str | None
    at: datetime


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """A capture that lost too much to be believed by itself.

    Of the `held` shards of the snapshot `against` (its number, if it is stored), `lost` are gone; `left` are in the
    capture. It is believed once it has been `confirmed`.
    """

    lost: int
    held: int
    left: int
    against: int | None = None
    confirmed: Confirmation | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has confirmed it."""
        return self.confirmed is None

    @property
    def is_empty(self) -> bool:
        """Whether the capture has no shard at all."""
        return not self.left


class SnapshotRef(msgspec.Struct, frozen=True):
    """A stored snapshot's number, label and capture time (aware UTC), without its content."""

    number: int
    label: str | None
    taken_at: datetime


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one capture.

    `taken_at` is aware UTC; `source` is a name of `core.sources`; `layout` says how the payload was read, and
    `read_with` the settings that it was read with, None where they are unknown.
    `in_flight` are the operations in progress; `jobs` are the migrations of the last thirty days, None where unknown.
    `suspicion` says why it is, or was, not believed; one that was `judged` has been held against the history before it.
    A snapshot with `gaps` is partial, or inconsistent where its sources disagree. It is `unconfirmed` where an
    undocumented layout was read that neither the documented calls nor a person has confirmed. A stored snapshot has a
    `number`, and a `label` if it was given one.
    `content_hash` is `sha256:` and 64 hex digits over the data nodes, the databases and the scopes of the gaps.
    """

    instance: Instance
    taken_at: datetime
    source: str
    gaps: tuple[Gap, ...] = ()
    layout: str | None = None
    data_nodes: tuple[DataNode, ...]
    databases: tuple[Database, ...]
    content_hash: str
    number: int | None = None
    label: str | None = None
    in_flight: tuple[Operation, ...] = ()
    jobs: tuple[Job, ...] | None = None
    unconfirmed: bool = False
    suspicion: Suspicion | None = None
    judged: bool = False
    read_with: ReadSettings | None = None

    @classmethod
    def of(
        cls,
        *,
        instance: Instance,
        taken_at: datetime,
        source: str,
        gaps: Iterable[Gap] = (),
        layout: str | None = None,
        data_nodes: Iterable[DataNode] = (),
        databases: Iterable[Database] = (),
        label: str | None = None,
    ) -> Snapshot:
        """Build a snapshot: sort its records and compute its hash."""
        empty = cls(
            instance=instance,
            taken_at=taken_at,
            source=source,
            layout=layout,
            data_nodes=(),
            databases=(),
            content_hash="",
            label=label,
        )
        return empty.with_records(data_nodes=data_nodes, databases=databases, gaps=gaps)

    def with_records(
        self, *, data_nodes: Iterable[DataNode], databases: Iterable[Database], gaps: Iterable[Gap] | None = None
    ) -> Snapshot:
        """Return the same capture with these records, and with these gaps if they are others; its hash is theirs."""
        nodes = tuple(sorted(data_nodes, key=attrgetter("id")))
        ordered = tuple(sorted(databases, key=attrgetter("name")))
        all_gaps = self.gaps if gaps is None else tuple(sorted(set(gaps)))
        content = (nodes, [(each.name, each.content_hash) for each in ordered], sorted({gap.scope for gap in all_gaps}))
        return msgspec.structs.replace(
            self, gaps=all_gaps, data_nodes=nodes, databases=ordered, content_hash=_sha256(_PLAIN.encode(content))
        )

    @property
    def complete(self) -> bool:
        """Whether everything was read, and without contradiction."""
        return not self.gaps

    @property
    def consistent(self) -> bool:
        """Whether the sources agree, where more than one was read."""
        return not any(gap.is_disagreement for gap in self.gaps)

    @property
    def suspect(self) -> bool:
        """Whether it lost too much to be believed, and nobody has confirmed it."""
        return self.suspicion is not None and self.suspicion.is_open

    @property
    def shard_count(self) -> int:
        """The number of shards in all databases."""
        return sum(len(database.shards) for database in self.databases)


def _sha256(content: bytes) -> str:
    import hashlib

    return f"sha256:{hashlib.sha256(content).hexdigest()}"
