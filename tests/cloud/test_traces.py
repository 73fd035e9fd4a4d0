from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from drift.cloud.auth.token import TokenAuth
from drift.cloud.client import Client
from drift.cloud.http import HttpClient
from drift.cloud.traces import read_audit
from drift.core.traces import stamp
from support.audits import an_audit_service, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.traces import Audit

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)


def read(
    answer: Callable[[dict[str, str]], tuple[int, Any]], since: datetime | None = None
) -> tuple[Audit, list[dict[str, str]]]:
    with an_audit_service(answer) as (url, asked), HttpClient(response_limit=1 << 20) as http:
        client = Client(http, url, "p" * 32, TokenAuth("t"), timeout=60)
        return read_audit(client, url, "i", since, NOW), asked


def page(*traces: object, marker: object = None) -> tuple[int, Any]:
    return 200, {"traces": list(traces), "meta_data": {"marker": marker}}


def test_both_ends_of_the_window_and_its_overlap_are_asked_for() -> None:
    """Ends are in milliseconds and exclusive; late traces of the last window are read again, and 200 at a time."""
    audit, asked = read(lambda _: page(), since=NOW - timedelta(hours=1))
    assert [(each["service_type"], each["limit"], each["trace_type"]) for each in asked] == [
        ("DDM", "200", "system"),
        ("RDS", "200", "system"),
    ]
    start, end = (int(asked[0][name]) for name in ("from", "to"))
    assert (end - start, end) == (70 * 60_000 + 2, int(NOW.timestamp() * 1000) + 1)
    (window,) = audit.windows
    assert (window.since, window.until, window.problem) == (stamp(NOW - timedelta(minutes=70)), stamp(NOW), None)


@pytest.mark.parametrize("since", [None, NOW - timedelta(days=30)])
def test_no_more_than_the_service_keeps_is_asked_for(since: datetime | None) -> None:
    """The first window, and one after a long pause, begin seven days ago."""
    assert read(lambda _: page(), since)[0].windows[0].since == stamp(NOW - timedelta(days=7))


@pytest.mark.parametrize("marker", ["m1", 7])
def test_pages_are_followed_until_there_is_no_marker(marker: object) -> None:
    """All pages are read, also past an empty one, and a trace on two of them is there once."""
    pages = {
        None: page(listed(3), listed(2), marker=marker),
        str(marker): page(marker="m2"),
        "m2": page(listed(2), listed(1)),
    }
    audit, _ = read(lambda query: pages[query.get("next")] if query["service_type"] == "DDM" else page())
    assert [trace.id for trace in audit.traces] == ["t1", "t2", "t3"]
    assert audit.windows[0].problem is None


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda _: page(listed(1), marker="m"), "the pages of traces repeat each other"),
        (lambda query: page(marker=f"m{query.get('next')}"), "more than 50 pages"),
        (lambda _: (403, {"error_code": "CTS.0013", "error_msg": "No permission."}), "CTS.0013"),
        (lambda _: (404, {"error_msg": "Not found"}), "404"),
        (lambda _: (200, {"traces": None}), "expected a list of traces"),
        (lambda _: (200, []), "expected a list of traces"),
        (lambda _: page(listed(1), marker=["m"]), "expected the marker of the next page as a text"),
        (lambda _: page(listed(1), listed(2, time=None)), "1 of 2 traces of DDM have no id, name or time"),
    ],
)
def test_what_could_not_be_read_is_a_gap(answer: Callable[[dict[str, str]], tuple[int, Any]], problem: str) -> None:
    """An incomplete reading is never called whole, says why, and ends in any case."""
    (window,) = read(answer)[0].windows
    assert problem in (window.problem or "")
