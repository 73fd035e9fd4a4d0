"""How items end: resolved is only what is as it was before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import diff
from drift.notify.message import Notification
from drift.notify.open_items import open_items
from drift.notify.origins import endings
from drift.notify.outbox import Waiting, enlarge
from drift.notify.transitions import Item, NotifiedState, OpenItems, Transition, TransitionKind, after, transitions
from drift.policy.invariants import Demands
from drift.policy.rules import Severity
from drift.policy.verdict import Policy, judge
from drift.reports.content.report import Report, Side, events_between
from support.strategies import pairs

if TYPE_CHECKING:
    from drift.core.model import Snapshot


def report(before: Snapshot, now: Snapshot) -> Report:
    changes = diff(before, now)
    sides = Side.of_whole(before, "1"), Side.of_whole(now, "2")
    return Report(
        before=sides[0],
        after=sides[1],
        verdict=judge(changes, Policy(), instance="orders-prod"),
        events=events_between(*sides, changes),
        command="drift gate 1 2",
    )


@given(pairs(partial=False))
def test_only_what_is_as_it_was_is_resolved(pair: tuple[Snapshot, Snapshot]) -> None:
    """Where all is as before, nothing ended otherwise; where nothing is, and the baseline has it, all was accepted."""
    before, now = pair
    items = open_items(report(before, now)).items
    assert endings(items, OpenItems(), before, Demands()) == {}
    assert endings(items, OpenItems(), now, Demands()) == {item.key: TransitionKind.ACCEPTED for item in items}


@given(pairs(partial=False))
def test_what_is_open_otherwise_is_superseded(pair: tuple[Snapshot, Snapshot]) -> None:
    """An item whose entity has another open item is neither resolved nor accepted."""
    before, now = pair
    found = open_items(report(before, now))
    told = endings(found.items, found, now, Demands())
    assert told == {item.key: TransitionKind.SUPERSEDED for item in found.items}


@given(pairs(partial=False), st.sampled_from(["en", "zh"]))
def test_words_for_people_are_made_in_their_language(pair: tuple[Snapshot, Snapshot], language: str) -> None:
    """The JSON's sentence is the same in every language, and every item has words for people."""
    english = open_items(report(*pair)).items
    other = open_items(report(*pair), language).items  # type: ignore[arg-type]
    assert [item.text for item in other] == [item.text for item in english]
    assert all(item.said for item in other)


def item(name: str) -> Item:
    return Item(
        key=name,
        fingerprint=name,
        rule="shard-moved",
        severity=Severity.WARNING,
        entity="shard",
        database="orders",
        name=name,
        text="moved",
    )


DRAFT = Notification(
    channel="ops",
    instance="orders-prod",
    count=0,
    at=datetime(2026, 5, 1, tzinfo=UTC),
    baseline="1",
    snapshot=2,
    still_open=0,
    transitions=(),
)


@given(
    st.lists(st.tuples(st.sets(st.sampled_from("abcd")), st.sampled_from(["arrives", "refused", "unsure"]))),
    st.integers(1, 3),
)
def test_nothing_is_lost_and_nothing_out_of_order(runs: list[tuple[set[str], str]], page: int) -> None:
    """Whatever is refused or unsure, a receiver hears of every transition in order, and an unsure one keeps its id."""
    state, outbox, heard, expected = NotifiedState(), list[Waiting](), list[Transition](), list[Transition]()
    for names, fate in [*runs, (set[str](), "arrives")]:
        news = transitions(state, OpenItems(tuple(map(item, sorted(names)))))
        expected += news
        unsure = {each.notification.id for each in outbox if each.sent}
        added = enlarge(outbox[-1] if outbox else None, state, news, DRAFT, page)
        kept = {each.notification.count: each for each in outbox}
        kept.update({each.count: Waiting(each, sent=False) for each in added.notifications})
        outbox, state = [kept[number] for number in sorted(kept)], added.state
        assert unsure <= {each.notification.id for each in outbox}
        while outbox and fate == "arrives":
            heard += outbox.pop(0).notification.transitions
        if outbox and fate == "unsure":
            outbox[0] = Waiting(outbox[0].notification, sent=True)
    assert heard == expected
    assert after(NotifiedState(), heard).items == state.items == ()
