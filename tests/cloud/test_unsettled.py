from __future__ import annotations

import pytest

from drift.cloud.unsettled import kept_changing
from support.builders import a_database, a_node, a_shard, a_snapshot

WAIT = "Capture again when the migration is over, or give more time with --timeout."


def beating(*values: int, name: str = "beat") -> list[object]:
    return [a_database(shards=4, attributes={"health": {name: value}}) for value in values]


@pytest.mark.parametrize(
    ("before", "after", "differing", "volatile"),
    [
        (a_snapshot(*beating(1)), a_snapshot(*beating(2)), "beat (as of database orders)", '["beat"]'),
        (a_snapshot(nodes=[a_node("rds-1", attributes={"lag": 1, "load": 3})]),
         a_snapshot(nodes=[a_node("rds-1", attributes={"lag": 2, "load": 4})]),
         "lag (as of data node ", '["lag", "load"]'),
        (a_snapshot(a_database(shards=[a_shard("orders_0000")])),
         a_snapshot(a_database(shards=[a_shard("orders_0000", on="rds-2")])),
         "data_node_id (as of shard orders_0000)", ""),
        (a_snapshot(a_database(shards=4)), a_snapshot(a_database(shards=5)), "shard_count (as of database orders)", ""),
    ],
)  # fmt: skip
def test_what_kept_changing_is_named(before: object, after: object, differing: str, volatile: str) -> None:
    """The members of the last two answers that differ are named; attributes alone with the key that leaves them out."""
    error = kept_changing("orders-prod", before, after)
    assert error.message.startswith("orders-prod kept changing: no two answers in a row agree; the last two differ in ")
    assert differing in error.message
    hint = f"A member that changes at each call is left out with `volatile = {volatile}` in drift.toml. {WAIT}"
    assert error.hint == (hint if volatile else WAIT)


def test_one_answer_shows_no_difference() -> None:
    """Where the time was up after the first answer, nothing is named."""
    error = kept_changing("orders-prod", None, a_snapshot())
    assert (error.message, error.hint) == ("orders-prod kept changing: no two answers in a row agree", WAIT)


def test_many_members_are_counted() -> None:
    """A long list is cut in the sentence; the line to paste has them all."""
    before, after = ({f"m{number}": value for number in range(9)} for value in (1, 2))
    error = kept_changing("o", a_snapshot(a_database(attributes=before)), a_snapshot(a_database(attributes=after)))
    assert "m0 (as of database orders)" in error.message
    assert error.message.endswith("and 5 more")
    listed = ", ".join(f'"m{number}"' for number in range(9))
    assert f"`volatile = [{listed}]` in drift.toml" in (error.hint or "")
