from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.decode.sources import snapshot_file
from drift.simulator import default_cloud, serve
from drift.store import Store
from support.builders import ORDERS, a_database, a_node, a_shard, a_snapshot
from support.paths import SAMPLES
from support.shell import drift
from support.stores import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import Database

BEFORE = a_snapshot(a_database(shards=4), label="pre-change")
AFTER = a_snapshot(
    a_database(shards=[a_shard("orders_0000", on="rds-2"), *a_database(shards=4).shards[1:]]), minutes=30
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store of two snapshots between which one shard moved, and both as files."""
    keep(tmp_path, BEFORE, AFTER)
    for name, snapshot in {"before.json": BEFORE, "after.json": AFTER}.items():
        (tmp_path / name).write_bytes(snapshot_file.dumps(snapshot))
    return tmp_path


@pytest.fixture
def live() -> Iterator[dict[str, str]]:
    """A cloud that serves, as the variables that lead to it."""
    cloud = default_cloud()
    with serve(cloud) as server:
        yield cloud.variables(server.url, cloud.instance("orders-prod"))


@pytest.mark.parametrize(
    "before", ["1", "pre-change", "latest~1", "@2026-05-01T02:10Z", "orders-prod:1", "before.json"]
)
@pytest.mark.parametrize("after", ["2", "latest", "@2026-05-01", "orders-prod:latest", "./after.json"])
def test_any_two_references_can_be_compared(folder: Path, before: str, after: str) -> None:
    """Stored snapshots and files tell the same change, however they are referred to."""
    ended = drift(folder, "diff", before, after, "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    report = json.loads(ended.out)
    assert [(change["rule"], change["name"]) for change in report["changes"]] == [("shard-moved", "orders_0000")]
    assert report["verdict"] == "drift"


def test_the_instance_as_it_is_now_can_be_compared(folder: Path, live: dict[str, str]) -> None:
    """The reference `live` is captured, compared and not kept."""
    log = drift(folder, "log").out
    same = drift(folder, "diff", "live", "live", "--exit-code", "--format", "json", **live)
    assert (same.code, json.loads(same.out)["verdict"]) == (0, "in-sync")
    assert json.loads(same.out)["after"]["snapshot"] is None
    mixed = drift(folder, "diff", "pre-change", "live", "--format", "json", **live)
    assert mixed.code == 0
    assert json.loads(mixed.out)["before"]["snapshot"] == 1
    assert drift(folder, "log").out == log


def test_files_need_no_store_and_leave_nothing_behind(tmp_path: Path) -> None:
    """Two files are compared without a store or configuration, and nothing is created."""
    for name in ("before-nested.json", "after-flat.json"):
        shutil.copy(SAMPLES / name, tmp_path)
    tmp_path.chmod(0o555)
    ended = drift(tmp_path, "diff", "before-nested.json", "after-flat.json")
    tmp_path.chmod(0o755)
    assert (ended.code, ended.err) == (0, "")
    assert "13 changes" in ended.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after-flat.json", "before-nested.json"]


def test_nothing_that_only_reads_makes_a_store(tmp_path: Path) -> None:
    """Looking at a store that isn't there doesn't make one, nor its folder."""
    commands = ["log", "show", "export", "gate", "verify-store", "reread", "diff 1 2", "diff a.json b.json"]
    for command in commands:
        assert drift(tmp_path, *command.split()).code == 4
    assert not list(tmp_path.iterdir())


def test_one_run_makes_every_report(folder: Path) -> None:
    """--format says what stdout shows; --output, repeated, writes the same report in other formats."""
    outputs = ("--output", "markdown=out/report.md", "--output", "json=report.json", "--output", "text=report.txt")
    ended = drift(folder, "diff", "1", "2", "--format", "markdown", *outputs)
    assert ended.out == (folder / "out" / "report.md").read_text()
    assert (folder / "report.json").read_text() == drift(folder, "diff", "1", "2", "--format", "json").out
    assert (folder / "report.txt").read_text() == drift(folder, "diff", "1", "2").out
    assert ended.err.split("\n") == ["wrote out/report.md", "wrote report.json", "wrote report.txt", ""]


@pytest.mark.parametrize("outputs", ["json=r markdown=r", "json=r json=./r", "json=- text=-"])
def test_no_report_is_written_over_another(folder: Path, outputs: str) -> None:
    """Two reports for one file, or one for what only looks like stdout, are a mistake; nothing is written then."""
    given = [word for output in outputs.split() for word in ("--output", output)]
    ended = drift(folder, "gate", "1", "2", *given)
    assert ended.code == 2
    assert "expected a file" in ended.err
    assert not (folder / "r").exists()
    assert not (folder / "-").exists()


def test_a_time_as_log_shows_it_means_that_snapshot(folder: Path) -> None:
    """What `drift log` shows as the time of a snapshot refers to that snapshot, fraction of a second or none."""
    assert drift(folder, "snapshot", "orders-prod", "--from-file", str(SAMPLES / "after-flat.json")).code == 0
    day, clock = re.findall(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", drift(folder, "log", "-n", "1").out)[0]
    assert drift(folder, "show", f"@{day}T{clock}Z").out == drift(folder, "show", "latest").out


def test_files_are_compared_without_a_word_on_whose_they_are(tmp_path: Path) -> None:
    """Responses in files tell neither an instance nor a time of capture, so the first line makes up neither."""
    shutil.copytree(SAMPLES, tmp_path, dirs_exist_ok=True)
    told = drift(tmp_path, "diff", "before-flat.json", "before-nested.json").out
    assert told.startswith("Nothing changed between before-flat.json and before-nested.json\n")
    assert drift(tmp_path, "show", "before-flat.json").out.startswith("a file\n")


def test_reports_are_the_same_every_time(folder: Path) -> None:
    """The same two snapshots give the same bytes."""
    for fmt in ("text", "markdown", "json"):
        assert drift(folder, "diff", "1", "2", "--format", fmt) == drift(folder, "diff", "1", "2", "--format", fmt)


def test_a_report_to_a_stream_is_written_into_it(folder: Path) -> None:
    """A device as a report's file is written to, not replaced."""
    ended = drift(folder, "diff", "1", "2", "--output", "json=/dev/null")
    assert ended.code == 0
    assert not Path("/dev/null").is_file()


def test_a_report_names_the_command_that_makes_it_again(folder: Path) -> None:
    """The command in a report's footer gives that report, tomorrow as well: numbers instead of `latest`."""
    told = drift(folder, "diff", "latest~1", "latest", "--format", "markdown").out
    assert "`drift diff 1 2`" in told
    assert drift(folder, "diff", "1", "2", "--format", "markdown").out == told


def test_two_instances_are_compared_with_a_warning(folder: Path) -> None:
    """Comparing one instance with another is allowed, and said."""
    other = a_snapshot(a_database(shards=4), instance="users-prod", minutes=60)
    (folder / "other.json").write_bytes(snapshot_file.dumps(other))
    ended = drift(folder, "diff", "before.json", "other.json")
    assert ended.code == 0
    assert "orders-prod and users-prod" in ended.err


def test_two_names_for_one_instance_are_no_two_instances(tmp_path: Path) -> None:
    """What has the same id in the cloud is the same instance, whatever it is called here."""
    for name in ("orders-prod", "baseline"):
        named = a_snapshot(a_database(shards=4), instance=msgspec.structs.replace(ORDERS, name=name))
        (tmp_path / f"{name}.json").write_bytes(snapshot_file.dumps(named))
    assert drift(tmp_path, "diff", "baseline.json", "orders-prod.json").err == ""


@pytest.mark.parametrize(
    ("arguments", "pair"),
    [
        ((), (1, 2)),
        (("1",), (1, 2)),
        (("pre-change",), (1, 2)),
        (("orders-prod:1",), (1, 2)),
        (("before.json",), (None, 2)),
        (("2", "1"), (2, 1)),
        (("before.json", "after.json"), (None, None)),
    ],
)
def test_a_gate_judges_the_newest_unless_told(
    folder: Path, arguments: tuple[str, ...], pair: tuple[int | None, int | None]
) -> None:
    """Without AFTER it is the newest stored snapshot; without BEFORE the one before that."""
    ended = drift(folder, "gate", *arguments, "--format", "json")
    report = json.loads(ended.out)
    assert ended.code == 1
    assert (report["before"]["snapshot"], report["after"]["snapshot"]) == pair


@pytest.mark.parametrize("arguments", [("",), ("", "2"), ("1", ""), ("", "", "--all")])
def test_an_empty_word_is_no_reference(folder: Path, arguments: tuple[str, ...]) -> None:
    """What a variable that isn't set leaves behind is an error: it never stands for the default."""
    (folder / "drift.toml").write_text("[instances.orders-prod]\n")
    ended = drift(folder, "gate", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "'' is not a snapshot reference" in ended.err


@pytest.mark.parametrize("before", ["orders-prod:1", "1", "pre-change", "orders-prod:@2026-05-01T02:10Z"])
@pytest.mark.parametrize("configured", ["", "[instances.users-prod]\n"])
def test_a_gate_picks_the_instance_of_its_baseline(folder: Path, before: str, configured: str) -> None:
    """BEFORE alone is judged against its own instance's newest, whatever else the store or drift.toml has."""
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(a_snapshot(instance="users-prod", minutes=90))
    (folder / "drift.toml").write_text(configured)
    ended = drift(folder, "gate", before, "--format", "json")
    if before == "pre-change" and configured:  # a label without a name is one of the configured instance
        assert (ended.code, ended.out) == (4, "")
    else:
        assert (ended.code, json.loads(ended.out)["after"]["snapshot"]) == (1, 2)


def test_a_gate_does_not_judge_the_newest_against_another_instance(folder: Path) -> None:
    """The number of the newest snapshot of one instance is refused without AFTER, though another one is configured."""
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(a_snapshot(instance="users-prod", minutes=90))
    (folder / "drift.toml").write_text("[instances.users-prod]\n")
    ended = drift(folder, "gate", "2")
    assert (ended.code, ended.out) == (2, "")
    assert "nothing to judge it against" in ended.err


def test_the_configuration_says_what_matters(folder: Path) -> None:
    """Severities and fail_on come from drift.toml; variable and flag win over it, in this order."""
    (folder / "drift.toml").write_text('fail_on = "error"\n')
    assert drift(folder, "gate").code == 0
    assert drift(folder, "gate", DRIFT_FAIL_ON="warning").code == 1
    assert drift(folder, "gate", "--fail-on", "error", DRIFT_FAIL_ON="warning").code == 0
    (folder / "drift.toml").write_text('fail_on = "error"\n[severities]\nshard-moved = "error"\n')
    assert drift(folder, "gate").code == 1
    (folder / "drift.toml").write_text('fail_on = "info"\n[severities]\nshard-moved = "ignore"\n')
    ended = drift(folder, "gate", "--format", "json")
    assert (ended.code, json.loads(ended.out)["summary"]["ignored"]) == (0, 1)


def test_report_only_tells_the_same(folder: Path) -> None:
    """--report-only changes the exit code and nothing else."""
    judged, told = drift(folder, "gate"), drift(folder, "gate", "--report-only")
    assert (judged.code, told.code) == (1, 0)
    assert judged.out == told.out


@pytest.mark.parametrize(
    "command", ["gate 1 2", "gate --all", "gate 1 2 --plan plan.toml", "gate --all --plan plan.toml", "check 2"]
)
@pytest.mark.parametrize("given", [["--fail-on", "error"], ["--fail-on", "info", "--require-confirmed"], []])
def test_the_command_under_a_report_judges_alike(folder: Path, command: str, given: list[str]) -> None:
    """What a report names to reproduce it has the flags that it was judged by: it gives the same report and code."""
    (folder / "drift.toml").write_text("[instances.orders-prod]\n")
    (folder / "plan.toml").write_text('change = "CHG-1"\n')
    told = drift(folder, *command.split(), *given, "--format", "markdown")
    again = re.findall(r"^Reproduce with `(drift .*)`$", told.out, re.MULTILINE)[-1]
    repeated = drift(folder, *shlex.split(again)[1:], "--format", "markdown")
    assert (repeated.code, repeated.out) == (told.code, told.out)
    assert set(given) <= set(shlex.split(again))
    by_variable = drift(folder, *command.split(), "--format", "markdown", DRIFT_FAIL_ON="error")
    assert by_variable.out.endswith(" --fail-on error`\n")


def test_quiet_leaves_the_report(folder: Path) -> None:
    """--quiet silences notes and warnings, not the report and not errors."""
    ended = drift(folder, "diff", "1", "2", "--quiet", "--output", "json=report.json")
    assert (ended.code, ended.err) == (0, "")
    assert "orders_0000" in ended.out
    assert drift(folder, "diff", "1", "99", "--quiet").err.startswith("error: there is no snapshot 99")


ESCAPE = "\x1b["


@pytest.mark.parametrize(
    ("flags", "variables", "coloured"),
    [
        ((), {}, False),
        (("--color",), {}, True),
        (("--color",), {"NO_COLOR": "1"}, True),
        (("--no-color",), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": ""}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)
def test_colour_is_asked_for(
    folder: Path, flags: tuple[str, ...], variables: dict[str, str], *, coloured: bool
) -> None:
    """Where stdout is no terminal there is colour only on request; the words are the same with and without."""
    ended = drift(folder, "diff", "1", "2", *flags, **variables)
    assert (ESCAPE in ended.out) == coloured
    plain = drift(folder, "diff", "1", "2").out
    assert _without_colour(ended.out) == plain
    for fmt in ("markdown", "json"):
        assert ESCAPE not in drift(folder, "diff", "1", "2", *flags, "--format", fmt, **variables).out


def _without_colour(text: str) -> str:
    parts = text.split(ESCAPE)
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])


def test_hostile_names_give_no_orders(tmp_path: Path) -> None:
    """What a name holds is shown, and steers neither the terminal nor the log of a pipeline."""
    name = "\x1b[2J::error::\u202edrop"
    before = a_snapshot(a_database("orders"))
    after = a_snapshot(a_database("orders"), a_database(name, shards=0), nodes=[a_node(name), "rds-1", "rds-2"])
    for file, snapshot in {"before.json": before, "after.json": after}.items():
        (tmp_path / file).write_bytes(snapshot_file.dumps(snapshot))
    for fmt in ("text", "markdown", "json"):
        out = drift(tmp_path, "diff", "before.json", "after.json", "--format", fmt).out
        assert not {"\x1b", "\u202e"} & set(out)
        assert not any(line.lstrip().startswith("::") for line in out.splitlines())


def test_stored_and_filed_snapshots_tell_the_same_events(folder: Path) -> None:
    """Of stored neighbours only what differs is read, and what happened is told as from the whole."""
    grown = [a_shard(f"orders_{i:04}", on=on) for i, on in enumerate(["rds-2", "rds-3", "rds-2", "rds-3", "rds-3"])]
    third = a_snapshot(a_database(shards=grown), nodes=("rds-2", "rds-3"), minutes=60)
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(third)
    (folder / "third.json").write_bytes(snapshot_file.dumps(third))
    files = {1: "before.json", 2: "after.json", 3: "third.json"}
    for before, after in ((1, 2), (2, 3), (1, 3), (3, 1)):
        stored = json.loads(drift(folder, "diff", str(before), str(after), "--format", "json").out)
        filed = json.loads(drift(folder, "diff", files[before], files[after], "--format", "json").out)
        assert stored["events"] == filed["events"]
        assert stored["events"]


def test_an_empty_capture_is_no_removal(folder: Path) -> None:
    """Where nothing is left, nothing was judged: 4, with the reason and what would settle it."""
    for name, nodes in (("no-shards.json", ["rds-1", "rds-2"]), ("nothing.json", [])):
        (folder / name).write_bytes(snapshot_file.dumps(a_snapshot(nodes=nodes, minutes=90)))
        ended = drift(folder, "gate", "before.json", name, "--format", "json")
        report = json.loads(ended.out)
        assert (ended.code, report["verdict"], report["changes"]) == (4, "inconclusive", [])
        assert "no proof" in report["not_checked"][0]["reason"]


@pytest.mark.parametrize(
    ("databases", "code", "word"),
    [
        ([a_database(shards=BEFORE.databases[0].shards[:2])], 1, None),
        ([a_database(shards=BEFORE.databases[0].shards[:1])], 4, "Suspect"),
        ([a_database("users")], 4, "Suspect"),
    ],
)
def test_a_great_loss_is_suspect(folder: Path, databases: list[Database], code: int, word: str | None) -> None:
    """More than half of all shards gone can't be judged; less is drift."""
    (folder / "less.json").write_bytes(snapshot_file.dumps(a_snapshot(*databases, minutes=90)))
    ended = drift(folder, "gate", "before.json", "less.json", "--format", "json")
    report = json.loads(ended.out)
    assert (ended.code, "suspect" in report, "suspect" in report["after"]) == (code, word is not None, word is not None)
    assert (str(word) in drift(folder, "diff", "before.json", "less.json").out) == (word is not None)


def test_another_instance_may_have_far_less(folder: Path) -> None:
    """What the first of two instances has was never lost by the second, in files as in the store."""
    other = a_snapshot(a_database("users", shards=1), instance="orders-dr", minutes=90)
    (folder / "other.json").write_bytes(snapshot_file.dumps(other))
    ended = drift(folder, "gate", "before.json", "other.json")
    assert (ended.code, "Susp" in ended.out) == (1, False)
    with Store.open(folder / "snapshots/drift.db") as store:
        number = store.save(other).number
    stored = drift(folder, "gate", "1", str(number))
    assert (stored.code, "Susp" in stored.out) == (1, False)


def test_a_vanished_database_is_suspicious(folder: Path) -> None:
    """However few its shards are, a report warns; it is drift all the same."""
    for name, databases in (
        ("before.json", [a_database(), a_database("users", shards=2)]),
        ("less.json", [a_database()]),
    ):
        (folder / name).write_bytes(snapshot_file.dumps(a_snapshot(*databases, minutes=90)))
    ended = drift(folder, "gate", "before.json", "less.json")
    assert ended.code == 1
    assert "Suspicious: 2 of 6 shards, database users disappeared" in ended.out


@pytest.mark.parametrize("after", ["3", "again.json"])
@pytest.mark.parametrize("command", ["diff", "gate"])
def test_a_return_is_named(folder: Path, command: str, after: str) -> None:
    """Where all is again as it was before BEFORE, every report says so, and as in which snapshot that was."""
    again = a_snapshot(*BEFORE.databases, minutes=60)
    (folder / "again.json").write_bytes(snapshot_file.dumps(again))
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(again)
    ended = drift(folder, command, "2", after, "--output", "json=report.json", "--output", "markdown=report.md")
    told = "returned: the topology is the same as in snapshot 1 (pre-change) of 2026-05-01 02:00:00 UTC again"
    (event,) = json.loads((folder / "report.json").read_text())["events"]
    assert (event["kind"], event["title"]) == ("returned", told)
    assert event["returned_to"] == {"snapshot": 1, "label": "pre-change", "taken_at": "2026-05-01T02:00:00Z"}
    assert told in " ".join(ended.out.split())
    assert told in (folder / "report.md").read_text().replace("`", "")


def test_looking_back_is_no_return(folder: Path) -> None:
    """What was before is not told as a return to it."""
    (event,) = json.loads(drift(folder, "diff", "2", "1", "--format", "json").out)["events"]
    assert event["kind"] == "rebalance"
