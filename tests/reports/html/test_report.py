from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from drift.reports.html.report import LIMIT
from drift.reports.html.shard_map import CELL, HUES, MOST_SIGNS
from drift.reports.renderer import render
from drift.reports.wording.escape import shorten, visible
from support.builders import a_database, a_shard, a_snapshot
from support.hostile import HOSTILE, hostile_snapshots
from support.pages import foreign, named, parsed, texts
from support.paths import ROOT
from support.reports import a_checkup, hostile_reports, many, mapped
from support.scenarios import everything, hostile, partial, planned
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from drift.core.model import Snapshot
    from drift.reports.content.report import Report

LONG = "\u202e" * 200


def cells(element: Element) -> set[tuple[int, int]]:
    """The columns and rows that a path goes around."""
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v12h-(\d+)z", element.attrib["d"])
    assert "".join(f"M{x} {y}h{w}v12h-{back}z" for x, y, w, back in runs) == element.attrib["d"]
    return {
        (column, int(y) // CELL)
        for x, y, width, _ in runs
        for column in range(int(x) // CELL, (int(x) + int(width)) // CELL)
    }


def grids(root: Element) -> list[dict[str, set[tuple[int, int]]]]:
    """Every map's cells by what they are filled with."""
    return [
        {path.attrib["fill"]: cells(path) for path in named(svg, "path")}
        for svg in named(root, "svg")
        if svg.attrib["class"].startswith("map")
    ]


@pytest.mark.parametrize("scenario", [everything, hostile, partial, planned])
def test_a_page_is_valid_and_reaches_for_nothing(scenario: object) -> None:
    """A page has no mistake, no script, no handler, no address, and leads nowhere but into itself."""
    assert callable(scenario)
    assert foreign(parsed(render(scenario(), "html"))) == []


@settings(max_examples=40)
@given(hostile_reports())
def test_no_text_becomes_a_page_s_code(report: Report) -> None:
    """Whatever names are, the page's elements and attributes are ours."""
    assert foreign(parsed(render(report, "html"))) == []


def test_every_name_is_text() -> None:
    """A name is read as it is, or as the escapes of what can't be seen."""
    names = [name for name in dict.fromkeys(HOSTILE) if name]
    names = [f"{place}{name}-" for place, name in enumerate([*names, "x" * 65_536])]
    for start in range(0, len(names), 3):
        some = names[start : start + 3]
        before, after = (
            a_snapshot(a_database(some[0], shards=[a_shard(name, on=on, database=some[0]) for name in some]), minutes=m)
            for on, m in (("rds-1", 0), ("rds-2", 1))
        )
        shown = texts(parsed(render(mapped(before, after), "html")), "code")
        assert {visible(shorten(name)) for name in some} <= set(shown)


def test_every_shard_is_a_cell() -> None:
    """A map has every shard on both sides at the same place, with the sign of its data node, and marks what changed."""
    before = a_database("orders", shards=[a_shard(f"orders_{i:04}", on="rds-1") for i in range(40)])
    after = a_database(
        "orders", shards=[a_shard(f"orders_{i:04}", on="rds-2" if i % 2 else "rds-1") for i in range(10, 41)]
    )
    root = parsed(render(mapped(a_snapshot(before), a_snapshot(after, minutes=1)), "html"))
    was, now = grids(root)
    assert len(was["url(#n0)"]) == 40
    assert len(was["url(#empty)"]) == 1
    assert (len(now["url(#n0)"]), len(now["url(#n1)"]), len(now["url(#empty)"])) == (16, 15, 10)
    assert was["url(#moved)"] == now["url(#moved)"] == now["url(#n1)"] - now["url(#single)"]
    assert was["url(#single)"] == now["url(#empty)"]
    assert now["url(#single)"] == was["url(#empty)"]
    labels = [svg.attrib["aria-label"] for svg in named(root, "svg") if svg.attrib["class"].startswith("map")]
    assert [re.sub(r" \(\w+…\)", "", label) for label in labels] == [
        "Before: A rds-1: 40 shards",
        "After: A rds-1: 16 shards; B rds-2: 15 shards",
    ]


def test_a_map_marks_nothing_that_was_not_checked() -> None:
    """Shards that could not be read on one side are drawn where they were, and neither said nor marked to be gone."""
    before = a_snapshot(a_database("orders"), a_database("users", shards=2))
    after = a_snapshot(a_database("orders"), minutes=1, gaps={"database users": "500 DBS.300128"})
    document = render(mapped(before, after), "html")
    root = parsed(document)
    assert "users: 2 shards, not checked" in texts(root, "figcaption")
    assert "only before" not in document
    assert [set(grid) for grid in grids(root)[:2]] == [{"url(#n0)", "url(#n1)"}, {"url(#empty)"}]


def test_a_data_node_has_one_sign_wherever_it_stands() -> None:
    """The page of a checkup and that of a diff give the same data nodes the same letters, by name."""
    snapshot = many(90, later=False, nodes=9)
    for document in (render(mapped(snapshot, snapshot), "html"), render(a_checkup(snapshot), "html")):
        (grid,) = re.findall(r'aria-label="(?:After|Shards): ([^"]+)"', document)
        assert re.findall(r"([A-Z]) rds-00(\d)", grid) == list(zip("ABCDEFGHI", "012345678", strict=True))


def test_moves_are_a_matrix() -> None:
    """From and to are the heads of rows and columns, and the sums are there."""
    (moves,) = (
        table
        for table in named(parsed(render(everything(), "html")), "table")
        if "Rows are the data nodes" in "".join(table.itertext())
    )
    rows = [[text.strip() for text in row.itertext() if text.strip()] for row in named(moves, "tr")]
    assert [row[-1] for row in rows] == ["Total", "2", "7"]
    assert {cell.attrib["scope"] for cell in named(moves, "th")} == {"col", "row"}


@pytest.mark.parametrize("nodes", [5, 17, 40])
def test_a_matrix_has_the_data_nodes_in_one_order(nodes: int) -> None:
    """Rows and columns follow the names, so that a shard that stayed would be on the diagonal."""
    root = parsed(
        render(mapped(many(40 * nodes, later=False, nodes=nodes), many(40 * nodes, later=True, nodes=nodes)), "html")
    )
    (moves,) = (table for table in named(root, "table") if table.attrib.get("class") == "matrix")
    heads = {
        scope: re.findall(
            r"rds-\d+", " ".join("".join(th.itertext()) for th in named(moves, "th") if th.attrib["scope"] == scope)
        )
        for scope in ("row", "col")
    }
    assert heads["row"] == heads["col"] == sorted(heads["row"])
    assert len(heads["row"]) > nodes // 2


def test_sixteen_thousand_shards_fit() -> None:
    """A page with a cell for each of 16,000 scattered shards, before and after, keeps its limit."""
    document = render(mapped(many(16_000, later=False), many(16_000, later=True)), "html")
    assert len(document.encode()) <= LIMIT
    was, now = grids(parsed(document))
    assert sum(len(found) for key, found in was.items() if key.startswith("url(#n")) == 16_000
    assert was["url(#moved)"] == now["url(#moved)"]


def test_what_is_not_drawn_is_said() -> None:
    """With more shards than cells, or more data nodes than signs, a page tells what it leaves out."""
    shards = render(mapped(many(40_001, later=False), many(40_001, later=True)), "html")
    assert "1 database with 40,001 shards not drawn to keep this report small" in shards
    documents = [shards]
    for nodes in (MOST_SIGNS + 1, 703):
        crowd = render(mapped(many(800, later=False, nodes=nodes), many(800, later=True, nodes=nodes)), "html")
        assert "1 database with 800 shards not drawn: there are more than 200 data nodes" in crowd
        documents.append(crowd)
    assert not any(grids(parsed(document)) for document in documents)


def test_a_page_keeps_its_limit_whatever_names_are() -> None:
    """Long names that need escapes make a page tell less, and say so; none gets larger."""
    before, after = (
        a_snapshot(
            *(
                a_database(
                    f"d{d}",
                    shards=[a_shard(f"{i}_{LONG}x", on=on, database=f"d{d}", index=i) for i in range(110)],
                )
                for d in range(40)
            ),
            minutes=minutes,
        )
        for on, minutes in (("rds-1", 0), ("rds-2", 1))
    )
    document = render(mapped(before, after), "html")
    assert LIMIT / 4 < len(document.encode()) <= LIMIT
    assert ", and 90 more" in document


def test_the_same_report_is_the_same_page() -> None:
    """Nothing of a page depends on when or how often it is made."""
    assert render(everything(), "html") == render(everything(), "html")


def test_a_stored_pair_is_mapped_whole(tmp_path: Path) -> None:
    """Of two stored snapshots only what differs is compared, and yet every shard is in the map."""
    for sample in ("before-flat", "after-flat"):
        assert (
            drift(tmp_path, "snapshot", "orders-prod", "--from-file", str(ROOT / f"snapshots/{sample}.json")).code == 0
        )
    told = drift(tmp_path, "diff", "1", "2", "--output", "html=report.html")
    assert told.code == 0
    document = (tmp_path / "report.html").read_text("utf-8")
    shards = sum(len(found) for grid in grids(parsed(document)) for key, found in grid.items() if "#n" in key)
    files = drift(
        tmp_path,
        "diff",
        str(ROOT / "snapshots/before-flat.json"),
        str(ROOT / "snapshots/after-flat.json"),
        "--format",
        "html",
    ).out
    again = sum(len(found) for grid in grids(parsed(files)) for key, found in grid.items() if "#n" in key)
    assert shards == again > 0


@settings(max_examples=25)
@given(hostile_snapshots())
def test_no_text_becomes_a_checkup_s_code(snapshot: Snapshot) -> None:
    """The page of `drift check` is as safe as a report's, and has every shard once."""
    root = parsed(render(a_checkup(snapshot), "html"))
    assert foreign(root) == []
    assert sum(len(found) for grid in grids(root) for found in grid.values()) == snapshot.shard_count


def luminance(colour: str) -> float:
    """How bright a colour is, from 0 to 1. Source: WCAG 2.2, "relative luminance"."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_letter_of_a_data_node_is_read_on_its_colour() -> None:
    """No data node is told by colour alone: each has letters of its own, black on a colour that is light enough."""
    document = render(mapped(many(400, later=False, nodes=40), many(400, later=True, nodes=40)), "html")
    signs = texts(named(parsed(document), "defs")[0], "pattern")[:40]
    assert len({sign.strip() for sign in signs}) == len(signs)
    hues = set(re.findall(r'<rect fill="(#\w{6})" x="\.5"', document))
    assert len(hues) == HUES
    assert all((luminance(colour) + 0.05) / 0.05 >= 7 for colour in hues)
