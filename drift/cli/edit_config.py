"""Changes to drift.toml, made for the user: checked before they are written, and written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drift.cli.app import App


def editable(app: App, what: str) -> Path:
    """Return the drift.toml to write to. Raises UsageError where there is none."""
    path = app.config.origin
    if path is None:
        raise UsageError(f"there is no drift.toml to write {what} to", hint="`drift init` writes one to start from.")
    return path


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Change the text of drift.toml. Raises ConfigError, and leaves it as it is, where that wouldn't hold."""
    from drift.cli.output import locked, write
    from drift.config import file
    from drift.core.bounded_files import read_text

    with locked(path):
        text = change(read_text(path, hint="`drift init` writes one to start from."))
        file.parse(text, path)
        write(path, text.encode())
