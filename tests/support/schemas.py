"""The schemas that drift prints."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from drift.cli import json_schemas

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


@cache
def validator(kind: str) -> Draft202012Validator:
    document = json_schemas.SCHEMAS[kind]()
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def violations(kind: str, document: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    """What a schema that drift prints finds wrong with a document, each with its place."""
    return violations_of(validator(kind), document)


def violations_of(schema: Validator, document: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(document)]
