"""Every option, in every place where it may stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from drift.cli.main import cli
from drift.config.settings_table import TABLE
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Values for the options that check what they are given; every other one takes any word.
VALUES = {
    "--change": "CHG-1",
    "--database": "orders",
    "--expires": "30d",
    "--max-age": "30d",
    "--older-than": "30d",
    "--keep": "3",
    "--map-nodes": "auto",
    "--output": "json=report.json",
    "--part": "1/2",
    "--plan": "plan.toml",
}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that lead to it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def words(option: click.Option, name: str) -> list[str]:
    """An option with a value that it accepts."""
    if option.is_flag:
        return [name]
    if isinstance(option.type, click.Choice):
        return [name, option.type.choices[0]]
    is_number = isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType))
    return [name, VALUES.get(name, "3" if is_number else "word")]


def options(command: click.Command) -> list[list[str]]:
    """Every spelling of every option but those that end the run, each with a value."""
    found = [each for each in command.params if isinstance(each, click.Option) and each.name not in {"help", "version"}]
    return [words(option, name) for option in found for name in (*option.opts, *option.secondary_opts)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that options name."""
    (tmp_path / "plan.toml").write_text('[[expect]]\nrule = "shard-moved"\nname = "orders_0000"\n')
    return tmp_path


GLOBAL = [[], *options(cli)]
COMMANDS = dict(commands(cli))


@pytest.mark.parametrize("given", GLOBAL, ids=" ".join)
@pytest.mark.parametrize("last", ["--version", "--help", "-h"])
def test_what_ends_a_run_may_follow_every_global_option(folder: Path, given: list[str], last: str) -> None:
    """An option that every command takes may stand before --version and --help, too."""
    ended = drift(folder, *given, last)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("drift " if last == "--version" else "Usage: drift")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_may_stand_before_help(folder: Path, path: tuple[str, ...]) -> None:
    """Whatever is given with --help, in any place, the help is shown."""
    before = [word for given in GLOBAL for word in given]
    for given in [[], *options(COMMANDS[path])]:
        ended = drift(folder, *before, *path, *given, "--help")
        assert (ended.code, ended.err) == (0, ""), given
        assert ended.out.startswith(f"Usage: drift {' '.join(path)} ")


@pytest.mark.parametrize("given", GLOBAL[1:], ids=" ".join)
def test_a_global_option_means_the_same_in_every_place(folder: Path, given: list[str]) -> None:
    """Before a group, after it and after its command, an option of every command has the same effect."""
    line = ["plan", "show", "plan.toml"]
    first, *others = [drift(folder, *line[:place], *given, *line[place:]) for place in range(len(line) + 1)]
    assert first.code in {0, 2}  # a word that is no file or no language is refused in every place
    assert others == [first] * len(line)


def test_an_empty_flag_is_not_given(folder: Path) -> None:
    """A flag for a setting takes an empty word, as a pipeline gives for a variable that is not set, for nothing."""
    own = {option for param in COMMANDS["gate",].params for option in param.opts}
    flags = [row.flag for row in TABLE if row.flag in own and row.kind is not bool]
    assert {"--fail-on", "--timeout", "--jobs", "--source", "--store", "--region"} <= set(flags)
    usual = drift(folder, "gate", "latest", "@2026-05-01")
    for flag in flags:
        assert drift(folder, "gate", "latest", "@2026-05-01", flag, "") == usual, flag


def test_help_lists_a_command_s_own_options_first(folder: Path) -> None:
    """The options to connect and sign in have a section of their own, and so have those of every command."""
    own, connecting, shared = re.split(r"\n[A-Z].*:\n", drift(folder, "gate", "--help").out)[-3:]
    assert "--report-only" in own
    assert "--user-name" in connecting
    assert "--store" in shared
    assert "--endpoint" not in own + shared
