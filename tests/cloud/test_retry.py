"""The turns of calls, and the limit that a service tells of itself."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud import job_lists
from drift.cloud.error_responses import call_limit
from drift.cloud.job_lists import JobLists
from drift.cloud.retry import CallLimit, Deadline, RateLimiter
from drift.core.errors import ApiError, NetworkError
from support.clouds import an_access

_WORDS = "The throttling threshold has been reached: policy user over ratelimit,{}"


@pytest.mark.parametrize(
    ("status", "words", "limit"),
    [
        (429, "limit:200,time:5 minute", CallLimit(200, 300.0)),
        (429, "limit:5,time:1 second", CallLimit(5, 1.0)),
        (429, "Limit : 10, Time: 2 Minutes", CallLimit(10, 120.0)),
        (429, "limit:1,time:1 hour", CallLimit(1, 3600.0)),
        (429, "limit:0,time:5 minute", None),
        (429, "limit:200,time:0 minute", None),
        (429, "limit:200,time:9 hour", None),
        (429, "limit:200", None),
        (429, "", None),
        (503, "limit:200,time:5 minute", None),
    ],
)
def test_the_limit_is_read_from_the_words(status: int, words: str, limit: CallLimit | None) -> None:
    """A throttled answer tells how many calls are accepted in which time; other words tell nothing."""
    answer = httpx.Response(status, json={"error_code": "APIGW.0308", "error_msg": _WORDS.format(words)})
    assert call_limit(answer) == limit


@given(before=st.integers(0, 60), after=st.integers(1, 90), calls=st.integers(1, 30), seconds=st.integers(1, 300))
def test_a_limit_that_was_told_is_kept(before: int, after: int, calls: int, seconds: int) -> None:
    """Of the calls from then on, no more than the limit are within its time, whatever went before."""
    limiter, now, gone = RateLimiter(20.0), 100.0, []
    for number in range(before + after):
        if number == before:
            limiter.learn(CallLimit(calls, seconds))
        now += limiter.reserve(now)
        gone.append(now)
    windows = zip(gone, gone[calls:], strict=False)
    assert all(last - first >= seconds for first, last in list(windows)[max(0, before - calls) :])


def test_a_turn_waited_for_counts_for_no_deadline() -> None:
    """The time left out moves a deadline and its parts alike."""
    now = [0.0]
    whole = Deadline.of(lambda: now[0], 10.0)
    part = whole.part(0.5)
    now[0] = 100.0
    whole.leave_out(100.0)
    assert (whole.left, part.left, whole.part(0.5).left) == (10.0, 5.0, 5.0)


def test_a_project_s_jobs_are_asked_for_once() -> None:
    """All instances of a project share its list for two minutes; another project or another user has its own."""
    lists, asked = JobLists(), []

    def ask() -> list[dict[str, object]]:
        asked.append("once")
        return [{"id": "a"}]

    for now in (0.0, 60.0, 120.0):
        assert lists.get(an_access(), now, ask) == [{"id": "a"}]
    assert len(asked) == 1
    lists.get(an_access(), 121.0, ask)
    lists.get(an_access(project="other"), 121.0, ask)
    lists.get(an_access(token="other"), 121.0, ask)
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("error", "asked"), [(ApiError("refused", status=403), 1), (NetworkError("no answer"), 3)], ids=["refused", "lost"]
)
def test_a_refusal_is_shared_and_a_loss_is_not(error: ApiError | NetworkError, asked: int) -> None:
    """What the service refuses one, it refuses all; what broke for one may succeed for the next."""
    lists, calls = JobLists(), []

    def ask() -> list[dict[str, object]]:
        calls.append("once")
        raise error

    for _ in range(3):
        with pytest.raises(type(error)):
            lists.get(an_access(), 0.0, ask)
    assert len(calls) == asked


def test_who_waited_for_a_call_that_got_no_answer_shares_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call that hangs keeps all that wait for it as long as itself, and no longer; who comes later asks again."""
    arrived, calls = [], []

    class Door:
        """A lock that knows who stands before it."""

        def __init__(self) -> None:
            self._lock = Lock()

        def __enter__(self) -> None:
            arrived.append("once")
            self._lock.acquire()

        def __exit__(self, *_: object) -> None:
            self._lock.release()

    monkeypatch.setattr(job_lists, "Lock", Door)
    lists, threads = JobLists(), 4

    def hang() -> list[dict[str, object]]:
        calls.append("once")
        until = time.monotonic() + 60
        while len(arrived) < 2 * threads and time.monotonic() < until:  # before the lists, and before this one
            time.sleep(0.001)
        raise NetworkError("no answer")

    with ThreadPoolExecutor(threads) as pool:
        lost = [pool.submit(lists.get, an_access(), 0.0, hang) for _ in range(threads)]
        assert [type(each.exception()) for each in lost] == [NetworkError] * threads
    assert len(calls) == 1
    assert lists.get(an_access(), 0.0, lambda: [{"id": "a"}]) == [{"id": "a"}]
