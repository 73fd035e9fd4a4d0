"""Where one thing was, from the store to the content of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.compare.diff import diff
from drift.compare.events import EventContext, classify
from drift.compare.timeline import concerns
from drift.core.errors import BaselineError, UsageError
from drift.core.model import Mask
from drift.core.shard_sizes import total
from drift.reports.content.history import Happening, History, Step
from drift.reports.wording.escape import TEXT
from drift.reports.wording.history import name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from drift.compare.diff import Entity
    from drift.compare.timeline import Period, Traced
    from drift.core.shard_sizes import KnownSizes, ShardSize, Size
    from drift.store.store import Store


def history(store: Store, entity: str, *, kind: Entity | None = None, limit: int = 100) -> History:
    """Trace a shard, a database or a data node through the stored snapshots, as `drift history` does.

    `entity` is a name, DATABASE/SHARD, or of a data node also its id or the first eight characters of it; with
    NAME:ENTITY, NAME is the instance. `kind` tells apart two things of one name: `shard`, `database` or `data-node`.
    The history has the last `limit` periods, oldest first.

    Raises BaselineError for a name that the store doesn't have, UsageError for one that could mean several things.
    """
    traced = _resolved(store, entity, kind)
    periods = store.trace(traced)
    places = range(any(period.state is None for period in periods[:1]), len(periods))  # since it appeared
    steps = _last_steps(store, traced, periods, places, limit)
    suspects = tuple(
        (each.number, each.suspicion)
        for each in reversed(store.log(traced.instance))
        if each.suspicion and each.suspect
    )
    sizes = tuple(_sizes(store.verifications.sizes(traced.instance, limit), traced))
    return History(traced, tuple(_merged(steps)), len(places) - len(steps), suspects, sizes)


def _sizes(known: list[KnownSizes], traced: Traced) -> Iterator[tuple[datetime, Size]]:
    """Generate the sizes of one thing over time, oldest first; of a database, those of all its shards."""
    for each in reversed(known):
        if traced.kind == "database" and traced.name not in each.whole:
            continue
        shards = [shard for shard in each.shards if _is_of(shard, traced)]
        if shards:
            yield each.at, total(shards)


def _is_of(shard: ShardSize, traced: Traced) -> bool:
    match traced.kind:
        case "data-node":
            return shard.data_node_id == traced.name
        case "database":
            return shard.database == traced.name
        case "shard":
            return (shard.database, shard.shard) == (traced.database, traced.name)


def _last_steps(store: Store, traced: Traced, periods: tuple[Period, ...], places: range, limit: int) -> list[Step]:
    """Return the steps that the last `limit` periods are merged of: a step is a comparison, and there may be many."""
    steps: list[Step] = []
    begun = 0
    for place in reversed(places):
        if begun == limit:
            break
        step = _step(store, traced, periods, place)
        steps.append(step)
        begun += bool(step.happened) or not step.period.state or place == 0 or not periods[place - 1].state
    return steps[::-1]


def _merged(steps: list[Step]) -> list[Step]:
    """Merge the periods between which only facts came or went that one layout has no place for."""
    merged: list[Step] = []
    for step in steps:
        last = merged[-1] if merged else None
        if last and last.period.state and step.period.state and not step.happened:
            period = msgspec.structs.replace(last.period, last=step.period.last)
            merged[-1] = msgspec.structs.replace(last, period=period, until=step.until)
        else:
            merged.append(step)
    return merged


def _resolved(store: Store, text: str, kind: Entity | None) -> Traced:
    instance, colon, rest = text.partition(":")
    named = store.find(text)
    if colon and instance in {each.name for each in store.instances()}:
        named += store.find(rest, instance)
    meant = [each for each in named if kind in {None, each.kind}]
    meant = [each for each in meant if each.instance == store.usual] or meant
    if not meant:
        noun = "shard, database or data node" if kind is None else kind.replace("-", " ")
        raise BaselineError(
            f"the store knows no {noun} {text!r}", hint="`drift show --shards` lists what the newest snapshot has."
        )
    if len(meant) > 1:
        listed = "\n".join(f"  {name(each, TEXT)}" for each in meant)
        raise UsageError(
            f"{text!r} could mean:\n{listed}",
            hint="NAME:ENTITY picks the instance, DATABASE/SHARD the database, --kind what it is, an id the data node.",
        )
    return meant[0]


def _step(store: Store, traced: Traced, periods: tuple[Period, ...], place: int) -> Step:
    period = periods[place]
    return Step(
        period=period,
        until=periods[place + 1].first if place + 1 < len(periods) else None,
        happened=_happened(store, traced, periods[place - 1].last.number, period.first.number) if place else (),
        nodes=store.nodes(period.first.number),
    )


def _happened(store: Store, traced: Traced, before: int, after: int) -> tuple[Happening, ...]:
    """Find the changes of one thing between two snapshots, each with the event that it belongs to."""
    pair = store.load_pair(before, after)
    differing = diff(*pair)
    old, new = store.outline(before), store.outline(after)
    context = EventContext(
        nodes=(old.nodes, new.nodes),
        balance=(old.balance, new.balance),
        shards=new.databases,
        nodes_checked=not Mask.of(differing.not_checked).hides_data_nodes,
        returned=store.returned(*pair),
    )
    classified = classify(differing.changes, context)
    return tuple(
        Happening(change, classified.events[place].kind)
        for change, place in zip(differing.changes, classified.places, strict=True)
        if concerns(change, traced)
    )
