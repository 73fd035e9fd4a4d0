"""Notices as JUnit XML, as Ant's schema has it and Jenkins and GitLab read it. Pure.

A suite for each part that was judged, never an empty one. What is let pass is skipped, with the reason; what could not
be judged is an error.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from drift.reports.ci.notice import Level
from drift.reports.ci.room import ROOM, fitted
from drift.reports.wording import sentences
from drift.reports.wording.i18n import mark_sentence, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.reports.ci.notice import Notice, Notices, Part
    from drift.reports.ci.room import Room

_OUTCOMES: Final = {Level.FAILS: "failure", Level.UNJUDGED: "error", Level.ACCEPTED: "skipped"}
_INDENTATION: Final = 20
_SOUND: Final = {
    "topology": mark_sentence("nothing changed"),
    "plan": mark_sentence("nothing planned"),
    "invariants": mark_sentence("nothing is wrong"),
    "data-nodes": mark_sentence("everything is where it should be"),
}


def render(notices: Notices, room: Room = ROOM) -> str:
    """Render the notices as one XML document, indented, ending in a newline. The worst that have room are cases."""
    root = ET.Element("testsuites")
    shown = fitted(notices, room, lambda notice: _size(notice, notices))
    for number, part in enumerate(notices.parts):
        root.append(_suite(number, [notice for notice in shown if notice.part == part], part, notices))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _size(notice: Notice, notices: Notices) -> int:
    """Measure a case as it stands in the document, where its lines are indented."""
    (case,) = _cases(notice.part, [notice], _classname(notice.part, notices))
    return len(ET.tostring(case)) + _INDENTATION


def _classname(part: Part, notices: Notices) -> str:
    return f"{notices.instance}.{part}" if notices.instance else part


def _suite(number: int, members: list[Notice], part: Part, notices: Notices) -> ET.Element:
    counts = Counter(_OUTCOMES.get(notice.level) for notice in members)
    suite = ET.Element(
        "testsuite",
        name=part,
        package=notices.instance,
        id=str(number),
        hostname="localhost",
        tests=str(max(1, len(members))),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time="0",
        timestamp=notices.taken_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (("verdict", notices.word), ("command", notices.command)):
        ET.SubElement(properties, "property", name=name, value=value)
    suite.extend(_cases(part, members, _classname(part, notices)))
    ET.SubElement(suite, "system-out").text = f"{notices.statement}\n"
    ET.SubElement(suite, "system-err")
    return suite


def _cases(part: Part, members: list[Notice], classname: str) -> Iterator[ET.Element]:
    if not members:
        yield ET.Element("testcase", name=translate(_SOUND[part]), classname=classname, time="0")
    for notice in members:
        case = ET.Element("testcase", name=_name(notice), classname=classname, time="0")
        _fill(case, notice, _OUTCOMES.get(notice.level))
        yield case


def _name(notice: Notice) -> str:
    return notice.subject if notice.kind == "plan" else f"{notice.rule} {notice.subject}"


def _fill(case: ET.Element, notice: Notice, outcome: str | None) -> None:
    if outcome == "skipped":
        ET.SubElement(case, outcome, message=notice.reason)
    elif outcome:
        text = ET.SubElement(case, outcome, type=notice.rule, message=notice.message)
        lines = (
            translate("{who}: {what}", who=sentences.severity(notice.severity), what=notice.message),
            translate("fingerprint: {mark}", mark=notice.fingerprint),
        )
        text.text = "".join(f"{line}\n" for line in lines)
