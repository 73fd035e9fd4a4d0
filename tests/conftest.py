from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Real MariaDB servers, `mariadb[0]` to `mariadb[2]`; mark a test that uses them with `NEEDS_MARIADB`."""
    from support.mariadb import prepared, servers  # noqa: PLC0415 - loads PyMySQL, which most workers don't need

    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with servers(prepared(shared)) as offered:
        yield offered
