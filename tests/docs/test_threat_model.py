"""The threat model: no line without a test."""

from __future__ import annotations

import re

from support.paths import DOCS, ROOT

PAGE = (DOCS / "threat-model.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)


def test_each_line_names_a_test_that_exists() -> None:
    """Every row has a test's name, and every name is that of a test."""
    rows = [
        line for line in PAGE.splitlines() if line.startswith("|") and not re.match(r"\| Somebody could|\|--", line)
    ]
    assert [row for row in rows if "::test_" not in row] == []
    assert len(NAMED) == PAGE.count("::") >= len(rows)
    lost = [(path, name) for path, name in NAMED if f"def {name}(" not in (ROOT / path).read_text("utf-8")]
    assert lost == []
