"""Hold a claim against its data nodes: the part that `verify`, `gate`, `begin` and `end` share."""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.cli.app import now
from drift.cli.parallel import at_once
from drift.compare.placement import placement
from drift.compare.tables.comparison import compare_structure
from drift.config.verify_settings import targets
from drift.core.data_nodes import Failure, NodeReading
from drift.core.errors import StoreError, UsageError
from drift.policy.size_balance import compare_sizes
from drift.policy.verification import judge_verification
from drift.policy.waivers import concerning
from drift.reports.content.node_check import Measured, NodeCheck, TablesCompared, node_lines
from drift.reports.content.report import Side
from drift.reports.content.verification import VerifyReport
from drift.reports.renderer import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from drift.cli.app import App
    from drift.cloud.data_nodes.reading import Reader
    from drift.cloud.data_nodes.target import NodeTarget
    from drift.core.model import Gap, Snapshot
    from drift.core.shard_sizes import KnownSizes


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


class Depth(NamedTuple):
    """How much is read of each data node, beyond the names of its databases."""

    structure: bool = False
    deep: bool = False
    size: bool = False


PLACEMENT: Final = Depth()


def verified(
    app: App, snapshot: Snapshot, reference: str, depth: Depth = PLACEMENT, results: Path | None = None
) -> VerifyReport:
    """Read the data nodes of a snapshot, judge whether its shards are where it says, and keep the result.

    With a folder of `results`, no data node is asked: it has what they printed, which is names alone.
    """
    flags = [f"--{flag}" for flag, is_set in depth._asdict().items() if is_set]
    flags += [] if results is None else ["--from-results", str(results)]
    command = shlex.join(["drift", "verify", reference, *flags, *app.judging("verify"), *app.places])
    readings = _readings(app, snapshot, depth) if results is None else _by_hand(app, snapshot, results, depth)
    check = _check(app, snapshot, readings, snapshot.gaps, depth)
    report = VerifyReport(side=Side.of_whole(snapshot, reference), check=check, command=command)
    _keep(app, report)
    return report


def checked_nodes(app: App, snapshot: Snapshot) -> NodeCheck:
    """As `verified`, for a report that tells of the snapshot's gaps itself."""
    check = _check(app, snapshot, read_data_nodes(app, snapshot), (), PLACEMENT)
    _keep(app, VerifyReport(side=Side.of_whole(snapshot, "live"), check=check, command="drift verify"))
    return check


def _readings(app: App, snapshot: Snapshot, depth: Depth) -> dict[str, NodeReading]:
    return read_data_nodes(app, snapshot, list(_readers(depth)))


def _by_hand(app: App, snapshot: Snapshot, results: Path, depth: Depth) -> dict[str, NodeReading]:
    from drift.cli import by_hand

    if depth != PLACEMENT:
        raise UsageError("--from-results excludes --structure and --size: the results have no tables")
    return by_hand.readings(app, results, snapshot, _claimed(snapshot))


def _check(
    app: App, snapshot: Snapshot, readings: Mapping[str, NodeReading], gaps: Sequence[Gap], depth: Depth
) -> NodeCheck:
    at = min((each.read_at for each in readings.values() if each.read_at is not None), default=now())
    structure = compare_structure(snapshot, readings) if depth.structure else None
    sizes = compare_sizes(snapshot, readings, app.config.check.max_skew) if depth.size else None
    compared = placement(snapshot, readings, _former(app, snapshot))
    compared = sum((each.compared for each in (structure, sizes) if each is not None), start=compared)
    verification = judge_verification(
        compared,
        gaps,
        app.run.policy,
        instance=snapshot.instance.name,
        waivers=concerning(app.config.waivers, snapshot.instance.name),
        today=now().date(),
        suspect=snapshot.suspect,
    )
    tables = None if structure is None else TablesCompared(structure.databases, depth.deep)
    measured = None if sizes is None else Measured(sizes, _before(app, snapshot))
    return NodeCheck(
        verification=verification, nodes=node_lines(snapshot, readings), at=at, tables=tables, sizes=measured
    )


def _before(app: App, snapshot: Snapshot) -> KnownSizes | None:
    """Load the sizes that were read last time."""
    if snapshot.instance.name is None or not app.has_store:
        return None
    with app.open_store() as store:
        return next(iter(store.verifications.sizes(snapshot.instance.name, most=1)), None)


def _readers(depth: Depth) -> Iterator[Reader]:
    from drift.cloud.data_nodes.size_reading import size_reader
    from drift.cloud.data_nodes.table_reading import structure_reader

    if depth.size:
        yield size_reader()
    if depth.structure:
        yield structure_reader(deep=depth.deep)


def _keep(app: App, report: VerifyReport) -> None:
    """Keep the result in the store, where there is one that has the instance."""
    name = report.side.instance
    if name is None or not app.has_store:
        return
    from drift.store import Verified

    try:
        with app.open_store() as store:
            if name in {each.name for each in store.instances()}:
                store.verifications.save(
                    Verified(
                        instance=name,
                        read_at=report.check.at,
                        content_hash=report.side.content_hash,
                        verdict=report.check.verification.status,
                        report=render(report, "json"),
                    )
                )
    except StoreError as error:
        app.console.warn(f"the verification is not kept: {error.message}")


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
