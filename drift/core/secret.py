"""Secrets, held so that nothing shows them by accident. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from pathlib import Path

_MASK: Final = "***"


@final
class Secret:
    """A token or a password. Only `reveal` returns its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself, for the request that needs it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret can't be serialised")


def path_shown(path: Path) -> str:
    """Show a path, unless it looks like the token that belongs in the file."""
    looks_like_token = any(part.startswith("MII") or len(part) > 255 for part in path.parts)  # noqa: PLR2004 - no file has a longer name
    return "a path that looks like a token itself" if looks_like_token else str(path)
