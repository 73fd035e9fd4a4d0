"""Assertions and a simulated cloud for other people's tests. Needs no pytest.

>>> from drift.testing import assert_no_drift
>>> assert_no_drift("snapshots/before-nested.json", "snapshots/before-flat.json")

Nothing is loaded before it is used, so that the pytest plugin costs a test run without drift nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drift.testing.assertions import Given, Planned, assert_no_drift
    from drift.testing.simulated_cloud import Simulator, simulator

__all__ = ["Given", "Planned", "Simulator", "assert_no_drift", "simulator"]

_HOMES = {
    **dict.fromkeys(("Given", "Planned", "assert_no_drift"), "drift.testing.assertions"),
    **dict.fromkeys(("Simulator", "simulator"), "drift.testing.simulated_cloud"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
