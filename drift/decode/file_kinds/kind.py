"""A kind of file, and what comes out of it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from drift.core.sources import FILE, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.decode.limits import Limits


class Inside(msgspec.Struct, frozen=True):
    """The content of a file of some kind: bytes, or a parsed document.

    `told` names the kind in the note about the file, with the part that was taken; None where the kind goes without
    saying. `source` says how the content is read, `taken_at` when the service answered (aware UTC), if it says so.
    """

    value: Any
    told: str | None
    source: Source = FILE
    taken_at: datetime | None = None


Unwrap: TypeAlias = "Callable[[Any, Limits], Inside | None]"


class Kind(msgspec.Struct, frozen=True):
    """A kind of file: its name in errors and notes, the mark that it is recognised by, and the part that is read.

    `unwrap` returns None for any other file, and raises PayloadError for a file of the kind without an export. If
    `is_of_bytes`, it takes the bytes; otherwise a parsed document.
    """

    name: str
    mark: str
    part: str
    is_of_bytes: bool
    unwrap: Unwrap
