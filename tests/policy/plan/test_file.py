from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.errors import ConfigError
from drift.policy.plan.file import Count, Plan, parse
from drift.policy.rules import CHANGE_RULES
from drift.policy.selectors import fields_of
from support.strategies import texts

ORIGIN = Path("plan.toml")
RANGE = "expect[1].name: expected a range such as {08..15}, from the lower number to the higher, as names write them"
CHANGED = '[[expect]]\nrule = "database-changed"\n'
RESHARDED = '[[expect]]\nrule = "database-resharded"\n'
MOVED = '[[expect]]\nrule = "shard-moved"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, ORIGIN)
    head, *lines = caught.value.message.splitlines()
    assert head.startswith("plan.toml: ")
    return [line.strip() for line in lines]


def count(text: str) -> Count:
    return parse(text, ORIGIN).items[0].count


def test_a_plan_is_read() -> None:
    """Every key of a plan arrives where it is looked for."""
    plan = parse(
        'change = "CHG-123"\n'
        '[[expect]]\nrule = "shard-moved"\ndatabase = "orders"\nname = ["orders_{08..15}", "orders_1?"]\n'
        'from = "rds-1"\nto = ["rds-2", "rds-3"]\ncount = "5..8"\n'
        '[[expect]]\nrule = "database-resharded"\nname = "orders"\nwas = { shard_count = 8 }\n'
        "becomes = { shard_count = 16 }\n",
        ORIGIN,
    )
    first, second = plan.items
    assert (plan.change, first.place, first.rule, first.count) == ("CHG-123", "expect[1]", "shard-moved", Count(5, 8))
    told = [first.selector.database, first.selector.name, first.selector.source, first.selector.target]
    assert [each and each.texts for each in told] == [
        ("orders",), ("orders_{08..15}", "orders_1?"), ("rds-1",), ("rds-2", "rds-3"),
    ]  # fmt: skip
    assert (second.selector.was, second.selector.becomes) == ({"shard_count": 8}, {"shard_count": 16})


def test_a_plan_may_expect_nothing() -> None:
    """That nothing may change is a plan as well."""
    assert parse('change = "CHG-1"\n', ORIGIN) == Plan("CHG-1", (), ORIGIN)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("count = 8", Count(8, 8)),
        ("count = 0", Count(0, 0)),
        ('count = "1..8"', Count(1, 8)),
        ('count = "0.."', Count(0, None)),
        ("", Count(1, None)),
        ('name = "orders_*"', Count(1, None)),
        ('name = "orders_{08..15}"', Count(8, None)),
        ('database = "orders"\nname = "orders_{08..15}"', Count(8, 8)),
        ('database = "o*"\nname = ["a", "a", "b"]', Count(2, None)),
    ],
)
def test_a_count_follows_from_the_names(keys: str, expected: Count) -> None:
    """Where no number is given, every listed name is expected, and of what can't be listed at least one change."""
    assert count(MOVED + keys) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('chnge = "x"', "chnge: unknown key (did you mean change?)"),
        ('rule = "shard-moved"', "rule: belongs to an expected change; expected under [[expect]]"),
        ("change = 3", "change: expected words on one line, in quotes"),
        ("expect = 3", "expect: expected an array of tables"),
        ("[expect]", "expect: expected an array of tables"),
        ("[[expect]]", "expect[1].rule: missing; every expected change needs a rule; `drift rules` lists them"),
        ('[[expect]]\nrule = "shard-move"', "expect[1].rule: unknown rule (did you mean shard-moved?)"),
        (MOVED + 'too = "rds-1"', "expect[1].too: unknown key (did you mean to?)"),
        (MOVED + "name = 3", "expect[1].name: expected a name, or a list of names, in quotes"),
        (MOVED + "name = []", "expect[1].name: expected a name, or a list of names, in quotes"),
        (MOVED + 'name = "{8..7}"', RANGE),
        (MOVED + "count = -1", 'expect[1].count: expected a number of changes, or a range such as "1..8" or "1.."'),
        (MOVED + "count = true", 'expect[1].count: expected a number of changes, or a range such as "1..8" or "1.."'),
        (MOVED + 'count = "8..1"', 'expect[1].count: expected a number of changes, or a range such as "1..8" or "1.."'),
        (MOVED + "becomes = { data_node_id = 'x' }",
         "expect[1].becomes: gives values; expected from and to, with data nodes by name or id"),
        ('[[expect]]\nrule = "shard-added"\nfrom = "x"',
         "expect[1].from: says where a shard was; expected with shard-moved and shard-removed"),
        ('[[expect]]\nrule = "shard-removed"\nto = "x"',
         "expect[1].to: says where a shard is; expected with shard-moved and shard-added"),
        ('[[expect]]\nrule = "data-node-added"\ndatabase = "x"',
         "expect[1].database: a data node is in no database; expected with rules about databases and shards"),
        ('[[expect]]\nrule = "database-added"\nwas = { shard_count = 8 }',
         "expect[1].was: an added record has no values before; expected becomes"),
        ('[[expect]]\nrule = "database-resharded"\nbecomes = { shard_cuont = 8 }',
         "expect[1].becomes: unknown field for this rule (did you mean shard_count?)"),
        ('[[expect]]\nrule = "database-resharded"\nbecomes = { status = "x" }',
         "expect[1].becomes: unknown field for this rule; expected shard_mode or shard_count"),
        ('[[expect]]\nrule = "database-changed"\nbecomes = { attributes = { day = 2026-05-01 } }',
         "expect[1].becomes: expected JSON values: texts, numbers, true and false, arrays, tables"),
        ('[[expect]]\nrule = "database-changed"\nbecomes = { attributes = { size = inf } }',
         "expect[1].becomes: expected JSON values: texts, numbers, true and false, arrays, tables"),
        (RESHARDED + 'was = { shard_count = 8 }\nwas_null = [["shard_count", "x"]]',
         "expect[1].was_null: shard_count.x has another value, or stands there twice"),
        (RESHARDED + 'becomes = { shard_count = 8 }\nbecomes_null = "shard_count"',
         "expect[1].becomes_null: shard_count has another value, or stands there twice"),
        (CHANGED + 'was_null = ["attributes", ["attributes", "zone"]]',
         "expect[1].was_null: attributes.zone has another value, or stands there twice"),
        (CHANGED + 'was_null = [["attributes", "zone"], "attributes"]',
         "expect[1].was_null: attributes has another value, or stands there twice"),
        pytest.param(CHANGED + f"was_null = [{['attributes'] * 65}]",
                     "expect[1].was_null: expected at most 64 names in a list that leads to a null", id="deep"),
    ],
)  # fmt: skip
def test_a_slip_is_told_where_it_is(text: str, told: str) -> None:
    """Each mistake in a plan is an error that names its place and what was expected."""
    assert problems(text) == [told]


def test_all_problems_are_told_at_once() -> None:
    """Whoever corrects a plan corrects all of it in one go."""
    found = problems('chnge = "x"\n[[expect]]\nrule = "nope"\ncount = -1\n[[expect]]\ncolour = 1\n')
    assert [line.partition(":")[0] for line in found] == [
        "expect[1].rule", "expect[1].count", "expect[2].rule", "expect[2].colour", "chnge",
    ]  # fmt: skip


@pytest.mark.parametrize("rule", CHANGE_RULES)
def test_values_may_be_told_of_every_rule_but_moves(rule: str) -> None:
    """What was and becomes may speak of follows from the rule."""
    fields = fields_of(rule)
    assert ("attributes" in fields) == (rule.endswith(("-added", "-removed")) or rule in
                                        {"data-node-changed", "database-changed", "shard-changed"})  # fmt: skip
    assert (fields == ()) == (rule == "shard-moved")


@given(st.text(st.sampled_from("[]{}=\"\\\n.#'")) | texts)
def test_anything_is_a_plan_or_told_to_be_none(text: str) -> None:
    """Whatever a file holds, there is a plan or a ConfigError, and never anything else."""
    with suppress(ConfigError):
        assert parse(text, ORIGIN).origin == ORIGIN


def test_the_names_of_all_items_together_are_bounded() -> None:
    """A short plan can't stand for more names than memory holds; those of one item at the bound of one are fine."""
    item = f'{MOVED}name = "s_{{1..1000000}}"\n'
    assert problems(item * 5) == ["expect: expected ranges of at most 4,000,000 names together"]
    assert count(item).least == 1_000_000
