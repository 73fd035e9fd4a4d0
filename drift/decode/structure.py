"""The structure of a file, whether it can be read or not: its kinds, and the members of the document in it. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from drift.core.errors import PayloadError
from drift.core.sources import FILE
from drift.core.strict_json import step_text
from drift.decode.anonymous import Anonymizer, inner
from drift.decode.file_kinds.table import layers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.decode.limits import Limits

_DEEPEST: Final = 12
_MOST_MEMBERS: Final = 12  # of an object; beyond that its keys are rather names
_MOST_LINES: Final = 200
_TYPES: Final = {dict: "object", list: "array", str: "text", bool: "boolean", type(None): "null"}


class Structure(NamedTuple):
    """The outline of a file: the kinds that it is wrapped in, and a path and its kinds of values for each member."""

    told: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


def document_in(data: bytes, limits: Limits) -> tuple[Any, tuple[str, ...]]:
    """Return the innermost JSON document of a file, and the kinds that it is wrapped in.

    Raises PayloadError if there is none.
    """
    document: Any = None
    told: tuple[str, ...] = ()
    try:
        for layer in layers(data, limits):
            if not isinstance(layer.document, bytes) and layer.source is FILE:
                document, told = layer.document, layer.told
    except PayloadError:
        if document is None:
            raise
    return document, told


def structure(data: bytes, limits: Limits) -> Structure:
    """Outline the document in a file, and the documents in its texts. Raises PayloadError if there is none."""
    document, told = document_in(data, limits)
    lines: list[tuple[str, str]] = []
    _outline("the top level", "", [document], limits, lines)
    return Structure(told, tuple(lines))


def anonymized(data: bytes, limits: Limits) -> bytes:
    """Write the document in a file with every name, id, address and text replaced. Raises PayloadError if none is."""
    document, _ = document_in(data, limits)
    return msgspec.json.format(msgspec.json.encode(Anonymizer(document, limits).copy()), indent=1) + b"\n"


def _outline(path: str, key: str, values: list[Any], limits: Limits, lines: list[tuple[str, str]]) -> None:
    """Add the line of one place of a document, where all `values` are, and those of the places below."""
    if len(lines) >= _MOST_LINES or path.count(".") + path.count("[") > _DEEPEST:
        return
    decoded = [(value, inner(value, key, limits)) if isinstance(value, str) else (value, None) for value in values]
    forms = sorted({found[1] for _, found in decoded if found})
    lines.append((path, _kinds(values) + (f", holding {' and '.join(forms)}" if forms else "")))
    below = [found[0] if found else value for value, found in decoded]
    start = "" if path == "the top level" else path
    objects = [value for value in below if isinstance(value, dict)]
    for name in _members(objects):
        step, key_below = ("{}", "") if name is None else (step_text(name), name)
        found = [each for value in objects for at, each in value.items() if name is None or at == name]
        _outline((start + step).lstrip("."), key_below, found, limits, lines)
    items = [each for value in below if isinstance(value, list) for each in value]
    if items:
        _outline(f"{start}[]", key, items, limits, lines)


def _members(objects: list[dict[str, Any]]) -> Iterable[str | None]:
    """List the members of objects; None stands for all of them where they are too many to be members' names."""
    names = dict.fromkeys(name for value in objects for name in value)
    return [None] if len(names) > _MOST_MEMBERS else list(names)


def _kinds(values: list[Any]) -> str:
    counts = Counter(_TYPES.get(type(value), "number") for value in values)
    return ", ".join(f"{count:,} of {kind}" if len(values) > 1 else kind for kind, count in sorted(counts.items()))
