"""Reports in Chinese: all of each is translated, and nothing but the words differs from the English ones."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

import json
import re
from contextlib import suppress
from html.parser import HTMLParser
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from drift.compare.event_signatures import OPERATIONS
from drift.compare.plausibility import EMPTY_AFTER, EMPTY_BEFORE
from drift.compare.read_otherwise import OTHER_PLACES
from drift.core.model import Gap
from drift.decode.sources import snapshot_file
from drift.reports.ci.notice_rules import NOTICE_RULES
from drift.reports.content.fleet import Row, Status
from drift.reports.formats import CHECK_FORMATS, CI_FORMATS, FORMATS
from drift.reports.renderer import render
from drift.reports.wording.caveats import gap_reason
from drift.reports.wording.fleet import SUSPECT, summary
from drift.reports.wording.i18n import language_scope, plural, plural_more, translate
from drift.reports.wording.two_instances import TWO_INSTANCES
from drift.reports.wording.zh import CATALOGUE
from support.builders import a_database, a_shard, a_snapshot
from support.golden import REPORTS
from support.reports import a_checkup, broken, hostile_reports, reports
from support.scenarios import PLAN, SCENARIOS, before_it_all, planned
from support.sentences import counted_nouns, sentences
from support.shell import drift
from support.stores import keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.reports.content.report import Report

WORDS = re.compile(r"(?<!\w)[A-Za-z](?:[\w.-]*\w)?")
ID = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{8,}(in01)?\b|\bv1:[0-9a-f]{12}\b|--[a-z-]+")
# What stays as it is: rules, names in the scenarios, fields and their values, commands, units. Words with a digit or a
# sign in them are never prose.
MACHINE_WORDS = {
    *NOTICE_RULES, *OPERATIONS, "orders", "orders-prod", "orders-dr", "users", "invoices", "legacy", "rds", "rds-old",
    "host", "port", "name", "status", "index", "rows", "mysql", "cluster", "RUNNING", "BUSY", "MIGRATING",
    "drift", "diff", "gate", "check", "waive", "plan", "format", "markdown", "expect", "latest", "source", "details",
    "export", "severities", "UTC", "ID", "JSON", "A", "B", "C", "D", "E", "t", "true", "tenant", "ten",
    "from-diff", "confirm", "both", "REASON", "YYYY-MM-DD",
}  # fmt: skip
FROM_THE_SERVICE = re.compile(r"the service answered 500 DBS\.\d+( in 3 of 3 attempts)?")


class Told(HTMLParser):
    """What a page says to eyes and ears."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lang, self.words, self._in_style = "", [], False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the language and what is said of pictures."""
        found = dict(attrs)
        self._in_style = tag == "style"
        self.lang = found.get("lang") or self.lang
        self.words += [found.get("aria-label") or ""]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if not self._in_style:
            self.words.append(data)


def human(text: str, fmt: str) -> Iterator[str]:
    """The words for people in a report."""
    match fmt:
        case "html":
            yield from Told(text).words
        case "markdown":
            yield re.sub(r"<!--.*?-->|```mermaid\nflowchart LR|</?(details|summary|br)>", "", text)
        case "junit":
            for element in etree.fromstring(text.encode()).iter():
                yield from (element.get("message") or "", element.text or "")
                yield element.get("name") or "" if element.tag == "testcase" else ""
        case "sarif" | "gitlab":
            yield from members(json.loads(text), {"text", "justification", "description"})
        case "github":
            yield from (line.split("::", 2)[2] for line in text.splitlines())
        case _:
            yield text


def members(document: Any, keys: set[str]) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """The texts under these keys, anywhere in a document."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from [value] if key in keys and isinstance(value, str) else members(value, keys)
    elif isinstance(document, list):
        for value in document:
            yield from members(value, keys)


def foreign(text: str, fmt: str) -> set[str]:
    """The words of a report that are neither Chinese nor machine words."""
    told = FROM_THE_SERVICE.sub("", "\n".join(human(text, fmt)))
    return {word for word in WORDS.findall(ID.sub("", told)) if word.replace("-", "").isalpha()} - MACHINE_WORDS


def fields(sentence: str) -> dict[str, str]:
    """The fields of a sentence, and how each is formatted."""
    return {name: spec or "" for _, name, spec, _ in Formatter().parse(sentence) if name is not None}


def test_every_sentence_is_translated() -> None:
    """A sentence that reports may say has a translation, and no translation is of a sentence that none says."""
    assert set(CATALOGUE.sentences) == sentences()


def test_every_noun_has_its_measure_word() -> None:
    """What reports count is counted in Chinese as well, and nothing else is."""
    assert set(CATALOGUE.nouns) == counted_nouns()
    assert all("{count:,}" in told for told in CATALOGUE.nouns.values())


def test_a_translation_tells_the_same_facts() -> None:
    """A translation has the fields of its sentence, in whatever order, formatted alike."""
    told = CATALOGUE.sentences
    assert [sentence for sentence in told if fields(told[sentence]) != fields(sentence)] == []


@pytest.mark.parametrize(("sentence", "other"), TWO_INSTANCES.sentences.items())
def test_a_sentence_on_two_instances_tells_the_same_facts(sentence: str, other: str) -> None:
    """It takes the place of a sentence that reports say, and has its fields."""
    assert sentence in sentences()
    assert fields(other) == fields(sentence)


@pytest.mark.parametrize("reason", [EMPTY_BEFORE, EMPTY_AFTER, OTHER_PLACES])
def test_why_drift_itself_compares_no_part_is_translated(reason: str) -> None:
    """What drift itself says of a part is known for that, word for word; the words of others are made safe instead."""
    with language_scope("zh"):
        assert gap_reason(Gap("databases", reason), lambda words: f"safe {words}") == CATALOGUE.sentences[reason]


def test_a_suspect_row_of_a_fleet_is_translated() -> None:
    """Beside the figures of a row, the one word is in the language of the table."""
    row = Row("orders", Status.NOT_CHECKED, SUSPECT, 4)
    with language_scope("zh"):
        assert summary(row) == "存疑"


MOTION = re.compile(
    r"(?<![-\w])(moved?|moves|appeared|disappeared|added|dropped|created|grew|shrank|replaced|before(?! acting)|after|"
    r"changed?|changes|"
    r"scale-out|scale-in|rebalance|reshard)(?![-\w])|迁移|新增|消失|出现|扩容|缩容|均衡|变更|之前|之后"
)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("fmt", ["text", "markdown", "html", "junit", "github", "gitlab"])
def test_two_instances_differ_and_nothing_has_moved(fmt: str, lang: str) -> None:
    """A report on two instances has no word of motion or time in any format or language."""
    told = "\n".join(human(render(SCENARIOS["twins"](), fmt, lang=lang), fmt))
    assert told
    assert MOTION.findall(told) == []


def test_a_language_is_spoken_until_it_is_not() -> None:
    """Chinese ends where it was asked to end, whatever happens in it, and another may be spoken within."""
    with suppress(ZeroDivisionError), language_scope("zh"):
        assert plural(1200, "shard") == "1,200 个分片"
        assert plural_more(2, "shard") == "另有 2 个分片"
        with language_scope("en"):
            assert plural_more(2, "shard") == "2 more shards"
        assert translate("all databases") == "全部逻辑库"
        raise ZeroDivisionError
    assert translate("all databases") == "all databases"


def test_wide_characters_need_no_space() -> None:
    """A space that parts a name from Chinese words falls away where the field is Chinese, or ends in a bracket."""
    with language_scope("zh"):
        assert translate("{what} disappeared", what="rds-1") == "rds-1 消失"
        assert translate("{what} disappeared", what=plural(3, "shard")) == "3 个分片消失"
        assert translate("between {before} and {after}", before="1（a）", after="b") == "1（a）至 b"
        assert translate("{source} → {target}", source=translate("anywhere"), target="rds-1") == "任意节点 → rds-1"
        assert translate("{names} {where}", names="orders_0000", where="位于 rds-1") == "orders_0000 位于 rds-1"


@pytest.mark.parametrize(
    ("scenario", "fmt"), [case for case in REPORTS if FORMATS[case[1]].translates and case[0] != "hostile"]
)
def test_no_english_is_left(scenario: str, fmt: str) -> None:
    """Whatever bypasses the catalogue shows: a report in Chinese has no words of English but names and the like."""
    assert foreign(render(SCENARIOS[scenario](), fmt, lang="zh"), fmt) == set()


@pytest.mark.parametrize("fmt", [fmt for fmt in CHECK_FORMATS if fmt != "json"])
def test_no_english_is_left_in_a_checkup(fmt: str) -> None:
    """The same of what `drift check` tells."""
    assert foreign(render(a_checkup(broken()), fmt, lang="zh"), fmt) == set()


@given(reports() | hostile_reports())
def test_json_is_the_same_in_every_language(report: Report) -> None:
    """Programs see no difference."""
    assert render(report, "json", lang="zh") == render(report, "json")


@given(reports() | hostile_reports(), st.sampled_from(CI_FORMATS))
def test_a_tool_sees_the_same_results(report: Report, fmt: str) -> None:
    """Another language changes no count of results, no rule and no fingerprint."""
    marks = re.compile(r"v1:[0-9a-f]{12}|[0-9a-f]{32,}")
    chinese, english = render(report, fmt, lang="zh"), render(report, fmt)
    assert chinese.count("\n") == english.count("\n")
    assert marks.findall(chinese) == marks.findall(english)


def test_a_page_says_which_language_it_is_in() -> None:
    """Screen readers pronounce it, and browsers choose its glyphs, by what the page says."""
    assert Told(render(planned(), "html", lang="zh")).lang == "zh-CN"
    assert Told(render(planned(), "html")).lang == "en"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store of three snapshots, the last of which is partial, a plan, and a waiver that isn't used."""
    moved = a_database(shards=[a_shard(f"orders_{i:04}", on="rds-2") for i in range(16)])
    after = a_snapshot(moved, a_database("users"), minutes=5)
    partial = a_snapshot(minutes=9, gaps={"database orders": "the service answered 500 DBS.300128"})
    keep(tmp_path, before_it_all(), after, partial)
    (tmp_path / "plan.toml").write_text(PLAN)
    (tmp_path / "drift.toml").write_text(
        '[instances.orders-prod]\ninstance_id = "a"\n[[waivers]]\nrule = "shard-added"\n'
        'database = "users"\nto = "rds-2"\nreason = "CHG-1"\nexpires = 2999-01-01\n'
    )
    return tmp_path


COMMANDS = (
    "diff 1 2", "diff 2 3", "diff 3 3", "gate 1 2 --plan plan.toml", "gate 1 2", "gate 2 3", "check 2", "check 3",
    "show 2 --shards", "show 3", "log", "log -n 1", "history orders", "history orders_0003", "history rds-1 -n 1",
    "plan show plan.toml", "plan show plan.toml 1", "diff latest~1 latest --all", "gate --all --format markdown",
    "end CHG-1 --from-file whole.json", "diff 1 2 --format markdown", "history orders --format markdown",
    "history orders_0003 --format html", "show 1 --shards --format markdown",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_tells_the_same_in_chinese(folder: Path, command: str) -> None:
    """A command ends with the same code, says the same on stderr, and leaves no English on stdout."""
    (folder / "whole.json").write_bytes(snapshot_file.dumps(before_it_all()))
    words = command.split()
    if words[0] == "end":
        drift(folder, "begin", "CHG-1", "orders-prod", "--from-file", "whole.json")
        drift(folder, *words)  # what is judged again is told alike
    english, chinese = drift(folder, *words), drift(folder, *words, "--lang", "zh")
    assert (chinese.code, chinese.err) == (english.code, english.err)
    assert foreign(chinese.out, words[-1]) == set()
    assert chinese.out != english.out


@pytest.mark.parametrize("command", ["diff 1 2", "gate 1 2 --plan plan.toml", "gate 2 3", "check 2", "log", "show 2",
                                     "history orders", "diff latest~1 latest --all"])  # fmt: skip
def test_a_command_s_json_is_the_same(folder: Path, command: str) -> None:
    """With --format json, a command writes the same bytes in both languages, and ends with the same code."""
    words = [*command.split(), "--format", "json"]
    assert drift(folder, *words, "--lang", "zh") == drift(folder, *words)


def test_the_language_comes_from_a_flag_a_variable_or_the_file(folder: Path) -> None:
    """--lang is asked first, then DRIFT_LANG, then drift.toml; a locale's name will do, and LANG says nothing."""
    settings = folder / "drift.toml"
    settings.write_text('lang = "zh"\n' + settings.read_text())
    assert "数据节点" in drift(folder, "show").out
    assert "DATA NODE" in drift(folder, "show", DRIFT_LANG="en_GB.UTF-8").out
    assert "数据节点" in drift(folder, "show", "--lang", "zh-CN", DRIFT_LANG="en").out
    settings.write_text(settings.read_text().removeprefix('lang = "zh"\n'))
    assert "DATA NODE" in drift(folder, "show", LANG="zh_CN.UTF-8", LC_ALL="zh_CN.UTF-8").out
    assert "lang  " in drift(folder, "config", "--lang", "zh").out


@pytest.mark.parametrize("language", ["fr", "zh-TW", "zh_Hant", "chinese", "e"])
def test_another_language_is_an_error(folder: Path, language: str) -> None:
    """What reports can't be written in is a wrong setting, and so is Traditional Chinese."""
    ended = drift(folder, "show", "--lang", language)
    assert (ended.code, ended.out) == (2, "")
    assert "--lang: expected en or zh, which is Simplified Chinese" in ended.err
