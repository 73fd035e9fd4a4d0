"""Names that mean something to a terminal, a page, a log or a sheet, through every command, each output read back."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import cmarkgfm
import html5lib
import msgspec
import pytest
from cmarkgfm.cmark import Options

from drift.reports.content import failure, fleet
from drift.reports.formats import CHECK_FORMATS, HISTORY_FORMATS, REPORT_FORMATS
from drift.reports.json.fleet import render_failure
from drift.reports.renderer import render
from drift.reports.wording.escape import json_document, shorten, visible
from drift.store import Store
from support.builders import a_database, a_node, a_shard, a_snapshot, a_time
from support.ci_reports import READERS
from support.hostile import ANSI, COMMANDS, CONTROLS
from support.pages import foreign, parsed
from support.schemas import violations
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

NAMES = (
    "a|b\\|c", "`code` ``x`", "</script><script>alert(1)</script>", "</details><img src=x onerror=alert(1)>", "@all",
    "::error::fine", "##[error]##vso[task.complete]", "\x1b[31mred\x1b[0m", "\u202egnp.exe\u2066x", "\x9b2Jclear",
    "n" * 65_536, "`" * 65_536, "=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "two\nlines\r\n- [ ] x", "--> <!--",
    "👩‍👩‍👧 family", "e\u0301 combining", "分片_0001", "![x](http://e/x.png)", "{{7*7}} ${x} %0A%0D", '"quoted" &amp;',
)  # fmt: skip
MARKUP = {
    "html", "head", "body", "p", "strong", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "h3",
    "details", "summary", "pre", "hr",
}  # fmt: skip


def topology(*, turned: int) -> dict[str, Any]:
    """A data node, a database and a shard of each name; every shard so many data nodes further on."""
    nodes = [msgspec.structs.replace(a_node(f"n{i}"), name=name) for i, name in enumerate(NAMES)]
    shards = [a_shard(name, database=name, on=f"n{(i + turned) % len(NAMES)}", index=0) for i, name in enumerate(NAMES)]
    found = [a_database(name, shards=[shard], status=name) for name, shard in zip(NAMES, shards, strict=True)]
    return {"databases": found, "nodes": nodes}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two instances of such names, each before and after all shards moved, and a drift.toml."""
    made = tmp_path_factory.mktemp("hostile")
    before, after = topology(turned=0), topology(turned=1)
    with Store.open(made / "snapshots/drift.db", create=True) as store:
        for instance in ("one", "two"):
            for minutes, found in enumerate((before, after)):
                store.save(a_snapshot(*found["databases"], nodes=found["nodes"], instance=instance, minutes=minutes))
        store.save(a_snapshot(*after["databases"], nodes=[], instance="three"))  # all on unknown data nodes
    ids = "".join(f'[instances.{each}]\ninstance_id = "{each}"\n' for each in ("one", "two"))
    (made / "drift.toml").write_text(ids)
    return made


def rendered(markdown: str) -> Element:
    """Markdown as GitHub's own parser makes a page of it, raw HTML included."""
    page = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return html5lib.parse(page, namespaceHTMLElements=False)


def strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Every text in a JSON document."""
    match value:
        case str():
            yield value
        case dict():
            yield from value
            yield from (each for inner in value.values() for each in strings(inner))
        case list():
            yield from (each for inner in value for each in strings(inner))


def words(text: str) -> str:
    """A text without its white space, in which a table or the end of a line may have put more."""
    return re.sub(r"\s", "", text)


def read_back(text: str, fmt: str) -> str | None:  # noqa: PLR0911 - a table
    """What a reader of that format has of a name as eyes see it; None for one that shows the worst alone."""
    match fmt:
        case "json":
            assert not CONTROLS.search(text)
            return None
        case "html":
            page = parsed(text)
            assert foreign(page) == []
            return "".join(page.itertext())
        case "markdown":
            page = rendered(text)
            assert {element.tag for element in page.iter() if isinstance(element.tag, str)} <= MARKUP
            assert not COMMANDS.search(re.sub(r"^<!--.*?-->", "", text))
            return "".join(page.itertext())
        case "github":
            assert READERS[fmt](text)
            return None
        case "csv":
            found = [cell for row in csv.reader(io.StringIO(text, newline=""), strict=True) for cell in row]
            assert not [cell for cell in found if CONTROLS.search(cell) or cell.startswith(("=", "+", "-", "@"))]
            return " ".join(map(shorten, found))
        case "text":
            assert not CONTROLS.search(text)
            assert not COMMANDS.search(text)
            return text
        case _:
            assert not CONTROLS.search(text)
            READERS[fmt](text)
            return " ".join(strings(json.loads(text))) if fmt != "junit" else "".join(junit_texts(text))


def junit_texts(text: str) -> Iterator[str]:
    from lxml import etree  # noqa: PLC0415 - as the readers have it

    for element in etree.fromstring(text.encode()).iter():
        yield from element.attrib.values()


def has(told: str, name: str) -> bool:
    """Whether a name is there as eyes are to see it, in the ways in which media delimit it."""
    shown = visible(shorten(name))
    ways = {shown, shown.replace("\\|", "\\u005c|"), shown.replace('"', "\\u0022")}
    ways |= {way.replace("{", "{{").replace("}", "}}") for way in ways} | {way.replace("]", "\\u005d") for way in ways}
    return any(words(way) in words(told) for way in ways)


def check_all(text: str, fmt: str) -> None:
    """The output is what it should be, and each name is in it."""
    told = read_back(text, fmt)
    if fmt == "json":
        found = set(strings(json.loads(text)))
        assert [name[:50] for name in NAMES if name not in found] == []
    elif told is not None:
        assert [name[:50] for name in NAMES if not has(told, name)] == []


@pytest.mark.parametrize("fmt", REPORT_FORMATS)
def test_a_diff_tells_every_name(folder: Path, fmt: str) -> None:
    """What moved is told in every format, and no name is more than a name."""
    ended = drift(folder, "diff", "one:latest~1", "one:latest", "--format", fmt)
    assert ended.code == 0
    check_all(ended.out, fmt)


@pytest.mark.parametrize("fmt", CHECK_FORMATS)
def test_a_check_tells_every_name(folder: Path, fmt: str) -> None:
    """What is wrong about each database, in every format."""
    ended = drift(folder, "check", "three:latest", "--format", fmt)
    assert ended.code == 1
    check_all(ended.out, fmt)


@pytest.mark.parametrize("fmt", ["text", "markdown", "json"])
def test_many_instances_tell_every_name(folder: Path, fmt: str) -> None:
    """With --all, what happened on several instances and what happened on each."""
    ended = drift(folder, "diff", "latest~1", "latest", "--all", "--format", fmt)
    assert ended.code == 0, ended.err
    if fmt == "json":
        assert violations("report", json.loads(ended.out)) == []
        check_all(ended.out, fmt)
    else:
        assert read_back(ended.out, fmt)


@pytest.mark.parametrize("fmt", HISTORY_FORMATS)
def test_a_history_tells_every_name(folder: Path, fmt: str) -> None:
    """The title, the data nodes and what happened."""
    for number, name in enumerate(NAMES):
        ended = drift(folder, "history", f"one:{name}", "--kind", "database", "--format", fmt)
        assert ended.code == 0, ended.err
        told = read_back(ended.out, fmt)
        mentioned = [name, NAMES[(number + 1) % len(NAMES)]]
        if fmt == "json":
            assert violations("history", json.loads(ended.out)) == []
            assert set(mentioned) <= set(strings(json.loads(ended.out)))
        else:
            assert told is not None
            assert [each[:50] for each in mentioned if not has(told, each)] == []


@pytest.mark.parametrize("line", ["show one:latest", "show one:latest --shards", "log"])
def test_what_is_looked_at_in_a_terminal_is_harmless(folder: Path, line: str) -> None:
    """A topology and a log have no character that a terminal obeys, and every name of the topology."""
    ended = drift(folder, *line.split())
    assert ended.code == 0
    assert not CONTROLS.search(ended.out)
    assert not ANSI.search(ended.out)
    assert line == "log" or [name[:50] for name in NAMES if not has(ended.out, name)] == []


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_an_overview_tells_any_name(name: str) -> None:
    """Whatever an instance is called and whatever went wrong with it, there is one row for it."""
    row = fleet.Row(name, fleet.Status.ERROR, f"no answer: {name}", 3)
    events = (("scale-out", "error", "1", "one", ""),)
    overview = fleet.Fleet(name=name, rows=(row,), events=events, command=f"drift diff {name}")
    assert has(read_back(render(overview, "text", width=None), "text") or "", name)
    markdown = render(overview, "markdown")
    assert has(read_back(markdown, "markdown") or "", name)
    rows = [[cell.tag for cell in row] for row in rendered(markdown).iter("tr")]
    assert rows == [["th"] * 5, ["td"] * 5, ["th"] * 3, ["td"] * 3]
    page = render(overview, "html")
    assert has(read_back(page, "html") or "", name)
    document = render_failure(row)
    read_back(document, "json")
    assert json.loads(document)["instance"] == name


@pytest.mark.parametrize("fmt", REPORT_FORMATS)
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_failure_tells_any_name(name: str, fmt: str) -> None:
    """Why there is no report is told, whatever is in the words of it."""
    failed = failure.Failure(
        name="gate", instance=name, message=f"no: {name}", hint=name, exit_code=3, command="drift gate", at=a_time()
    )
    text = render(failed, fmt)
    told = read_back(text, fmt)
    is_told = json.loads(text)["error"]["message"] == f"no: {name}" if fmt == "json" else has(told or "", name)
    assert fmt == "github" or len(name) > 400 or is_told


def test_lists_for_programs_are_exact_and_harmless() -> None:
    """What is printed as JSON has every character of a name, and none that a terminal obeys."""
    text = json_document(NAMES)
    assert not CONTROLS.search(text)
    assert json.loads(text) == [*NAMES]


@pytest.mark.parametrize("text", ["nul\\u0000", "half \\ud800", "half \\udc00 first"])
def test_what_is_no_text_is_refused_when_it_is_read(tmp_path: Path, text: str) -> None:
    """A file with a NUL or half a surrogate pair in a name can't be judged, whatever it is called."""
    node = '{"id": "n", "name": "rds-1", "host": "h", "port": 1, "engine": "mysql", "engine_version": "8"}'
    name = json.loads(json.dumps(text))
    (tmp_path / "file.json").write_text(
        f'{{"data_nodes": [{node}], "databases": [{{"name": "{name}", "shards": '
        f'[{{"name": "{name}", "data_node_id": "n"}}]}}]}}'
    )
    ended = drift(tmp_path, "diff", "./file.json", "./file.json")
    assert ended.code == 4
    assert not CONTROLS.search(ended.err)
