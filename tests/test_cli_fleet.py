from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from fleet import COUNT, NAMES, a_cloud, configure, statuses
from hypothesis import given
from hypothesis import strategies as st
from shell import drift, start

from drift.cli.parallel import at_once
from drift.pace import Spacing
from drift.reports.fleet import worst
from drift.simulator import serve
from drift.store import Store

if TYPE_CHECKING:
    from pathlib import Path

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
seconds = 60
"""


def test_one_broken_instance_hides_no_other(tmp_path: Path) -> None:
    """Eleven of a dozen are kept, the table has a row for each in order, and the end is the broken one's."""
    cloud = a_cloud(BROKEN)
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        ended = drift(tmp_path, "snapshot", "--all", "--jobs", "5")
    assert ended.code == 3
    assert statuses(ended.out) == {name: "error" if name == "shop-003" else "captured" for name in NAMES}
    assert ended.out.endswith("12 instances: 11 captured, 1 error\n")
    assert "error: shop-003: " in ended.err
    with Store.open(tmp_path / "snapshots/drift.db") as store:
        assert len(store.log()) == COUNT - 1
        assert store.verify() == []


def test_an_interrupt_keeps_what_is_whole(tmp_path: Path) -> None:
    """While one instance doesn't answer, the others are kept; Ctrl-C then tells so at once and ends with 130."""
    cloud = a_cloud(SLOW)
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        process = start(tmp_path, "snapshot", "--all")
        assert process.stderr is not None
        while f"[{COUNT - 1}/{COUNT}]" not in (line := process.stderr.readline()):
            assert line, "drift ended too early"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert statuses(out) == {name: "not checked" if name == "shop-005" else "captured" for name in NAMES}
    with Store.open(tmp_path / "snapshots/drift.db") as store:
        assert len(store.log()) == COUNT - 1
        assert store.verify() == []


def test_a_sign_in_is_shared_by_all(tmp_path: Path) -> None:
    """A dozen captures at once sign in once."""
    cloud = a_cloud()
    with serve(cloud) as server:
        configure(tmp_path, cloud, server)
        text = (tmp_path / "drift.toml").read_text()
        user = f'user_name = "dba"\ndomain_name = "{cloud.domain_name}"\n'
        (tmp_path / "drift.toml").write_text(text.replace('token_file = "token"\n', user))
        cloud.expire_tokens()
        ended = drift(tmp_path, "snapshot", "--all", DRIFT_PASSWORD=cloud.passwords["dba"])
    assert (ended.code, len(cloud.tokens)) == (0, 1), ended


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
    with closing(sqlite3.connect(tmp_path / "snapshots/drift.db")) as connection:
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


@given(st.floats(0.5, 50), st.lists(st.floats(0, 2), min_size=1, max_size=200))
def test_no_more_calls_go_out_than_the_rate_allows(rate: float, pauses: list[float]) -> None:
    """In any span of time there are at most as many calls as fit into it and one second."""
    spacing, now, gone = Spacing(rate), 100.0, []
    for pause in pauses:
        now += pause
        gone.append(now + spacing.turn(now))
    for place, first in enumerate(gone):
        for number, last in enumerate(gone[place:], 1):
            assert number <= (last - first + 1.0) * rate + 1 + 1e-6


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 70])))
def test_drift_is_never_hidden(codes: list[int]) -> None:
    """One instance that drifts makes it 1, whatever else is wrong; without drift the worst trouble is the end."""
    assert worst(codes) == (1 if 1 in codes else max(codes, default=0))
