"""The table of rules."""

from __future__ import annotations

from drift.compare.diff import RULES_BY_ENTITY
from drift.policy.rules import CHANGE_RULES, FINDING_RULES, RULES, VERIFICATION_RULES


def test_the_id_of_a_change_rule_is_its_entity_and_its_kind() -> None:
    """A rule's id reads as its columns."""
    assert [rule.id for rule in CHANGE_RULES.values()] == [
        f"{rule.entity}-{rule.kind}" for rule in CHANGE_RULES.values()
    ]


def test_each_change_rule_has_a_row_and_its_logic() -> None:
    """The table of rules and the diff's tables have the same rules about the same entities."""
    rows = {entity: {rule.id for rule in CHANGE_RULES.values() if rule.entity == entity} for entity in RULES_BY_ENTITY}
    logic = {entity: {rules.added, rules.removed, *rules.fields} for entity, rules in RULES_BY_ENTITY.items()}
    assert rows == logic
    assert sum(map(len, rows.values())) == len(CHANGE_RULES)


def test_the_kinds_are_those_of_the_diff() -> None:
    """The diff adds and removes records under the rules whose kind says so."""
    for rules in RULES_BY_ENTITY.values():
        kinds = CHANGE_RULES[rules.added].kind, CHANGE_RULES[rules.removed].kind
        assert kinds == ("added", "removed")
        assert not {"added", "removed"} & {CHANGE_RULES[rule].kind for rule in rules.fields}


def test_a_rule_is_about_changes_or_about_findings() -> None:
    """No id stands for both."""
    assert len(RULES) == len(CHANGE_RULES) + len(FINDING_RULES) + len(VERIFICATION_RULES)
