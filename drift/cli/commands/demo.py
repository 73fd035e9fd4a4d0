"""`drift demo`: the main job from end to end, against a simulated cloud on loopback."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.app import App
from drift.cli.captures import receive
from drift.cli.comparison import DIFF, open_pair, report_on
from drift.cli.options import command, common_options
from drift.core.references import parse
from drift.reports.renderer import render

if TYPE_CHECKING:
    from drift.simulator import Instance


@command("demo", short_help="The main job, end to end, on a simulated cloud.")
@click.option("--verify", "verifies", is_flag=True, help="A migration that stopped, on real servers of this machine.")
@common_options
@click.pass_obj
def demo_command(app: App, *, verifies: bool) -> None:
    """Capture a simulated instance, migrate its shards, capture again, and show what changed.

    Needs no account and no network. It prints the command for each step, as you would type it for an instance of yours.

    With --verify, servers of MariaDB or MySQL, if installed, play the data nodes; a migration stops, and `drift verify`
    shows what it left.

    What it made stays in a new folder for temporary files, to look around in; the last lines say where.
    """
    folder = Path(tempfile.mkdtemp(prefix="drift-demo-"))
    try:
        if verifies:
            from drift.cli import verify_demo

            verify_demo.show(app, folder)
        else:
            _show(app, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _show(app: App, folder: Path) -> None:
    """Run the demonstration in a new folder."""
    from drift.simulator import default_cloud, serve

    cloud = default_cloud()
    instance = cloud.instance("orders-prod")
    with serve(cloud) as server:
        app.console.report(f"A simulated DDM cloud serves at {server.url}.\n")
        demo = _against(app, cloud.variables(server.url, instance), folder)
        _snapshot(demo, "before")
        _migrate(demo, instance)
        _snapshot(demo, "after")
    _report(demo, folder / "report.md")


def _against(app: App, variables: dict[str, str], folder: Path) -> App:
    """Make the app of a user with just these variables, without the settings of the real one."""
    demo = App(app.console, {"DRIFT_CONFIG": str(folder / "drift.toml"), **variables})
    demo.closing = app.closing
    (folder / "drift.toml").write_text(
        f'store = "drift.db"\n[instances.orders-prod]\ninstance_id = "{variables["DRIFT_INSTANCE_ID"]}"\n'
    )
    return demo


def _snapshot(demo: App, label: str) -> None:
    from drift.cli.commands.snapshot import keep

    _step(demo, f"drift snapshot orders-prod --label {label}")
    keep(demo, receive(demo, "orders-prod"), label, strict=False)


def _migrate(demo: App, instance: Instance) -> None:
    _step(demo, None)
    instance.scale_out("rds-orders-3")
    instance.reshard("users", 12)
    demo.console.report("The cloud adds a data node, moves shards to it, and gives one database more shards.\n")


def _report(demo: App, path: Path) -> None:
    from drift.cli.output import write

    _step(demo, f"drift diff before after --output markdown={path}")
    pair = open_pair(demo, ("before", "after"), (parse("before"), parse("after")))
    report = report_on(demo, pair, DIFF, None)
    write(path, render(report, "markdown").encode())
    demo.console.report(render(report, "text", colour=demo.console.uses_colour, width=demo.console.width))
    _step(demo, "drift gate before after")
    code = report.verdict.exit_code
    demo.console.report(f"It would end with exit code {code}: {report.verdict.outcome.value}.\n")
    demo.console.report(f"\nThe Markdown report is {path}\n")
    demo.console.report(f"Look around: cd {path.parent} && drift log && drift show after --shards\n")


def _step(demo: App, command: str | None) -> None:
    demo.console.report("\n" if command is None else f"\n$ {command}\n")
