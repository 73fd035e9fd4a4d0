"""Read a secret from a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.errors import ConfigError
from drift.core.secret import Secret, path_shown

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_SECRET: Final = 131_072  # bytes; the longest documented token has 100,000 characters


def read_secret(path: Path) -> Secret:
    """Read a secret without its line end. Raises ConfigError, which names the file and shows none of its content."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_SECRET + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not a path"
        raise ConfigError(f"{path_shown(path)}: could not read the secret: {reason}") from None
    if len(content) > _LONGEST_SECRET:
        raise ConfigError(f"{path}: expected a secret, found more than {_LONGEST_SECRET} bytes")
    try:
        text = content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: expected a secret in UTF-8 or ASCII") from None
    if not text.strip() or "\0" in text:
        raise ConfigError(f"{path}: expected a secret, found {'a NUL byte' if text.strip() else 'an empty file'}")
    return Secret(text)
