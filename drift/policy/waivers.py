"""Waivers: unplanned changes that are accepted for a reason and for a time. Pure.

A waiver holds for certain values only: it names them, or a fingerprint that covers them.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare.diff import fingerprint
from drift.core import validators
from drift.policy.rules import CHANGE_RULES, VERIFICATION_RULES
from drift.policy.selector_index import SelectorIndex
from drift.policy.selectors import SELECTOR_KEYS, Selector, is_untold, read_selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drift.compare.diff import Change
    from drift.compare.untold import Untold
    from drift.core.strict_toml import Table
    from drift.policy.known_names import KnownNames

FINGERPRINT: Final = re.compile(r"v1:[0-9a-f]{12}")
_VAGUE: Final = "missing, or without a letter or digit"


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """One waiver: the changes, the reason, and the last day (UTC). `instance` limits it to one instance.

    One of a finding on data nodes has the rule in `finding`, and is for no change.
    """

    place: str
    selector: Selector
    fingerprint: str | None
    instance: str | None
    reason: str
    expires: date
    finding: str | None = None


class Use(msgspec.Struct, frozen=True):
    """A waiver, and the number of its changes."""

    waiver: Waiver
    changes: int


class Waived(msgspec.Struct, frozen=True):
    """The waivers applied to a diff. `waiving` has the waiver for each change of the diff, or None.

    `lapsed` are the waivers that would apply, had they not expired; `unused` are the waivers that match no change,
    `untold` those of them that may be about facts that one side's layout has no place for.
    """

    waiving: tuple[Waiver | None, ...]
    used: tuple[Use, ...]
    lapsed: tuple[Use, ...]
    unused: tuple[Waiver, ...]
    untold: tuple[Waiver, ...] = ()

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the changes of the diff that a waiver applies to."""
        return frozenset(number for number, waiver in enumerate(self.waiving) if waiver is not None)


def read_waiver(table: Table) -> Waiver:
    """Read a waiver from a table, and note a problem for each key that is missing or too wide."""
    is_of_finding = table.values.get("rule") in tuple(VERIFICATION_RULES)
    waiver = Waiver(
        place=table.place,
        finding=table.read("rule", str, None) if is_of_finding else None,
        selector=Selector() if is_of_finding else read_selector(table),
        fingerprint=table.read("fingerprint", _fingerprint, None),
        instance=table.read("instance", validators.instance_name, None),
        reason=table.read("reason", validators.text, ""),
        expires=table.read("expires", day, date.min),
    )
    for key, value in (("reason", "the reason for the waiver"), ("expires", "its last day, such as 2026-12-31")):
        if key not in table.values:
            table.problem(key, f"missing; expected {value}")
    if is_of_finding and "fingerprint" not in table.values:
        table.problem("fingerprint", "missing; expected that of the finding, as `drift verify` prints it")
    elif "fingerprint" not in table.values:
        _refuse_vague(table, waiver.selector)
    elif "rule" not in table.values:
        _refuse_selectors(table)
    table.refuse_unknown(lambda _key: None)
    return waiver


def day(value: object) -> date:
    """Check a day, given as a TOML date or as text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("expected a day, such as 2026-12-31") from None


def _fingerprint(value: object) -> str:
    if not isinstance(value, str) or not FINGERPRINT.fullmatch(value):
        raise ValueError("expected a fingerprint from a report: v1: and 12 hex digits, in quotes")
    return value


def _refuse_vague(table: Table, selector: Selector) -> None:
    """Note a problem where a waiver without a fingerprint doesn't single out its changes."""
    if "rule" not in table.values:
        table.problem("rule", "missing; expected the rule of the changes, or the fingerprint of one")
        return
    if all(each is None or each.is_vague for each in (selector.database, selector.name)):
        table.problem("name", f"{_VAGUE}; a waiver names the records that it is for")
    if selector.rule in {"shard-moved", "shard-added"}:
        if selector.target is None or selector.target.is_vague:
            table.problem("to", f"{_VAGUE}; a waiver names the data node that the shard may be on")
    elif selector.rule and CHANGE_RULES[selector.rule].kind != "removed" and not selector.becomes:
        table.problem("becomes", "missing; a waiver names the new values that it is for")


def _refuse_selectors(table: Table) -> None:
    """Note a problem where a waiver of a fingerprint has selectors that nobody would apply, as it has no rule."""
    if given := [key for key in SELECTOR_KEYS if key in table.values]:
        table.problem("rule", f"missing; {validators.listed(given)} would not count without the rule of the change")


def concerning(waivers: Iterable[Waiver], instance: str | None) -> list[Waiver]:
    """Select the waivers that may apply to an instance: its own, and those for every instance."""
    return [waiver for waiver in waivers if waiver.instance in {None, instance}]


def of_changes(waivers: Iterable[Waiver], instance: str | None) -> list[Waiver]:
    """As `concerning`, without those of findings on data nodes."""
    return [waiver for waiver in concerning(waivers, instance) if waiver.finding is None]


def apply(
    waivers: Sequence[Waiver],
    changes: Sequence[Change],
    *,
    expected: Sequence[int | None] | None,
    known_names: KnownNames,
    instance: str | None,
    today: date,
    not_told: Sequence[Untold] = (),
) -> Waived:
    """Apply waivers to the changes of a diff of `instance`; a change that a plan expects, by `expected`, needs none.

    In the diff, the facts `not_told` were not compared.
    """
    own = of_changes(waivers, instance)
    lookup = _Lookup(own, known_names, instance)
    waiving: list[Waiver | None] = []
    used: Counter[int] = Counter()
    lapsed: Counter[int] = Counter()
    for number, change in enumerate(changes):
        matching = [] if expected and expected[number] is not None else lookup.waivers_for(change)
        valid = next((each for each in matching if own[each].expires >= today), None)
        waiving.append(None if valid is None else own[valid])
        if valid is not None:
            used[valid] += 1
        elif matching:
            lapsed[matching[0]] += 1
    unused = set(range(len(own))) - used.keys() - lapsed.keys()
    return Waived(
        tuple(waiving),
        tuple(Use(own[each], used[each]) for each in sorted(used)),
        tuple(Use(own[each], lapsed[each]) for each in sorted(lapsed)),
        tuple(waiver for each, waiver in enumerate(own) if each in unused and not is_untold(waiver.selector, not_told)),
        tuple(waiver for each, waiver in enumerate(own) if each in unused and is_untold(waiver.selector, not_told)),
    )


class _Lookup:
    """An index of waivers by change. It computes a fingerprint only where a waiver has one."""

    def __init__(self, waivers: Sequence[Waiver], known_names: KnownNames, instance: str | None) -> None:
        self._waivers = waivers
        self._instance = instance
        self._index = SelectorIndex([waiver.selector for waiver in waivers], known_names)
        self._by_fingerprint_alone = [number for number, waiver in enumerate(waivers) if waiver.selector.rule is None]

    def waivers_for(self, change: Change) -> list[int]:
        """Return the numbers of the waivers that match a change, in their order."""
        hits, _ = self._index.fits(change)
        candidates = sorted([*hits, *self._by_fingerprint_alone])
        if not any(self._waivers[number].fingerprint for number in candidates):
            return candidates
        own = fingerprint(change, self._instance)
        return [number for number in candidates if self._waivers[number].fingerprint in {None, own}]
