"""The libraries of the extra `lake`. Loads none of them."""

from __future__ import annotations

from importlib.util import find_spec

from drift.core.errors import UsageError


def require(*names: str) -> None:
    """Raise UsageError if one of these libraries is not installed."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"a lake needs {' and '.join(missing)}, and the extra `lake` is not installed",
            hint="`pip install 'ddm-drift[lake]'` adds it.",
        )
