"""Notices as SARIF 2.1.0, for code scanning. Pure.

What is let pass is a result with a suppression that says why. Places are logical ones. Code scanning requires a file
and a line: every result points to `ddm/INSTANCE`, which no repository has. Where a file is there, GitHub's action
calculates a fingerprint from the line, and warns that this one, which follows the change, is inconsistent with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from drift.core.version import __version__
from drift.policy.rules import CHANGE_RULES, FINDING_RULES, VERIFICATION_RULES, Severity
from drift.reports.ci.notice import Level
from drift.reports.ci.notice_rules import NOTICE_RULES
from drift.reports.ci.room import worst_first
from drift.reports.wording import sentences
from drift.reports.wording.escape import json_document, percent_encoded
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from drift.policy.rules import Rule
    from drift.reports.ci.notice import Notice, Notices

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ABOUT: Final = "https://support.huaweicloud.com/intl/en-us/ddm/index.html"
"""The documentation of what results are about: validators ask for a page, and drift has none of its own on the web."""
MOST_RESULTS: Final = 25_000
"""Results that code scanning takes. Source: "SARIF support for code scanning", GitHub Docs."""

_LEVELS: Final = {
    Severity.IGNORE: "none",
    Severity.INFO: "note",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}
_LINK: Final = re.compile(r"\](?=\()")


def render(notices: Notices) -> str:
    """Render the notices as one SARIF log, indented, ending in a newline."""
    lines = worst_first(notice for notice in notices.items if notice.level is not Level.MET)
    shown = lines[:MOST_RESULTS]
    used = {notice.rule for notice in shown}
    rules = [rule for rule in NOTICE_RULES.values() if rule.id in used]
    places = {rule.id: place for place, rule in enumerate(rules)}
    file = f"ddm/{percent_encoded(notices.instance)}"
    driver = {"name": "ddm-drift", "version": __version__, "informationUri": ABOUT, "rules": list(map(_rule, rules))}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"drift/{percent_encoded(notices.instance)}/{percent_encoded(notices.name)}/"},
        "invocations": [_invocation(notices, len(lines) - len(shown))],
        "results": [_result(notice, places[notice.rule], file) for notice in shown],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_document(document)


def _rule(rule: Rule) -> dict[str, Any]:
    text = translate(rule.summary)
    summary = translate("{sentence}.", sentence=f"{text[0].upper()}{text[1:]}")
    return {
        "id": rule.id,
        "name": rule.id.title().replace("-", ""),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": translate("{summary} {help}", summary=summary, help=_help(rule))},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [_kind(rule)], "problem.severity": _problem(rule.severity)},
    }


def _help(rule: Rule) -> str:
    severity = sentences.severity(rule.severity)
    configured = translate(
        "[severities] in drift.toml sets its severity; the default is {severity}.", severity=severity
    )
    if rule.id in CHANGE_RULES:
        allowed = translate("A plan can expect it; `drift waive` accepts one such change until a date.")
        return translate("{summary} {help}", summary=allowed, help=configured)
    if rule.id in FINDING_RULES:
        return translate(
            "{summary} {help}", summary=translate("`drift check` finds it in one snapshot."), help=configured
        )
    if rule.id in VERIFICATION_RULES:
        return translate(
            "{summary} {help}", summary=translate("`drift verify` finds it on data nodes."), help=configured
        )
    return translate("The exit code says whether the topology could be judged.")


def _kind(rule: Rule) -> str:
    if rule.id in CHANGE_RULES:
        return "topology"
    if rule.id in FINDING_RULES:
        return "invariants"
    return "data-nodes" if rule.id in VERIFICATION_RULES else "judgement"


def _problem(severity: Severity) -> str:
    return {Severity.ERROR: "error", Severity.WARNING: "warning"}.get(severity, "recommendation")


def _invocation(notices: Notices, hidden: int) -> dict[str, Any]:
    lines = [("note", notices.statement)]
    if hidden:
        lines.append(
            ("warning", translate("{hidden:,} more results are not shown; the JSON report has them all", hidden=hidden))
        )
    return {
        "executionSuccessful": notices.is_conclusive,
        "commandLine": notices.command,
        "toolExecutionNotifications": [{"level": level, "message": {"text": _message(text)}} for level, text in lines],
    }


def _result(notice: Notice, rule_index: int, file: str) -> dict[str, Any]:
    is_ignored = notice.severity is Severity.IGNORE
    return {
        "ruleId": notice.rule,
        "ruleIndex": rule_index,
        "kind": "informational" if is_ignored else "fail",
        "level": _LEVELS[notice.severity],
        "message": {"text": _message(notice.message)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": notice.subject, "kind": notice.kind}],
            }
        ],
        # Code scanning knows a result again by the first; others by any of them.
        "partialFingerprints": {"primaryLocationLineHash": notice.fingerprint, "drift/v1": notice.fingerprint},
        **_suppressions(notice),
    }


def _suppressions(notice: Notice) -> dict[str, Any]:
    if notice.level is not Level.ACCEPTED:
        return {}
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": notice.reason}]}


def _message(text: str) -> str:
    """Plain text in which nothing is a placeholder or a link. Source: SARIF 2.1.0, 3.11.5 and 3.11.6."""
    return _LINK.sub(r"\\u005d", text).replace("{", "{{").replace("}", "}}")
