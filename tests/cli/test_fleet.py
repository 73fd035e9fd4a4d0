from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cli.app import App
from drift.cli.console import Console
from drift.cli.parallel import at_once
from drift.cloud.retry import RateLimiter
from drift.core.model import Instance
from drift.core.parts import Part
from drift.reports.content.fleet import worst
from drift.simulator import serve
from drift.store import Store
from support.builders import a_database, a_snapshot
from support.ci_reports import junit
from support.fleet import COUNT, NAMES, a_cloud, configure, statuses
from support.pages import named, parsed
from support.shell import DRIFT, SETTLING, drift, environment, start

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from drift.simulator import Cloud
    from support.shell import Ended

BROKEN = """
[[faults]]
instance = "shop-003"
path = "*schema-metadata"
kind = "error"
status = 403
times = 0
"""
SLOW = """
[[faults]]
instance = "shop-005"
path = "*schema-metadata"
kind = "stalled"
seconds = 900
times = 0
"""


def test_one_broken_instance_hides_no_other(tmp_path: Path) -> None:
    """All but one of a fleet are kept, the table has a row for each in order, and the end is the broken one's."""
    cloud = a_cloud(BROKEN)
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        ended = drift(tmp_path, "snapshot", "--all", "--jobs", "5")
    assert ended.code == 3
    assert statuses(ended.out) == {name: "error" if name == "shop-003" else "captured" for name in NAMES}
    assert ended.out.endswith(f"{COUNT} instances: {COUNT - 1} captured, 1 error\n")
    assert "error: shop-003: " in ended.err
    with Store.open(tmp_path / "snapshots/drift.db") as store:
        assert len(store.log()) == COUNT - 1
        assert store.verify() == []


def test_an_interrupt_keeps_what_is_whole(tmp_path: Path) -> None:
    """While one instance doesn't answer, the others are kept; Ctrl-C then tells so at once and ends with 130."""
    cloud = a_cloud(SLOW)
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        process = start(tmp_path, "snapshot", "--all", "--timeout", "600")
        assert process.stderr is not None
        while f"[{COUNT - 1}/{COUNT}]" not in (line := process.stderr.readline()):
            assert line, "drift ended too early"
        time.sleep(SETTLING)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert statuses(out) == {name: "not checked" if name == "shop-005" else "captured" for name in NAMES}
    with Store.open(tmp_path / "snapshots/drift.db") as store:
        assert len(store.log()) == COUNT - 1
        assert store.verify() == []


def test_a_sign_in_is_shared_by_all(tmp_path: Path) -> None:
    """The captures of a fleet at once sign in once."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        text = (tmp_path / "drift.toml").read_text()
        user = f'user_name = "dba"\ndomain_name = "{cloud.domain_name}"\n'
        (tmp_path / "drift.toml").write_text(text.replace('token_file = "token"\n', user))
        cloud.expire_tokens()
        ended = drift(tmp_path, "snapshot", "--all", DRIFT_PASSWORD=cloud.passwords["dba"])
    assert (ended.code, len(cloud.tokens)) == (0, 1), ended


def test_a_wrong_secret_key_does_not_lock_the_access_key(tmp_path: Path) -> None:
    """However many instances there are, a key that is refused is tried so seldom that it can be used right after."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        text = (tmp_path / "drift.toml").read_text()
        (tmp_path / "drift.toml").write_text(text.replace('token_file = "token"', f'access_key = "{cloud.access_key}"'))
        refused = drift(tmp_path, "snapshot", "--all", DRIFT_SECRET_KEY="mistyped")
        ended = drift(tmp_path, "snapshot", "--all", DRIFT_SECRET_KEY=cloud.secret_key)
    assert (refused.code, statuses(refused.out)) == (3, dict.fromkeys(NAMES, "error"))
    assert "not tried again" in refused.err
    assert ended.code == 0, ended.err


@pytest.mark.parametrize(
    "arguments", [("--all", "shop-001"), ("--all", "--instance-id", "a"), ("--all", "--jobs", "0")]
)
def test_what_contradicts_all_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """--all means all that drift.toml has, in a number that can be worked on."""
    (tmp_path / "drift.toml").write_text("[instances.shop-001]\ninstance_id = 'a'\n")
    assert drift(tmp_path, "snapshot", *arguments).code == 2


def test_all_of_none_is_refused(tmp_path: Path) -> None:
    """Without instances in drift.toml there is nothing that --all could mean; the hint says how they come there."""
    ended = drift(tmp_path, "snapshot", "--all")
    assert ended.code == 2
    assert "drift instances --write" in ended.err


def test_the_store_has_one_row_of_an_instance_each(tmp_path: Path) -> None:
    """Captures at once don't mix: each instance's snapshot holds its own data nodes."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        assert drift(tmp_path, "snapshot", "--all", "--source", "both").code == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "snapshots/drift.db")) as connection:
        rows = connection.execute(
            "SELECT i.name, n.name FROM data_node_version n JOIN instance i ON i.id = n.instance_id"
        ).fetchall()
    assert len(rows) == 2 * COUNT
    assert all(node.startswith(f"{instance}-rds-") for instance, node in rows)


@given(st.lists(st.integers(), unique=True, max_size=30), st.integers(1, 8))
def test_everything_is_worked_on_once(numbers: list[int], most: int) -> None:
    """Whatever the number of threads, each piece of work is done once; what goes wrong is a result like any other."""

    def work(name: str) -> int:
        if int(name) % 3 == 0:
            raise ValueError(name)
        return int(name)

    found = dict(at_once([str(number) for number in numbers], work, most))
    assert sorted(map(int, found)) == sorted(numbers)
    for name, result in found.items():
        assert isinstance(result, ValueError) if int(name) % 3 == 0 else result == int(name)


def test_a_fleet_learns_how_fast_to_go_and_finishes(tmp_path: Path) -> None:
    """Where the cloud throttles, its words tell the limit; each instance is captured, jobs asked for once for all."""
    cloud = a_cloud("[[faults]]\nkind = 'slow'\npath = '*/jobs'\ntimes = 99\n")
    cloud.call_limit, cloud.call_window = 10, 1
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        ended = drift(tmp_path, "snapshot", "--all", "--timeout", "30")
    assert (ended.code, set(statuses(ended.out).values())) == (0, {"captured"}), ended.err
    assert "answered 429: APIGW.0308" in ended.err
    assert "no complete answer" not in ended.err
    assert [fault.times for fault in cloud.faults] == [98]


@given(st.floats(0.5, 50), st.lists(st.floats(0, 2), min_size=1, max_size=200))
def test_no_more_calls_go_out_than_the_rate_allows(rate: float, pauses: list[float]) -> None:
    """In any span of time there are at most as many calls as fit into it and one second."""
    limiter, now, gone = RateLimiter(rate), 100.0, []
    for pause in pauses:
        now += pause
        gone.append(now + limiter.reserve(now))
    for place, first in enumerate(gone):
        for number, last in enumerate(gone[place:], 1):
            assert number <= (last - first + 1.0) * rate + 1 + 1e-6


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 70])))
def test_drift_is_never_hidden(codes: list[int]) -> None:
    """One instance that drifts makes it 1, whatever else is wrong; without drift the worst trouble is the end."""
    assert worst(codes) == (1 if 1 in codes else max(codes, default=0))


def the_drifting(folder: Path, more: str, *arguments: str) -> tuple[Ended, Cloud]:
    """How a command ends after a fleet was captured, one was scaled out and two got a database."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(folder, cloud, server)
        assert drift(folder, "snapshot", "--all", "--label", "base").code == 0
        cloud.instance("shop-004").scale_out("shop-004-rds-3")
        for name in ("shop-007", "shop-008"):
            cloud.instance(name).create_database("extra", 4)
        cloud.faults.extend(a_cloud(more).faults)
        return drift(folder, *arguments), cloud


def test_a_gate_tells_drift_from_trouble(tmp_path: Path) -> None:
    """Drifting, broken and new instances each have their row, and the drift is the end, not the trouble."""
    arguments = ("gate", "--all", "base", "live", "--output", "json={instance}.json", "--output", "json=fleet.json")
    arguments += ("--output", "html={instance}.html", "--output", "html=fleet.html")
    ended, _ = the_drifting(tmp_path, BROKEN, *arguments, "--output", "markdown=fleet.md")
    drifting = {"shop-004", "shop-007", "shop-008"}
    expected = {name: "drift" if name in drifting else "in-sync" for name in NAMES} | {"shop-003": "error"}
    assert ended.code == 1, ended
    assert statuses(ended.out) == expected
    assert ended.out.endswith(f"{COUNT} instances: {COUNT - 4} in-sync, 3 drift, 1 error\n")
    together = json.loads((tmp_path / "fleet.json").read_text())
    assert [each["verdict"] for each in together] == [expected[name] for name in NAMES]
    alone = {path.stem: json.loads(path.read_text())["verdict"] for path in tmp_path.glob("shop-*.json")}
    assert alone == expected
    assert json.loads((tmp_path / "shop-004.json").read_text())["after"]["instance"] == "shop-004"
    assert "Map of shards" in (tmp_path / "shop-004.html").read_text()
    report = (tmp_path / "fleet.md").read_text()
    assert report.startswith(
        f"<!-- drift-report:fleet:gate -->\n**{COUNT} instances: {COUNT - 4} in-sync, 3 drift, 1 error**\n"
    )
    assert len(report) <= 65_536
    rows = page_rows((tmp_path / "fleet.html").read_text(), "by-status")
    assert [row[1] for row in rows] == ["✘ drift"] * 3 + ["✘ error"] + ["✔ in-sync"] * (COUNT - 4)
    assert rows[3][3] != "unknown"
    assert {row[5] for row in rows if row[0] != "shop-003"} <= {"1", "1.5"}


def page_rows(page: str, order: str) -> list[list[str]]:
    """The cells of one of the sorted tables of a page."""
    (section,) = (each for each in named(parsed(page), "section") if each.attrib.get("id") == order)
    return [["".join(cell.itertext()).strip() for cell in row] for row in named(section, "tr")[1:]]


def test_a_check_of_all_judges_each(tmp_path: Path) -> None:
    """What is wrong with some instances is in their rows and reports, what is alike one row, and 1 is the end."""
    cloud = a_cloud(BROKEN)
    faults, cloud.faults = cloud.faults, []
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        assert drift(tmp_path, "snapshot", "--all").code == 0
        cloud.faults = faults
        for name in ("shop-004", "shop-007"):
            cloud.instance(name).set_status("BUSY", database="db_001")
        files = ("html=fleet.html", "json=fleet.json", "junit={instance}.xml", "markdown=fleet.md")
        ended = drift(tmp_path, "check", "--all", "live", *(f"--output={file}" for file in files))
        stored = drift(tmp_path, "check", "--all", "--lang", "zh")
    assert (ended.code, stored.code) == (1, 0), ended
    busy = {"shop-004", "shop-007"}
    expected = {name: "broken" if name in busy else "sound" for name in NAMES} | {"shop-003": "error"}
    assert statuses(ended.out) == expected
    assert re.search(r"^not-running +warning +2 +shop-004, shop-007 +db_001$", ended.out, re.MULTILINE), ended.out
    assert set(statuses(stored.out).values()) == {"正常"}
    together = json.loads((tmp_path / "fleet.json").read_text())
    assert [each["verdict"] for each in together] == [expected[name] for name in NAMES]
    assert {name for name in NAMES if junit((tmp_path / f"{name}.xml").read_text()).failures} == busy
    assert [row[0] for row in page_rows((tmp_path / "fleet.html").read_text(), "by-status")][:2] == sorted(busy)
    assert "shop-004" in (tmp_path / "fleet.md").read_text()
    assert drift(tmp_path, "check", "--all", "--verify").code == 2


def test_a_tool_gets_a_report_of_each_instance(tmp_path: Path) -> None:
    """Whether an instance is as it was, has drifted or can't be captured, its own report for tools says so."""
    ended, _ = the_drifting(tmp_path, BROKEN, "gate", "--all", "base", "live", "--output", "junit={instance}.xml")
    assert ended.code == 1
    found = {name: junit((tmp_path / f"{name}.xml").read_text()) for name in NAMES}
    assert {name for name, report in found.items() if report.errors} == {"shop-003"}
    assert {name for name, report in found.items() if report.failures} == {"shop-004", "shop-007", "shop-008"}
    assert {case.classname for report in found.values() for suite in report for case in suite} == {
        f"{name}.topology" for name in NAMES
    }


def test_the_same_event_on_many_is_one_row(tmp_path: Path) -> None:
    """Two instances that got the same database are one row, though each has other data nodes."""
    ended, _ = the_drifting(tmp_path, "", "gate", "--all", "base", "live")
    (row,) = [line for line in ended.out.splitlines() if line.startswith("database-created")]
    assert re.search(r"\b2 +shop-007, shop-008 +extra$", row), row
    (row,) = [line for line in ended.out.splitlines() if line.startswith("scale-out")]
    assert re.search(r"\b1 +shop-004 +db_001$", row), row


def test_a_diff_only_tells(tmp_path: Path) -> None:
    """Without --exit-code drift is no failure; stored snapshots are compared per instance."""
    ended, _ = the_drifting(tmp_path, "", "snapshot", "--all")
    assert ended.code == 0
    told = drift(tmp_path, "diff", "--all", "base", "latest")
    assert (told.code, statuses(told.out)["shop-004"]) == (0, "drift")
    assert drift(tmp_path, "diff", "--all", "base", "latest", "--exit-code").code == 1
    assert drift(tmp_path, "gate", "--all", "--report-only").code == 0
    gate = drift(tmp_path, "gate", "--all", "--format", "json")
    assert (gate.code, len(json.loads(gate.out))) == (1, COUNT)


def test_a_baseline_of_its_own_for_each(tmp_path: Path) -> None:
    """{instance} in a path is the instance's name; one without a file is an error, and the others are judged."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        assert drift(tmp_path, "snapshot", "--all").code == 0
        for name in NAMES[1:]:
            assert drift(tmp_path, "export", f"{name}:latest", "--output", f"{name}.json").code == 0
        ended = drift(tmp_path, "gate", "--all", "{instance}.json", "live")
    assert ended.code == 4
    assert statuses(ended.out) == {name: "error" if name == NAMES[0] else "in-sync" for name in NAMES}


def test_no_baseline_is_not_checked(tmp_path: Path) -> None:
    """An instance without an earlier snapshot can't be judged: its row says so, and the end is 4."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        assert drift(tmp_path, "snapshot", *NAMES[1:]).code == 0
        ended = drift(tmp_path, "gate", "--all", "latest", "live")
    assert ended.code == 4
    assert statuses(ended.out) == {name: "not checked" if name == NAMES[0] else "in-sync" for name in NAMES}


@pytest.mark.parametrize(
    "arguments",
    [
        ("12", "live"),
        ("a.json", "live"),
        ("shop-001:latest", "live"),
        ("latest", "live", "--map-nodes", "auto"),
        ("latest", "live", "--format", "junit"),
        ("latest", "live", "--output", "sarif=all.sarif"),
    ],
)
def test_what_can_not_be_every_instance_s_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A number, one file, another instance, one report for tools: what only one can have is refused, 2."""
    (tmp_path / "drift.toml").write_text("[instances.shop-001]\ninstance_id = 'a'\n[instances.b]\ninstance_id = 'b'\n")
    assert drift(tmp_path, "gate", "--all", *arguments).code == 2


def test_a_fleet_keeps_its_secrets(tmp_path: Path) -> None:
    """Whatever goes wrong with some of them, neither the output nor any file but its own holds the token."""
    arguments = ("gate", "--all", "base", "live", "--verbose", "--output", "markdown=fleet.md")
    ended, cloud = the_drifting(tmp_path, BROKEN, *arguments)
    secrets = [*cloud.tokens, *cloud.passwords.values(), cloud.secret_key]
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "token"]
    assert not [secret for secret in secrets if secret in ended.out + ended.err]
    assert not [secret for secret in secrets if any(secret.encode() in content for content in files)]


def test_a_terminal_shows_a_bar(tmp_path: Path) -> None:
    """On a terminal a bar stands in for the lines, and is gone in the end; the table is on stdout all the same."""
    cloud = a_cloud(BROKEN)
    master, slave = pty.openpty()
    with serve(cloud) as server, os.fdopen(master, "rb", closefd=True) as terminal:
        configure(tmp_path, cloud, server)
        command, variables = [*DRIFT, "snapshot", "--all"], environment(tmp_path, TERM="xterm")
        with subprocess.Popen(
            command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=slave, text=True
        ) as process:
            os.close(slave)
            out, _ = process.communicate(timeout=30)
        shown = read_all(terminal)
    assert statuses(out)[NAMES[-1]] == "captured", shown
    assert re.search(rf"\r\x1b\[K\[[=-]{{24}}\] \d+/{COUNT} instances", shown)
    assert f"[1/{COUNT}]" not in shown
    assert re.search(r"(^|[\n\r]|\x1b\[K)error: shop-003: ", shown), "words don't stand where the bar was"
    assert shown.endswith("\r\x1b[K")


def read_all(terminal: BinaryIO) -> str:
    """What was written to a terminal whose other end is closed."""
    found = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal.fileno(), 4096):
            found += piece
    return found.decode()


def test_a_data_node_of_two_instances_fails_a_fleet(tmp_path: Path) -> None:
    """A data node belongs to one instance. `diff` doesn't judge it."""
    (tmp_path / "drift.toml").write_text('[instances.one]\ninstance_id = "i1"\n[instances.two]\ninstance_id = "i2"\n')
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        for name, identity in (("one", "i1"), ("two", "i2")):
            for minutes in (0, 1):
                instance = Instance(name=name, instance_id=identity)
                nodes = ["rds-1", f"rds-of-{name}"]
                shards = a_database(on=nodes)
                store.save(a_snapshot(shards, nodes=nodes, instance=instance, minutes=minutes))
    ended = drift(tmp_path, "gate", "--all")
    assert ended.code == 1
    assert ended.out.count("a data node of one, two") == 1
    assert drift(tmp_path, "diff", "--all", "latest~1", "latest").code == 0


def test_the_parts_of_a_fleet_are_the_fleet(tmp_path: Path) -> None:
    """Each instance is captured by one of the runs, in the order of drift.toml, and a gate judges the same."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        runs = [drift(tmp_path, "snapshot", "--all", "--part", f"{k}/3", "--share-rate") for k in (1, 2, 3)]
        judged = drift(tmp_path, "gate", "--all", "--part", "2/3", "latest", "live", "--output", "json=report.json")
    rows = [list(statuses(each.out)) for each in runs]
    assert [each.code for each in [*runs, judged]] == [0, 0, 0, 0], judged.err
    assert sorted(name for each in rows for name in each) == NAMES
    assert all(each == sorted(each) for each in rows)
    assert f"part 2/3: {len(rows[1])} of 8 instances" in runs[1].err
    reported = json.loads((tmp_path / "report.json").read_text())
    assert [each["after"]["instance"] for each in reported] == rows[1]


def test_a_part_may_be_empty(tmp_path: Path) -> None:
    """A runner that no instance falls to has nothing to do, and ends with 0."""
    (tmp_path / "drift.toml").write_text("[instances.shop-001]\ninstance_id = 'a'\n")
    runs = [drift(tmp_path, "gate", "--all", "--part", f"{number}/2", "--format", "json") for number in (1, 2)]
    assert sorted(each.code for each in runs) == [0, 4]
    (empty,) = [number for number, each in enumerate(runs, 1) if each.code == 0]
    assert json.loads(runs[empty - 1].out) == []
    assert drift(tmp_path, "watch", "--once", "--all", "--part", f"{empty}/2").code == 0
    assert drift(tmp_path, "snapshot", "--all", "--part", f"{empty}/2").out.endswith("\n0 instances\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--all", "--part", "17/16"), "--part: there is no part 17 of 16"),
        (("--part", "1/2"), "--part goes with --all"),
        (("shop-001", "--part", "1/2"), "--part goes with --all"),
        (("--all", "--share-rate"), "--share-rate goes with --part"),
    ],
)
def test_a_part_is_one_of_all(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """A part that there is not, or of nothing, is refused with a word about it."""
    (tmp_path / "drift.toml").write_text("[instances.shop-001]\ninstance_id = 'a'\n")
    ended = drift(tmp_path, "snapshot", *arguments)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(("shares", "rate"), [(False, 20.0), (True, 5.0)])
def test_all_parts_together_keep_to_the_rate(*, shares: bool, rate: float) -> None:
    """With --share-rate each of four parts makes a fourth of the calls, else as many as a run alone."""
    app = App(Console({}), {})
    app.part, app.shares_rate = Part(2, 4), shares
    assert app.rate == rate
