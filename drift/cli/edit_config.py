"""Changes to drift.toml, made for the user: checked before they are written, and written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drift.cli.app import App


_MOST_KEYS: Final = 50_000  # a second of work for tomlkit is about 20,000


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
        known = read_text(path, hint="`drift init` writes one to start from.")
        if known.count("=") > _MOST_KEYS:
            raise ConfigError(f"{path}: more than {_MOST_KEYS:,} keys", hint="Edit it by hand.")
        file.parse(known, path)  # within its bounds, before a parser that keeps every space reads it
        text = change(known)
        file.parse(text, path)
        write(path, text.encode())
