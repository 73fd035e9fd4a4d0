"""Transitions in words for people: alike ones folded, each operation told once, the worst first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from drift.core.name_ranges import runs
from drift.notify.transitions import Item, Transition, TransitionKind
from drift.reports.wording import change_groups, sentences
from drift.reports.wording.escape import TEXT
from drift.reports.wording.i18n import mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_RUNS: Final = 24
_KINDS: Final = {
    TransitionKind.CAPTURE_FAILING: mark_sentence("capture failing"),
    TransitionKind.CAPTURING_AGAIN: mark_sentence("capturing again"),
    TransitionKind.OPENED: mark_sentence("opened"),
    TransitionKind.CHANGED: mark_sentence("changed"),
    TransitionKind.RESOLVED: mark_sentence("resolved"),
    TransitionKind.ACCEPTED: mark_sentence("accepted"),
    TransitionKind.WAIVED: mark_sentence("waived"),
    TransitionKind.IGNORED: mark_sentence("ignored now"),
    TransitionKind.BELOW_THRESHOLD: mark_sentence("below the threshold now"),
    TransitionKind.SUPERSEDED: mark_sentence("changed further"),
}
"""The words for each kind, in the order in which they are told."""
_ORDER: Final = {kind: place for place, kind in enumerate(_KINDS)}


class Line(NamedTuple):
    """What is told at once: the `size` of it in transitions, and `details` with every name for those who have room."""

    text: str
    details: tuple[str, ...]
    size: int


def kind_word(kind: TransitionKind) -> str:
    """Name a kind of transition."""
    return translate(_KINDS[kind])


def folded(transitions: Iterable[Transition]) -> list[Line]:
    """Tell transitions, the worst first: captures, then what is open, then what ended; errors before warnings."""
    groups: dict[tuple[object, ...], list[Transition]] = {}
    for each in transitions:
        groups.setdefault(_likeness(each), []).append(each)
    return [_line(members) for members in sorted(groups.values(), key=_rank)]


def _likeness(told: Transition) -> tuple[object, ...]:
    """Return what transitions on one line have in common: their event, or all but their names."""
    item = told.item
    if item is None:
        return (told.kind,)
    if title := _title(told):
        return told.kind, told.reason, title
    return told.kind, told.reason, item.severity, *_alike(item)


def _title(told: Transition) -> str:
    """Return the title of a transition's event. That of a return would say the opposite of what ended."""
    item = told.item
    return "" if item is None or (item.event == "returned" and _has_ended(told)) else item.title


def _has_ended(told: Transition) -> bool:
    return _ORDER[told.kind] > _ORDER[TransitionKind.CHANGED]


def _alike(item: Item) -> tuple[object, ...]:
    name = "" if _folds(item) else item.key
    return item.rule, item.database, item.said, name


def _folds(item: Item) -> bool:
    """Report whether an item's words leave out its name, so that alike ones are told together."""
    return item.entity == "shard" and bool(item.said) and item.database is not None


def _rank(members: list[Transition]) -> tuple[bool, int, int]:
    worst = max((each.item.severity for each in members if each.item), default=99)
    return _has_ended(members[0]), -worst, _ORDER[members[0].kind]


def _line(members: list[Transition]) -> Line:
    first, item = members[0], members[0].item
    if item is None:
        return Line(_headed(first, "", first.trouble.text if first.trouble else ""), (), 1)
    worst = sentences.severity(max(each.item.severity for each in members if each.item))
    if title := _title(first):
        inner = sentences.clauses((worst, plural(len(members), "change")))
        return Line(_headed(first, inner, title), tuple(_details(members)), len(members))
    return Line(_headed(first, worst, _told([each.item for each in members if each.item])), (), len(members))


def _headed(told: Transition, inner: str, what: str) -> str:
    who = sentences.followed(kind_word(told.kind), inner)
    if told.reason:
        who = translate("{who} {when}", who=who, when=told.reason)
    return translate("{who}: {what}", who=who, what=what) if what else who


def _details(members: list[Transition]) -> Iterable[str]:
    groups: dict[tuple[object, ...], list[Item]] = {}
    for each in members:
        if each.item:
            groups.setdefault(_alike(each.item), []).append(each.item)
    return map(_told, groups.values())


def _told(alike: list[Item]) -> str:
    """Tell items that differ in nothing but their names: `shard-moved: 2 shards of orders: a → b: orders_1 … 2`."""
    first = alike[0]
    what = first.said or first.text
    if _folds(first):
        shards = translate(
            "{shards} of {database}", shards=plural(len(alike), "shard"), database=TEXT.name(first.database or "")
        )
        names = change_groups.run_names(runs(tuple(item.name for item in alike)), _MOST_RUNS, TEXT)
        what = translate("{who}: {what}", who=translate("{who}: {what}", who=shards, what=what), what=names)
    return translate("{who}: {what}", who=first.rule, what=what)
