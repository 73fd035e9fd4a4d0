"""The records of what data nodes hold, as they were read, and of what a comparison with the claim found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

from drift.core.finding import Finding
from drift.core.grants import Rights
from drift.core.shard_sizes import NodeSizes
from drift.core.table_definitions import NodeStructure

_SYSTEM_DATABASES: Final = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
_FOLDER_PREFIX: Final = "#mysql50#"  # what MariaDB puts before the name of a folder that is no database

FailureKind: TypeAlias = Literal[
    "no-address",
    "unreachable",
    "busy",
    "refused",
    "expired",
    "untrusted",
    "no-tls",
    "no-client",
    "other-kind",
    "right-missing",
    "cut",
    "late",
    "error",
    "not-tried",
    "another-server",
    "unsettled",
    "no-result",
    "bad-result",
]
Presence: TypeAlias = Literal["absent", "hidden", "closed", "unsettled"]
"""A claimed shard that a data node doesn't list.

`absent` for certain; `hidden`, or absent, which can't be told; `closed`: it exists, and its contents can't be seen;
`unsettled`: seen and not seen within a second.
"""


class Failure(msgspec.Struct, frozen=True):
    """The reason why a data node, or a part of it, could not be read; `detail` are the server's or system's words."""

    kind: FailureKind
    detail: str = ""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A server behind a data node's address, as it describes itself.

    `family` is `mysql` or `mariadb`. `uid` is the id that it made for itself, which a copy of its folder has, too.
    `account` is the one that drift is signed in with, quoted as in a GRANT.
    """

    family: str
    version: str
    uid: str | None
    host_name: str | None
    port: int | None
    data_folder: str | None
    letter_case: int
    is_read_only: bool
    account: str

    @property
    def release(self) -> str:
        """Family and major version, such as `mysql 8.0`."""
        return f"{self.family} {'.'.join(self.version.split('.')[:2])}"

    @property
    def identity(self) -> tuple[str | None, ...]:
        """The marks that two addresses of one server share. A copied folder shares the `uid`, but not all of them."""
        return self.uid, self.host_name, None if self.port is None else str(self.port), self.data_folder

    def folded(self, name: str) -> str:
        """Write a database's name as the server lists it."""
        return name.lower() if self.letter_case else name


class NodeReading(msgspec.Struct, frozen=True, kw_only=True):
    """What one data node showed. With a `failure`, nothing else of it is known.

    `databases` are the listed names, without the server's own. `probes` are the answers about claimed shards that are
    not listed. `structure` and `sizes` are None where they were not asked for. `read_at` (aware UTC) is the time of a
    reading that others made earlier.
    """

    node_id: str
    failure: Failure | None = None
    server: Server | None = None
    rights: Rights | None = None
    databases: frozenset[str] = frozenset()
    probes: Mapping[str, Presence] = msgspec.field(default_factory=dict)
    structure: NodeStructure | Failure | None = None
    sizes: NodeSizes | Failure | None = None
    read_at: datetime | None = None

    def grant(self, right: str) -> str | None:
        """Return the statement that gives drift's account a right on everything; None where some were taken away."""
        if self.server is None or (self.rights is not None and self.rights.is_partly_revoked):
            return None
        return f"GRANT {right} ON *.* TO {self.server.account}"


def without_system(names: Iterable[str]) -> frozenset[str]:
    """Leave out the server's own databases, and folders that are none."""
    return frozenset(name for name in names if name not in _SYSTEM_DATABASES and not name.startswith(_FOLDER_PREFIX))


class NotChecked(msgspec.Struct, frozen=True, kw_only=True):
    """A part that could not be checked. The severity of `rule`, which could not be judged, says what that is worth.

    `items` are the shards concerned, empty for a whole data node; `grant` is the statement that would show them.
    """

    rule: str
    data_node_id: str
    failure: Failure
    database: str | None = None
    items: tuple[str, ...] = ()
    grant: str | None = None

    @property
    def key(self) -> tuple[str, str, str, tuple[str, ...]]:
        """The key that sorts parts in their defined order."""
        return self.data_node_id, self.rule, self.database or "", self.items


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The result of holding a claim against readings. `moving` is what operations in flight explain."""

    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    moving: tuple[Finding, ...] = ()

    def __add__(self, other: Compared) -> Compared:
        """Join two results."""
        return Compared(
            findings=tuple(sorted({*self.findings, *other.findings}, key=lambda each: each.key)),
            not_checked=tuple(sorted({*self.not_checked, *other.not_checked}, key=lambda each: each.key)),
            moving=tuple(sorted({*self.moving, *other.moving}, key=lambda each: each.key)),
        )
