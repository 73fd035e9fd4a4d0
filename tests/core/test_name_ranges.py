from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from drift.core.name_ranges import Run, runs

_NUMBERED = st.builds(
    "{}{:0{}d}".format, st.sampled_from(["orders_", "o1_", "9", ""]), st.integers(0, 30), st.integers(1, 20)
)
_PADDED = st.integers(1, 20).flatmap(
    lambda digits: st.lists(
        st.integers(0, 10**digits - 1).map(lambda number: f"orders_{number:0{digits}d}"), unique=True
    )
)


@given(st.lists(_NUMBERED, unique=True) | _PADDED | st.lists(st.text("a1٣_", max_size=3), unique=True))
def test_runs_are_of_consecutive_names_and_leave_none_out(names: list[str]) -> None:
    """A run has every name between its ends, no name is in two, and no run goes on where another one ends."""
    found = runs(names)
    spelled = [name for run in found for name in _spelled(run)]
    assert sorted(spelled) == sorted(names)
    firsts = {run.first for run in found}
    assert not any(_next(run.last) in firsts for run in found)


def _spelled(run: Run) -> list[str]:
    names = [run.first]
    while names[-1] != run.last and (following := _next(names[-1])) is not None:
        names.append(following)
    assert (names[-1], len(names)) == (run.last, run.size)
    return names


def _next(name: str) -> str | None:
    """The name that counts one further, at least as wide. No more than so many digits are a counter."""
    found = re.search("[0-9]{0,15}$", name)
    digits = found[0] if found else ""
    return f"{name[: len(name) - len(digits)]}{int(digits) + 1:0{len(digits)}d}" if digits else None
