from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.decode.node_results import read

WHOLE = """\
drift\t1
read\t2026-05-01 02:00:00
server\t8.0.32-log\trds-1\t3306\t/data/\t0\t0\tdrift@10.%
server_uuid\t7a1c
right\tSHOW DATABASES
database\tinformation_schema
database\torders_0000
database\ta\\tname
end\t3
"""


def test_the_rows_are_what_a_session_would_have_read() -> None:
    """Names, rights and the server come out as they are; what isn't listed is absent for an account that sees all."""
    reading = read(WHOLE, "n1", ["orders_0000", "orders_0001"])
    assert reading.failure is None
    assert reading.databases == {"orders_0000", "a\tname"}
    assert reading.probes == {"orders_0001": "absent"}
    assert reading.server is not None
    assert (reading.server.release, reading.server.uid, reading.server.account) == (
        "mysql 8.0",
        "7a1c",
        "'drift'@'10.%'",
    )
    assert reading.read_at == datetime(2026, 5, 1, 2, tzinfo=UTC)
    assert read(WHOLE.replace("\n", "\r\n"), "n1", ["orders_0000", "orders_0001"]) == reading


@pytest.mark.parametrize("right", ["USAGE", "PROCESS"])
def test_an_account_that_sees_less_proves_no_absence(right: str) -> None:
    """Without a right that shows every name, or with some revoked, what isn't listed may be hidden."""
    poor = WHOLE.replace("SHOW DATABASES", right)
    assert read(poor, "n1", ["orders_0001"]).probes == {"orders_0001": "hidden"}
    revoked = WHOLE.replace("right\t", "partial_revokes\tON\nright\t")
    assert read(revoked, "n1", ["orders_0001"]).probes == {"orders_0001": "hidden"}


@pytest.mark.parametrize("lines", range(WHOLE.count("\n")))
def test_an_output_that_is_cut_off_is_no_result(lines: int) -> None:
    """Whatever the line after which a file ends, nothing in it counts."""
    cut = "".join(WHOLE.splitlines(keepends=True)[:lines])
    reading = read(cut, "n1", ["orders_0001"])
    assert reading.failure is not None
    assert (reading.failure.kind, reading.probes) == ("bad-result", {})


@pytest.mark.parametrize(
    ("before", "after"),
    [("3306", "x"), ("end\t3", "end\t4"), ("drift\t1", "drift\t2"), (" 02:00:00", " 25:00:00"), ("\trds-1", "")],
)
def test_an_output_of_something_else_is_no_result(before: str, after: str) -> None:
    """A row that is not as the statements give it is told, not guessed."""
    assert read(WHOLE.replace(before, after), "n1", []).failure is not None


@given(st.text(alphabet=st.sampled_from("drifts ev\\t\t\n019%@")))
def test_any_text_is_a_reading(text: str) -> None:
    """No file ends in anything but a reading."""
    assert read(text, "n1", ["orders_0000"]).node_id == "n1"
