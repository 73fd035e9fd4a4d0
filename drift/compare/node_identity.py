"""Tell whether the server behind a data node's address is the one that the metadata describes. Pure.

An address may lead elsewhere by a tunnel, a name service or a slip in the settings. A fail-over to a stand-by changes
a server's own id, so that a new id is no fault.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from drift.core.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.core.data_nodes import NodeReading, Server
    from drift.core.model import DataNode

_RELEASE_PARTS = 2


def others_than_claimed(nodes: Iterable[DataNode], readings: Iterable[NodeReading]) -> tuple[Finding, ...]:
    """Find the data nodes whose servers are of another release or port, and those that are one server."""
    servers = {reading.node_id: reading.server for reading in readings if reading.server is not None}
    own = (finding for node in nodes if node.id in servers for finding in _differences(node, servers[node.id]))
    return (*own, *_shared(servers))


def _differences(node: DataNode, server: Server) -> Iterator[Finding]:
    claimed, found = _claimed_release(node), _release(server, node)
    if claimed is not None and claimed != found:
        yield _another(node, "release", found, claimed)
    if node.port is not None and server.port is not None and node.port != server.port:
        yield _another(node, "port", str(server.port), str(node.port))


def _another(node: DataNode, aspect: str, found: str, expected: str) -> Finding:
    return Finding(
        rule="data-node-is-another",
        subject="data-node",
        name=node.id,
        found=found,
        expected=expected,
        aspect=aspect,
    )


def _claimed_release(node: DataNode) -> str | None:
    if not node.engine_version:
        return None
    family = "mariadb" if "mariadb" in (node.engine or "").lower() else "mysql"
    return f"{family} {_major(node.engine_version, _RELEASE_PARTS)}"


def _release(server: Server, node: DataNode) -> str:
    """Return a server's release, as exactly as the metadata has it."""
    return f"{server.family} {_major(server.version, min((node.engine_version or '').count('.') + 1, _RELEASE_PARTS))}"


def _major(version: str, parts: int) -> str:
    return ".".join(version.split(".")[:parts])


def _shared(servers: dict[str, Server]) -> Iterator[Finding]:
    """Find addresses of one server. A copied folder has the same id; all marks together are those of one server."""
    holders: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for node, server in servers.items():
        if server.uid is not None:
            holders[server.identity].append(node)
    for nodes in holders.values():
        if len(nodes) > 1:
            ids = tuple(sorted(nodes))
            yield Finding(rule="data-node-is-another", subject="data-node", name=ids[0], items=ids, aspect="server")
