from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import diff, fingerprint
from drift.compare.untold import Untold
from drift.config import file as config_file
from drift.config import template
from drift.config.edit_waivers import with_waivers
from drift.core.errors import ConfigError
from drift.policy.plan import file as plan_file
from drift.policy.verdict import Disposition, Outcome, Policy, judge
from drift.policy.waivers import Waived, apply
from drift.reports.judging import gate
from drift.reports.plan_file import toml_value
from support.builders import a_database, a_node, a_shard, a_snapshot, a_world
from support.strategies import pairs, texts

if TYPE_CHECKING:
    from drift.core.model import Snapshot

ORIGIN = Path("drift.toml")
TODAY = date(2026, 5, 1)
THREE = ("rds-1", "rds-2", "rds-3")
BEFORE = a_snapshot(a_database(shards=4), nodes=THREE)
REASON = 'reason = "because"\nexpires = 2026-05-01\n'


def moved(**places: str) -> Snapshot:
    """`BEFORE` with these shards elsewhere: `orders_0000="rds-3"`."""
    home = a_database(shards=4).shards
    shards = [a_shard(shard.name, on=places[shard.name]) if shard.name in places else shard for shard in home]
    return a_snapshot(a_database(shards=shards), nodes=THREE)


def a_waiver(**keys: object) -> str:
    lines = "".join(f"{key} = {toml_value(value)}\n" for key, value in keys.items())
    return (
        "[[waivers]]\n"
        + lines
        + "".join(line for line in REASON.splitlines(keepends=True) if line.partition(" ")[0] not in keys)
    )


def held(text: str, before: Snapshot, after: Snapshot, today: date = TODAY) -> Waived:
    waivers = config_file.parse(text, ORIGIN).waivers
    changes = diff(before, after).changes
    return apply(
        waivers, changes, expected=None, known_names=a_world(before, after), instance="orders-prod", today=today
    )


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config_file.parse(text, ORIGIN)
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


MOVE = {"rule": "shard-moved", "name": "orders_0000", "to": "rds-3"}


@pytest.mark.parametrize(
    ("keys", "places", "applies"),
    [
        (MOVE, {"orders_0000": "rds-3"}, True),
        (MOVE, {"orders_0000": "rds-2"}, False),
        (MOVE, {"orders_0001": "rds-3"}, False),
        ({**MOVE, "name": "orders_{0000..0003}"}, {"orders_0003": "rds-3"}, True),
        ({**MOVE, "instance": "orders-prod"}, {"orders_0000": "rds-3"}, True),
        ({**MOVE, "instance": "users-prod"}, {"orders_0000": "rds-3"}, False),
        ({"rule": "shard-moved", "database": "orders", "to": "rds-3", "from": "rds-1"}, {"orders_0000": "rds-3"}, True),
        (
            {"rule": "shard-moved", "database": "orders", "to": "rds-3", "from": "rds-2"},
            {"orders_0000": "rds-3"},
            False,
        ),
    ],
)
def test_a_waiver_is_pinned_to_where_a_change_led(
    keys: dict[str, object], places: dict[str, str], *, applies: bool
) -> None:
    """A waiver lets pass what it was written for; led elsewhere, the change is unexpected again."""
    after = moved(**places)
    waived = held(a_waiver(**keys), BEFORE, after)
    assert [each is not None for each in waived.waiving] == [applies]
    verdict = judge(diff(BEFORE, after), Policy(), instance="orders-prod", waived=waived)
    assert verdict.outcome is (Outcome.EXPECTED if applies else Outcome.DRIFT)
    assert verdict.changes[0].disposition is (Disposition.WAIVED if applies else Disposition.UNEXPECTED)


def test_a_waiver_is_pinned_to_values() -> None:
    """Values that a record became are waived, and no others."""
    keys = {"rule": "data-node-engine-changed", "name": "rds-2", "becomes": {"engine_version": "8.4"}}
    for version, applies in (("8.4", True), ("9.0", False)):
        after = a_snapshot(a_database(shards=4), nodes=["rds-1", a_node("rds-2", engine_version=version), "rds-3"])
        assert (held(a_waiver(**keys), BEFORE, after).waiving[0] is not None) == applies


@given(st.data(), pairs(partial=False))
def test_a_fingerprint_waives_its_change_alone(data: st.DataObject, sides: tuple[Snapshot, Snapshot]) -> None:
    """For any diff, the waiver of one change's fingerprint lets pass that change and nothing else."""
    changes = diff(*sides).changes
    if changes:
        chosen = data.draw(st.sampled_from(changes))
        waivers = config_file.parse(a_waiver(fingerprint=fingerprint(chosen, "orders-prod")), ORIGIN).waivers
        world = a_world(*sides)
        waived = apply(waivers, changes, expected=None, known_names=world, instance="orders-prod", today=TODAY)
        assert [change for change, each in zip(changes, waived.waiving, strict=True) if each] == [chosen]
        other = apply(waivers, changes, expected=None, known_names=world, instance="users-prod", today=TODAY)
        assert set(other.waiving) == {None}


@pytest.mark.parametrize(("today", "applies"), [(date(2026, 5, 1), True), (date(2026, 5, 2), False)])
def test_a_waiver_expires(today: date, *, applies: bool) -> None:
    """It holds through its last day; after it the change is unexpected, and the waiver is told as lapsed."""
    waived = held(a_waiver(**MOVE), BEFORE, moved(orders_0000="rds-3"), today)
    assert (waived.waiving[0] is not None) == applies
    assert [len(each) for each in (waived.used, waived.lapsed, waived.unused)] == [applies, not applies, 0]


def test_a_later_waiver_stands_in_for_one_that_has_expired() -> None:
    """A change with two waivers passes as long as one of them holds."""
    text = a_waiver(**MOVE, expires="2026-04-01") + a_waiver(**MOVE, expires="2026-06-01")
    waived = held(text, BEFORE, moved(orders_0000="rds-3"))
    assert (waived.waiving[0] and waived.waiving[0].expires, waived.lapsed) == (date(2026, 6, 1), ())


def test_unused_waivers_are_known() -> None:
    """One that is about nothing is listed, unless it is for another instance."""
    text = a_waiver(**MOVE) + a_waiver(**MOVE, instance="users-prod")
    waived = held(text, BEFORE, moved(orders_0001="rds-3"))
    assert [waiver.place for waiver in waived.unused] == ["waivers[1]"]


def test_what_a_plan_expects_needs_no_waiver() -> None:
    """A planned change is expected, and its waiver is about nothing."""
    after = moved(orders_0000="rds-3")
    changes = diff(BEFORE, after).changes
    waivers = config_file.parse(a_waiver(**MOVE), ORIGIN).waivers
    waived = apply(waivers, changes, expected=[0], known_names=a_world(after), instance="orders-prod", today=TODAY)
    assert (waived.waiving, len(waived.unused)) == ((None,), 1)


def outcome(plan: str, waivers: str, **places: str) -> tuple[Outcome, list[Disposition]]:
    report = gate(
        BEFORE,
        moved(**places),
        plan=plan_file.parse(f'[[expect]]\nrule = "shard-moved"\n{plan}', Path("plan.toml")),
        waivers=config_file.parse(waivers, ORIGIN).waivers,
        today=TODAY,
    )
    return report.verdict.outcome, [judged.disposition for judged in report.verdict.changes]


@pytest.mark.parametrize("waived", ["orders_0000", "orders_0003"])
def test_a_plan_and_a_waiver_cover_together_what_they_can(waived: str) -> None:
    """A plan for one of two changes takes that which no waiver accepts, whatever the order of their names."""
    waiver = a_waiver(rule="shard-moved", name=waived, to="rds-3")
    found = outcome("count = 1", waiver, orders_0000="rds-3", orders_0003="rds-3")
    expected = [Disposition.WAIVED, Disposition.EXPECTED]
    assert found == (Outcome.EXPECTED, expected if waived == "orders_0000" else expected[::-1])
    assert outcome("count = 2", waiver, orders_0000="rds-3", orders_0003="rds-3")[1] == [Disposition.EXPECTED] * 2


def test_a_waived_result_takes_nothing_from_a_plan_that_is_met() -> None:
    """What is accepted elsewhere fails no item that has found enough; one that has not stays unmet."""
    waiver = a_waiver(**MOVE)
    both = {"orders_0000": "rds-3", "orders_0001": "rds-2"}
    assert outcome('to = "rds-2"', waiver, **both) == (Outcome.EXPECTED, [Disposition.WAIVED, Disposition.EXPECTED])
    assert outcome('to = "rds-2"\ncount = 2', waiver, **both)[0] is Outcome.DRIFT
    assert outcome('to = "rds-2"', "", **both)[0] is Outcome.DRIFT


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (a_waiver(rule="shard-moved", to="rds-3"), "waivers[1].name: missing, or without"),
        (a_waiver(rule="shard-moved", name="*", database="**", to="rds-3"), "waivers[1].name: missing, or without"),
        (a_waiver(rule="shard-moved", name="orders_0000"), "waivers[1].to: missing, or without"),
        (a_waiver(rule="shard-moved", name="orders_0000", to="*"), "waivers[1].to: missing, or without"),
        *(
            (a_waiver(**{**MOVE, key: text}), f"waivers[1].{key}: missing, or without")
            for key in ("name", "to")
            for text in ("?*", "*?", "?*?", "????", "*_*", "?-*", r"*\**", ["orders_0000", "*_*"])
        ),
        (a_waiver(rule="data-node-removed", name="?*"), "waivers[1].name: missing, or without"),
        *(
            (a_waiver(fingerprint="v1:3c1e09a77b20", **{key: given}), f"waivers[1].rule: missing; {key} would not")
            for key, given in (
                ("name", "other"),
                ("database", "zz"),
                ("from", "zz"),
                ("to", "zz"),
                ("was", {"status": "RUNNING"}),
                ("becomes_null", "status"),
            )
        ),
        (a_waiver(rule="database-resharded", name="orders"), "waivers[1].becomes: missing"),
        (a_waiver(rule="data-node-added", name="rds-3"), "waivers[1].becomes: missing"),
        (a_waiver(name="orders_0000"), "waivers[1].rule: missing"),
        (a_waiver(fingerprint="v1:123"), "waivers[1].fingerprint: expected a fingerprint"),
        (a_waiver(**MOVE, expires="soon"), "waivers[1].expires: expected a day, such as 2026-12-31"),
        (a_waiver(**MOVE, reason=" "), "waivers[1].reason: expected words on one line"),
        (a_waiver(**MOVE, until="2026-12-31"), "waivers[1].until: unknown key"),
        ("[[waivers]]\nfingerprint = 'v1:3c1e09a77b20'\nexpires = 2026-01-01", "waivers[1].reason: missing"),
        ("[[waivers]]\nfingerprint = 'v1:3c1e09a77b20'\nreason = 'x'", "waivers[1].expires: missing"),
        ("[[waivers]]\nfingerprint = 'v1:3c1e09a77b20'\nreason = 'x'\nexpires = 2026-01-01T00:00:00",
         "waivers[1].expires: expected a day"),
        ("[waivers]\nreason = 'x'", "waivers: expected an array of tables"),
    ],
)  # fmt: skip
def test_a_waiver_that_is_too_wide_or_incomplete_is_refused(text: str, told: str) -> None:
    """No waiver without a name, a value to hold for, a reason and a last day."""
    (found,) = problems(text)
    assert found.startswith(told)


@pytest.mark.parametrize("name", ["orders_*", "*_0000", "*_{0000..0001}", "?rders*", "*0000", "订单*"])
def test_a_wildcard_beside_a_letter_or_a_digit_is_a_name(name: str) -> None:
    """A waiver may be for all names that begin, end or go on alike; a range has digits."""
    (waiver,) = config_file.parse(a_waiver(**{**MOVE, "name": name}), ORIGIN).waivers
    assert waiver.selector.name is not None
    assert waiver.selector.name.texts == (name,)


def test_a_name_of_punctuation_alone_is_a_name() -> None:
    """What has no wildcard stands for itself, whatever it is made of."""
    (waiver,) = config_file.parse(a_waiver(**{**MOVE, "name": "_"}), ORIGIN).waivers
    assert waiver.selector.name is not None


@pytest.mark.parametrize(("name", "applies"), [("orders_0000", True), ("orders_0001", False)])
def test_a_fingerprint_with_a_rule_is_for_what_both_select(name: str, *, applies: bool) -> None:
    """The selectors beside a fingerprint and a rule count."""
    after = moved(orders_0000="rds-3")
    (change,) = diff(BEFORE, after).changes
    text = a_waiver(rule="shard-moved", name=name, fingerprint=fingerprint(change, "orders-prod"))
    assert (held(text, BEFORE, after).waiving[0] is not None) == applies


def test_a_removal_needs_no_value() -> None:
    """What is gone has no value afterwards; its name is all there is to say."""
    text = a_waiver(rule="data-node-removed", name="rds-3")
    assert held(text, BEFORE, a_snapshot(a_database(shards=4))).waiving[0]


FINGERPRINT = "v1:3c1e09a77b20"


def entry(**keys: object) -> dict[str, Any]:
    given = {"fingerprint": FINGERPRINT, "rule": "shard-moved", "reason": "because", "expires": TODAY, "database": None}
    return given | keys


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        'fail_on = "error" # last',
        template.text(),
        '[severities]\nshard-moved = "info" # told\n\n# the end\n',
        a_waiver(**MOVE) + '\n# between\n[instances.orders-prod]\ninstance_id = "a" # here\n',
        'waivers = [\n  {fingerprint = "v1:aaaaaaaaaaaa", reason = "x", expires = 2026-01-01}, # inline\n]\n[limits]\n',
    ],
)
def test_a_waiver_is_added_to_the_text_of_a_file(text: str) -> None:
    """Every line that was there is there, in its order; the configuration is the old one and the new waiver."""
    written = with_waivers(text, [entry()])
    lines = iter(written.splitlines())
    assert all(line in lines for line in text.splitlines())
    before, after = config_file.parse(text, ORIGIN).waivers, config_file.parse(written, ORIGIN).waivers
    assert [waiver.reason for waiver in after] == [*(waiver.reason for waiver in before), "because"]
    assert {**tomllib.loads(written), "waivers": None} == {**tomllib.loads(text), "waivers": None}


def test_a_comment_stays_above_the_table_that_it_is_about() -> None:
    """A new waiver comes right behind the last one, and takes no comment from the table after it."""
    waiver = (
        '[[waivers]]\nrule = "shard-removed"\ndatabase = "orders"\nreason = "r"\nexpires = 2027-01-01\n# about it\n'
    )
    rest = '\n# the production instance\n[instances.prod]\ninstance_id = "x"\n'
    text = with_waivers(waiver + rest, [entry(), entry(fingerprint="v1:" + "0" * 12)])
    assert text.startswith(f"{waiver}\n[[waivers]]\n")
    assert text.endswith(rest)
    assert len(config_file.parse(text, ORIGIN).waivers) == 3


def test_a_waiver_is_renewed_where_it_stands() -> None:
    """The fingerprint of a waiver that is there gets a new reason and day, and no second waiver."""
    once = with_waivers("# top\n", [entry()]) + "# bottom\n"
    again = with_waivers(once, [entry(reason="still", expires=date(2027, 1, 1))])
    assert again == once.replace("because", "still").replace("2026-05-01", "2027-01-01")


@given(texts.filter(lambda text: text.strip() and text.isprintable()))
def test_any_reason_can_be_written(reason: str) -> None:
    """What is written is what is read."""
    assert config_file.parse(with_waivers("", [entry(reason=reason)]), ORIGIN).waivers[0].reason == reason


def test_a_waiver_for_what_one_side_can_not_tell_is_not_unused() -> None:
    """A waiver about a fact that one layout has no place for is kept apart from those that match nothing."""
    text = a_waiver(rule="shard-status-changed", name="orders_0000", becomes={"status": "BUSY"}) + a_waiver(**MOVE)
    waivers = config_file.parse(text, ORIGIN).waivers
    not_told = (Untold("shard", ("status",), "after", 4),)
    known = a_world(BEFORE, BEFORE)
    found = apply(waivers, (), expected=None, known_names=known, instance=None, today=TODAY, not_told=not_told)
    assert (found.untold, found.unused) == (tuple(waivers[:1]), tuple(waivers[1:]))


def test_a_waiver_of_a_finding_is_for_no_change() -> None:
    """It names the rule and needs the fingerprint, takes no selector, and isn't told as unused."""
    text = a_waiver(rule="shard-absent", fingerprint="v1:0123456789ab")
    assert held(text, BEFORE, moved(orders_0000="rds-3")).unused == ()
    assert "fingerprint: missing" in problems(a_waiver(rule="shard-absent"))[0]
    assert "unknown key" in problems(a_waiver(rule="shard-absent", fingerprint="v1:0123456789ab", name="orders"))[0]
