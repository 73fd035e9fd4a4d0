"""The schemas that drift prints."""

from __future__ import annotations

from functools import cache

from jsonschema import Draft202012Validator

from drift.cli import json_schemas


@cache
def validator(kind: str) -> Draft202012Validator:
    document = json_schemas.SCHEMAS[kind]()
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)
