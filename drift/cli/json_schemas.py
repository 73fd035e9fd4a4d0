"""JSON Schemas (2020-12) of the documents that drift writes and reads, made from the records and shapes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.policy.rules import CHANGE_RULES
from drift.reports.wording.escape import json_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def report() -> dict[str, Any]:
    """Describe the report of a diff, a gate, a check or a verification, of many instances, or of a failure."""
    from drift.reports.json import shapes
    from drift.reports.json.failure_shapes import Failure
    from drift.reports.json.verification_shapes import Sizes, Verification, VerifyReport

    kinds = [shapes.Report, shapes.Checkup, VerifyReport, Failure, Verification, Sizes]
    (one, check, verified, failure, part, sizes), definitions = _with_records(kinds)
    for name in ("Report", "Checkup"):
        definitions[name]["properties"]["verification"] = part
    definitions["Checkup"]["properties"]["sizes"] = sizes
    definitions["Summary"]["properties"]["by_rule"]["propertyNames"] = {"enum": list(CHANGE_RULES)}
    many = {"type": "array", "items": {"anyOf": [one, check, failure]}}
    return _schema("report", "The JSON report of drift", {"anyOf": [one, check, verified, failure, many]}, definitions)


def history() -> dict[str, Any]:
    """Describe the JSON of `drift history`."""
    from drift.reports.json.history_shapes import History

    (reference,), definitions = _with_records([History])
    return _schema("history", "The history that drift tells of one thing", reference, definitions)


def who() -> dict[str, Any]:
    """Describe the JSON of `drift who`."""
    from drift.reports.json.attribution_shapes import Who

    return _single("who", "Who did what, as drift tells it", Who)


def snapshot() -> dict[str, Any]:
    """Describe the file that `drift export` writes, and `drift show` as JSON."""
    from drift.decode.sources.snapshot_file import Document

    return _single("snapshot", "A snapshot file of drift", Document)


def plan() -> dict[str, Any]:
    """Describe a plan.toml."""
    from drift.config.shapes import Plan

    return _single("plan", "A plan of drift", Plan)


def config() -> dict[str, Any]:
    """Describe a drift.toml."""
    from drift.config.shapes import Config

    return _single("config", "The configuration of drift", Config)


def _listing(kind: str, shape: str, title: str) -> Callable[[], dict[str, Any]]:
    """Make the function that describes the listing of one command."""

    def made() -> dict[str, Any]:
        from drift.cli import json_shapes

        return _single(kind, title, getattr(json_shapes, shape))

    return made


def notification() -> dict[str, Any]:
    """Describe the message of `drift watch` to a webhook."""
    from drift.notify.message import Document

    return _single("notification", "A notification of drift", Document)


SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "report": report,
    "notification": notification,
    "snapshot": snapshot,
    "plan": plan,
    "config": config,
    "history": history,
    "who": who,
    "log": _listing("log", "Log", "The snapshots that drift lists"),
    "jobs": _listing("jobs", "Jobs", "The migration jobs that drift lists"),
    "instances": _listing("instances", "Instances", "The instances that drift lists"),
    "lake-diff": _listing("lake-diff", "LakeDiff", "The changes that drift finds in a lake"),
    "lake-history": _listing("lake-history", "LakeHistory", "The periods that drift finds in a lake"),
    "lake-moved": _listing("lake-moved", "LakeMoved", "The moves that drift finds in a lake"),
    "rules": _listing("rules", "Rules", "The rules that drift lists"),
    "settings": _listing("settings", "Settings", "The settings in effect that drift shows"),
    "simulator": _listing("simulator", "Simulator", "How to connect to a simulated cloud"),
}


def text(kind: str) -> str:
    """One of `SCHEMAS` as a JSON document, indented, ending in a newline."""
    return json_document(SCHEMAS[kind]())


def _single(kind: str, title: str, shape: Any) -> dict[str, Any]:  # noqa: ANN401 - a type, or a list of one
    (reference,), definitions = _components([shape])
    return _schema(kind, title, reference, definitions)


def _with_records(shapes: Sequence[type]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Replace the records that the shapes leave open by those of the model."""
    from drift.reports.json.shapes import Database, DataNode, Shard

    references, definitions = _components([*shapes, DataNode, Database, Shard])
    record = {"anyOf": [*references[len(shapes) :], {"type": "null"}]}
    for name, key in (("Change", "before"), ("Change", "after"), ("Period", "record")):
        if name in definitions:
            definitions[name]["properties"][key] = record
    return references[: len(shapes)], definitions


def _components(shapes: Sequence[type]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    references, definitions = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    for definition in definitions.values():
        # Records of the model, which appear in several documents, are read leniently; what is written has no more keys.
        definition.setdefault("additionalProperties", False)
    return list(references), definitions


def _schema(kind: str, title: str, content: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": _DIALECT, "$id": f"urn:ddm-drift:{kind}", "title": title, **content, "$defs": definitions}
