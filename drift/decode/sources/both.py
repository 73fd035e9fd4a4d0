"""What a capture received, from either source or both, to the topology that it tells. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from drift.compare.align import DETAILS
from drift.compare.diff import Change, diff
from drift.core import strict_json
from drift.core.errors import PayloadError
from drift.core.model import Gap, Instance, Snapshot
from drift.decode.sources import details
from drift.decode.sources.details import Answer
from drift.decode.sources.export import decode_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.decode.sources.export import Content, Options

EXPORT: Final = "export"

_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def bundle(answers: Iterable[Answer]) -> bytes:
    """The answers about an instance's databases as one JSON document."""
    return msgspec.json.encode({DETAILS: list(answers)})


def bundle_both(export: bytes, answers: bytes) -> bytes:
    """An export and a bundle of answers as one JSON document."""
    return msgspec.json.encode({EXPORT: msgspec.Raw(export), DETAILS: msgspec.Raw(answers)})


def content(data: bytes, source: str, options: Options) -> Content:
    """The topology in what was received from the details, or from both sources.

    Where both were asked it is the export's, and each disagreement is a gap: what is there can't be relied upon.
    Raises PayloadError.
    """
    document = strict_json.loads(data, nesting=options.limits.nesting + 4, what="the capture")
    if source == DETAILS:
        return details.content(_answers(document))
    export = decode_document(document[EXPORT], options)
    found = details.content(_answers(document[DETAILS]))
    disagreements = [Gap.of_disagreement(reason) for reason in _disagreements(export, found)]
    return replace(export, gaps=(*export.gaps, *disagreements))


def _answers(document: Any) -> list[Answer]:  # noqa: ANN401 - any JSON value
    try:
        return msgspec.convert(document[DETAILS], list[Answer])
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise PayloadError(f"expected the answers about databases: {error}", place="the capture") from error


def _disagreements(export: Content, found: Content) -> Iterator[str]:
    """What the two sources contradict each other in, in words."""
    sides = _snapshot(export, EXPORT), _snapshot(found, DETAILS)
    for gap in found.gaps:
        yield f"{gap.scope} could not be compared: {gap.reason}"
    for change in diff(*sides).changes:
        yield from _told(change)


def _snapshot(content: Content, source: str) -> Snapshot:
    return Snapshot.of(
        instance=Instance(),
        taken_at=_ANY_TIME,
        source=source,
        gaps=content.gaps,
        data_nodes=content.data_nodes,
        databases=content.databases,
    )


def _told(change: Change) -> Iterator[str]:
    of = f" of {change.database}" if change.database else ""
    what = f"{change.entity.replace('-', ' ')} {change.name}{of}"
    if change.before is None or change.after is None:
        yield f"{what} is only in the {DETAILS if change.before is None else EXPORT}"
    for edit in change.edits:
        field = ".".join(map(str, edit.path))
        yield f"{what}: {field} is {_shown(edit.before)} in the export, {_shown(edit.after)} in the details"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
