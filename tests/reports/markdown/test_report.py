"""Markdown as GitHub's own renderer makes it a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cmarkgfm
import msgspec
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given

from drift.core.model import Job, Operation
from drift.reports.markdown.moves import MOST_FLOWS
from drift.reports.markdown.report import marker
from drift.reports.markdown.size_limit import LIMIT
from drift.reports.renderer import render
from drift.reports.wording.escape import visible
from support.builders import a_database, a_node, a_shard, a_snapshot
from support.hostile import HOSTILE
from support.pages import name_of, named, parsed, texts
from support.reports import a_report, hostile_reports, reports
from support.scenarios import SCENARIOS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from drift.reports.content.report import Report

ELEMENTS = {
    "html", "head", "title", "body", "p", "strong", "code", "h3", "hr", "ul", "li", "pre", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def page(markdown: str) -> Element:
    """What GitHub makes of it, raw HTML and all, before anything is taken out of it."""
    body = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return parsed(f"<!DOCTYPE html><title>.</title><body>{body}")


def elements(root: Element) -> set[str]:
    return {name_of(element) for element in root.iter() if isinstance(element.tag, str)}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_report_has_the_structure_that_was_written(scenario: str) -> None:
    """Folds, tables, headings and lists are as many as were written, properly nested, and nothing else is there."""
    markdown = render(SCENARIOS[scenario](), "markdown")
    root = page(markdown)
    lines = markdown.splitlines()
    assert elements(root) <= ELEMENTS
    assert len(named(root, "details")) == len(named(root, "summary")) == markdown.count("<details>")
    assert len(named(root, "h3")) == sum(line.startswith("### ") for line in lines)
    assert len(named(root, "table")) == sum(line.startswith("| ---") for line in lines)
    assert len(named(root, "tr")) == sum(line.startswith("| ") and not line.startswith("| ---") for line in lines)
    assert len(named(root, "li")) == sum(line.lstrip().startswith("- ") for line in lines)
    for fold in named(root, "details"):
        assert next(name_of(child) for child in fold) == "summary"
        assert not {"h3", "table", "hr"} & elements(fold)


def test_moves_among_many_data_nodes_are_the_largest() -> None:
    """Where a matrix were too wide, the table has the flows of the picture, and says how many shards others moved."""
    nodes = [f"rds-{i}" for i in range(10)]
    before, after = (
        a_snapshot(
            a_database(shards=[a_shard(f"orders_{i:04}", on=nodes[i // by % 10]) for i in range(100)]), minutes=by
        )
        for by in (1, 10)
    )
    report = a_report(before, after)
    told = render(report, "markdown").partition("### Shard moves")[2].partition("###")[0]
    rows = named(page(told), "tr")[1:]
    assert len(rows) == told.count(" -->|") == MOST_FLOWS
    shown = sum(int("".join(row[-1].itertext())) for row in rows)
    total = sum(judged.change.rule == "shard-moved" for judged in report.verdict.changes)
    assert f"{total - shown} more moved shards not shown" in told


@given(hostile_reports() | reports())
def test_no_name_becomes_markup_on_github(report: Report) -> None:
    """Whatever names are, they make no element and no link, and every row has its cells."""
    root = page(render(report, "markdown"))
    assert elements(root) <= ELEMENTS
    attributes = {key for element in root.iter() for key in element.attrib}
    assert attributes <= {"align", "lang", "class"}
    for table in named(root, "table"):
        assert len({len(row) for row in named(table, "tr")}) == 1


@pytest.mark.parametrize("name", [name for name in HOSTILE if 0 < len(name.strip()) <= 100])
def test_github_shows_names_as_they_are(name: str) -> None:
    """A data node's name is read in a paragraph and in a table, but for what can't be seen."""
    markdown = render(a_report(a_snapshot(nodes=[]), a_snapshot(nodes=[a_node(name)], minutes=1)), "markdown")
    found = {" ".join(text.split()) for text in texts(page(markdown), "code")}
    in_table = visible(name).replace("\\|", "\\u005c|")
    assert {" ".join(visible(name).split()), " ".join(in_table.split())} <= found


def test_the_marker_is_there_and_hidden() -> None:
    """The first line is a comment that nobody sees, and its name can't end it."""
    for scenario in SCENARIOS.values():
        report = scenario()
        first, _, rest = render(report, "markdown").partition("\n")
        assert first == marker(report)
        assert re.fullmatch(r"<!-- drift-report:[^\s:<>]+:[^\s:<>]+ -->", first)
        assert not any(
            "drift-report" in text for kind in ("p", "code") for text in texts(page(first + "\n" + rest), kind)
        )


def crowded() -> Report:
    """As much as can be of everything that a report always tells, in characters that take nine to be seen."""
    names = [str(place) + "\U000e0041" * 200 for place in range(150)]
    nodes = [a_node(name) for name in names]
    sides = []
    for minutes in (0, 1):
        databases = [
            a_database(name, shards=[a_shard(name, on=names[(place + minutes) % 150], database=name)])
            for place, name in enumerate(names)
        ]
        gaps = {f"database {name}x": "`|" * 400 for name in names} if minutes else {}
        found = a_snapshot(*databases, nodes=nodes, minutes=minutes, gaps=gaps)
        moving = tuple(Operation(f"database {name}", "MIGRATING", name) for name in names)
        sides.append(msgspec.structs.replace(found, in_flight=moving))
    report = a_report(*sides)
    jobs = tuple(Job(name, name, name, "SUCCESS") for name in names)
    return msgspec.structs.replace(report, jobs=jobs, command=f"drift diff 1 2 --store {names[0]}")


def test_a_comment_keeps_its_limit_and_says_what_is_missing() -> None:
    """With far too much of everything a report is still a whole comment: marker, verdict, counts and footer."""
    markdown = render(crowded(), "markdown")
    assert len(markdown) <= LIMIT
    root = page(markdown)
    assert elements(root) <= ELEMENTS
    assert "150" in texts(named(root, "table")[0], "td")
    hidden = re.findall(r"… ([\d,]+) more (\w+)", markdown)
    assert {"operations", "parts"} <= {noun for _, noun in hidden}
    assert markdown.splitlines()[-1].startswith("Reproduce with `drift diff 1 2")
