"""The rules of notices: those of the gate, and five more for results that CI services show like broken rules. Pure."""

from __future__ import annotations

from typing import Final

from drift.policy.rules import RULES, Rule, Severity
from drift.reports.wording.i18n import mark_sentence

PLAN_NOT_MET: Final = Rule(
    "plan-not-met", mark_sentence("an expected change did not happen as planned"), Severity.ERROR
)
NOT_CHECKED: Final = Rule(
    "not-checked", mark_sentence("part of the topology was not read, so it was not checked"), Severity.ERROR
)
NOT_TOLD: Final = Rule(
    "not-told", mark_sentence("one layout has no place for a fact, so it was not compared"), Severity.INFO
)
SUSPECT: Final = Rule(
    "suspect",
    mark_sentence("the capture is suspect: it is empty, or more than half of its shards are gone"),
    Severity.ERROR,
)
NOT_JUDGED: Final = Rule("not-judged", mark_sentence("the topology could not be captured or judged"), Severity.ERROR)
NOTICE_RULES: Final = {
    **RULES,
    **{rule.id: rule for rule in (PLAN_NOT_MET, NOT_CHECKED, NOT_TOLD, SUSPECT, NOT_JUDGED)},
}
"""The rules, and five more for results that CI services show like broken rules."""
