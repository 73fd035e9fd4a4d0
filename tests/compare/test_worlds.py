from __future__ import annotations

import pytest

from support.world_judging import judged_pair


@pytest.mark.parametrize("odd", [0.0, 0.05])
def test_a_diff_says_what_the_operation_did(odd: float) -> None:
    """Of two random worlds, exactly what happened between them is told, and nothing where only the layout changed."""
    outcomes = {seed: judged_pair(seed, odd=odd) for seed in range(250)}
    assert [seed for seed, outcome in outcomes.items() if outcome == "wrong"] == []
    assert "right" in outcomes.values()
