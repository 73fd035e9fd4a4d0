"""The pytest plugin: `assert_no_drift` and `ddm_simulator` as fixtures. Loads nothing of drift until one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.testing import Simulator


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "ddm_scenario(path): the scenario.toml that ddm_simulator serves.")


@pytest.fixture(scope="session")
def assert_no_drift() -> Callable[..., None]:
    """Return `assert_no_drift(before, after, plan=…)`, which fails with the report unless `drift gate` would pass."""
    from drift import testing

    return testing.assert_no_drift


@pytest.fixture
def ddm_simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """Serve a simulated DDM cloud on loopback for this test: `url`, `instance()`, `fail()`, `capture()`, `variables()`.

    It is the one of `drift demo`, or of the scenario that the mark `ddm_scenario` names, from pytest's root folder.
    """
    from drift import testing

    mark = request.node.get_closest_marker("ddm_scenario")
    scenario = request.config.rootpath.joinpath(*mark.args) if mark else None
    with testing.simulator(scenario) as cloud:
        yield cloud
