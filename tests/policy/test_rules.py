"""The table of rules."""

from __future__ import annotations

from drift.policy.rules import CHANGE_RULES, FINDING_RULES, RULES


def test_the_id_of_a_change_rule_is_its_entity_and_its_kind() -> None:
    """A rule's id reads as its columns, and no two rules share both."""
    assert {rule.id: f"{rule.entity}-{rule.kind}" for rule in CHANGE_RULES.values()} == {
        each: each for each in CHANGE_RULES
    }


def test_a_rule_is_about_changes_or_about_findings() -> None:
    """No id stands for both."""
    assert len(RULES) == len(CHANGE_RULES) + len(FINDING_RULES)
