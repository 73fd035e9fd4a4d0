from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from drift.compare.diff import diff
from drift.notify.message import Notification, document
from drift.notify.open_items import open_items
from drift.notify.texts import chat_text, text, title
from drift.notify.transitions import (
    Item,
    NotifiedState,
    OpenItems,
    Transition,
    TransitionKind,
    Trouble,
    after,
    transitions,
)
from drift.policy.invariants import DEFAULT_MAX_SKEW, Demands, check
from drift.policy.rules import Severity
from drift.policy.verdict import Policy, judge
from drift.reports.content.report import Report, Side, events_between
from support.builders import a_database, a_snapshot
from support.schemas import violations

AT = datetime(2026, 5, 1, 2, 0, 4, tzinfo=UTC)
HOSTILE = '`@all` <!channel> <at user_id="all"> ::error:: \x1b[31m \u202e |a|b| **x** [l](http://e.x) \n# h'


def an_item(name: str, value: str = "a", severity: Severity = Severity.WARNING, said: str = "moved") -> Item:
    return Item(
        key=f"shard-moved {name}",
        fingerprint=f"v1:{value}",
        rule="shard-moved",
        severity=severity,
        entity="shard",
        database="orders",
        name=name,
        text=said,
    )


items = st.dictionaries(st.sampled_from("pqrstu"), st.sampled_from("ab")).map(
    lambda found: tuple(an_item(*each) for each in found.items())
)
founds = st.builds(OpenItems, items, st.none() | st.sampled_from("xy").map(lambda kind: Trouble(kind, f"{kind} again")))


def a_notification(*told: Transition, instance: str = "orders-prod", count: int = 0) -> Notification:
    return Notification(
        channel="ops",
        instance=instance,
        count=count,
        at=AT,
        baseline="1",
        snapshot=2,
        still_open=3,
        transitions=told,
    )


def in_any_chat(found: Notification) -> str:
    """What a chat without a limit of its own shows below the title."""
    return "\n".join(chat_text(found, lambda _: True).lines)


@given(st.lists(founds))
def test_what_was_told_adds_up_to_what_stands(states: list[OpenItems]) -> None:
    """Whoever heard every transition knows what is open, with its values, and whether captures fail."""
    told = NotifiedState()
    for found in states:
        told = after(told, transitions(told, found))
        assert set(found.items) <= set(told.items)
        assert told.trouble == (found.trouble and found.trouble.kind)
        if found.trouble is None:
            assert {(each.key, each.fingerprint) for each in told.items} == {
                (each.key, each.fingerprint) for each in found.items
            }
        assert not transitions(told, found)


@given(st.lists(founds), founds, st.integers(1, 3))
def test_pages_add_up_too(states: list[OpenItems], found: OpenItems, size: int) -> None:
    """In parts, with a crash after any of them, everything is told once."""
    told = NotifiedState()
    for state in states:
        told = after(told, transitions(told, state))
    whole = transitions(told, found)
    parts: list[Transition] = []
    while page := transitions(told, found)[:size]:
        parts += page
        told = after(told, page)
    assert sorted(map(repr, parts)) == sorted(map(repr, whole))


@given(founds, founds)
def test_trouble_resolves_nothing(before: OpenItems, found: OpenItems) -> None:
    """What could not be read is not gone."""
    told = after(NotifiedState(), transitions(NotifiedState(), before))
    if found.trouble is not None:
        assert TransitionKind.RESOLVED not in {each.kind for each in transitions(told, found)}


@pytest.mark.parametrize(
    ("before", "found", "expected"),
    [
        (OpenItems(), OpenItems(), []),
        (OpenItems(), OpenItems((an_item("p"),)), [TransitionKind.OPENED]),
        (OpenItems((an_item("p"),)), OpenItems((an_item("p", "b"),)), [TransitionKind.CHANGED]),
        (OpenItems((an_item("p"),)), OpenItems(), [TransitionKind.RESOLVED]),
        (OpenItems((an_item("p"),)), OpenItems((an_item("q"),)), [TransitionKind.OPENED, TransitionKind.RESOLVED]),
        (OpenItems(), OpenItems(trouble=Trouble("x", "one")), [TransitionKind.CAPTURE_FAILING]),
        (OpenItems(trouble=Trouble("x", "one")), OpenItems(trouble=Trouble("x", "two")), []),
        (
            OpenItems(trouble=Trouble("x", "one")),
            OpenItems(trouble=Trouble("y", "two")),
            [TransitionKind.CAPTURE_FAILING],
        ),
        (
            OpenItems(trouble=Trouble("x", "one")),
            OpenItems((an_item("p"),)),
            [TransitionKind.CAPTURING_AGAIN, TransitionKind.OPENED],
        ),
    ],
)
def test_only_transitions_are_told(before: OpenItems, found: OpenItems, expected: list[TransitionKind]) -> None:
    """Each way from one state to the next, in words."""
    told = after(NotifiedState(), transitions(NotifiedState(), before))
    assert [each.kind for each in transitions(told, found)] == expected


def test_a_change_names_the_value_that_it_was_told_with() -> None:
    """A receiver can replace the one by the other."""
    told = after(NotifiedState(), transitions(NotifiedState(), OpenItems((an_item("p"),))))
    (changed,) = transitions(told, OpenItems((an_item("p", "b"),)))
    (said,) = json.loads(document(a_notification(changed)))["data"]["transitions"]
    assert (said["was"], said["fingerprint"]) == ("v1:a", "v1:b")


def test_an_id_is_of_what_is_told_and_when() -> None:
    """The same news has the same id again, whenever it is sent; other news, or the same after it, has another."""
    opened = Transition(TransitionKind.OPENED, an_item("p"))
    first = a_notification(opened)
    assert first.id == a_notification(opened).id
    others = (
        a_notification(opened, count=2),
        a_notification(opened, instance="x"),
        a_notification(Transition(TransitionKind.RESOLVED, an_item("p"))),
    )
    assert len({first.id, *(each.id for each in others)}) == 4


def test_a_report_stands_for_its_unexpected_changes_and_findings() -> None:
    """Each is kept track of by whom it is about; what is ignored isn't."""
    before = a_snapshot(a_database(shards=4))
    after_ = a_snapshot(a_database(shards=6), minutes=9)
    sides = Side.of_whole(before, "1"), Side.of_whole(after_, "2")
    policy = Policy(severities={"database-resharded": Severity.IGNORE})
    found = check(after_, Demands(max_skew=DEFAULT_MAX_SKEW))
    verdict = judge(diff(before, after_), policy, instance="orders-prod", findings=found)
    report = Report(
        before=sides[0],
        after=sides[1],
        verdict=verdict,
        events=events_between(*sides, diff(before, after_)),
        command="drift gate 1 2",
    )
    stands = open_items(report)
    assert stands.trouble is None
    rules = {item.rule for item in stands.items}
    assert "shard-added" in rules
    assert "database-resharded" not in rules
    assert {each.rule for each in found} <= rules
    assert len({item.key for item in stands.items}) == len(stands.items)


def test_nobody_is_called_by_a_name_in_a_chat() -> None:
    """In a chat, what others wrote is code, without anything that a service takes for a mention or a link."""
    lines = in_any_chat(
        a_notification(Transition(TransitionKind.OPENED, an_item("p", said=HOSTILE.replace("\n", " "))))
    )
    assert not set("<>@") & set(lines)
    assert "://" not in lines
    assert lines.count("`") == 2
    html = MarkdownIt().render(lines)
    assert html.count("<li>") == 1
    assert "<strong>" not in html
    assert "<a " not in html


def test_a_chat_gets_the_first_lines() -> None:
    """A thousand changes are a title, twenty lines, and how many more there are; stdout gets them all."""
    told = a_notification(
        *(Transition(TransitionKind.OPENED, an_item(f"orders_{number:04}", said=f"{number}")) for number in range(1000))
    )
    lines = in_any_chat(told).splitlines()
    assert (len(lines), lines[-1]) == (21, "- and 980 more changes")
    assert title(told) == "orders-prod: 1,000 opened; 3 open"
    assert len(text(told).splitlines()) == 1001


@given(st.lists(founds, min_size=2, max_size=2), st.text())
def test_any_notification_is_as_its_schema_says(states: list[OpenItems], said: str) -> None:
    """Whatever is told keeps to `drift schema notification`."""
    told = after(NotifiedState(), transitions(NotifiedState(), states[0]))
    page = transitions(told, states[1]) or (Transition(TransitionKind.OPENED, an_item("p", said=said)),)
    assert violations("notification", json.loads(document(a_notification(*page)))) == []
