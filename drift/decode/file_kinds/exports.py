"""Exports inside other documents: recognise one, and read one from a text. Pure."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from drift.core import strict_json
from drift.core.errors import PayloadError
from drift.core.member_names import plain
from drift.decode.sources import snapshot_file
from drift.decode.unpack import BOM, is_json

if TYPE_CHECKING:
    from drift.decode.limits import Limits

PAYLOAD: Final = "compresseddatabasesinfo"
_ERROR_CODES: Final = frozenset({"errorcode", "errcode"})
_MAYBE: Final = r"(?i)compressed_?databases_?info|\"snapshot\""
_BASE64_OF_JSON: Final = r"e[wy][A-Za-z0-9+/=\s]+"  # base64 of `{` and of `{"`


def is_whole(document: object) -> bool:
    """Whether a document is an export or a snapshot file, and needs no unwrapping."""
    return snapshot_file.is_snapshot_file(document) or has_payload(document)


def has_payload(document: object) -> bool:
    """Whether a document has the member that only an export has."""
    return isinstance(document, dict) and any(plain(key) == PAYLOAD for key in document)


def export_in(text: str, limits: Limits) -> Any:  # noqa: ANN401 - any JSON value
    """Return the export that a text holds as JSON, or as base64 of it; None if it holds none."""
    content = text.encode("utf-8", "surrogatepass") if re.search(_MAYBE, text) else _decoded(text)
    if not is_json(content):
        return None
    try:
        document = parsed(content, limits, "the answer")
    except PayloadError:
        return None
    return document if is_whole(document) else None


def service_error(content: bytes, limits: Limits) -> str:
    """Name the error of the service in an answer's body, as `: DBS.280001`; an empty text if there is none."""
    try:
        document = parsed(content, limits, "the answer") if is_json(content) else None
    except PayloadError:
        return ""
    code = error_code(document)
    return "" if code is None else f": {code[:80]}"


def error_code(document: object) -> str | None:
    """Return the code of a service's error."""
    members = document.items() if isinstance(document, dict) else ()
    return next((str(value) for key, value in members if plain(key) in _ERROR_CODES and value), None)


def parsed(content: bytes, limits: Limits, what: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON of a content within the limits. `what` is its name in errors. Raises PayloadError."""
    return strict_json.loads(
        content.removeprefix(BOM).strip(), nesting=limits.nesting, what=what, containers=limits.containers
    )


def _decoded(text: str) -> bytes:
    if not re.fullmatch(_BASE64_OF_JSON, text.strip()):
        return b""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""
