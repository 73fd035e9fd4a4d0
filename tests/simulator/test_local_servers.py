from __future__ import annotations

import pytest

from drift.core.errors import UsageError
from drift.simulator.local_servers import find_program


def test_without_a_server_it_says_what_to_install() -> None:
    """Where no server is installed, the error names the packages."""
    with pytest.raises(UsageError) as caught:
        find_program(["no-such-server"], "")
    assert "mariadb-server-core" in str(caught.value.hint)
