"""Where shards were over time, as lanes: one for each data node, time from left to right. Pure; knows no colours."""

from __future__ import annotations

from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from drift.reports.wording import sentences, times
from drift.reports.wording.i18n import plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drift.reports.content.history import Step
    from drift.reports.content.nodes import Node

WIDTH: Final = 1_000
HEIGHT: Final = 20
MOST_LANES: Final = 40
MOST_DESCRIBED: Final = 12
"""The most bars in a lane's description for screen readers."""
_NARROWEST: Final = 1 / 200


class Bar(NamedTuple):
    """A run of periods in which a data node held the same count of shards. The height stands for the count."""

    x: float
    width: float
    height: float
    description: str


class Lane(NamedTuple):
    """A data node's bars, none where it held nothing."""

    node: Node
    bars: tuple[Bar, ...]

    @property
    def description(self) -> str:
        """The lane in words."""
        hidden = len(self.bars) - MOST_DESCRIBED
        others = [translate("and {more}", more=plural_more(hidden, "period"))] if hidden > 0 else []
        return sentences.remarks([*(bar.description for bar in self.bars[:MOST_DESCRIBED]), *others]) or translate(
            "no shard"
        )


class Lanes(msgspec.Struct, frozen=True):
    """All lanes, and the places where periods begin. The highest bar is `most` shards; `hidden` lanes are left out."""

    lanes: tuple[Lane, ...]
    edges: tuple[float, ...]
    begin: str
    end: str
    most: int
    hidden: int


def draw(steps: Sequence[Step], nodes: Mapping[str, Node]) -> Lanes:
    """Draw the lanes of a history with at least one step. At most `MOST_LANES` data nodes have one: the fullest."""
    held = {node_id: [_held(step, node_id) for step in steps] for node_id in nodes}
    fullest = set(sorted(held, key=lambda node_id: -max(held[node_id]))[:MOST_LANES])
    kept = [node_id for node_id in nodes if node_id in fullest]
    edges, most = _edges(steps), max((max(counts) for counts in held.values()), default=0)
    return Lanes(
        lanes=tuple(Lane(nodes[each], tuple(_bars(steps, held[each], edges, most))) for each in kept),
        edges=edges[:-1],
        begin=times.moment(steps[0].period.first.taken_at),
        end=times.moment(steps[-1].period.last.taken_at),
        most=most,
        hidden=len(nodes) - len(kept),
    )


def _held(step: Step, node_id: str) -> int:
    return step.period.state.shards.get(node_id, 0) if step.period.state else 0


def _edges(steps: Sequence[Step]) -> tuple[float, ...]:
    """Where the periods begin and the last one ends: to scale, but none narrower than can be seen."""
    ends = [step.until or step.period.last for step in steps]
    lengths = [
        (end.taken_at - step.period.first.taken_at).total_seconds() for step, end in zip(steps, ends, strict=True)
    ]
    shares = [max(length, sum(lengths) * _NARROWEST, 1) for length in lengths]
    return tuple(WIDTH * reached / sum(shares) for reached in accumulate(shares, initial=0))


def _bars(steps: Sequence[Step], counts: Sequence[int], edges: Sequence[float], most: int) -> Iterator[Bar]:
    """Draw a bar for each run of periods with the same count of shards, none for a count of zero."""
    periods = zip(counts, steps, pairwise(edges), strict=True)
    for count, run in groupby(periods, lambda period: period[0]):
        row = list(run)
        (_, first, (begin, _)), (_, last, (_, end)) = row[0], row[-1]
        if count:
            yield Bar(begin, end - begin, HEIGHT * count / most, _describe(count, first, last))


def _describe(count: int, first: Step, last: Step) -> str:
    shards, begin = plural(count, "shard"), times.moment(first.period.first.taken_at)
    if last.until is None:
        return translate("{shards} since {begin}", shards=shards, begin=begin)
    return translate(
        "{shards} from {begin} to {end}", shards=shards, begin=begin, end=times.moment(last.until.taken_at)
    )
