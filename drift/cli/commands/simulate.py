"""`drift simulate`: a DDM cloud on loopback, to rehearse a runbook against."""

from __future__ import annotations

import shlex
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from drift.cli.options import command, common_options

if TYPE_CHECKING:
    from drift.cli.app import App

_MOST_TOLD: Final = 5


@command("simulate", short_help="Serve a small DDM cloud on loopback.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port on loopback. [default: a free one]")
@click.option("--scenario", type=click.Path(path_type=Path), help="The TOML file that describes the cloud.")
@click.option("--example", is_flag=True, help="Write a scenario that explains every key to stdout, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print the connection details as one line of JSON.")
@common_options
@click.pass_obj
def simulate_command(app: App, port: int, scenario: Path | None, *, example: bool, as_json: bool) -> None:
    """Serve a small DDM cloud on loopback until interrupted.

    One URL answers for IAM and DDM alike: sign-in by password, access key (the signature is checked) or OpenID
    Connect, the lists, details and exports of one instance or hundreds, and jobs. The credentials are made up anew for
    each run; ids stay the same.

    A scenario lists the instances, the operations and the export that each precedes, and the answers that fail.
    Operations are those of DDM, with the state that the job is left in, mistakes by hand, and restores. An answer can
    be throttled, cut off, damaged, refused, late and more.

    \b
    Examples:
      drift simulate
      drift simulate --example > migration.toml
      drift simulate --port 8080 --scenario migration.toml --json
    """  # noqa: D301 - click's mark
    from drift.simulator import default_cloud, example_scenario, load_scenario, serve

    if example:
        app.console.report(example_scenario())
        return
    cloud = default_cloud() if scenario is None else load_scenario(scenario)
    with serve(cloud, port) as server:
        connection = cloud.connection(server.url)
        app.console.report(_line(connection) if as_json else _text(connection))
        threading.Event().wait()


def _line(connection: dict[str, Any]) -> str:
    return f"{msgspec.json.encode(connection).decode()}\n"


def _text(connection: dict[str, Any]) -> str:
    lines = [f"A simulated DDM cloud serves at {connection['url']} until interrupted.", ""]
    for instance in connection["instances"][:_MOST_TOLD]:
        lines += [
            f"  {instance['name']}:",
            f"    export DRIFT_ENDPOINT={connection['url']} DRIFT_IAM_ENDPOINT={connection['url']}",
            f"    export DRIFT_PROJECT_ID={connection['project_id']} DRIFT_INSTANCE_ID={instance['instance_id']}",
        ]
    if (more := len(connection["instances"]) - _MOST_TOLD) > 0:
        lines.append(f"  and {more} more, which --json lists")
    lines += [
        "",
        f"    export DRIFT_USER_NAME={connection['user_name']} DRIFT_DOMAIN_NAME={connection['domain_name']}",
        f"    export DRIFT_PASSWORD={connection['password']}",
        f"    # or DRIFT_ACCESS_KEY={connection['access_key']} DRIFT_SECRET_KEY={connection['secret_key']}",
        *(f"    drift snapshot {shlex.quote(each['name'])}" for each in connection["instances"][:1]),
    ]
    return "\n".join([*lines, ""])
