from __future__ import annotations

from typing import TYPE_CHECKING

from support.paths import BENCHMARKS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_flipped_bit_is_found_where_it_changes_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a bit of a store is flipped, verifying finds it or nothing that is read has changed; no traceback."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    flips = __import__("flips")
    counted, wrong = flips.sweep(tmp_path, 30, 40, seed=7)
    assert wrong == []
    assert counted["flips"] == 40
    assert counted["found"] > 1
