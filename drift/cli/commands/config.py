"""`drift config`: the settings in effect, and their sources."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from drift.cli.captures import connection
from drift.cli.completion import instances
from drift.cli.options import command, common_options, connection_options
from drift.config import effective
from drift.config.target import missing_settings
from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.cli.app import App
    from drift.config.effective import Row

_T = TypeVar("_T")


@command("config", short_help="Show every setting in effect, and its source.")
@click.argument("instances", nargs=-1, metavar="[INSTANCE]...", shell_complete=instances)
@click.option(
    "--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True, help="The output format."
)
@connection_options
@common_options
@click.pass_obj
def config_command(app: App, instances: tuple[str, ...], *, fmt: str) -> None:
    """Show every setting in effect, and its source.

    Without INSTANCE, those of every instance in drift.toml. Secrets are masked. Nothing is captured and no service is
    asked. Settings that a capture needs and that are missing are named on stderr. Wrong settings end the command with
    2, and all of them are named.

    \b
    Examples:
      drift config
      drift config orders-prod --region eu-de
    """  # noqa: D301 - click's mark
    problems: list[str] = []
    file, names = app.run.file, instances or tuple(app.config.instances) or (None,)
    general = _tried(problems, lambda: effective.general(app.config, file, app.settings))
    data_nodes = _tried(problems, lambda: effective.of_data_nodes(app.run.verification))
    shown = [_tried(problems, partial(_instance, app, name)) for name in names]
    if problems:
        raise UsageError("\n".join(dict.fromkeys(problems)))
    resolved = [each for each in shown if each]
    app.console.report((_json if fmt == "json" else _text)([*(general or []), *(data_nodes or [])], resolved))
    for instance in resolved:
        for obstacle in instance.missing:
            app.console.note(f"{instance.name or 'the instance'} can't be captured: {obstacle}")


class _Instance(NamedTuple):
    """The settings of an instance, and the obstacles to capturing it."""

    name: str | None
    rows: list[Row]
    missing: list[str]


def _text(general: list[Row], instances: list[_Instance]) -> str:
    from drift.reports.text.settings import render

    return render(general, {each.name or "the instance": each.rows for each in instances})


def _json(general: list[Row], instances: list[_Instance]) -> str:
    from drift.reports.wording.escape import json_document

    content = {
        "settings": [row._asdict() for row in general],
        "instances": [
            {"name": name, "settings": [row._asdict() for row in rows], "obstacles": missing}
            for name, rows, missing in instances
        ],
    }
    return json_document(content)


def _instance(app: App, name: str | None) -> _Instance:
    settings = connection(app, name)
    return _Instance(settings.name, effective.of_instance(settings), missing_settings(settings))


def _tried(problems: list[str], find: Callable[[], _T]) -> _T | None:
    """Call a function; return None where a setting is wrong, and add its problems to the list."""
    try:
        return find()
    except UsageError as error:
        problems += error.message.splitlines()
        return None
