"""`drift demo --verify`: a migration that stopped, seen on real data nodes."""

from __future__ import annotations

import getpass
from functools import partial
from typing import TYPE_CHECKING, Final

from drift.cli.app import App
from drift.cli.verifying import verified
from drift.core.references import Live
from drift.reports.renderer import render

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot
    from drift.simulator import Cloud, Instance, LocalServer

    Servers = dict[str, LocalServer]

_NODES: Final = ("rds-orders-1", "rds-orders-2", "rds-orders-3")
_USER: Final = "CREATE USER 'drift'@'%' IDENTIFIED BY 'drift-demo-1'"
_GRANT: Final = "GRANT REFERENCES ON *.* TO 'drift'@'%'"
_COPIED: Final = ("orders_0012", "orders_0013", "orders_0014", "orders_0015")


def show(app: App, folder: Path) -> None:
    """Run the demonstration in a new folder. Raises UsageError, which says what to install, without a server."""
    from drift.simulator import serve, serving

    path, user = app.run.environ.get("PATH", ""), getpass.getuser()
    with serving(folder / "data-nodes", _NODES, path=path, user=user) as servers:
        cloud = _cloud(servers)
        instance = cloud.instance("orders-prod")
        with serve(cloud) as server:
            demo = _demo(app, cloud.variables(server.url, instance), folder, servers)
            engine, version = servers[_NODES[0]].release
            app.console.report(
                f"A simulated DDM cloud serves at {server.url}; {len(servers)} servers ({engine} {version}) "
                "are its data nodes.\n"
            )
            _run(demo, instance, servers, folder)


def _run(demo: App, instance: Instance, servers: Servers, folder: Path) -> None:
    _make(demo, servers)
    _verify(demo)
    _told(demo, "A migration of `orders` to rds-orders-3 begins, and copies four shards.")
    instance.scale_out("rds-orders-3", databases=["orders"], until="ToBeSwitched")
    servers["rds-orders-3"].run(*(f"CREATE DATABASE {name}" for name in _COPIED))
    _verify(demo)
    _told(demo, "The migration is cancelled. Its clean-up drops the wrong databases, and stops half way.")
    instance.advance("orders", "Canceling")
    instance.advance("orders", "CancelSuccess")
    servers["rds-orders-2"].run("DROP DATABASE orders_0012", "DROP DATABASE orders_0013")
    servers["rds-orders-3"].run("DROP DATABASE orders_0012", "DROP DATABASE orders_0014")
    _verify(demo, folder / "verify.md")
    demo.console.report(f"\nThe Markdown report is {folder / 'verify.md'}\n")


def _cloud(servers: Servers) -> Cloud:
    from drift.simulator import default_cloud

    cloud = default_cloud()
    instance = cloud.instance("orders-prod")
    instance.add_node(_NODES[2])
    for name, server in servers.items():
        engine, version = server.release
        instance.change_node(name, engine=engine, engine_version=version)
    return cloud


def _demo(app: App, variables: dict[str, str], folder: Path, servers: Servers) -> App:
    """Make the app of a user with just these variables, who knows the data nodes by their sockets."""
    demo = App(
        app.console,
        {"DRIFT_CONFIG": str(folder / "drift.toml"), "DRIFT_VERIFY_PASSWORD": "drift-demo-1", **variables},
    )
    demo.closing = app.closing
    nodes = "".join(f'[data_nodes.{name}]\nhost = "{server.socket}"\n' for name, server in servers.items())
    (folder / "drift.toml").write_text(
        f'store = "drift.db"\n[verify]\nuser = "drift"\n{nodes}'
        f'[instances.orders-prod]\ninstance_id = "{variables["DRIFT_INSTANCE_ID"]}"\n',
        "utf-8",
    )
    return demo


def _claim(demo: App) -> Snapshot:
    from drift.cli.loading import load

    return load(demo, Live())


def _make(demo: App, servers: Servers) -> None:
    """Make on each server what DDM would have made there, and an account that reads no data."""
    snapshot = _claim(demo)
    names = {node.id: node.name or "" for node in snapshot.data_nodes}
    for server in servers.values():
        server.run(_USER, _GRANT)
    for database in snapshot.databases:
        for shard in database.shards:
            servers[names[shard.data_node_id]].run(f"CREATE DATABASE {shard.name}")


def _verify(demo: App, path: Path | None = None) -> None:
    from drift.cli.output import write

    output = "" if path is None else f" --output markdown={path}"
    demo.console.report(f"\n$ drift verify{output}\n")
    report = verified(demo, _claim(demo), "live")
    shown = partial(render, report, lang=demo.language)
    if path is not None:
        write(path, shown("markdown").encode())
    demo.console.report(shown("text", colour=demo.console.uses_colour, width=demo.console.width))
    demo.console.report(f"It would end with exit code {report.check.verification.exit_code}.\n")


def _told(demo: App, text: str) -> None:
    demo.console.report(f"\n{text}\n")
