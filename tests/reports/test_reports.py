from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import record_fields
from drift.policy.plan import file as plan_file
from drift.policy.rules import RULES, Severity
from drift.policy.verdict import Disposition, Policy
from drift.reports.content.outline import outline
from drift.reports.formats import REPORT_FORMATS
from drift.reports.judging import gate
from drift.reports.markdown.report import marker
from drift.reports.markdown.size_limit import LIMIT
from drift.reports.renderer import render
from drift.reports.wording.escape import cells, visible
from drift.reports.wording.node_names import difference
from support.builders import a_database, a_node, a_shard, a_snapshot, a_time
from support.hostile import ANSI, COMMANDS, CONTROLS, HOSTILE, hostile
from support.markdown import MARKDOWN, html_of, spans
from support.reports import a_checkup, a_report, hostile_reports, languages, reports

if TYPE_CHECKING:
    from drift.core.validators import Language
    from drift.reports.content.report import Report

BAR = re.compile(r"(?<!\\)\|")  # renderers that disagree about two backslashes before a bar never meet any
MERMAID_NODE = re.compile(r'  n\d+\["(?:[\w .:-]|#\d+;|<br>)*"\]')
MERMAID_EDGE = re.compile(r'  n\d+ -->\|"[\d,]+ shards?"\| n\d+')


@given(reports())
def test_json_holds_every_change_exactly(report: Report) -> None:
    """Whatever changed is in the JSON, with its whole records and in the diff's order."""
    document = json.loads(render(report, "json"))
    assert document["changes"] == [
        {
            "rule": judged.change.rule,
            "severity": judged.severity.word,
            "disposition": judged.disposition.value,
            "fingerprint": judged.fingerprint,
            "entity": judged.change.entity,
            "database": judged.change.database,
            "name": judged.change.name,
            "before": None if judged.change.before is None else record_fields(judged.change.before),
            "after": None if judged.change.after is None else record_fields(judged.change.after),
            "edits": [{"path": list(e.path), "before": e.before, "after": e.after} for e in judged.change.edits],
            "event": f"e{place + 1}",
        }
        for judged, place in zip(report.verdict.changes, report.events.places, strict=True)
    ]


@given(hostile_reports())
def test_json_is_exact_and_harmless_for_any_text(report: Report) -> None:
    """JSON keeps any text to the last character and shows a terminal none that it would obey."""
    text = render(report, "json")
    document = json.loads(text)
    assert not CONTROLS.search(text)
    for side, told in ((report.before, document["before"]), (report.after, document["after"])):
        assert (told["label"], told["instance"], told["source"]) == (side.label, side.instance, side.source)
    assert [change["name"] for change in document["changes"]] == [j.change.name for j in report.verdict.changes]
    assert document["not_checked"] == [{"scope": g.scope, "reason": g.reason} for g in report.verdict.not_checked]


def test_json_keys_are_the_contract() -> None:
    """The keys of the JSON report are those of format 1, in their order."""
    before = a_snapshot(a_database(), label="pre")
    document = json.loads(render(a_report(before, a_snapshot(minutes=5)), "json"))
    assert list(document) == [
        "format", "tool", "verdict", "before", "after", "summary", "events", "changes", "plan", "not_checked",
        "balance", "suspect",
    ]  # fmt: skip
    assert list(document["before"]) == [
        "snapshot", "label", "instance", "instance_id", "taken_at", "source", "complete", "content_hash",
    ]  # fmt: skip
    assert list(document["summary"]) == ["changes", "unexpected", "expected", "waived", "ignored", "by_rule"]
    assert list(document["changes"][0]) == [
        "rule", "severity", "disposition", "fingerprint", "entity", "database", "name", "before", "after", "edits",
        "event",
    ]  # fmt: skip
    assert document["before"]["taken_at"] == "2026-05-01T02:00:00Z"


@given(reports())
def test_json_balance_lists_every_node_by_id(report: Report) -> None:
    """The balance of a side has each of its data nodes once, empty and unknown ones too, sorted by id."""
    document = json.loads(render(report, "json"))
    for side, told in ((report.before, document["balance"]["before"]), (report.after, document["balance"]["after"])):
        assert [row["data_node_id"] for row in told] == sorted({*side.nodes, *side.balance})
        assert {row["data_node_id"]: row["shards"] for row in told if row["shards"]} == dict(side.balance)


@given(reports())
def test_every_change_is_told_exactly_once(report: Report) -> None:
    """What the groups tell, children included, adds up to all changes, whole and by disposition and rule."""
    found = outline(report)
    blocks = list(found.blocks)
    told = [group.count for block in blocks for group in block.groups]
    assert sum(told) == found.total == len(report.verdict.changes)
    assert sum(section.count for section in found.sections) == found.total
    assert sum(count.total for count in found.counts) == found.total
    by_rule: dict[str, int] = {}
    for block in blocks:
        by_rule[block.rule] = by_rule.get(block.rule, 0) + block.count
    assert by_rule == report.verdict.by_rule


@given(reports())
def test_what_is_unexpected_comes_first(report: Report) -> None:
    """Unexpected events come first, then the partly expected, the expected, the waived and the ignored."""
    sections = outline(report).sections
    order = [(list(Disposition).index(section.disposition), section.partly) for section in sections]
    assert order == sorted(set(order))
    for section in sections:
        for chapter in section.chapters:
            kinds = {block.disposition for block in chapter.blocks}
            assert section.partly == (Disposition.UNEXPECTED in kinds and len(kinds) > 1)
            assert section.disposition == min(kinds, key=list(Disposition).index)
            assert chapter.event is None or chapter.event.changes == chapter.count
        single = [chapter.event is None for chapter in section.chapters]
        assert single == sorted(single)


@given(reports())
def test_every_operation_is_told_once_with_its_changes_beneath(report: Report) -> None:
    """Each operation has one place in the text, and one in the Markdown, where what is beneath it is folded."""
    events = sorted(event.id for event in report.events.events if event.change is None)
    markdown, text = render(report, "markdown"), render(report, "text")
    assert sorted(re.findall(r"^\*\*(e\d+)\*\* .*\n\n(?:(?:- ! .*\n)+\n)?<details>", markdown, re.MULTILINE)) == events
    assert sorted(re.findall(r"^  (e\d+) \(", text, re.MULTILINE)) == events


@given(reports() | hostile_reports(), st.integers(60, 200), languages)
def test_text_is_harmless_and_fits_the_width(report: Report, width: int, lang: Language) -> None:
    """Text has no control character but its line ends, obeys nobody, and no line is wider than asked."""
    text = render(report, "text", width=width, lang=lang)
    assert text.endswith("\n")
    assert not CONTROLS.search(text)
    assert not COMMANDS.search(text)
    assert max(map(cells, text.splitlines())) <= width


@given(reports() | hostile_reports(), st.integers(60, 200))
def test_the_same_is_told_at_every_width(report: Report, width: int) -> None:
    """A narrow terminal breaks lines and leaves nothing out: every character that isn't blank is there as often."""
    narrow, wide = (Counter("".join(render(report, "text", width=columns).split())) for columns in (width, 200))
    del narrow["\\"], wide["\\"]  # where a command goes on in the next line
    assert narrow == wide


@given(reports() | hostile_reports())
def test_colour_adds_nothing_but_colour(report: Report) -> None:
    """Without its ANSI sequences, coloured text is the plain text: no meaning is in colour alone."""
    assert ANSI.sub("", render(report, "text", colour=True)) == render(report, "text")


@given(hostile_reports(), languages)
def test_markdown_lets_no_name_become_markup(report: Report, lang: Language) -> None:
    """No text from outside becomes HTML, a link, an image, emphasis, a heading or a table column."""
    markdown = render(report, "markdown", lang=lang)
    assert len(markdown) <= LIMIT
    assert not CONTROLS.search(markdown)
    assert not COMMANDS.search(markdown.removeprefix(marker(report)))
    assert html_of(markdown) <= {
        marker(report),
        "<details><summary>N</summary>",
        "<details><summary>N by name</summary>",
        "<details><summary>N的名称</summary>",
        "</details>",
    }
    tokens = MARKDOWN.parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "code_inline", "strong_open", "strong_close", "html_inline"}
    assert any(child.type == "strong_open" for child in inline)
    assert all(token.tag == "h3" for token in tokens if token.type == "heading_open")
    assert not any("@" in child.content for child in inline if child.type == "text")


@given(hostile_reports() | reports(), languages)
def test_markdown_tables_keep_their_columns(report: Report, lang: Language) -> None:
    """Each table row that is written is a row when rendered, with as many cells as its head."""
    markdown = render(report, "markdown", lang=lang)
    tokens = MARKDOWN.parse(markdown)
    written = [line for line in markdown.splitlines() if line.startswith("| ")]
    rules = sum(line.startswith("| ---") for line in written)
    assert sum(token.type == "tr_open" for token in tokens) == len(written) - rules
    for row in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        assert len({len(BAR.findall(line)) for line in row.splitlines()}) == 1


@pytest.mark.parametrize("name", [name for name in HOSTILE if 0 < len(name) <= 100])
def test_names_come_back_from_markdown(name: str) -> None:
    """A data node's name, in a table and in a paragraph, is read back as it was, but for what can't be seen."""
    before, after = a_snapshot(nodes=[]), a_snapshot(nodes=[a_node(name)], minutes=1)
    found = spans(render(a_report(before, after), "markdown"))
    in_table = visible(name).replace("\\|", "\\u005c|")
    assert {visible(name), in_table} <= set(found)


@given(st.lists(hostile, min_size=2, max_size=4, unique=True))
def test_the_eye_can_tell_short_names_apart(names: list[str]) -> None:
    """Two different names never look the same, unless only their letters do."""
    short = [name for name in names if len(name) <= 100]
    assert len({visible(name) for name in short}) == len(short)


@given(reports() | hostile_reports(), st.sampled_from(REPORT_FORMATS))
def test_a_report_is_deterministic(report: Report, fmt: str) -> None:
    """The same report gives the same bytes."""
    assert render(report, fmt).encode() == render(report, fmt).encode()


def test_three_ways_of_nothing_read_differently() -> None:
    """Nothing changed, nothing unexpected and nothing checked can't be taken for one another."""
    before, later = a_snapshot(a_database()), a_snapshot(a_database(), minutes=5)
    gone = a_snapshot(nodes=[], minutes=5, gaps={"data-nodes": "no answer", "databases": "no answer"})
    ignored = a_report(
        before,
        a_snapshot(a_database(status="BUSY"), minutes=5),
        Policy(severities=dict.fromkeys(RULES, Severity.IGNORE)),
    )
    for fmt in ("text", "markdown"):
        assert "Nothing changed" in render(a_report(before, later), fmt)
        assert "Nothing unexpected" in render(ignored, fmt)
        assert "Nothing checked" in render(a_report(before, gone), fmt)
        assert "no answer" in render(a_report(before, gone), fmt)


def test_databases_that_all_failed_one_by_one_are_nothing_checked_but_the_nodes() -> None:
    """Where each database is a gap of its own but data nodes were read, the verdict isn't that nothing was checked."""
    before, after = a_snapshot(a_database()), a_snapshot(minutes=1, gaps={"database orders": "500"})
    assert not outline(a_report(before, after)).nothing_checked
    assert outline(
        a_report(before, a_snapshot(nodes=[], minutes=1, gaps={"database orders": "500", "data-nodes": "x"}))
    ).nothing_checked


def test_a_partial_side_is_no_loss() -> None:
    """What a gap hides is neither counted down nor shown as zero."""
    before, after = a_snapshot(a_database()), a_snapshot(minutes=1, gaps={"database orders": "500 DBS.300128"})
    text = render(a_report(before, after), "text")
    assert " -2" not in text
    assert re.search(r"2 +→ +\?", text)
    assert "database orders: 500 DBS.300128" in text.replace('"', "")


@pytest.mark.parametrize(
    ("unread", "shown"), [([], "+5"), (["before"], ""), (["after"], ""), (["before", "after"], "")]
)
def test_no_difference_is_shown_where_a_side_is_partial(unread: list[str], shown: str) -> None:
    """A data node's shards before and after are subtracted only where both sides were read whole."""
    before, after = (
        a_snapshot(
            a_database(shards=shards, on=["rds-1"]),
            nodes=["rds-1"],
            minutes=shards,
            gaps={"database users": "500"} if side in unread else {},
        )
        for side, shards in (("before", 3), ("after", 8))
    )
    report = a_report(before, after)
    assert [difference(row, report) for row in outline(report).balance] == [shown]
    for fmt in ("text", "markdown", "html"):
        assert ("+5" in render(report, fmt)) == bool(shown)


@pytest.mark.parametrize("fmt", ["text", "markdown"])
def test_a_long_list_shows_a_hundred_rows_and_counts_the_others(fmt: str) -> None:
    """Data nodes and parts that were not read are shown up to a hundred; the others are counted."""
    nodes = [f"rds-{number:03}" for number in range(130)]
    gaps = {f"database d{number:03}": "the service answered 500" for number in range(120)}
    before = a_snapshot(a_database(shards=130, on=nodes), nodes=nodes)
    after = a_snapshot(a_database(shards=260, on=nodes), nodes=nodes, minutes=1, gaps=gaps)
    shown = render(a_report(before, after), fmt)
    assert len(re.findall(r"the service answered 500", shown)) == 100
    assert "20 more parts" in shown
    assert len(re.findall(r"rds-\d{3}.*1 +(?:→|[|]) +≥ 2", shown)) == 100
    assert "30 more data nodes" in shown


def test_an_unknown_data_node_is_called_so() -> None:
    """A shard on a data node that its side doesn't list is said to be on an unknown one."""
    stray = a_database(shards=[a_shard("orders_0000", on="ghost")])
    report = a_report(a_snapshot(a_database(shards=1)), a_snapshot(stray, minutes=1))
    assert "→ unknown data node" in render(report, "text").replace("\n", " ")
    assert "unknown data node" in render(report, "markdown")


def test_contiguous_names_are_a_range() -> None:
    """Shards that follow one another are told as a range with its size, others by name."""
    before = a_database(shards=[a_shard(f"orders_{i:04}") for i in range(12)])
    moved = {0, 2, 3, 5, 6, 7, 8, 9, 10}
    after = a_database(shards=[a_shard(f"orders_{i:04}", on="rds-2" if i in moved else "rds-1") for i in range(12)])
    text = render(a_report(a_snapshot(before), a_snapshot(after, minutes=1)), "text")
    assert "orders_0000, orders_0002, orders_0003, orders_0005 … orders_0010 (6)" in text


def test_an_added_database_is_one_line_with_its_shards() -> None:
    """The shards of a new database are counted by data node in the database's line, not listed."""
    text = render(a_report(a_snapshot(), a_snapshot(a_database(shards=16), minutes=1)), "text")
    assert "16 shards: 8 on rds-1" in text
    assert "orders_0003" not in text
    assert "shard-added (warning): 16, listed with their database" in text


def test_markdown_says_what_it_left_out() -> None:
    """A report too large for a comment names less, counts all, and what is shown plus what is not is everything."""
    names = [f"orders_{i * 2:06}" for i in range(30_000)]
    before = a_database(shards=[a_shard(name, index=0) for name in names])
    after = a_database(shards=[a_shard(name, index=i + 1) for i, name in enumerate(names)])
    markdown = render(a_report(a_snapshot(before), a_snapshot(after, minutes=1)), "markdown")
    assert len(markdown) <= LIMIT
    shown = len(re.findall(r"^- `~` `orders`: 1 shard", markdown, re.MULTILINE))
    hidden = re.search(r"… ([\d,]+) more changes not shown", markdown)
    assert hidden
    assert shown + int(hidden[1].replace(",", "")) == len(names)


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_no_name_breaks_the_picture(name: str) -> None:
    """Whatever a data node is called, the Mermaid graph has one label for it and one arrow."""
    nodes = [msgspec.structs.replace(a_node("rds-1"), name=name), a_node("rds-2")]
    before, after = (
        a_snapshot(a_database(shards=1, on=[on]), nodes=nodes, minutes=minutes)
        for minutes, on in enumerate(["rds-1", "rds-2"])
    )
    markdown = render(a_report(before, after), "markdown")
    first, *lines = next(t.content for t in MARKDOWN.parse(markdown) if t.info == "mermaid").splitlines()
    assert first == "flowchart LR"
    assert [bool(MERMAID_NODE.fullmatch(line)) for line in lines] == [True, True, False]
    assert MERMAID_EDGE.fullmatch(lines[-1])


@pytest.mark.parametrize("fmt", REPORT_FORMATS)
def test_a_name_of_64_kb_is_survived(fmt: str) -> None:
    """A name of 64 KB is whole where programs read it, and elsewhere shortened with the count of what is left out."""
    name = "orders_" + "0" * 65_529
    text = render(a_report(a_snapshot(), a_snapshot(a_database(name), minutes=1)), fmt)
    if fmt in {"json", "csv"}:
        assert name in re.split(r'[",]', text)
    else:
        assert "65,436morecharacters" in re.sub(r"\s", "", text)
        assert len(text) < 15_000


@pytest.mark.parametrize(
    ("apart", "words"),
    [
        (timedelta(), "at the same time"),
        (timedelta(seconds=59), "59 s later"),
        (timedelta(hours=2, minutes=10, seconds=5), "2 h 10 min later"),
        (timedelta(days=-3), "3 d earlier"),
        (timedelta(days=1, seconds=1), "1 d 1 s later"),
        (timedelta(microseconds=5), "less than 1 s later"),
    ],
)
def test_the_interval_is_told_in_words(apart: timedelta, words: str) -> None:
    """The time between the snapshots is said in its two largest units, and in which direction."""
    before = a_snapshot(taken_at=a_time())
    assert words in render(a_report(before, a_snapshot(taken_at=a_time() + apart)), "text")


@given(reports() | hostile_reports())
def test_json_events_hold_every_change(report: Report) -> None:
    """Each change is in the event that it names, and in no other; no event is less severe than its worst change."""
    document = json.loads(render(report, "json"))
    severities_by_print = {change["fingerprint"]: change["severity"] for change in document["changes"]}
    for event in document["events"]:
        assert list(event)[:6] == ["id", "kind", "title", "severity", "changes", "deviations"]
        assert [c["fingerprint"] for c in document["changes"] if c["event"] == event["id"]] == event["changes"]
        assert set(event["deviations"]) <= set(event["changes"])
        worst = max(Severity.of(severities_by_print[each]) for each in event["changes"])
        assert Severity.of(event["severity"]) >= worst
    assert sum(len(event["changes"]) for event in document["events"]) == len(document["changes"])


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        (["rds-1"] * 4, ["rds-1", "rds-1", "rds-3", "rds-3"],
         "scale-out by DDM's method 1: data node rds-3 added, 2 of 4 shards of orders moved to it"),
        (["rds-1"] * 2, ["rds-1", "rds-1", "rds-1"],
         "reshard by DDM's method 2: orders grew from 2 to 3 shards"),
        (["rds-1"] * 2, ["rds-1", "rds-1", "rds-3"],
         "scale-out by DDM's method 3: data node rds-3 added, orders grew from 2 to 3 shards, 1 on it"),
        (["rds-1", "rds-2"], ["rds-1", "rds-1"],
         "scale-in: data node rds-2 disappeared, 1 of 2 shards of orders moved"),
        (["rds-1", "rds-2"], ["rds-1", "rds-3"],
         "data node replaced: rds-3 appeared, 1 of 2 shards of orders moved to it from rds-2, which disappeared"),
        ([], ["rds-1"], "scale-out by DDM's method 3: data node rds-1 added, orders grew from 0 to 1 shard, 1 on it"),
    ],
)  # fmt: skip
def test_a_title_says_what_an_operator_would(before: list[str], after: list[str], title: str) -> None:
    """Each operation is told in its own words, with true counts."""
    sides = [
        a_snapshot(
            a_database(shards=[a_shard(f"orders_{i:04}", on=on) for i, on in enumerate(places)]),
            nodes=sorted(set(places)), minutes=minutes,
        )
        for minutes, places in enumerate((before, after))
    ]  # fmt: skip
    found = json.loads(render(a_report(sides[0], sides[1]), "json"))["events"]
    assert [re.sub(r" \([0-9a-f]{8}…\)", "", event["title"]) for event in found] == [title]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_null_that_is_no_longer_there_is_told_in_words(form: str) -> None:
    """A member that was null and is gone never reads as though nothing had changed."""
    node = a_node(attributes={"comment": None})
    told = render(a_report(a_snapshot(nodes=[node]), a_snapshot(nodes=[a_node()])), form)
    assert "null on one side, absent on the other" in " ".join(told.split())


def test_a_checkup_counts_the_gaps_that_it_leaves_out() -> None:
    """Of more parts than a text shows, the rest is counted."""
    gaps = {f"database d{number:03}": "the service answered 500" for number in range(120)}
    text = render(a_checkup(a_snapshot(gaps=gaps)), "text")
    assert "  … and 20 more parts\n" in text
    assert text.count("the service answered 500") == 100


@pytest.mark.parametrize("fmt", ["text", "markdown", "github"])
def test_a_plan_counts_the_edits_that_its_line_leaves_out(fmt: str) -> None:
    """A change that contradicts a plan by the last of many values is not shown as if the first ones were all."""
    sides = [a_snapshot(a_database(attributes={f"k{n:02}": value for n in range(14)})) for value in (0, 1)]
    wanted = '[[expect]]\nrule = "database-changed"\nname = "orders"\nbecomes = { attributes = { k13 = 2 } }\n'
    report = render(gate(*sides, plan=plan_file.parse(wanted, Path("plan.toml"))), fmt)
    assert " and 2 more edits)" in report.replace("\n    ", " ")
