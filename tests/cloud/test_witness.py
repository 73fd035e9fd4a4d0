"""A layout that is new to an instance is compared with the documented calls, once; a doubt, each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from drift.cloud.witness import Calls, Known, confirm
from drift.core.errors import ApiError, PayloadError
from drift.core.model import Instance
from drift.decode.captures import Received
from drift.decode.content import Options
from drift.decode.sources import details
from drift.simulator import Fault, default_cloud, payload, serve
from drift.store import Store
from support.builders import a_time
from support.shell import Ended, drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.simulator import Cloud
    from drift.simulator.topology import Topology
    from drift.simulator.web import Request, Response

ORDERS = "orders-prod"
DETAIL = "*/databases/*"
_SHORT = {
    "schema-metadata": "export",
    "databases": "list",
    "jobs": "jobs",
    "tokens": "sign-in",
}


class Counted(NamedTuple):
    """A simulated cloud, and the calls it has had since they were last taken."""

    cloud: Cloud
    url: str
    calls: list[str]

    def taken(self) -> dict[str, int]:
        """Count the calls for topology, and forget them."""
        words = [_word(path) for path in self.calls]
        self.calls.clear()
        return {word: words.count(word) for word in ("export", "list", "detail") if word in words}


def _word(path: str) -> str:
    return "detail" if re.search("/databases/[^/]+$", path) else _SHORT.get(path.rpartition("/")[2], "other")


@pytest.fixture
def counted() -> Iterator[Counted]:
    cloud = default_cloud()
    with serve(cloud) as server:
        calls: list[str] = []
        answer = server.app

        def noted(request: Request) -> Response:
            calls.append(request.path)
            return answer(request)

        server.app = noted
        yield Counted(cloud, server.url, calls)


def snapshot(folder: Path, counted: Counted, *arguments: str) -> Ended:
    variables = counted.cloud.variables(counted.url, counted.cloud.instance(ORDERS))
    return drift(folder, "snapshot", "orders", *arguments, **variables)


def flags(folder: Path) -> list[bool]:
    """Whether each stored snapshot is unconfirmed, oldest first."""
    with Store.open(folder / "snapshots/drift.db") as store:
        return [entry.unconfirmed for entry in reversed(store.log())]


def test_a_layout_is_confirmed_once(tmp_path: Path, counted: Counted) -> None:
    """The first capture asks the documented calls once each; the next cost one call, whether the topology changed."""
    assert snapshot(tmp_path, counted) == Ended(0, "snapshot 1 of orders: 2 data nodes, 3 databases, 25 shards\n", "")
    assert counted.taken() == {"export": 1, "list": 2, "detail": 3}
    snapshot(tmp_path, counted)
    assert counted.taken() == {"export": 1}
    counted.cloud.instance(ORDERS).move_shard("orders_0000", "rds-orders-2")
    snapshot(tmp_path, counted)
    assert counted.taken() == {"export": 1}
    assert flags(tmp_path) == [False, False, False]


def test_another_layout_is_confirmed_anew(tmp_path: Path, counted: Counted) -> None:
    """A layout that differs is compared before it is believed; back in the first, nothing is asked again."""
    snapshot(tmp_path, counted)
    counted.taken()
    counted.cloud.fail(Fault(kind="layout", layout="keyed"))
    assert snapshot(tmp_path, counted).code == 0
    assert counted.taken() == {"export": 1, "list": 2, "detail": 3}
    snapshot(tmp_path, counted)
    assert counted.taken() == {"export": 1}
    assert flags(tmp_path) == [False, False, False]


def test_both_sources_confirm_by_themselves(tmp_path: Path, counted: Counted) -> None:
    """A capture of both sources that agree confirms the layout, so the next export costs one call."""
    snapshot(tmp_path, counted, "--source", "both")
    counted.taken()
    snapshot(tmp_path, counted)
    assert counted.taken() == {"export": 1}
    assert flags(tmp_path) == [False, False]


@pytest.mark.parametrize("arguments", [("--source", "details"), ("--config", "declared.toml")])
def test_what_is_documented_or_declared_needs_no_witness(
    tmp_path: Path, counted: Counted, arguments: tuple[str, str]
) -> None:
    """Documented answers, and a layout that drift.toml declares, are believed, and nothing more is asked."""
    (tmp_path / "declared.toml").write_text("[layout]\nshards = '[].shards[]'\n")
    assert snapshot(tmp_path, counted, *arguments).code == 0
    assert counted.taken() in ({"export": 1}, {"list": 2, "detail": 3})
    with Store.open(next(tmp_path.rglob("drift.db"))) as store:
        assert [entry.unconfirmed for entry in store.log()] == [False]


def test_a_disagreement_is_an_error_that_names_both(tmp_path: Path, counted: Counted) -> None:
    """Calls that contradict the export twice end with 4: both readings, the first shards, and nothing is stored."""
    counted.cloud.fail(Fault(kind="misplaced", path=DETAIL, times=0))
    ended = snapshot(tmp_path, counted)
    first, second = (node.id for node in counted.cloud.instance(ORDERS).topology.nodes)
    assert (ended.code, ended.out) == (4, "")
    assert "25 shards by [].shards[] on [].shards[].dataNodeId, but 25 shards by the documented calls" in ended.err
    assert f"orders_0000 of orders is on {first} in the export, on {second} in the details" in ended.err
    assert "--source details" in ended.err
    assert counted.taken() == {"export": 2, "list": 4, "detail": 6}
    assert not (tmp_path / "snapshots").exists()


def test_a_change_between_two_calls_is_no_disagreement(tmp_path: Path, counted: Counted) -> None:
    """A shard that moves while the calls are made is no error: the newer topology is read, and confirmed."""
    instance = counted.cloud.instance(ORDERS)
    counted.cloud.fail(Fault(kind="misplaced", path=DETAIL))
    ended = snapshot(tmp_path, counted)
    assert (ended.code, ended.err) == (0, "")
    assert counted.taken() == {"export": 2, "list": 4, "detail": 6}
    assert flags(tmp_path) == [False]
    assert instance.exports == 2


def test_a_migration_in_progress_is_no_disagreement(tmp_path: Path, counted: Counted) -> None:
    """While a job runs, the calls may differ for long: the capture is kept, layout unconfirmed, and says so."""
    instance = counted.cloud.instance(ORDERS)
    instance.set_status("EXTENDING")
    counted.cloud.fail(Fault(kind="misplaced", path=DETAIL, times=0))
    ended = snapshot(tmp_path, counted)
    assert ended.code == 0
    assert "stays unconfirmed" in ended.err
    assert ", layout unconfirmed" in ended.out
    assert flags(tmp_path) == [True]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(kind="error", status=403, path="*/databases*", times=0), "403"),
        (Fault(kind="error", status=404, path="*/databases*", times=0), "404"),
        (Fault(kind="error", status=403, path="*/databases/orders", times=0), "not show every database"),
        (Fault(kind="wrong-json", path="*/databases", times=0), "the list of databases"),
    ],
)
def test_without_a_witness_the_capture_is_kept(tmp_path: Path, counted: Counted, fault: Fault, words: str) -> None:
    """Where the calls are refused or fail, the capture is kept as unconfirmed, and the next one that can confirms."""
    counted.cloud.fail(fault)
    first, again = snapshot(tmp_path, counted), snapshot(tmp_path, counted)
    assert (first.code, again.code, again.err) == (0, 0, first.err)
    assert "the layout of the export stays unconfirmed" in first.err
    assert words in first.err
    assert flags(tmp_path) == [True, True]
    counted.cloud.faults.clear()
    assert snapshot(tmp_path, counted).err == ""
    assert flags(tmp_path) == [False, False, False]


def test_the_last_response_is_not_read_again_before_the_calls_answer() -> None:
    """Nobody has confirmed its layout: it is read once there is an answer to compare it with, and not before."""
    received = Received(data=b"read before", instance=Instance(name="orders"), taken_at=a_time(), source="export")
    known, notes = Known(digest=received.digest(Options())), []

    def refuse(source: str) -> bytes:
        raise ApiError(f"no {source} for you", status=403)

    assert confirm(received, Calls(refuse, lambda: False), Options(), known, notes.append) == received
    assert [note.endswith("did not help: no details for you") for note in notes] == [True]
    with pytest.raises(PayloadError):
        confirm(received, Calls(lambda _: details.bundle([]), lambda: False), Options(), known, notes.append)
    with pytest.raises(PayloadError):
        confirm(received, Calls(refuse, lambda: False), Options(), Known(), notes.append)


def test_calls_that_hang_leave_time_for_the_capture(tmp_path: Path, counted: Counted) -> None:
    """Documented calls that never answer take half of the time at most; the capture is kept."""
    counted.cloud.fail(Fault(kind="stalled", path="*/databases", seconds=30, times=0))
    ended = snapshot(tmp_path, counted, "--timeout", "2")
    assert ended.code == 0
    assert flags(tmp_path) == [True]


def test_an_empty_export_is_never_taken_for_granted(tmp_path: Path, counted: Counted) -> None:
    """An export without shards has no layout that could be known, so the list of databases is asked each time."""
    instance = counted.cloud.instance(ORDERS)
    instance.drop_everything()
    for _ in range(2):
        assert snapshot(tmp_path, counted).code == 0
        assert counted.taken() == {"export": 1, "list": 1}
    assert flags(tmp_path) == [False, False]


def test_what_is_not_kept_confirms_nothing(tmp_path: Path, counted: Counted) -> None:
    """`live` asks the calls where no store knows the layout, asks none where one does, and writes nothing."""
    variables = counted.cloud.variables(counted.url, counted.cloud.instance(ORDERS))
    for _ in range(2):
        assert drift(tmp_path, "show", "live", **variables).code == 0
        assert counted.taken() == {"export": 1, "list": 2, "detail": 3}
    assert list(tmp_path.iterdir()) == []
    assert drift(tmp_path, "snapshot", **variables).code == 0
    counted.taken()
    assert drift(tmp_path, "show", "live", **variables).code == 0
    assert counted.taken() == {"export": 1}


# --- doubts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> Counted:
    """A cloud whose exports name another data node beside the first shard of each database."""

    def layout(topology: Topology, now: int) -> list[dict[str, Any]]:
        databases: list[dict[str, Any]] = [msgspec.json.decode(each) for each in nested(topology, now)]
        for database in databases:
            first = database["shards"][0]
            first["movedFrom"] = next(node.id for node in topology.nodes if node.id != first["dataNodeId"])
        return databases

    nested = payload.LAYOUTS["nested"]
    monkeypatch.setitem(payload.LAYOUTS, "nested", layout)
    return counted


DOUBT = "another id or name beside a shard, or above it, refers to another data node. Possible readings: "


def test_calls_that_agree_decide_a_doubt(tmp_path: Path, doubtful: Counted) -> None:
    """An export on weak evidence is kept where the calls agree: confirmed, with a warning that names the doubt."""
    ended = snapshot(tmp_path, doubtful)
    assert (ended.code, ended.out) == (0, "snapshot 1 of orders: 2 data nodes, 3 databases, 25 shards\n")
    assert "the documented calls decided a doubt" in ended.err
    assert DOUBT in ended.err
    assert doubtful.taken() == {"export": 1, "list": 2, "detail": 3}
    assert flags(tmp_path) == [False]


def test_a_doubt_is_decided_each_time(tmp_path: Path, doubtful: Counted) -> None:
    """A confirmed layout passes no doubt: the calls are asked about each doubtful response, and may refuse the next."""
    for _ in range(2):
        assert "decided a doubt" in snapshot(tmp_path, doubtful).err
        assert doubtful.taken() == {"export": 1, "list": 2, "detail": 3}
    doubtful.cloud.fail(Fault(kind="error", status=403, path="*/databases*", times=0))
    assert snapshot(tmp_path, doubtful).code == 4
    assert flags(tmp_path) == [False, False]


def test_a_layout_confirmed_in_doubt_is_known_without_it(
    tmp_path: Path, doubtful: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What decided a doubt confirmed the layout: the same layout on strong evidence costs one call."""
    snapshot(tmp_path, doubtful)
    doubtful.taken()
    monkeypatch.undo()
    doubtful.cloud.instance(ORDERS).move_shard("orders_0000", "rds-orders-2")
    assert snapshot(tmp_path, doubtful).err == ""
    assert doubtful.taken() == {"export": 1}


@pytest.mark.parametrize(
    ("fault", "words", "calls"),
    [
        (Fault(kind="misplaced", path=DETAIL, times=0), "25 shards by the documented calls. orders_0000 of orders", 2),
        (Fault(kind="error", status=403, path="*/databases*", times=0), "403", 0),
        (Fault(kind="error", status=403, path="*/databases/orders", times=0), "could not show every database", 1),
        (Fault(kind="wrong-json", path="*/databases", times=0), "the list of databases", 0),
        (Fault(kind="short-list", path="*/databases", times=0), "could not show every database", 1),
    ],
    ids=["disagree", "refused", "one refused", "unreadable", "cut short"],
)
def test_a_doubt_that_no_witness_decides_is_an_error(
    tmp_path: Path, doubtful: Counted, fault: Fault, words: str, calls: int
) -> None:
    """Unless the calls show every shard alike, the doubt is the error (4), with what they said. Nothing is stored."""
    doubtful.cloud.fail(fault)
    ended = snapshot(tmp_path, doubtful)
    assert (ended.code, ended.out) == (4, "")
    assert DOUBT in ended.err
    assert "The documented calls did not decide it: " in ended.err
    assert words in ended.err
    assert doubtful.taken().get("export") == max(calls, 1)
    assert not (tmp_path / "snapshots").exists()


def test_a_doubt_is_not_decided_while_an_operation_is_in_progress(tmp_path: Path, doubtful: Counted) -> None:
    """Calls that may rightly differ decide no doubt, though they would leave a sound reading unconfirmed."""
    doubtful.cloud.instance(ORDERS).set_status("EXTENDING")
    doubtful.cloud.fail(Fault(kind="misplaced", path=DETAIL, times=0))
    ended = snapshot(tmp_path, doubtful)
    assert ended.code == 4
    assert "while an operation is in progress" in ended.err
    assert not (tmp_path / "snapshots").exists()


def test_both_sources_decide_a_doubt_by_themselves(tmp_path: Path, doubtful: Counted) -> None:
    """With --source both, the details beside the export decide: kept where they agree, else the doubt is the error."""
    ended = snapshot(tmp_path, doubtful, "--source", "both")
    assert ended.code == 0
    assert "decided a doubt" in ended.err
    assert doubtful.taken() == {"export": 1, "list": 2, "detail": 3}
    doubtful.cloud.fail(Fault(kind="misplaced", path=DETAIL, times=0))
    ended = snapshot(tmp_path, doubtful, "--source", "both")
    assert ended.code == 4
    assert "did not decide it: 25 shards" in ended.err
    assert flags(tmp_path) == [False]


def test_a_stable_capture_decides_a_doubt(tmp_path: Path, doubtful: Counted) -> None:
    """A capture that waits for two equal answers has its doubt decided once, by the calls after them."""
    ended = snapshot(tmp_path, doubtful, "--stable")
    assert ended.code == 0
    assert ended.err.count("decided a doubt") == 1
    assert doubtful.taken() == {"export": 2, "list": 2, "detail": 3}


def test_a_file_keeps_its_doubt_and_a_decided_response_is_read_again(tmp_path: Path, doubtful: Counted) -> None:
    """The same bytes in a file are still an error (4), and the stored response still reads as it did."""
    snapshot(tmp_path, doubtful)
    (tmp_path / "export.json").write_bytes(doubtful.cloud.instance(ORDERS).export())
    ended = drift(tmp_path, "snapshot", "orders", "--from-file", "export.json")
    assert ended.code == 4
    assert DOUBT in ended.err
    again = drift(tmp_path, "reread")
    assert (again.code, again.err) == (0, "")
    assert "read the same" in again.out
