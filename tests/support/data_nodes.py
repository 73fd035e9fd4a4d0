"""Real servers as the data nodes of a snapshot: what tests of verification share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drift.cloud.data_nodes.login_guard import LoginGuard
from drift.cloud.data_nodes.reading import read_node
from drift.cloud.data_nodes.target import NodeTarget
from drift.compare.placement import placement
from drift.core.secret import Secret
from support.builders import a_node, a_snapshot, node_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drift.cloud.data_nodes.reading import Reader
    from drift.core.data_nodes import Compared, NodeReading
    from drift.core.model import Database, DataNode, Snapshot
    from support.mariadb import Servers

USER: Final = "drift"
PASSWORD: Final = "cheval-batterie-agrafe"
SHOW: Final = "GRANT SHOW DATABASES ON *.* TO 'drift'@'%'"
CREATE_USER: Final = f"CREATE USER 'drift'@'%' IDENTIFIED BY '{PASSWORD}'"


def nodes_of(servers: Servers, count: int = 3) -> list[DataNode]:
    """Data nodes `rds-1`, `rds-2`, … at the servers' addresses."""
    return [
        a_node(
            f"rds-{number + 1}",
            host=servers[number].host,
            port=servers[number].port,
            engine="mariadb",
            engine_version="10.11",
        )
        for number in range(count)
    ]


def claim(servers: Servers, *databases: Database, count: int = 3, **fields: Any) -> Snapshot:  # noqa: ANN401 - a_snapshot's
    """A snapshot of these databases on so many servers."""
    return a_snapshot(*databases, nodes=nodes_of(servers, count), **fields)


def make(servers: Servers, snapshot: Snapshot, *, grants: Iterable[str] = (SHOW,)) -> None:
    """Make what the snapshot claims, and the account with its grants; nothing else is left on the servers."""
    servers.clean()
    nodes = [node.id for node in snapshot.data_nodes]
    for number, node in enumerate(nodes_of(servers, len(nodes))):
        names = (shard.name for each in snapshot.databases for shard in each.shards if shard.data_node_id == node.id)
        servers[number].run(*(f"CREATE DATABASE `{name}`" for name in names), CREATE_USER, *grants)


def targets(snapshot: Snapshot, **fields: Any) -> Iterator[NodeTarget]:  # noqa: ANN401 - a target's
    """Each data node, to be read with the account above unless a field says otherwise."""
    for node in snapshot.data_nodes:
        names = (shard.name for each in snapshot.databases for shard in each.shards if shard.data_node_id == node.id)
        given: dict[str, Any] = {
            "host": node.host,
            "port": node.port,
            "user": USER,
            "password": Secret(PASSWORD),
            "tls": "off",
            "claimed": tuple(names),
            **fields,
        }
        yield NodeTarget(node_id=node.id, **given)


def readings(
    snapshot: Snapshot,
    readers: Sequence[Reader] = (),
    **fields: Any,  # noqa: ANN401 - a target's
) -> dict[str, NodeReading]:
    """What the data nodes show, without a pause before the second look."""
    guard = LoginGuard()
    found = (read_node(target, guard, readers, sleep=lambda _seconds: None) for target in targets(snapshot, **fields))
    return {reading.node_id: reading for reading in found}


def compared(snapshot: Snapshot, former: Iterable[str] = (), **fields: Any) -> Compared:  # noqa: ANN401 - a target's
    """The claim held against the servers."""
    return placement(snapshot, readings(snapshot, **fields), frozenset(former))


def told(result: Compared) -> list[tuple[str, str, tuple[str, ...]]]:
    """The findings by rule, data node and shards."""
    names = {node_id(f"rds-{number}"): f"rds-{number}" for number in range(1, 9)}
    return [(each.rule, names.get(each.data_node_id or each.name, ""), each.items) for each in result.findings]
