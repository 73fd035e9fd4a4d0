from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec
import pytest

from drift.cli.main import cli
from drift.config.auth_method import AuthSettings
from drift.config.connection import Connection
from drift.config.definition import Topic
from drift.config.file import Config
from drift.config.resolve import Settings
from drift.config.settings_table import METHODS, SETTINGS, TABLE
from drift.config.shapes import Config as Shape
from drift.config.verify_settings import VerifySettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.config.definition import Definition

RUN = [row for row in TABLE if row.topic is Topic.RUN and row.name != "config"]
WITH_FLAG = [row for row in TABLE if row.flag]


def options() -> Iterator[click.Option]:
    """Yield every option of every command."""
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        commands = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
        for each in commands:
            yield from (option for option in each.params if isinstance(option, click.Option))


def test_each_setting_has_one_row() -> None:
    """No name, flag or variable of drift's own is used twice."""
    assert len({row.name for row in TABLE}) == len({row.variable for row in TABLE}) == len(TABLE) == len(SETTINGS)


def test_a_run_s_setting_is_in_the_file_and_in_effect() -> None:
    """Each row of the run is a field of `Config` and of `Settings`, and the latter has no others."""
    assert {row.name for row in RUN} <= set(Config.__struct_fields__)
    assert {*(row.name for row in RUN), "notes"} == set(Settings.__struct_fields__)


def test_an_instance_s_setting_is_used() -> None:
    """Each row of an instance is in `Connection` or `AuthSettings`, but for the two that lead to a credentials file."""
    used = {*Connection.__struct_fields__, *AuthSettings.__struct_fields__, *METHODS["profile"]}
    assert {row.name for row in TABLE if row.topic in {Topic.PLACE, Topic.SIGN_IN}} <= used


def test_a_setting_of_data_nodes_is_used() -> None:
    """Each row of [verify] is a field of `VerifySettings`, which has no others."""
    assert {row.name for row in TABLE if row.topic is Topic.VERIFY} == set(VerifySettings.__struct_fields__)


@pytest.mark.parametrize("row", WITH_FLAG, ids=lambda row: row.name)
def test_a_flag_says_what_its_row_says(row: Definition) -> None:
    """Each flag is an option of a command, with the help, the value and the choices of its row."""
    found = [option for option in options() if row.flag in option.opts]
    assert found
    assert {(option.help, option.metavar) for option in found} == {(row.help, row.metavar)}
    choices = {tuple(option.type.choices) for option in found if isinstance(option.type, click.Choice)}
    assert choices == ({tuple(row.choices)} if row.choices else set())


def test_the_schema_has_each_key() -> None:
    """The JSON Schema of drift.toml has every key of the table, and no secret."""
    definitions = msgspec.json.schema(Shape)["$defs"]
    assert {row.name for row in RUN} <= set(definitions["Config"]["properties"])
    assert [row.name for row in TABLE if row.is_of_instance] == list(definitions["Instance"]["properties"])
    assert not {row.name for row in TABLE if row.is_secret} & set(definitions["Defaults"]["properties"])


def test_a_default_in_a_help_is_the_true_one() -> None:
    """The defaults that help texts name are those of `Config`."""
    standard = Config()
    named = {row.name: row.help.partition("[default: ")[2].rstrip("]") for row in RUN if "[default: " in row.help}
    assert {name: named[name] for name in ("lang", "timeout", "jobs", "rate")} == {
        name: f"{getattr(standard, name):g}" if name != "lang" else standard.lang
        for name in ("lang", "timeout", "jobs", "rate")
    }
