"""An answer that another tool has wrapped: in `body`, in `data`, in Ansible's `json` or `content`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drift.core.errors import PayloadError
from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.file_kinds.exports import error_code, export_in, is_whole
from drift.decode.file_kinds.kind import Inside
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.limits import Limits

NAME: Final = "an answer wrapped by another tool"

_WRAPPERS: Final = synonyms.ENVELOPES | {"json", "stdout", "output", "responsebody", "value"}
_STATUSES: Final = ("statuscode", "status", "httpstatus", "code")
_DEPTH: Final = 3
_REFUSED: Final = range(400, 600)


def wrapped(document: object, limits: Limits) -> Inside | None:
    """Take the export out of its wrapper, or decoded databases and data nodes out of one level of it.

    Raises PayloadError if the wrapper holds several exports that differ, or the answer of an error.
    """
    if not isinstance(document, dict) or is_whole(document):
        return None
    found = list(_exports(document, limits, _DEPTH))
    if not found:
        _refuse_error(document)
        return _topology(document)
    path, export = found[0]
    if any(other != export for _, other in found):
        places = " and ".join(each for each, _ in found)
        raise PayloadError(
            f"{NAME}, and exports that differ, in {places}", place="the file", hint="Hand over one of them alone"
        )
    return Inside(export, f"{NAME}, in {path}")


def exports_word(key: str) -> bool:
    """Whether a member's name is one that tools wrap an answer in."""
    return plain(key) in _WRAPPERS


def _exports(document: dict[str, Any], limits: Limits, depth: int) -> Iterator[tuple[str, Any]]:
    """Find the exports in the members that wrap answers, with their paths."""
    for key, value in document.items():
        if not exports_word(key):
            continue
        inner = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(inner, str):
            inner = export_in(inner, limits)
        if is_whole(inner):
            yield key, inner
        elif isinstance(inner, dict) and depth > 1:
            yield from ((f"{key}.{path}", export) for path, export in _exports(inner, limits, depth - 1))


def _topology(document: dict[str, Any]) -> Inside | None:
    """Take out decoded databases and data nodes; the wrapper has no other containers."""
    containers = {key: value for key, value in document.items() if isinstance(value, dict | list)}
    if len(containers) != 1:
        return None
    (key, inner), *_ = containers.items()
    if not (exports_word(key) and isinstance(inner, dict) and _has_databases_and_nodes(inner)):
        return None
    return Inside(inner, f"{NAME}, in {key}")


def _has_databases_and_nodes(inner: dict[str, Any]) -> bool:
    words = {plain(key): value for key, value in inner.items()}
    has_databases = any(word in synonyms.DATABASES and isinstance(words[word], dict | list) for word in words)
    return has_databases and isinstance(words.get("datanodes"), list)


def _refuse_error(document: dict[str, Any]) -> None:
    """Refuse an answer whose status or body says that the service refused the call."""
    bodies = [value for key, value in document.items() if exports_word(key)]
    status = next((document[key] for key in ranked(document, _STATUSES)), None)
    code = next((code for body in bodies if (code := error_code(body))), None)
    is_refused = isinstance(status, int) and status in _REFUSED
    if bodies and (code or is_refused):
        said = [f"of status {status}" if is_refused else "", f"with the service's error {code[:80]}" if code else ""]
        raise PayloadError(
            f"{NAME}, {' '.join(filter(None, said))}",
            place="the file",
            hint="It is no export: the service or a proxy refused the call. Capture again",
        )
