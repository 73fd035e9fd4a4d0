"""JSON Schemas (2020-12) of what drift writes and of what it reads. Pure. They are made from the records and shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def report() -> dict[str, Any]:
    """The JSON report of a diff, a gate or a check, and with `--all` of many instances."""
    from drift.reports import shape  # noqa: PLC0415 - one schema needs none of the others

    records = [shape.DataNode, shape.Database, shape.Shard]
    references, definitions = _components([shape.Report, shape.Checkup, shape.Failure, *records])
    change = definitions["Change"]["properties"]
    change["before"] = change["after"] = {"anyOf": [*references[3:], {"type": "null"}]}
    one, check, failure = references[:3]
    many = {"type": "array", "items": {"anyOf": [one, failure]}}
    return _schema("The JSON report of drift", {"anyOf": [one, check, many]}, definitions)


def snapshot() -> dict[str, Any]:
    """The file that `drift export` writes."""
    from drift.snapshotfile import Document  # noqa: PLC0415 - as above

    return _single("A snapshot file of drift", Document)


def plan() -> dict[str, Any]:
    """A plan.toml."""
    from drift.shapes import Plan  # noqa: PLC0415 - as above

    return _single("A plan of drift", Plan)


def config() -> dict[str, Any]:
    """A drift.toml."""
    from drift.shapes import Config  # noqa: PLC0415 - as above

    return _single("The configuration of drift", Config)


def notification() -> dict[str, Any]:
    """What `drift watch` sends to a webhook."""
    from drift.reports.notification import Document  # noqa: PLC0415 - as above

    return _single("A notification of drift", Document)


SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "report": report,
    "notification": notification,
    "snapshot": snapshot,
    "plan": plan,
    "config": config,
}


def text(kind: str) -> str:
    """One of `SCHEMAS` as a JSON document, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(SCHEMAS[kind]()), indent=2).decode() + "\n"


def _single(title: str, shape: type) -> dict[str, Any]:
    (reference,), definitions = _components([shape])
    return _schema(title, reference, definitions)


def _components(shapes: Sequence[type]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    references, definitions = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    return list(references), definitions


def _schema(title: str, content: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": _DIALECT, "title": title, **content, "$defs": definitions}
