"""Hold a claim against its data nodes: the part that `verify`, `gate`, `begin` and `end` share."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from drift.cli.app import now
from drift.cli.parallel import at_once
from drift.compare.placement import placement
from drift.config.verify_settings import targets
from drift.core.data_nodes import Failure, NodeReading
from drift.policy.verification import judge_verification
from drift.policy.waivers import concerning
from drift.reports.content.report import Side
from drift.reports.content.verification import VerifyReport, node_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drift.cli.app import App
    from drift.cloud.data_nodes.reading import Reader
    from drift.cloud.data_nodes.target import NodeTarget
    from drift.core.data_nodes import Compared
    from drift.core.model import Snapshot
    from drift.policy.verification import Verification


def read_data_nodes(app: App, snapshot: Snapshot, readers: Sequence[Reader] = ()) -> dict[str, NodeReading]:
    """Read every data node of a snapshot, several at once; return the readings by id."""
    settings = app.run.verification
    found, lost = targets(settings, snapshot.data_nodes, _claimed(snapshot), app.config, app.run.environ)
    _warn_of_plain(app, found)
    readings = {node.id: NodeReading(node_id=node.id, failure=Failure("no-address")) for node in lost}
    return readings | _read(app, {target.node_id: target for target in found}, readers, settings.verify_jobs.value)


def _read(app: App, found: Mapping[str, NodeTarget], readers: Sequence[Reader], jobs: int) -> dict[str, NodeReading]:
    from drift.cloud.data_nodes.login_guard import LoginGuard
    from drift.cloud.data_nodes.reading import read_node

    guard = LoginGuard()
    readings = {}
    with app.console.working("reading data nodes", len(found)) as progress:
        for node, result in at_once(list(found), lambda name: read_node(found[name], guard, readers), jobs):
            if isinstance(result, Exception):
                raise result
            readings[node] = result
            progress.advance("reading data nodes")
    return readings


def judged(app: App, snapshot: Snapshot, compared: Compared) -> Verification:
    """Judge a comparison by the settings, with the waivers of the instance."""
    return judge_verification(
        compared,
        snapshot.gaps,
        app.run.policy,
        instance=snapshot.instance.name,
        waivers=concerning(app.config.waivers, snapshot.instance.name),
        today=now().date(),
        suspect=snapshot.suspect,
    )


def verify(app: App, snapshot: Snapshot, reference: str, command: str) -> VerifyReport:
    """Read the data nodes of a snapshot, and judge whether its shards are where it says."""
    readings = read_data_nodes(app, snapshot)
    compared = placement(snapshot, readings, _former(app, snapshot))
    return VerifyReport(
        side=Side.of_whole(snapshot, reference),
        verification=judged(app, snapshot, compared),
        nodes=node_lines(snapshot, readings),
        at=now(),
        command=command,
    )


def _claimed(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    claimed: dict[str, list[str]] = defaultdict(list)
    for database in snapshot.databases:
        for shard in database.shards:
            claimed[shard.data_node_id].append(shard.name)
    return {node: tuple(sorted(set(names))) for node, names in claimed.items()}


def _former(app: App, snapshot: Snapshot) -> frozenset[str]:
    """Return the names of all databases that the instance ever had, as far as the store knows."""
    if snapshot.instance.name is None or not app.has_store:
        return frozenset()
    with app.open_store() as store:
        return store.database_names(snapshot.instance.name)


def _warn_of_plain(app: App, found: Sequence[NodeTarget]) -> None:
    """Warn of passwords that go over a network unprotected."""
    plain = [target for target in found if target.tls == "off" and not target.is_local]
    if plain:
        app.console.warn(f"tls is off: the login at {plain[0].address} and everything after it can be read on the way")
