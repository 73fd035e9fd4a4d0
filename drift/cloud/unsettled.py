"""The error for an instance that kept changing while it was read, with the members that did. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.compare.diff import diff
from drift.core import validators
from drift.core.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Change, Edit
    from drift.core.model import Snapshot

_MOST_NAMED: Final = 4
_WAIT: Final = "Capture again when the migration is over, or give more time with --timeout."


def kept_changing(name: str | None, before: Snapshot | None, after: Snapshot) -> NetworkError:
    """Build the error from the last two answers; `before` is None where there was only one."""
    changes = diff(before, after).changes if before else ()
    unsettled = f"{name} kept changing: no two answers in a row agree"
    if not changes:
        return NetworkError(unsettled, hint=_WAIT)
    members = list(dict.fromkeys(member for change in changes for member in _attributes(change.edits)))
    is_only_attributes = all(_is_of_attributes(change) for change in changes)
    hint = f"{_volatile(members)} {_WAIT}" if is_only_attributes else _WAIT
    return NetworkError(f"{unsettled}; the last two differ in {_differences(changes)}", hint=hint)


def _differences(changes: Iterable[Change]) -> str:
    """Name the members that differ, each with the first record where it does."""
    where: dict[str, str] = {}
    for change in changes:
        for word in _words(change):
            where.setdefault(word, f"{change.entity.replace('-', ' ')} {change.name}")
    named = [f"{word} (as of {record})" for word, record in list(where.items())[:_MOST_NAMED]]
    hidden = len(where) - _MOST_NAMED
    return validators.listed([*named, *([f"{hidden} more"] if hidden > 0 else [])], "and")


def _words(change: Change) -> Iterable[str]:
    if not change.edits:
        return ("which there are",)
    return (_member(edit) for edit in change.edits)


def _member(edit: Edit) -> str:
    """Return the innermost member on the path to a value: the one that `volatile` leaves out."""
    return next((step for step in reversed(edit.path) if isinstance(step, str)), "")


def _attributes(edits: Iterable[Edit]) -> Iterable[str]:
    return (_member(edit) for edit in edits if edit.path[0] == "attributes")


def _is_of_attributes(change: Change) -> bool:
    return bool(change.edits) and all(edit.path[0] == "attributes" for edit in change.edits)


def _volatile(members: list[str]) -> str:
    quoted = ", ".join(f'"{member}"' for member in members)
    return f"A member that changes at each call is left out with `volatile = [{quoted}]` in drift.toml."
