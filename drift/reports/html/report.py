"""A report as one HTML file that needs nothing else: no network, no script. Pure.

Every text goes through the templates' escaping; what names are in it is marked by characters that no name can have.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.policy.verdict import Disposition
from drift.reports.content.nodes import Node, NodeNames, node_order
from drift.reports.content.outline import outline
from drift.reports.html import shard_map
from drift.reports.html.shard_map import Map
from drift.reports.wording import (
    caveats,
    change_groups,
    findings,
    i18n,
    node_names,
    qualities,
    sections,
    sentences,
    sides,
    sizes,
    tables,
    untold,
    verdicts,
    verification,
)
from drift.reports.wording.escape import HTML, TEXT, as_html, marked, marked_sentence
from drift.reports.wording.event_titles import notes, title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jinja2 import Environment

    from drift.reports.content.outline import Flow, Outline
    from drift.reports.content.placements import Placement
    from drift.reports.content.report import Report
    from drift.reports.html.shard_map import Sign
    from drift.reports.rendering import Rendering

LIMIT: Final = 2_000_000
"""Bytes that a report may have."""
MOST_NAMES_IN_LINE: Final = 3
WIDEST_MATRIX: Final = 40
MOST_HEADS_UPRIGHT: Final = 4
"""The most columns of a matrix whose heads have room beside each other. In wider ones, the heads are turned."""


class Room(msgspec.Struct, frozen=True):
    """How much of each kind is shown: groups of a rule, runs of names in a group, rows of a table, cells of maps."""

    groups: int
    runs: int
    rows: int
    cells: int


ROOMS: Final = (Room(400, 100, 400, 40_000), Room(100, 20, 100, 10_000), Room(20, 4, 20, 0), Room(5, 1, 5, 0))
"""The first with which a document stays within `LIMIT` is taken."""


class Maps(msgspec.Struct, frozen=True):
    """The maps that are drawn, and how many databases and shards have none."""

    drawn: tuple[Map, ...]
    databases: int
    shards: int


class Matrix(msgspec.Struct, frozen=True):
    """Moved shards by where they were (rows) and where they are (columns), both in the order of the data nodes."""

    targets: tuple[Node, ...]
    rows: tuple[tuple[Node, tuple[int, ...]], ...]

    @property
    def turned(self) -> bool:
        """True where the heads of the columns are written upwards."""
        return len(self.targets) > MOST_HEADS_UPRIGHT


def render(report: Report, _rendering: Rendering) -> str:
    """Render the report as an HTML document, ending in a newline. The same report gives the same bytes."""
    found = outline(report)
    return fitted("report.html", report.placements, [each.node for each in found.balance], _contents(report, found))


def fitted(
    template: str,
    found: Sequence[Placement],
    nodes: Iterable[Node],
    contents: Mapping[str, Any],
    rooms: Sequence[Room] = ROOMS,
) -> str:
    """Render a document within `LIMIT`. `nodes` are all data nodes, in the order of their signs."""
    page, signs = environment().get_template(template), shard_map.signs(nodes)
    for room in rooms:
        document = page.render(room=room, signs=signs, maps=_maps(found, signs, room), **contents)
        if len(document) <= LIMIT and len(document.encode("utf-8", "backslashreplace")) <= LIMIT:
            break
    return document


@cache
def environment() -> Environment:
    """Load the templates, and give them the functions that they call."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("drift.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters.update(
        plain=TEXT.name,
        html=_html,
        named=lambda text: _html(marked(text)),
        message=marked_sentence,
        number="{:,}".format,
    )
    found.globals.update(
        words=sentences,
        untold=untold,
        sections=sections,
        sides=sides,
        verdicts=verdicts,
        caveats=caveats,
        findings=findings,
    )
    found.globals.update(
        verification=verification, tables=tables, sizes=sizes, qualities=qualities, marked_sentence=marked_sentence
    )
    found.globals.update(nodes=node_names, changes=change_groups, shardmap=shard_map, HTML=HTML, TEXT=TEXT, notes=notes)
    found.globals.update(title=title, most_in_line=MOST_NAMES_IN_LINE, dispositions=tuple(Disposition))
    found.globals.update(translate=i18n.translate, plural=i18n.plural, plural_more=i18n.plural_more, tag=i18n.tag)
    return found


def _html(text: str) -> Any:  # noqa: ANN401 - Jinja's Markup
    from markupsafe import Markup

    return Markup(as_html(text))  # noqa: S704 - all of it is escaped


def _contents(report: Report, found: Outline) -> dict[str, Any]:
    return {
        "report": report,
        "found": found,
        "matrix": _matrix(found.flows),
        "heading": sides.instance(report, HTML),
        "naming": NodeNames.of(report.after),
        "plan": sections.plan(report, HTML),
        "waivers": sections.waivers(report, HTML),
        "node_pairs": sections.node_pairs(report, HTML),
        "fullest": max((max(each.before or 0, each.after or 0) for each in found.balance), default=0),
    }


def _matrix(flows: Sequence[Flow]) -> Matrix | None:
    """None where nothing moved, or where it would be too wide to read."""
    targets = tuple(sorted({flow.target for flow in flows}, key=node_order))
    if not 0 < len(targets) <= WIDEST_MATRIX:
        return None
    moved = {(flow.source, flow.target): flow.shards for flow in flows}
    sources = sorted({flow.source for flow in flows}, key=node_order)
    return Matrix(
        targets, tuple((source, tuple(moved.get((source, target), 0) for target in targets)) for source in sources)
    )


def _maps(found: Sequence[Placement], signs: Mapping[str, Sign], room: Room) -> Maps:
    kept = shard_map.fitting(found, room.cells) if signs else []
    shards = sum(len(each.places) for each in found) - sum(len(each.places) for each in kept)
    return Maps(tuple(shard_map.draw(each, signs) for each in kept), len(found) - len(kept), shards)
