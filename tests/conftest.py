from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from drift.simulator import default_cloud, serve
from drift.store import Store

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from drift.simulator import Cloud, Server
    from support.mariadb import Servers

# The suite tries the same cases each time, so that it passes or fails by what the code does, not by chance;
# HYPOTHESIS_PROFILE=explore tries others.
settings.register_profile(
    "drift",
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
    print_blob=True,
    derandomize=True,
    database=None,
)
settings.register_profile("explore", settings.get_profile("drift"), derandomize=False, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "drift"))

# A shell's job in the background ignores Ctrl-C, and so would each process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Whichever file is begun last keeps one process busy after the others have ended: those that take longest come first.
FIRST = (
    "tests/cloud/test_faults.py", "tests/test_pipelines.py", "tests/cli/commands/test_watch.py",
    "tests/cli/test_fleet.py", "tests/cli/commands/test_verify.py", "tests/test_benchmarks.py", "tests/test_fuzz.py",
    "tests/reports/html/test_browser.py", "tests/testing/test_testing.py", "tests/test_faults.py",
    "tests/docs/test_site.py", "tests/store/test_merging.py", "tests/store/test_store.py", "tests/test_scenarios.py",
    "tests/test_exit_codes.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; xdist hands files out in this order."""
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(FIRST)))


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Start one process more than there are cores: tests that wait for the end of a deadline leave theirs idle."""
    return (yield) + 1


# Most captures of tests ask a plain server on loopback: to load some hundred authorities first takes longer than that.
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)


@pytest.fixture
def cloud() -> Cloud:
    return default_cloud()


@pytest.fixture
def server(cloud: Cloud) -> Iterator[Server]:
    """The server of the test's `cloud`."""
    with serve(cloud) as running:
        yield running


@pytest.fixture
def running(cloud: Cloud, server: Server) -> tuple[Cloud, Server]:
    return cloud, server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store.open(tmp_path / "drift.db", create=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Real MariaDB servers, `mariadb[0]` to `mariadb[2]`; mark a test that uses them with `NEEDS_MARIADB`."""
    from support.mariadb import prepared, servers  # noqa: PLC0415 - loads PyMySQL, which most workers don't need

    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with servers(prepared(shared)) as offered:
        yield offered
