"""A run of drift that prints nothing on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.cli.app import App
from drift.cli.console import Console

if TYPE_CHECKING:
    from collections.abc import Mapping


def quiet_app(flags: Mapping[str, object]) -> App:
    """Make a run of drift with these flags that prints nothing."""
    console = Console({})
    console.verbosity = -1
    app = App(console)
    app.flags = {name: str(value) for name, value in flags.items() if value is not None}
    return app
