from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from drift.cli.main import cli
from drift.config import file as config_file
from drift.policy.rules import RULES
from drift.simulator import load_scenario
from drift.store import Store
from support.shell import drift, spawn, start

COMMANDS = tuple(cli.list_commands(click.Context(cli)))


def test_init_writes_a_configuration_that_holds(tmp_path: Path) -> None:
    """The file is valid as it stands, and says what to do next."""
    ended = drift(tmp_path, "init")
    assert (ended.code, ended.out) == (0, "wrote drift.toml\n")
    assert "DRIFT_TOKEN" in ended.err
    assert config_file.load(tmp_path / "drift.toml").fail_on.word == "warning"
    assert drift(tmp_path, "rules").code == 0


def test_init_writes_over_nothing_unless_forced(tmp_path: Path) -> None:
    """A file that is there stays; --force replaces it, and another name is as good."""
    (tmp_path / "drift.toml").write_text("# mine\n")
    assert drift(tmp_path, "init").code == 2
    assert (tmp_path / "drift.toml").read_text() == "# mine\n"
    assert drift(tmp_path, "init", "--force").code == 0
    assert "[severities]" in (tmp_path / "drift.toml").read_text()
    assert drift(tmp_path, "init", "conf/other.toml").out == "wrote conf/other.toml\n"
    assert tomllib.loads((tmp_path / "conf/other.toml").read_text())


def test_init_writes_over_a_broken_configuration(tmp_path: Path) -> None:
    """A drift.toml that can't be read doesn't keep --force from replacing it."""
    (tmp_path / "drift.toml").write_text("this is = = not TOML")
    assert drift(tmp_path, "init", "--force").code == 0


@pytest.mark.parametrize("fmt", ["text", "markdown", "json"])
def test_rules_lists_every_rule_with_the_severity_in_force(tmp_path: Path, fmt: str) -> None:
    """All rules are there, in order, and drift.toml's severities hold."""
    (tmp_path / "drift.toml").write_text('[severities]\nshard-moved = "error"\n')
    out = drift(tmp_path, "rules", "--format", fmt).out
    places = [out.index(f"{quote}{rule}{quote}" if quote else rule) for rule in RULES for quote in [QUOTES[fmt]]]
    assert places == sorted(places)
    if fmt == "json":
        assert {each["id"]: each["severity"] for each in json.loads(out)}["shard-moved"] == "error"


QUOTES = {"text": "", "markdown": "`", "json": '"'}


def test_the_simulator_says_how_to_connect(tmp_path: Path) -> None:
    """Its first line on stdout is one JSON object with all that a program needs, and it works."""
    process = start(tmp_path, "simulate", "--json")
    with process:
        assert process.stdout is not None
        connection = json.loads(process.stdout.readline())
        instance = connection["instances"][0]
        ended = drift(
            tmp_path,
            *("snapshot", "--instance-id", instance["instance_id"]),
            DRIFT_ENDPOINT=connection["url"],
            DRIFT_PROJECT_ID=connection["project_id"],
            DRIFT_USER_NAME=connection["user_name"],
            DRIFT_PASSWORD=connection["password"],
            DRIFT_DOMAIN_NAME=connection["domain_name"],
        )
        process.terminate()
    assert list(connection) == [
        "url", "project_id", "region", "instances", "user_name", "password", "domain_name", "access_key", "secret_key",
    ]  # fmt: skip
    assert ended.code == 0


def test_what_the_simulator_tells_can_be_pasted(tmp_path: Path) -> None:
    """Without --json it shows the variables to set, as a shell takes them."""
    process = start(tmp_path, "simulate")
    variables: dict[str, str] = {}
    with process:
        assert process.stdout is not None
        while "drift snapshot" not in (line := process.stdout.readline()):
            if line.strip().startswith("export "):
                variables |= dict(word.split("=", 1) for word in shlex.split(line)[1:])
        ended = drift(tmp_path, "snapshot", **variables)
        process.terminate()
    assert ended.code == 0


def test_the_simulator_shows_an_example_of_a_scenario(tmp_path: Path) -> None:
    """What --example writes is a scenario that the simulator takes."""
    ended = drift(tmp_path, "simulate", "--example")
    (tmp_path / "scenario.toml").write_text(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert list(load_scenario(tmp_path / "scenario.toml").instances) == ["orders-prod"]


def test_the_simulator_tells_of_a_few_instances_of_many(tmp_path: Path) -> None:
    """A fleet is not listed one by one; the first ones and the number of the others will do."""
    (tmp_path / "fleet.toml").write_text("[fleets.shop]\ncount = 12\n")
    process = start(tmp_path, "simulate", "--scenario", "fleet.toml")
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(20)]
        process.terminate()
    assert "  and 7 more, which --json lists\n" in lines


def test_the_demo_tells_the_whole_story(tmp_path: Path) -> None:
    """It captures, migrates, captures again and tells; the report is where it says, and the commands it shows work."""
    (tmp_path / "drift.toml").write_text("nonsense = true\n")
    ended = spawn(tmp_path, "demo", DRIFT_STORE="mine.db", DRIFT_ENDPOINT="https://nowhere.example", DRIFT_TOKEN="x")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ drift ")]
    assert [command.split()[1] for command in commands] == ["snapshot", "snapshot", "diff", "gate"]
    assert "13 changes" in lines
    report = Path(next(line for line in lines if line.startswith("The Markdown report is ")).split()[-1])
    assert report.read_text().startswith("<!-- drift-report:orders-prod")
    assert f"--output markdown={report}" in commands[2]
    assert drift(report.parent, *shlex.split(commands[3])[1:]).code == 1
    assert drift(report.parent, "show", "after", "--shards").code == 0
    with Store.open(report.parent / "drift.db") as store:
        assert [entry.label for entry in store.log()] == ["after", "before"]
    assert not (tmp_path / "mine.db").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    """--help says what a command does, with an example where it takes an argument of its own."""
    ended = drift(tmp_path, command, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: drift {command}")
    takes = ended.out.splitlines()[0].removeprefix(f"Usage: drift {command} [OPTIONS]").strip()
    assert not takes or command == "init" or "Example" in ended.out
    assert drift(tmp_path, command, "-h") == ended


def test_the_list_of_commands_is_whole(tmp_path: Path) -> None:
    """`drift --help` lists every command with a sentence that isn't cut off."""
    out = drift(tmp_path, "--help").out
    listed = out[out.index("Commands:") :].splitlines()[1 : len(COMMANDS) + 1]
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("..") for line in listed)


def test_the_version_is_said(tmp_path: Path) -> None:
    """--version names the command and its version."""
    assert drift(tmp_path, "--version").out == "drift 0.1.0\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_shared_options(tmp_path: Path, command: str) -> None:
    """--store, --config, -q, -v and --color may stand behind any command's name."""
    out = drift(tmp_path, command, "--help").out
    for option in ("--config PATH", "--store PATH", "-q, --quiet", "-v, --verbose", "--color / --no-color"):
        assert option in out


@pytest.mark.parametrize(
    "line",
    [
        "--store there.db log",
        "log --store there.db",
        "--store none.db log --store there.db",
        "-q -v log --store there.db",
    ],
)
def test_shared_options_may_stand_before_the_command(tmp_path: Path, line: str) -> None:
    """Before the name or behind it means the same; what stands later wins."""
    with Store.open(tmp_path / "there.db", create=True):
        pass
    ended = drift(tmp_path, *line.split())
    assert ended.code == 4
    assert "holds no snapshot" in ended.err


def test_a_configuration_before_the_command_holds(tmp_path: Path) -> None:
    """--config before the name is the one that is read."""
    (tmp_path / "other.toml").write_text('[severities]\nshard-moved = "ignore"\n')
    out = drift(tmp_path, "--config", "other.toml", "rules").out
    assert next(line for line in out.splitlines() if line.startswith("shard-moved")).split()[1] == "ignore"


def test_a_slip_in_a_variable_is_mentioned(tmp_path: Path) -> None:
    """A DRIFT_ variable that is nearly one of drift's own gets a note, which --quiet silences."""
    with Store.open(tmp_path / "x.db", create=True):
        pass
    assert "DRIFT_STORE" in drift(tmp_path, "gate", DRIFT_STOR="x.db").err
    assert "DRIFT_STOR" not in drift(tmp_path, "gate", "-q", "--store", "x.db", DRIFT_STOR="x.db").err


def test_a_demo_that_can_not_be_shown_leaves_nothing(tmp_path: Path) -> None:
    """Without a server for the data nodes it says what to install, and its folder is gone."""
    ended = spawn(tmp_path, "demo", "--verify", PATH=str(tmp_path))
    assert ended.code == 2
    assert list(tmp_path.glob("drift-demo-*")) == []
