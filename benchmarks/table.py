"""The rows of the table that `run.py` prints, each with its goal, as data; and how they are told in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from measuring import Costs

OTHER: Final = " other"
"""The end of the name of a contender that is the other build's."""

LEAST: Final = "least "
"""The beginning of the name of a contender that is the least that a work can be."""

LEAST_OF: Final = ("first", "noisy", "moved", "files")
"""The contenders of which `least.py` has the least."""

QUICK: Final = frozenset(("version", "stored"))
"""Contenders that take part in more rounds than others."""

NONE: Final = "none"
_MILLION: Final = 1_000_000
_KIB: Final = 1024


class Goal(NamedTuple):
    """The bound of a ratio. It is a goal for so many shards or more, and elsewhere only a figure."""

    bound: float
    at_least: bool = False
    shards: int = 0

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"

    def missed(self, value: float, shards: int) -> bool:
        """Whether a value, of a topology of so many shards, is beyond the bound."""
        return shards >= self.shards and (value < self.bound if self.at_least else value > self.bound)


@dataclass(frozen=True)
class Row:
    """A line of the table: which contender is set against which, by what; and what the ratio should be."""

    what: str
    one: str
    other: str
    goal: Goal | None = None
    field: str = "processor"
    leads: bool = False

    @property
    def against(self) -> str:
        """What the contender is set against, in words."""
        return "the other build" if self.other.endswith(OTHER) else _FLOORS[self.other]

    def ratio(self, costs: Costs) -> tuple[float, list[float]] | None:
        """Return the median of the rounds' ratios, and both medians; None if one side was not measured."""
        pairs = [
            (getattr(one, self.field), getattr(other, self.field))
            for one, other in zip(costs.get(self.one, ()), costs.get(self.other, ()), strict=False)
        ]
        if not pairs:
            return None
        return median(one / other for one, other in pairs), [median(side) for side in zip(*pairs, strict=True)]

    def told(self, costs: Costs, shards: int) -> str:
        """Format the ratio, and both medians behind it."""
        found = self.ratio(costs)
        if found is None:
            return ""
        value, medians = found
        return judged(value, self.goal, shards, " / ".join(_amount(each, self.field) for each in medians))


_FLOORS: Final = {
    "bare": "floor",
    "both": "two floors",
    "version": "`drift --version`",
    "click": "`import click`",
    "inflated": "the inflated JSON",
    "files": "drift",
    "deepdiff": "DeepDiff",
}


def _work(what: str, name: str, floor: str, *bounds: float) -> tuple[Row, Row]:
    """Set a contender against a floor and against the other build."""
    of_floor, of_other = (Goal(bound) for bound in bounds) if bounds else (None, None)
    return Row(what, name, floor, of_floor, leads=True), Row(what, name, name + OTHER, of_other)


def _least(work: str) -> Iterator[Row]:
    """Set the least that a work can be against its goals."""
    for row in _GOALS:
        if row.one == work:
            yield Row(f"the least: {row.what}", LEAST + work, row.other, row.goal)


def _memory(what: str, name: str, other: str, goal: Goal | None = None) -> Row:
    return Row(f"peak memory: {what}", name, other, goal, "memory")


START: Final = Row("`drift --version`", "version", "click", Goal(1.5))
_GOALS: Final = (
    *_work("first capture", "first", "bare", 2.0, 0.5),
    *_work("unchanged, new time stamps, shuffled", "noisy", "bare", 1.0, 0.35),
    *_work("0.1 % changed, in all databases", "changed", "bare", 1.0, 0.35),
    *_work("0.1 % changed, in one database", "within", "bare", 1.0, 0.35),
    *_work("everything moved", "moved", "bare", 3.0, 0.4),
    *_work("diff of two files, 0.1 % changed", "files", "both", 0.9, 0.4),
    *_work("diff of two files, everything moved", "moved files", "both", 2.5, 0.4),
)
ROWS: Final = (
    *_GOALS,
    *(row for work in LEAST_OF for row in _least(work)),
    Row("diff of stored neighbours, 100 changes", "stored", "version", Goal(1.5), leads=True),
    _memory("capture over HTTP", "http", "inflated", Goal(2.5, shards=_MILLION)),
    _memory("capture over HTTP", "http", "http" + OTHER, Goal(0.45, shards=_MILLION)),
    *_work("the same bytes again", "same", "bare"),
    *_work("0.1 % changed, new time stamps, shuffled", "noisy changed", "bare"),
    *_work("diff of two files, 0.1 % changed, new time stamps, shuffled", "noisy files", "both"),
    Row("DeepDiff of two files, 0.1 % changed", "deepdiff", "files", Goal(15, at_least=True)),
    _memory("diff of two files, 0.1 % changed", "files", "deepdiff", Goal(1)),
    _memory("diff of two files, everything moved", "moved files", "both"),
    _memory("first capture of a file", "first", "bare"),
)


class Column(NamedTuple):
    """What was measured at one size; `growth` is a cell, empty if it was not measured."""

    shards: int
    costs: Costs
    growth: str

    @property
    def head(self) -> str:
        """The size, and in how many rounds it was measured."""
        rounds = max((len(found) for name, found in self.costs.items() if name not in QUICK), default=0)
        return f"{self.shards:,} shards, {rounds} round{'s' if rounds > 1 else ''}"


def layout_table(columns: Sequence[Column], *, growth: Goal | None) -> str:
    """Build the table of one layout, with a column for each size and a row for what was measured."""
    lines = [
        [
            row.what,
            row.against,
            str(row.goal or NONE),
            *(row.told(column.costs, column.shards) for column in columns),
            _per_shard(row, columns) if row.leads else "",
        ]
        for row in ROWS
        if any(row.ratio(column.costs) for column in columns)
    ]
    if growth:
        cells = (column.growth for column in columns)
        lines.append(["growth per snapshot, 0.1 % changed, all time stamps new", "", f"{growth} KB", *cells, ""])
    sizes = (column.head for column in columns)
    return markdown(("work", "against", "goal", *sizes, "per shard"), lines)


def judged(value: float, goal: Goal | None, shards: int, behind: str) -> str:
    """Format a value and what is behind it; say so if it misses its goal."""
    missed = goal is not None and goal.missed(value, shards)
    return f"**{value:.2f}**{' missed' if missed else ''} ({behind})"


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Build a Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *lines))


def _per_shard(row: Row, columns: Sequence[Column]) -> str:
    """How much longer a shard takes at each size than at the one before."""
    sizes: Mapping[int, float] = {
        column.shards: median(getattr(each, row.field) for each in column.costs[row.one]) / column.shards
        for column in columns
        if column.costs.get(row.one)
    }
    return ", ".join(f"{later / earlier:.2f}" for earlier, later in pairwise(sizes.values()))


def _amount(value: float, field: str) -> str:
    if field == "memory":
        return f"{value / _KIB:.0f} MiB"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"
