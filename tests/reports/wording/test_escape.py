from __future__ import annotations

import pytest

from drift.reports.wording.escape import text_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("orders_0000", "orders_0000"),
        ("rds-for-ddm-01.example:3306", "rds-for-ddm-01.example:3306"),
        ("分片_0001", "分片_0001"),
        ("two words", '"two words"'),
        ("a|b", '"a|b"'),
        ("a,b", '"a,b"'),
        ("a;b", '"a;b"'),
        ("a→b", '"a→b"'),
        ("(a)", '"(a)"'),
        ("it's", '"it\'s"'),
        ('a"b', '"a\\u0022b"'),
        ("", '""'),
        (" ", '" "'),
        ("orders_0000 ", '"orders_0000 "'),
        ("a\nb", '"a\\u000ab"'),
    ],
)
def test_a_terminal_shows_where_a_name_begins_and_ends(name: str, shown: str) -> None:
    """A name that isn't one plain word is in quotes, so that no sign in it is taken for one of the report."""
    assert text_name(name) == shown
