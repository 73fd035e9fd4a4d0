"""`drift instances`: the instances of a project, which it can add to drift.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from drift.cli.captures import list_instances
from drift.cli.edit_config import editable, rewrite
from drift.cli.options import command, common_options, connection_options
from drift.reports.wording.i18n import language_scope, translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drift.cli.app import App
    from drift.cloud.instance_list import ListedInstance
    from drift.config.connection import Connection
    from drift.config.resolve import Setting


@command("instances", short_help="List the instances that a project holds.")
@click.argument("like", required=False, metavar="[INSTANCE]")
@click.option("--write", is_flag=True, help="Add the missing instances to drift.toml.")
@click.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True)
@connection_options
@common_options
@click.pass_obj
def instances_command(app: App, like: str | None, *, write: bool, fmt: str) -> None:
    """List the DDM instances that a project holds, and what drift.toml calls them. Asks the service.

    The project and the sign-in are those of the flags, the variables and [defaults] or, with INSTANCE, those of that
    instance in drift.toml. With --write, each instance that drift.toml doesn't have yet is added at the end of the
    file, with its id and the settings needed to reach it. The rest of the file stays as it is.

    \b
    Examples:
      drift instances
      drift instances --write && drift snapshot --all
      drift instances --region eu-de --format json
      drift instances orders-bkk --write
    """  # noqa: D301 - click's mark
    path = editable(app, "instances") if write else None
    connection = app.run.project_connection(like)
    holdings = list_instances(app, connection)
    known = {each["instance_id"]: name for name, each in app.config.instances.items() if "instance_id" in each}
    if fmt == "json":
        app.console.report(_as_json(holdings, known))
    else:
        _show(app, holdings, known)
    if not holdings:
        app.console.note("the project has no DDM instance")
    new = [holding for holding in holdings if holding.instance_id not in known]
    if path is None or not new:
        return
    from drift.config.edit_instances import named, with_instances

    tables = {name: _keys(app, holding, connection) for name, holding in named(new, app.config.instances).items()}
    own = next(iter(tables.values()))
    rewrite(path, lambda text: with_instances(text, tables, like=like, but=own))
    app.console.note(f"wrote {len(tables)} instance{'s' if len(tables) > 1 else ''} to {path}")


def _keys(app: App, holding: ListedInstance, connection: Connection) -> dict[str, str]:
    """Make the keys of a new table, without those that the rest of drift.toml has already."""
    keys = {"instance_id": holding.instance_id}
    if connection.endpoint and not _is_of_file(app, connection.endpoint):
        keys["endpoint"] = connection.endpoint.value
    if not _is_of_file(app, connection.project_id):
        keys["project_id"] = holding.project_id
    return keys


def _is_of_file(app: App, setting: Setting[str] | None) -> bool:
    return setting is not None and setting.source.startswith(f"{app.config.file_name} ")


def _as_json(holdings: Sequence[ListedInstance], known: Mapping[str, str]) -> str:
    from drift.reports.wording.escape import json_document

    listed: list[dict[str, Any]] = [
        {**msgspec.structs.asdict(holding), "known_as": known.get(holding.instance_id)} for holding in holdings
    ]
    return json_document(listed)


def _show(app: App, holdings: Sequence[ListedInstance], known: Mapping[str, str]) -> None:
    from drift.reports.wording.escape import sentence, text_name

    rows = [
        (
            text_name(holding.name),
            holding.instance_id,
            sentence(holding.status or ""),
            sentence(holding.version or ""),
            known.get(holding.instance_id, ""),
        )
        for holding in holdings
    ]
    if rows:
        with language_scope(app.language):
            what = translate("NAME"), translate("INSTANCE ID"), translate("STATUS"), translate("VERSION")
            app.console.table((*what, translate("IN DRIFT.TOML")), rows)
