"""The view of one snapshot: all of its shards counted, at any width."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from drift.reports.markdown import snapshot as markdown
from drift.reports.text import snapshot as text_view
from drift.reports.text.table import table
from drift.reports.wording.escape import cells
from support.builders import a_database, a_node, a_shard, a_snapshot
from support.strategies import snapshots

if TYPE_CHECKING:
    from drift.core.model import Snapshot

WIDTHS = st.integers(60, 200)
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(snapshot: Snapshot, *, shards: bool = False, full: bool = False, width: int | None = None) -> str:
    return text_view.render(snapshot, shards=shards, full=full, colour=False, width=width)


def a_wide_snapshot(nodes: int, databases: int) -> Snapshot:
    """Every database has one shard on every data node, and the second data node has another one of the first."""
    ids = [f"rds-{place:03}" for place in range(nodes)]
    spread = [
        a_database(name, shards=[a_shard(f"{name}_{place:04}", on=node) for place, node in enumerate(ids)])
        for name in (f"db{number:03}" for number in range(databases))
    ]
    return a_snapshot(*spread, nodes=[a_node(node) for node in ids])


def sums(text: str) -> list[int]:
    """The figures in the last row of the matrix."""
    (found,) = re.findall(r"^Total +(.*)$", text, re.MULTILINE)
    return [int(figure.replace(",", "")) for figure in found.replace("·", "0").split()]


@given(snapshots(), WIDTHS, st.booleans(), st.booleans())
def test_no_line_is_wider_than_the_terminal(snapshot: Snapshot, width: int, shards: bool, full: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever the names, no line is wider than asked, and none holds a control character."""
    text = shown(snapshot, shards=shards, full=full, width=width)
    assert not CONTROLS.search(text)
    assert max(map(cells, text.splitlines())) <= width


@given(snapshots(), WIDTHS)
def test_colour_adds_nothing_but_colour(snapshot: Snapshot, width: int) -> None:
    """Without its ANSI sequences, coloured text is the plain text."""
    coloured = text_view.render(snapshot, shards=True, full=False, colour=True, width=width)
    assert ANSI.sub("", coloured) == shown(snapshot, shards=True, width=width)


@given(st.integers(1, 60), st.integers(2, 6), WIDTHS)
def test_the_sums_hold_at_every_width(nodes: int, databases: int, width: int) -> None:
    """However little room there is, what is shown adds up to all shards, and what is summed up is said."""
    text = shown(a_wide_snapshot(nodes, databases), width=width)
    whole, *columns = sums(text)
    assert whole == sum(columns) == nodes * databases
    told = " ".join(text.split())
    hidden = re.findall(r"(\d+) data nodes with the fewest shards are combined in \+\1 more; ", told)
    assert len(columns) == (nodes - int(hidden[0]) + 1 if hidden else nodes)


def test_full_shows_every_data_node_in_tables_below_each_other() -> None:
    """With --full, nothing is summed up however narrow the terminal is."""
    text = shown(a_wide_snapshot(60, 130), full=True, width=60)
    heads = [line.split() for line in text.splitlines() if line.startswith("DATABASE")]
    assert [head for line in heads for head in line if head.startswith("#")] == [f"#{n}" for n in range(1, 61)]
    assert all(f"\ndb{number:03} " in text for number in range(130))
    assert "more" not in text


def test_many_databases_are_summed_up_and_said() -> None:
    """Beyond a hundred databases a terminal shows the sum of the others; without a terminal all are shown."""
    snapshot = a_wide_snapshot(2, 130)
    assert re.search(r"^… 30 more +60 +30 +30$", shown(snapshot, width=80), re.MULTILINE)
    assert "30 databases are combined; --full shows all" in shown(snapshot, width=80)
    assert "more" not in shown(snapshot)


def test_data_nodes_of_one_name_are_told_apart() -> None:
    """Two data nodes with the same name have numbers over their columns, and before their ids."""
    nodes = [msgspec.structs.replace(a_node(name), name="same") for name in ("rds-1", "rds-2")]
    text = shown(a_snapshot(a_database("orders", shards=[a_shard("orders_0000", on="rds-2")]), nodes=nodes), width=120)
    assert re.search(r"^DATABASE .* #1 +#2$", text, re.MULTILINE)
    assert re.search("^#1 +same .*\n^#2 +same ", text, re.MULTILINE)


def test_data_nodes_stand_by_name() -> None:
    """Rows, columns and the lists of shards follow the names that people know, not the ids that nobody does."""
    text = shown(a_wide_snapshot(nodes=9, databases=1), shards=True)
    names = [f"rds-{place:03}" for place in range(9)]
    assert re.findall(r"^(rds-\d+)", text, re.MULTILINE) == names
    assert re.findall(r"rds-\d+", next(line for line in text.splitlines() if line.startswith("DATABASE"))) == names
    assert re.findall(r"on (rds-\d+)", text) == names


def test_what_was_not_read_is_said() -> None:
    """A partial snapshot says so in its first line, and what it lacks in its last."""
    text = shown(a_snapshot(gaps={"database orders": "500 DBS.300128"}), width=60)
    assert text.splitlines()[0].endswith(", PARTIAL")
    assert text.endswith("\nNot read\n  ? database orders: 500 DBS.300128\n")


@pytest.mark.parametrize("shards", [False, True])
@given(snapshot=snapshots())
def test_markdown_has_every_figure(snapshot: Snapshot, shards: bool) -> None:  # noqa: FBT001 - a parameter
    """The Markdown is well-formed: a row for each data node and database, and a column for each data node."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown.render(snapshot, shards=shards))
    counts = Counter(token.type for token in tokens)
    placed = {shard.data_node_id for database in snapshot.databases for shard in database.shards}
    nodes = len({node.id for node in snapshot.data_nodes} | placed)
    databases = len(snapshot.databases)
    assert counts["th_open"] == 5 + 4 + nodes
    assert counts["td_open"] == 5 * nodes + (4 + nodes) * (databases + (databases > 1))


def test_a_long_cell_is_no_thread() -> None:
    """Where a sentence had to go on in line after line of a word or two, a table is a list."""
    places = ", ".join(f"{count} on rds-orders-{count} (0123abcd…)" for count in range(1, 4))
    rows = [("2026-05-01 02:00:00", "2026-05-03 02:00:00", "5 … 6", "pre-change", places, "rebalance")]
    head = ("FROM (UTC)", "UNTIL (UTC)", "SNAPSHOTS", "LABEL", "WHERE", "CHANGES")
    assert len(table(head, rows)) == 2
    assert ["WHERE" in line for line in table(head, rows, width=80)].index(True) == 4
    assert "WHERE" in table(head, rows, width=100)[0]
