"""The words for the sizes of shards and tables, which are estimates. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.shard_sizes import ShardSize, Size, by_database, total
from drift.reports.wording import caveats, sentences, times
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from drift.reports.content.node_check import Measured
    from drift.reports.wording.escape import Medium

MOST_NAMES: Final = 5
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024


def size(count: float) -> str:
    """Write a number of bytes: `1.5 GiB`."""
    sign, rest, unit = "-" if count < 0 else "", abs(count), 0
    while rest >= _STEP and unit < len(_UNITS) - 1:
        rest, unit = rest / _STEP, unit + 1
    return f"{sign}{rest:,.0f} {_UNITS[unit]}" if unit == 0 else f"{sign}{rest:,.1f} {_UNITS[unit]}"


def rows(measured: Measured, medium: Medium) -> list[tuple[str, str, str, str, str]]:
    """Write a row for all databases and for each: its size, rows, skew, and growth since it was read before.

    What was not read as a whole is a lower bound, and neither its spread nor its growth is known.
    """
    shards = measured.sizes.shards
    skews = {each.database: f"{each.skew:.3g}" for each in measured.sizes.spread}
    then = {} if measured.before is None else _sums(measured.before.shards)
    known = frozenset() if measured.before is None else measured.before.whole
    lines = []
    for name, now in _sums(shards).items():
        who = translate("all databases") if name is None else medium.name(name)
        figures = size(now.bytes), f"{now.rows:,}"
        if name in skews:
            growth = _growth(now, then.get(name)) if name in known else ""
            lines.append((who, *figures, skews[name], growth))
        else:
            least = tuple(f"≥ {figure}" if shards else "?" for figure in figures)
            lines.append((who, least[0], least[1], "", ""))
    return lines


def _sums(shards: Sequence[ShardSize]) -> dict[str | None, Size]:
    """Add up the sizes of all shards, under None, and of those of each database."""
    sums: dict[str | None, Size] = {None: total(shards)}
    sums.update(by_database(shards).items())
    return sums


def _growth(now: Size, then: Size | None) -> str:
    if then is None:
        return ""
    grown = now.bytes - then.bytes
    return f"{'+' if grown >= 0 else ''}{size(grown)}"


def known(sizes: Sequence[tuple[datetime, Size]]) -> list[str]:
    """Write the sizes of one thing over time, oldest first, each with the growth since the one before."""
    lines = []
    for (at, found), then in zip(sizes, (None, *(each for _, each in sizes)), strict=False):
        line = translate(
            "{time}: about {size}, {rows:,} rows", time=times.moment(at), size=size(found.bytes), rows=found.rows
        )
        lines.append(sentences.followed(line, _growth(found, then)))
    return lines


def notes(measured: Measured, medium: Medium) -> list[str]:
    """Name the largest shards and tables, and say how old the estimates are."""
    found = measured.sizes
    largest = sorted(found.shards, key=lambda each: (-each.bytes, each.shard))[:MOST_NAMES]
    lines = [translate("Sizes and rows are InnoDB's estimates; tables of other engines are not in them")]
    if all(each.database is not None for each in found.spread):
        lines.append(caveats.lower_bounds())
    if measured.at is not None:
        lines.append(
            translate("read {time} by drift verify --size, and not judged here", time=times.moment(measured.at))
        )
    if found.oldest is not None:
        lines.append(translate("the oldest estimate is of {time}", time=times.moment(found.oldest)))
    if measured.before is not None:
        lines.append(translate("compared with sizes read {time}", time=times.moment(measured.before.at)))
    if largest:
        names = [f"{medium.name(each.shard)} {size(each.bytes)}" for each in largest]
        lines.append(translate("the largest shards: {names}", names=sentences.listing(names)))
    if found.tables:
        names = [
            f"{medium.name(f'{each.database}.{each.table}')} {size(each.bytes)}" for each in found.tables[:MOST_NAMES]
        ]
        lines.append(translate("the largest tables: {names}", names=sentences.listing(names)))
    return lines
