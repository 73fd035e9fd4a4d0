"""The placement of shards on many data nodes, beside a bare script of the same statements: CPU and time as ratios.

    python benchmarks/placement.py --nodes 256 --shards 64

One server of MariaDB or MySQL plays all data nodes. Both ways run in turn, each sixteen data nodes at a time by one
connection each; a ratio is that of the medians. Drift also compares and judges, and writes the text report.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pymysql

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from drift.cli.parallel import at_once  # noqa: E402
from drift.cloud.data_nodes import LoginGuard, NodeTarget, statements  # noqa: E402
from drift.cloud.data_nodes.reading import read_node  # noqa: E402
from drift.compare.placement import placement  # noqa: E402
from drift.core.secret import Secret  # noqa: E402
from drift.policy.verdict import Policy  # noqa: E402
from drift.policy.verification import judge_verification  # noqa: E402
from drift.reports.content.node_check import NodeCheck, node_lines  # noqa: E402
from drift.reports.content.report import Side  # noqa: E402
from drift.reports.content.verification import VerifyReport  # noqa: E402
from drift.reports.renderer import render  # noqa: E402
from drift.simulator import serving  # noqa: E402
from support.builders import a_database, a_node, a_shard, a_snapshot, a_time  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.data_nodes import NodeReading
    from drift.core.model import Snapshot

JOBS = 16
USER, PASSWORD = "drift", "drift-benchmark-1"


def bare(socket: str, family: str, _node: str) -> int:
    """Ask one data node by plain PyMySQL, and count the names."""
    connection = pymysql.connect(
        unix_socket=socket, user=USER, password=PASSWORD, autocommit=True, charset="utf8mb4", ssl_disabled=True
    )
    with connection, connection.cursor() as cursor:
        for statement in (
            statements.READ_ONLY,
            statements.LIMITS[family],
            statements.SERVER[family],
            statements.GRANTS,
            statements.NAMES,
        ):
            cursor.execute(statement)
            rows = cursor.fetchall()
    return len(rows)


def with_script(snapshot: Snapshot, socket: str, family: str) -> None:
    """Ask every data node by the bare script."""
    names = [node.id for node in snapshot.data_nodes]
    results = dict(at_once(names, lambda node: bare(socket, family, node), JOBS))
    if not all(isinstance(count, int) for count in results.values()):
        raise SystemExit(f"a data node was not read: {results}")


def reading(snapshot: Snapshot, socket: str) -> dict[str, NodeReading]:
    """Read every data node as `drift verify` does."""
    claimed: dict[str, list[str]] = {node.id: [] for node in snapshot.data_nodes}
    for database in snapshot.databases:
        for shard in database.shards:
            claimed[shard.data_node_id].append(shard.name)
    targets = {
        node: NodeTarget(
            node_id=node, host=socket, user=USER, password=Secret(PASSWORD), tls="off", claimed=tuple(names)
        )
        for node, names in claimed.items()
    }
    guard = LoginGuard()
    return dict(at_once(list(targets), lambda node: read_node(targets[node], guard), JOBS))


def with_drift(snapshot: Snapshot, socket: str) -> None:
    """Do all that `drift verify` does."""
    readings = reading(snapshot, socket)
    # As if each were a server of its own.
    apart = {
        node: msgspec.structs.replace(each, server=msgspec.structs.replace(each.server, uid=node))
        for node, each in readings.items()
    }
    verification = judge_verification(placement(snapshot, apart), (), Policy(), instance="orders-prod")
    if verification.findings or verification.not_checked:
        raise SystemExit(f"not as claimed: {verification}")
    check = NodeCheck(verification=verification, nodes=node_lines(snapshot, apart), at=a_time())
    render(VerifyReport(side=Side.of_whole(snapshot, "live"), check=check, command="drift verify"), "text")


def measured(act: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of time and of own CPU."""
    wall, cpu = time.monotonic(), time.process_time()
    act()
    return time.monotonic() - wall, time.process_time() - cpu


def a_claim(nodes: int, shards: int, engine: str, version: str) -> Snapshot:
    """Claim the same names on every data node, each for a database of its own."""
    names = [f"rds-{number:03}" for number in range(nodes)]
    databases = [
        a_database(f"db_{at:03}", shards=[a_shard(f"s_{n:04}", on=node, database=f"db_{at:03}") for n in range(shards)])
        for at, node in enumerate(names)
    ]
    return a_snapshot(*databases, nodes=[a_node(name, engine=engine, engine_version=version) for name in names])


def main() -> None:
    """Measure both ways in turn, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=256)
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    folder, path = TemporaryDirectory(prefix="drift-placement-"), os.environ.get("PATH", "")
    with folder as place, serving(Path(place), ["node"], path=path, user=getpass.getuser()) as servers:
        server = servers["node"]
        server.run(
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT REFERENCES ON *.* TO '{USER}'@'%'",
            *(f"CREATE DATABASE s_{number:04}" for number in range(given.shards)),
        )
        engine, version = server.release
        snapshot = a_claim(given.nodes, given.shards, engine, version)
        ways = {
            "script": lambda: with_script(snapshot, str(server.socket), engine),
            "reading": lambda: reading(snapshot, str(server.socket)),
            "drift": lambda: with_drift(snapshot, str(server.socket)),
        }
        figures = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, act in ways.items():
                figures[name].append(measured(act))
    walls, cpus = ({name: median(each[at] for each in found) for name, found in figures.items()} for at in (0, 1))
    print(f"{given.nodes} data nodes with {given.shards} shards each, {engine} {version}")
    for name, what in (("reading", "reading alone"), ("drift", "with comparison and report")):
        time_ratio, cpu_ratio = walls[name] / walls["script"], cpus[name] / cpus["script"]
        print(f"{what}: {time_ratio:.2f} times the time and {cpu_ratio:.2f} times the CPU of a bare script")
    print(f"the bare script: {walls['script']:.2f} s, {cpus['script']:.2f} s of CPU")


if __name__ == "__main__":
    main()
