"""Both sources of one capture: the export's records, with a gap for each disagreement of the details. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from drift.compare.diff import Change, diff
from drift.core.errors import PayloadError
from drift.core.model import Gap, Instance
from drift.core.sources import DETAILS, EXPORT
from drift.decode.sources import details
from drift.decode.sources.export import decode_document
from drift.decode.sources.witness import decided_beside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.content import Content, Options

_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def bundle(export: bytes, answers: bytes) -> bytes:
    """Join an export and a bundle of answers into one JSON document."""
    return msgspec.json.encode({EXPORT.name: msgspec.Raw(export), DETAILS.name: msgspec.Raw(answers)})


def read(data: bytes, options: Options) -> Content:
    """Decode an export beside the details. Raises PayloadError unless both can be read.

    The records are the export's. Each disagreement is a gap: the records in it can't be relied upon. A doubt of the
    export is decided by the details, or raised.
    """
    document = details.parsed(data, options)
    if type(document) is not dict or document.keys() != {EXPORT.name, DETAILS.name}:
        raise PayloadError("expected an export and the details beside it", place="the capture")
    export = decode_document(document[EXPORT.name], replace(options, defers_doubt=True))
    shown = details.bundled(document[DETAILS.name])
    export = decided_beside(export, shown)
    disagreements = [Gap.of_disagreement(reason) for reason in _disagreements(export, shown)]
    return replace(export, gaps=(*export.gaps, *disagreements))


def _disagreements(export: Content, shown: Content) -> Iterator[str]:
    """Describe each contradiction between the export and the details."""
    sides = [
        content.snapshot(instance=Instance(), taken_at=_ANY_TIME, source=source.name)
        for content, source in ((export, EXPORT), (shown, DETAILS))
    ]
    for gap in shown.gaps:
        yield f"{gap.scope} could not be compared: {gap.reason}"
    for change in diff(*sides).changes:
        yield from _contradictions(change)


def _contradictions(change: Change) -> Iterator[str]:
    of = f" of {change.database}" if change.database else ""
    entity = f"{change.entity.replace('-', ' ')} {change.name}{of}"
    if change.before is None or change.after is None:
        yield f"{entity} is only in the {(DETAILS if change.before is None else EXPORT).name}"
    for edit in change.edits:
        field = ".".join(map(str, edit.path))
        yield f"{entity}: {field} is {_shown(edit.before)} in the export, {_shown(edit.after)} in the details"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
