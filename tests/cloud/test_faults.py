"""What can go wrong on the network, in every phase of a capture: how it ends, and what the user is told."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Literal, NamedTuple

import pytest
from msgspec.structs import replace

from drift.simulator import Fault, default_cloud, serve
from drift.store import Store
from support.shell import Ended, drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.simulator import Cloud, Server
    from drift.simulator.fault import Kind

ALWAYS = 0
PATIENT, SHORT, SHARED, HALVED = "8", "1", "2", "3"
"""Budgets: for what passes at once, for what never ends, for that where others need time, too, and for what passes
after half of the time.

Each leaves room for a machine that stands still for a moment: what has to be done in it takes some hundredths of it.
"""

# Each phase of a capture: the path of its call, and the source that makes it.
PHASES = {
    "sign-in": ("/v3/auth/tokens", "export"),
    "project": ("/v3/projects", "export"),
    "export": ("*/schema-metadata", "export"),
    "list": ("/v1/*/databases", "details"),
    "detail": ("*/databases/orders", "details"),
}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Cloud, Server]]:
    cloud = default_cloud()
    with serve(cloud) as server:
        yield cloud, server


@pytest.fixture
def running(served: tuple[Cloud, Server]) -> tuple[Cloud, Server]:
    """The one cloud, in health."""
    served[0].faults.clear()
    return served


def capture(folder: Path, running: tuple[Cloud, Server], phase: str, budget: str, **variables: str) -> Ended:
    """Capture as a user with a password would, by the calls of that phase; with a key where a project is looked up."""
    cloud, server = running
    user = cloud.connection(server.url)
    given = {
        "DRIFT_ENDPOINT": server.url,
        "DRIFT_INSTANCE_ID": cloud.instance("orders-prod").id,
        "DRIFT_USER_NAME": user["user_name"],
        "DRIFT_PASSWORD": user["password"],
        "DRIFT_DOMAIN_NAME": user["domain_name"],
        "DRIFT_SOURCE": PHASES[phase][1],
        "DRIFT_TIMEOUT": budget,
    }
    project = {"DRIFT_PROJECT_ID": cloud.project_id}
    if phase == "project":
        key = {"DRIFT_ACCESS_KEY": cloud.access_key, "DRIFT_SECRET_KEY": cloud.secret_key, "DRIFT_AUTH": "access-key"}
        project = {"DRIFT_REGION": cloud.project_name, **key}
    return drift(folder, "snapshot", "orders", **given, **project, **variables)


_PASSING: dict[str, tuple[Fault, str]] = {
    "reset before the head": (Fault(kind="reset"), PATIENT),
    "reset in the body": (Fault(kind="reset-body"), PATIENT),
    "cut off in the body": (Fault(kind="cut"), PATIENT),
    "stalled": (Fault(kind="stalled", seconds=30), HALVED),
    "slow": (Fault(kind="slow", seconds=0.05), PATIENT),
    "429": (Fault(kind="throttled"), PATIENT),
    "429 with seconds": (Fault(kind="throttled", retry_after="0"), PATIENT),
    "429 with a date": (Fault(kind="throttled", retry_after="Thu, 01 Jan 2026 00:00:00 GMT"), PATIENT),
    "409 busy": (Fault(kind="busy"), PATIENT),
    "500 once": (Fault(kind="error"), PATIENT),
    "502 with HTML": (Fault(kind="html"), PATIENT),
    "401 in mid-run": (Fault(kind="expired-token"), PATIENT),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("fault", "budget"), _PASSING.values(), ids=_PASSING.keys())
def test_what_passes_costs_nothing_but_time(
    tmp_path: Path, running: tuple[Cloud, Server], fault: Fault, budget: str, phase: str
) -> None:
    """A fault that happens once, of the kind that passes, ends in a whole snapshot, in whatever phase it happens."""
    cloud, _ = running
    cloud.fail(replace(fault, path=PHASES[phase][0]))
    ended = capture(tmp_path, running, phase, budget)
    assert ended.code == 0, ended.err
    assert ended.out == "snapshot 1 of orders: 2 data nodes, 3 databases, 25 shards\n"
    assert cloud.faults == []


class Row(NamedTuple):
    """A fault that doesn't pass: its words in the error, its code where that isn't 3 in each phase, its budget."""

    fault: Fault
    words: str
    codes: dict[str, int]
    budget: str = PATIENT


# In the list and in a detail wrong JSON is an unreadable answer. A detail that fails is a gap, which is no failure.
_UNREADABLE = {"export": 4, "list": 4}


def lasting(kind: Kind, **options: float | str) -> Fault:
    return Fault(kind=kind, times=ALWAYS, **options)  # type: ignore[arg-type]


_LASTING = {
    "reset before the head": Row(lasting("reset"), "broke off", {}, SHORT),
    "reset in the body": Row(lasting("reset-body"), "broke off", {}, SHORT),
    "cut off in the body": Row(lasting("cut"), "broke off", {}, SHORT),
    "stalled": Row(lasting("stalled", seconds=30), "no complete answer", {}, SHORT),
    "slow drip": Row(lasting("drip", seconds=0.01), "no complete answer", {}, SHORT),
    "429": Row(lasting("throttled"), "answered 429: APIGW.0308 The throttling threshold", {}, SHORT),
    "429 for longer": Row(lasting("throttled", retry_after="600"), "(tried once; it asks to wait 600 s)", {}),
    "409 busy": Row(lasting("busy"), "answered 409: DBS.200019 Another operation", {}, SHORT),
    "500 for ever": Row(lasting("error"), "answered 500: DBS.200412 Server failure.", {}, SHORT),
    "502 with HTML": Row(lasting("html"), "answered 502 with text/html, not JSON", {}, SHORT),
    "401 for ever": Row(lasting("expired-token"), "answered 401", {}),
    "302 to another host": Row(lasting("redirect"), "a redirect to elsewhere.example; redirects are not followed", {}),
    "wrong content type": Row(lasting("wrong-type"), "answered 200 with text/plain instead of JSON", {}),
    "wrong JSON": Row(lasting("wrong-json"), "expected a", _UNREADABLE),
}
# Where a fault means something else, or nothing: all that counts of IAM's answer is its header.
_ELSEWHERE = {
    ("401 for ever", "sign-in"): "",
    ("wrong content type", "sign-in"): "",
    ("wrong JSON", "sign-in"): "answered 200",
    ("cut off in the body", "sign-in"): "broke off",
    ("wrong JSON", "export"): "compressed_databases_info",
    ("401 for ever", "detail"): "answered 401",
    ("401 for ever", "project"): "",
    ("wrong JSON", "project"): "did not answer with a list of projects",
}


@pytest.mark.parametrize(
    ("name", "phase"),
    [(name, phase) for name in _LASTING for phase in PHASES if _ELSEWHERE.get((name, phase), True)],
)
def test_what_lasts_ends_in_words_to_act_on(
    tmp_path: Path, running: tuple[Cloud, Server], name: str, phase: str
) -> None:
    """Each fault that doesn't pass ends in time with its code, what happened, and what to do; nothing is kept of it."""
    row = _LASTING[name]
    words = _ELSEWHERE.get((name, phase), row.words)
    cloud, _ = running
    cloud.fail(replace(row.fault, path=PHASES[phase][0]))
    ended = capture(tmp_path, running, phase, SHARED if phase == "detail" else row.budget)
    assert words in ended.err
    assert "Traceback" not in ended.err
    if phase == "detail" and name != "401 for ever":
        assert (ended.code, ended.out.endswith("partial\n")) == (0, True)
        assert "not read: database orders: " in ended.err
    else:
        assert (ended.code, ended.out) == (row.codes.get(phase, 3), "")
        assert "\nhint: " in ended.err
        assert not (tmp_path / "snapshots").exists()


@pytest.mark.parametrize("name", [name for name in _LASTING if name != "401 for ever"])
def test_what_a_capture_can_do_without_makes_none_fail(
    tmp_path: Path, running: tuple[Cloud, Server], name: str
) -> None:
    """Whatever befalls the list of jobs: the snapshot is whole, and a note says what could not be learned."""
    running[0].fail(replace(_LASTING[name].fault, path="*/jobs"))
    ended = capture(tmp_path, running, "export", HALVED)
    assert (ended.code, ended.out) == (0, "snapshot 1 of orders: 2 data nodes, 3 databases, 25 shards\n")
    assert "note: could not read the instance's migration jobs: " in ended.err
    assert not re.search(r"within [0-9]*\.[0-9]{3}", ended.err)


_PAYLOAD = {
    "truncated gzip": (Fault(kind="short-gzip"), 4, "cut off"),
    "truncated base64": (Fault(kind="truncated"), 4, "compressed_databases_info"),
    "larger than promised": (Fault(kind="overlong"), 4, "the response"),
    "changed layout": (Fault(kind="layout", layout="flat"), 0, ""),
}


@pytest.mark.parametrize(("fault", "code", "words"), _PAYLOAD.values(), ids=_PAYLOAD.keys())
def test_what_only_an_export_can_suffer(
    tmp_path: Path, running: tuple[Cloud, Server], fault: Fault, code: int, words: str
) -> None:
    """A payload that is damaged is told as such and not kept; one in another layout is the same topology."""
    assert capture(tmp_path, running, "export", PATIENT).code == 0
    running[0].fail(fault)
    ended = capture(tmp_path, running, "export", PATIENT)
    assert (ended.code, words in ended.err) == (code, True)
    with Store.open(tmp_path / "snapshots/drift.db") as store:
        assert [entry.unchanged for entry in store.log()] == ([True, False] if code == 0 else [False])


_LISTS: dict[Kind, str] = {
    "short-list": "not read: databases: of their list, only 2 of 3 came",
    "no-total": "",
    "same-page": "",  # the total shows that the first page is all
}


@pytest.mark.parametrize("offset", ["item", "page"])
@pytest.mark.parametrize(("kind", "words"), _LISTS.items(), ids=_LISTS.keys())
def test_what_only_a_list_can_suffer(
    tmp_path: Path, running: tuple[Cloud, Server], kind: Kind, words: str, offset: Literal["item", "page"]
) -> None:
    """A list that is cut short makes a partial snapshot, whatever its offset counts; other oddities cost nothing."""
    cloud, _ = running
    cloud.offset = offset
    cloud.fail(Fault(kind=kind, path="/v1/*/databases", times=ALWAYS))
    ended = capture(tmp_path, running, "list", PATIENT)
    cloud.offset = "item"
    assert ended.code == 0, ended.err
    assert (words in ended.err, ended.out.endswith("partial\n")) == (True, bool(words))


def test_a_refused_connection_is_not_waited_for(tmp_path: Path) -> None:
    """Where nobody listens, a few attempts are enough, however much time there is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    ended = drift(tmp_path, "snapshot", "--endpoint", url, DRIFT_TIMEOUT="1", DRIFT_TOKEN="MIIab", **_IDS)
    assert (ended.code, ended.out) == (3, "")
    assert f"error: could not connect to {url.removeprefix('http://')}" in ended.err
    assert "(tried 5 times)" in ended.err
    assert "hint: Check the endpoint" in ended.err


_IDS = {
    "DRIFT_PROJECT_ID": "619d3e78f61b4be68bc5aa0b59edcf7b",
    "DRIFT_INSTANCE_ID": "1f5c9fd6cd984056ba89c8c87cc03278in09",
}


def test_waiting_is_told(tmp_path: Path, running: tuple[Cloud, Server]) -> None:
    """Who waits for a service in trouble learns what for; not with --quiet."""
    running[0].fail(Fault(kind="error", status=503))
    told = capture(tmp_path, running, "export", PATIENT).err
    assert re.search(r"answered 503: DBS\.200412 Server failure\.; trying again (in 0\.\d s|at once)\n", told)
