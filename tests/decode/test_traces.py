from __future__ import annotations

from typing import Any

import pytest

from drift.decode.traces import is_about, read_traces
from support.audits import listed

IN09, OTHER = "0123456789abcdef0123456789abcdefin09", "fedcba9876543210fedcba9876543210in09"


def test_named_fields_are_kept_and_nothing_else() -> None:
    """Of a request and its answer, which may hold passwords, nothing is kept."""
    (trace,) = read_traces([listed(1)], "DDM").traces
    assert trace.name == "migrateLogicDB"
    assert (trace.time, trace.kind, trace.address) == ("2026-05-01T02:00:00.001Z", "console", "10.0.0.7")
    assert "hidden" not in str(trace)


def test_both_spellings_are_read_alike() -> None:
    """Members in camelCase are those in snake_case."""
    camel = {"".join(part.title() if at else part for at, part in enumerate(key.split("_"))): value
             for key, value in listed(1).items()}  # fmt: skip
    assert read_traces([camel], "DDM") == read_traces([listed(1)], "DDM")


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"name": "dba", "id": "1"}, "dba"),
        ({"user_name": "deploy", "name": "account/deploy"}, "deploy"),
        ({"principal_urn": "sts::1:assumed-agency:reader/ci"}, "reader/ci"),
        ('{"name": "dba"}', "dba"),
        ('{"name": ', '{"name":'),
        ("dba", "dba"),
        ({"domain": {}}, None),
        (None, None),
        (["dba"], None),
    ],
)
def test_a_user_is_named(user: object, name: str | None) -> None:
    """Whatever form the user comes in; an agency with its session, and nobody where nobody is named."""
    assert read_traces([listed(1, user=user)], "DDM").traces[0].user == name


@pytest.mark.parametrize(
    "item",
    [
        listed(1, time=None),
        listed(1, time=True),
        listed(1, time="soon"),
        listed(1, time=10**30),
        listed(1, trace_id=""),
        listed(1, trace_name=7.5),
        "text",
        None,
    ],
)
def test_what_has_no_id_name_or_time_is_counted(item: object) -> None:
    """A trace that can't be placed is not taken, and not passed over in silence."""
    assert read_traces([item, listed(2)], "DDM") == (read_traces([listed(2)], "DDM").traces, 1)


@pytest.mark.parametrize(
    ("code", "refused"), [("200", False), (202, False), ("403", True), (None, False), ("x", False)]
)
def test_a_refused_call_is_known(code: object, refused: bool) -> None:  # noqa: FBT001 - a table
    """A call that the service refused is marked, so that it explains nothing."""
    assert read_traces([listed(1, code=code)], "DDM").traces[0].is_refused is refused


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"resource_id": IN09}, True),
        ({"resource_id": OTHER}, False),
        ({"resource_id": OTHER, "request": f'{{"instance_id": "{IN09}"}}'}, True),
        ({"resource_id": None}, True),
    ],
)
def test_a_call_about_another_instance_is_left_out(fields: dict[str, Any], about: bool) -> None:  # noqa: FBT001 - a table
    """A trace is about an instance if it names it, or at least no other one."""
    assert is_about(listed(1, **fields), IN09) is about
