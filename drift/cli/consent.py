"""Consent to what can't be undone by a command: asked for on a terminal, given with --yes elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from drift.cli.console import is_terminal
from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])


def yes_option(function: _F) -> _F:
    """Add --yes."""
    return click.option("--yes", "-y", is_flag=True, help="Do it without asking; needed where nobody can be asked.")(
        function
    )


def can_ask() -> bool:
    """Whether somebody at a terminal can read a question and answer it."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def require_consent(deed: str, *, yes: bool) -> None:
    """Ask whether to do it. Raises UsageError where the answer is no, or where nobody can be asked."""
    if yes:
        return
    if not can_ask():
        raise UsageError(f"would {deed}; nobody can be asked here", hint="--yes does it without asking.")
    if not click.confirm(f"{deed[0].upper()}{deed[1:]}?", err=True):
        raise UsageError("nothing was changed")
