"""Reports as people read them. After a wanted change: `python tests/renew.py golden` writes the files anew."""

from __future__ import annotations

import pytest

from drift.policy.rules import CHANGE_RULES
from drift.reports.formats import REPORT_FORMATS
from support.golden import FILES, SUFFIXES, content
from support.paths import GOLDEN
from support.scenarios import everything


@pytest.mark.parametrize("name", FILES)
def test_a_report_is_the_golden_one(name: str) -> None:
    """Nothing of what people read changes unnoticed."""
    assert content(name) == (GOLDEN / name).read_bytes()


def test_every_golden_file_is_compared() -> None:
    """No file lies there that no report is compared with."""
    assert {path.name for path in GOLDEN.iterdir()} == FILES.keys()


def test_every_format_has_golden_files() -> None:
    """A format of reports has an ending in `SUFFIXES`, and with it a file for each scenario."""
    assert set(REPORT_FORMATS) == SUFFIXES.keys()


def test_everything_has_every_rule() -> None:
    """The scenario that claims to show every rule does."""
    assert set(everything().verdict.by_rule) == set(CHANGE_RULES)
