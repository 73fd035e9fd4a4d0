from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING

import click
import msgspec
import pytest

import drift
from drift.cli.main import cli
from drift.testing import Simulator, simulator
from support.doc_pages import PAGES, blocks, console, drift_arguments, is_assignment, shell_lines
from support.file_kinds import a_schema, a_state
from support.paths import ROOT
from support.shell import drift as run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDS_MORE = re.compile(r"https://|--region|^simulate(?!.*--example)|…")
"""Commands that need a cloud, or that serve until they are interrupted."""
PLAN = """
change = "CHG-123"
[[expect]]
rule = "data-node-added"
name = "rds-orders-3"
[[expect]]
rule = "shard-moved"
to = "rds-orders-3"
"""
HISTORY = (("pre-change", "before-nested", 28), ("post-change", "after-nested", 29))
NODES = '[nodes]\n"rds-orders-1" = "rds-orders-1"\n"rds-orders-2" = "rds-orders-2"\n'


def documented(page: Path) -> Iterator[list[str]]:
    for block in blocks(page):
        lines = console(block) if block.language == "console" else shell_lines(block)
        for words in lines:
            arguments = drift_arguments(words)
            if arguments and (block.language == "console" or arguments[0] in cli.list_commands(click.Context(cli))):
                yield arguments


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_can_be_parsed(page: Path) -> None:
    """Commands and options in blocks of code are ones that drift has."""
    wrong = {" ".join(each): problem(each) for each in documented(page) if "--help" not in each}
    assert {words: found for words, found in wrong.items() if found} == {}


def problem(arguments: list[str], command: click.Command = cli) -> str | None:
    """What click would refuse in a command, without the callbacks, which read files; None if nothing."""
    context = click.Context(command, info_name="drift")
    try:
        given, rest, _ = command.make_parser(context).parse_args(list(arguments))
        for parameter in command.params:
            value = given.get(parameter.name)
            if isinstance(value, str | bool | list | tuple) and value:
                parameter.type_cast_value(context, value)
            elif parameter.required:
                return f"{parameter.name} is missing"
    except click.UsageError as error:
        return error.format_message()
    if not isinstance(command, click.Group):
        return f"{rest} is too much" if rest else None
    below = command.get_command(context, rest[0])
    return "there is no such command" if below is None else problem(rest[1:], below)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_options_in_the_text_exist(page: Path) -> None:
    """A command in a sentence exists, and its options do."""
    for found in re.findall(r"`drift ([^`]+)`", page.read_text("utf-8")):
        words = found.split()
        if words[0].startswith("-") or "…" in found:
            continue
        command = cli.get_command(click.Context(cli), words[0])
        if words[0] == "COMMAND":
            continue
        assert command is not None, found
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.commands[words[1]]
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= known, found


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulator]:
    with simulator() as found:
        yield found


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(block.language == "console" for block in blocks(page))],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_every_console_block_runs(page: Path, tmp_path: Path, cloud: Simulator, settled: dict[bool, Path]) -> None:
    """What a page tells people to type does what it says, one command after the other: it ends with 0, or judges."""
    shutil.copytree(settled[page.stem == "twins"], tmp_path, dirs_exist_ok=True)
    variables = {"DRIFT_PASSWORD": cloud.connection["password"]}
    for block in blocks(page):
        for words in console(block) if block.language == "console" else ():
            arguments = drift_arguments(words)
            if arguments is None or NEEDS_MORE.search(" ".join(arguments)):
                continue
            if arguments[0] == "init":
                (tmp_path / "drift.toml").unlink()
            ended = run(tmp_path, *arguments, **variables)
            assert ended.code in {0, 1}, (words, ended.err)
            if ">" in words:
                (tmp_path / words[words.index(">") + 1]).write_text(ended.out, "utf-8")
            if arguments[0] == "init":
                configure(tmp_path, cloud)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory, cloud: Simulator) -> dict[bool, Path]:
    """Folders in which the documented commands find what they speak of, to be copied: of one instance, and of twins."""
    return {twins: settle(tmp_path_factory.mktemp("settled"), cloud, twins=twins) for twins in (False, True)}


def settle(folder: Path, cloud: Simulator, *, twins: bool) -> Path:
    for name in ("snapshots", "sample_configs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.db*"))
    shutil.copy(ROOT / "snapshots/after-nested.json", folder / "response.json")
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    (folder / "nodes.toml").write_text(NODES, "utf-8")
    (folder / "parts").mkdir()
    for part in (1, 2):
        drift.Store.open(folder / f"parts/{part}.db", create=True).close()
    state = a_state(a_schema(instance=cloud.cloud.instance("orders-prod").id))
    (folder / "ddm.tfstate").write_bytes(msgspec.json.encode(state))
    configure(folder, cloud)
    names = ("prod", "dr") if twins else ("orders-prod",)
    with drift.Store.open(folder / "snapshots/drift.db", create=True) as store:
        for name, (label, sample, day) in product(names, HISTORY):
            store.save(
                msgspec.structs.replace(
                    drift.load(ROOT / f"snapshots/{sample}.json"),
                    instance=drift.Instance(name=name),
                    taken_at=datetime(2026, 4, day, 2, tzinfo=UTC),
                    source="export",
                    label=label,
                )
            )
    if not twins:
        variables = {"DRIFT_PASSWORD": cloud.connection["password"]}
        assert run(folder, "snapshot", "orders-prod", "--label", "nightly", **variables).code == 0
    for name in ("baselines", "reports"):
        (folder / name).mkdir()
    for path in ("baseline.json", "baselines/orders-prod.json"):
        run(folder, "export", "1", "--output", path)
    return folder


def configure(folder: Path, cloud: Simulator) -> None:
    told = cloud.connection
    instance = cloud.instance("orders-prod")
    (folder / "drift.toml").write_text(
        f'[defaults]\nendpoint = "{told["url"]}"\nproject_id = "{told["project_id"]}"\n'
        f'user_name = "{told["user_name"]}"\ndomain_name = "{told["domain_name"]}"\n'
        f'[instances.orders-prod]\ninstance_id = "{instance.id}"\n',
        "utf-8",
    )


def test_variables_are_no_arguments() -> None:
    """A command's variables are set apart from what it is given."""
    assert is_assignment("DRIFT_TOKEN=…")
    assert drift_arguments(["DRIFT_TOKEN=…", "drift", "log"]) == ["log"]
