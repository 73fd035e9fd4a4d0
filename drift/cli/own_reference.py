"""References of a fleet's instances: one word of the user's, which means another snapshot for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.errors import UsageError
from drift.core.references import File, Number, parse

if TYPE_CHECKING:
    from drift.core.references import Reference

MARK: Final = "{instance}"
"""The place of an instance's name in a path."""


def own_reference(written: str, name: str) -> Reference:
    """Resolve a reference for one of the instances."""
    match parse(written.replace(MARK, name)):
        case File(path=path) as file:
            if MARK not in written:
                raise UsageError(
                    f"{path}: with --all, a file would be every instance's",
                    hint="Write {instance} where its name stands in the path: `baselines/{instance}.json`.",
                )
            return file
        case Number():
            raise UsageError(
                f"{written}: with --all, a number would be every instance's",
                hint="Use a label, latest~N, @TIME or live, which each instance has its own of.",
            )
        case reference if reference.instance is not None:
            raise UsageError(f"{written}: with --all, every instance is compared with itself")
        case reference:
            return msgspec.structs.replace(reference, instance=name)


def own_text(written: str, name: str) -> str:
    """Write the reference as the user would for that instance alone."""
    return written.replace(MARK, name) if MARK in written else f"{name}:{written}"
