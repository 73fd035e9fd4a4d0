"""A HAR file: the requests and answers of a browser, as its developer tools save them. Pure.

Source: HAR 1.2. An answer's body is `response.content.text`, in base64 where `encoding` says so.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from drift.core.errors import PayloadError
from drift.decode.file_kinds.exports import export_in
from drift.decode.file_kinds.kind import Inside

if TYPE_CHECKING:
    from drift.decode.limits import Limits

NAME: Final = "a HAR file"

_MOST_ENTRIES: Final = 10_000
_CALL: Final = "schema-metadata"
_ONE: Final = "Save the one answer alone: in the browser's tools, the answer's own menu copies it"
_NO_EXPORT: Final = (
    "The export is the answer of GET …/schema-metadata. Save the file with its content (`Save all as HAR with content`)"
)


def har(document: object, limits: Limits) -> Inside | None:
    """Take the one export among the answers."""
    entries = _entries(document)
    if entries is None:
        return None
    if len(entries) > _MOST_ENTRIES:
        raise PayloadError(f"{NAME} with more than {_MOST_ENTRIES:,} answers", place="the file", hint=_ONE)
    exports = {
        number: export
        for number, entry in enumerate(entries, start=1)
        if (export := export_in(_body(entry), limits)) is not None
    }
    count = f"{NAME} with {len(entries):,} answer{'s' * (len(entries) != 1)}"
    if not exports:
        raise PayloadError(f"{count}, none of them an export{_unsaved(entries)}", place="the file", hint=_NO_EXPORT)
    newest = max(exports)
    if any(export != exports[newest] for export in exports.values()):
        numbers = ", ".join(map(str, exports))
        raise PayloadError(f"{count}, and exports that differ: {numbers}", place="the file", hint=_ONE)
    started = _started(entries[newest - 1])
    return Inside(exports[newest], f"{count}, the export in number {newest}", taken_at=started)


def _started(entry: object) -> datetime | None:
    """Read when the request was sent, if that is a time with a zone."""
    started = _at(entry, "startedDateTime")
    try:
        time = datetime.fromisoformat(started) if isinstance(started, str) else None
        return time.astimezone(UTC) if time and time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _entries(document: object) -> list[Any] | None:
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    return entries if isinstance(entries, list) else None


def _body(entry: object) -> str:
    content = _at(entry, "response", "content")
    text = _at(content, "text")
    if not isinstance(text, str):
        return ""
    if _at(content, "encoding") != "base64":
        return text
    try:
        return base64.b64decode(text).decode("utf-8")
    except ValueError:
        return ""


def _unsaved(entries: list[Any]) -> str:
    """Say which answer would be the export if its body had been saved."""
    for number, entry in enumerate(entries, start=1):
        if _CALL in str(_at(entry, "request", "url")) and not _at(entry, "response", "content", "text"):
            return f"; number {number} is of its call, and was saved without its body"
    return ""


def _at(value: object, *keys: str) -> Any:  # noqa: ANN401 - any JSON value
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
