from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from drift.cli.output import locked, write
from drift.store import Store
from support.builders import a_big_snapshot, a_database, a_shard, a_snapshot
from support.shell import drift, environment, start
from support.stores import keep

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

THREE = ("rds-1", "rds-2", "rds-3")


def places(*moved: str, minutes: float) -> Snapshot:
    """A snapshot with these shards of orders on rds-3."""
    shards = [a_shard(each.name, on="rds-3") if each.name in moved else each for each in a_database(shards=4).shards]
    return a_snapshot(a_database(shards=shards), nodes=THREE, minutes=minutes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration and a store in which two shards have moved."""
    keep(tmp_path, places(minutes=0), places("orders_0000", "orders_0003", minutes=30))
    (tmp_path / "drift.toml").write_text("# ours\nfail_on = 'info' # strict\n")
    return tmp_path


def commands(out: str) -> list[str]:
    """The commands that a gate's text offers, on one line each."""
    _, _, offered = out.partition("To accept the unexpected changes\n")
    lines = offered.replace(" \\\n", "").splitlines()
    return [" ".join(line.split()) for line in lines if line.lstrip().startswith("drift ")]


def run(folder: Path, command: str) -> int:
    return drift(folder, *shlex.split(command.replace("REASON", "'by hand'").replace("30d", "2999-12-31"))[1:]).code


def test_the_commands_that_a_gate_prints_accept_its_changes(folder: Path) -> None:
    """Each command, run as printed, accepts what it says; all of them, everything."""
    ended = drift(folder, "gate")
    *waive, plan = commands(ended.out)
    assert (ended.code, len(waive)) == (1, 2)
    assert run(folder, plan) == 0
    assert drift(folder, "gate", "--plan", "accepted.toml").code == 0
    assert [run(folder, command) for command in waive[:1]] == [0]
    assert drift(folder, "gate").code == 1
    assert run(folder, waive[1]) == 0
    ended = drift(folder, "gate", "--format", "json")
    report = json.loads(ended.out)
    assert (ended.code, report["summary"]["waived"]) == (0, 2)
    assert report["changes"][0]["waiver"] == {"reason": "by hand", "expires": "2999-12-31"}
    assert (folder / "drift.toml").read_text().startswith("# ours\nfail_on = 'info' # strict\n")


def test_a_command_can_be_pasted_as_it_is(folder: Path) -> None:
    """Just as printed, every command is accepted, and so are its changes, for thirty days."""
    for command in commands(drift(folder, "gate").out)[:2]:
        shell = ["/bin/sh", "-c", f'drift() {{ "$PYTHON" -m drift "$@"; }}; {command}']
        ended = subprocess.run(shell, check=False, cwd=folder, env=environment(folder, PYTHON=sys.executable))
        assert ended.returncode == 0
    waived = json.loads(drift(folder, "gate", "--format", "json").out)["changes"][0]["waiver"]
    assert abs(date.fromisoformat(waived["expires"]) - datetime.now(UTC).date() - timedelta(days=30)) <= timedelta(1)


def test_a_command_names_the_store_and_the_settings_of_its_run(folder: Path) -> None:
    """Flags that say where things are stay with the commands, which would ask elsewhere without them."""
    (folder / "snapshots").rename(folder / "kept elsewhere")
    (folder / "drift.toml").rename(folder / "our.toml")
    places = ("--store", "kept elsewhere/drift.db", "--config", "our.toml")
    ended = drift(folder, "gate", *places, "--output", "markdown=report.md")
    waive, *_ = commands(ended.out)
    assert "drift gate 1 2 --config our.toml --store 'kept elsewhere/drift.db'" in (folder / "report.md").read_text()
    assert run(folder, waive) == 0
    assert "[[waivers]]" in (folder / "our.toml").read_text()


def test_every_change_is_offered_a_waiver_while_they_are_few(tmp_path: Path) -> None:
    """Thirty-two changes each have their fingerprint in a command, whatever routes they took."""
    keep(tmp_path, a_big_snapshot(400), a_big_snapshot(400, moved=range(32), minutes=30))
    ended = drift(tmp_path, "gate", "--output", "json=report.json")
    marks = [change["fingerprint"] for change in json.loads((tmp_path / "report.json").read_text())["changes"]]
    *waive, _ = commands(ended.out)
    assert sorted(word for command in waive for word in command.split() if word.startswith("v1:")) == sorted(marks)


def test_waivers_of_other_instances_are_not_told(folder: Path) -> None:
    """A report is silent on waivers where none is for its instance, as if there were none at all."""
    without = drift(folder, "gate")
    keys = ('rule = "shard-moved"', 'name = "orders_0000"', 'to = "rds-3"', 'reason = "x"', "expires = 2999-12-31")
    text = "\n".join(["fail_on = 'info'", "[[waivers]]", 'instance = "users-prod"', *keys])
    (folder / "drift.toml").write_text(text)
    assert drift(folder, "gate") == without


def test_a_waiver_stops_when_the_thing_changes_again(folder: Path) -> None:
    """Moved once more, the shard is unexpected, and the waiver is told to be about nothing."""
    for command in commands(drift(folder, "gate").out)[:2]:
        run(folder, command)
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(places("orders_0000", minutes=60))
    assert drift(folder, "gate", "1", "2").code == 0
    ended = drift(folder, "gate")
    assert ended.code == 1
    assert "matches none of these changes" in " ".join(ended.out.split())


@pytest.mark.parametrize("fmt", ["text", "markdown"])
def test_an_expired_waiver_fails_with_a_message(folder: Path, fmt: str) -> None:
    """The change is unexpected again, 1, and both the report and stderr say why."""
    for command in commands(drift(folder, "gate").out)[:2]:
        run(folder, command)
    path = folder / "drift.toml"
    path.write_text(path.read_text().replace("2999", "1999"))
    ended = drift(folder, "gate", "--format", fmt)
    assert ended.code == 1
    assert "drift.toml: waivers[1] expired on 1999-12-31" in ended.err
    assert "by hand" in ended.out
    assert "expired, so the change is unexpected again" in " ".join(ended.out.split())


def test_many_changes_are_offered_a_plan(tmp_path: Path) -> None:
    """No flood of commands: more than a few changes are for a plan."""
    keep(tmp_path, a_big_snapshot(400), a_big_snapshot(400, moved=range(300), minutes=30))
    (command,) = commands(drift(tmp_path, "gate").out)
    assert command == "drift plan from-diff 1 2 --output accepted.toml"
    assert run(tmp_path, command) == 0
    assert (tmp_path / "accepted.toml").read_text().count("[[expect]]") <= 40
    assert drift(tmp_path, "gate", "--plan", "accepted.toml").code == 0


def test_only_a_gate_offers_to_accept(folder: Path) -> None:
    """A diff tells, and a gate that passes has nothing to accept."""
    assert not commands(drift(folder, "diff", "1", "2").out)
    assert not commands(drift(folder, "gate", "1", "1").out)
    assert "drift waive v1:" in drift(folder, "gate", "--format", "markdown").out


def test_a_waiver_waits_for_another_that_is_being_written(folder: Path) -> None:
    """Of several runs that write to one drift.toml, none undoes what another wrote."""
    path = folder / "drift.toml"
    (first, *_) = re.findall(r"v1:[0-9a-f]{12}", drift(folder, "diff", "1", "2", "--format", "json").out)
    with locked(path):
        before = path.read_bytes()
        run = start(folder, "waive", first, "1", "2", "--reason", "x", "--expires", "2999-01-01")
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(timeout=2)
        write(path, before + b"# written meanwhile\n")
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert first in path.read_text()
    assert "# written meanwhile" in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("v1:000000000000", "--reason", "x", "--expires", "2999-01-01"), "no change has the fingerprint"),
        (("latest", "--reason", "x", "--expires", "2999-01-01"), "is not a fingerprint"),
        (("v1:000000000000", "1", "2", "3", "--reason", "x", "--expires", "2999-01-01"), "one reference too many"),
        (("v1:000000000000", "--reason", "x", "--expires", "1999-01-01"), "is over"),
        (("v1:000000000000", "--reason", "x", "--expires", "soon"), "expected a day"),
        (("v1:000000000000", "--reason", " ", "--expires", "2999-01-01"), "expected words"),
        (("v1:000000000000", "--expires", "2999-01-01"), "--reason"),
        (("v1:000000000000", "--reason", "x"), "--expires"),
        ((), "FINGERPRINT"),
    ],
)
def test_a_waiver_that_can_not_be_written_changes_nothing(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    """A slip ends with 2, says what was expected, and leaves the file as it is."""
    content = (folder / "drift.toml").read_bytes()
    ended = drift(folder, "waive", *arguments)
    assert ended.code == 2
    assert told in ended.err
    assert (folder / "drift.toml").read_bytes() == content


def test_an_unknown_fingerprint_gets_no_guess(folder: Path) -> None:
    """The hint has the two snapshots and the command that lists their fingerprints, never another change's."""
    (first, *_) = re.findall(r"v1:[0-9a-f]{12}", drift(folder, "diff", "1", "2", "--format", "json").out)
    slip = first[:-1] + ("0" if first[-1] != "0" else "1")
    ended = drift(folder, "waive", slip, "--reason", "x", "--expires", "2999-01-01")
    assert "drift looked between 1 and 2. `drift gate 1 2` lists the fingerprints." in ended.err
    assert re.findall(r"v1:[0-9a-f]{12}", ended.err) == [slip]


def test_without_a_configuration_there_is_nowhere_to_write(folder: Path) -> None:
    """`drift waive` makes no configuration of its own, and says how to start one."""
    (folder / "drift.toml").unlink()
    ended = drift(folder, "waive", "v1:000000000000", "--reason", "x", "--expires", "2999-01-01")
    assert (ended.code, list(folder.glob("*.toml"))) == (2, [])
    assert "drift init" in ended.err
