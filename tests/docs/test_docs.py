from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click
import pytest

from drift.cli.main import cli
from drift.config.settings_table import TABLE
from drift.core.sources import SELECTABLE
from drift.policy.rules import RULES
from drift.reports.formats import REPORT_FORMATS
from support.doc_pages import PAGES, anchors, headings, links, slug
from support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES, MOST_LINES = 12 * 1024, 250
LONGEST_PAGE = 450
"""Lines of a page that nobody generates."""
GENERATED = frozenset({"cli.md", "examples.md", "settings.md"})
LEAST_ERRORS = 25


def words_of(path: Path) -> str:
    return path.read_text("utf-8")


def commands() -> dict[str, click.Command]:
    context = click.Context(cli, info_name="drift")
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    for name, command in list(found.items()):
        if isinstance(command, click.Group):
            found |= {f"{name} {below}": each for below, each in command.commands.items()}
    return {name: command for name, command in found.items() if command}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    """Each relative link names a file that is there, and each anchor a heading in it."""
    lost = []
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.is_file() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_has_one_title_and_no_wall(page: Path) -> None:
    """Each page has one heading of the first level, no level is left out, and what is written by hand is short."""
    levels = [level for level, _ in headings(page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.name in GENERATED or len(words_of(page).splitlines()) <= LONGEST_PAGE


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_is_an_introduction(name: str) -> None:
    """It keeps to 250 lines and 12 KB; everything else is in docs/."""
    text = words_of(ROOT / name)
    assert len(text.encode()) <= MOST_BYTES
    assert len(text.splitlines()) <= MOST_LINES


def test_every_page_is_in_the_site() -> None:
    """The start page's tables of contents list each page once."""
    text = words_of(DOCS / "index.md")
    listed = [
        name for block in re.findall(r"```\{toctree\}\n.*?\n\n(.*?)```", text, re.DOTALL) for name in block.split()
    ]
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")} - {"index"}
    assert sorted(listed) == sorted(pages)


def test_every_command_has_a_section() -> None:
    """docs/cli.md has each command, and each of its options there or among the shared ones."""
    text = words_of(DOCS / "cli.md")
    sections = {title for _, title in headings(DOCS / "cli.md")}
    assert {f"drift {name}" for name in commands()} <= sections
    options = {option for command in commands().values() for each in command.params for option in each.opts}
    assert [option for option in options if option.startswith("--") and option not in text] == []


def test_every_setting_has_a_row() -> None:
    """docs/settings.md has a row for each setting, and names each table of drift.toml."""
    text = words_of(DOCS / "settings.md")
    rows = re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)
    tables = re.findall(r"^\| `([a-z_\[\].A-Z]+)`(?:, `[^`]+`)? \|", text, re.MULTILINE)
    assert {name.name for name in TABLE} <= set(rows)
    assert {"[severities]", "[check]", "[limits]", "[layout]", "[[waivers]]", "[notify.NAME]"} <= set(tables)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_paragraph(rule: str) -> None:
    """docs/rules.md says of each rule what it means and what to do."""
    assert (3, rule) in headings(DOCS / "rules.md")


@pytest.mark.parametrize(("page", "ids"), [("reports.md", REPORT_FORMATS), ("captures.md", SELECTABLE)])
def test_every_format_and_source_has_a_row(page: str, ids: tuple[str, ...]) -> None:
    """The tables of formats and of sources have a row for each that users may choose."""
    first_cells = " ".join(re.findall(r"^\| ([^|]+) \|", (DOCS / page).read_text("utf-8"), re.MULTILINE))
    assert [name for name in ids if f"`{name}`" not in first_cells] == []


def test_errors_are_found_by_their_words() -> None:
    """Each heading of docs/troubleshooting.md is in a message that drift prints."""
    said = "\n".join(messages())
    entries = [text for level, text in headings(DOCS / "troubleshooting.md") if level == 3]
    parts = {entry: re.sub(r"\d+", "", entry).split("…") for entry in entries}
    assert len(entries) >= LEAST_ERRORS
    assert [entry for entry, each in parts.items() if not all(part.strip() in said for part in each)] == []


def messages() -> list[str]:
    """Collect the texts in drift's code; a place to fill in is cut out."""
    found = []
    for path in (ROOT / "drift").rglob("*.py"):
        for node in ast.walk(ast.parse(words_of(path))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                pieces = (str(piece.value) if isinstance(piece, ast.Constant) else "" for piece in node.values)
                found.append("".join(pieces))
    return found


def test_the_first_blocks_of_the_readme_install_and_test() -> None:
    """The first sh block runs the demo from a clone, the second the tests; the pipeline takes them from there."""
    first, second = re.findall(r"^```sh\n(.*?)\n```", words_of(ROOT / "README.md"), re.MULTILINE | re.DOTALL)[:2]
    assert first.endswith("drift demo")
    assert second.endswith("-m pytest -q")
    assert "\n" not in first + second


def test_drift_itself_leads_to_pages_that_are_there() -> None:
    """A page of docs/ that a message or a sample names exists, with its anchor."""
    texts = [path for folder in ("drift", "sample_configs") for path in (ROOT / folder).rglob("*.*") if path.is_file()]
    named = {
        found
        for path in texts
        if path.suffix in {".py", ".toml", ".yaml", ".yml", ".html"}
        for found in re.findall(r"docs/[\w-]+\.md(?:#[\w-]+)?", words_of(path))
    }
    for name in named:
        path, _, anchor = name.partition("#")
        assert (ROOT / path).is_file()
        assert not anchor or slug(anchor) in anchors(ROOT / path)


def test_the_recipes_name_files_that_are_there() -> None:
    """Each path in docs/architecture.md and CONTRIBUTING.md exists; capitals stand for a name to choose."""
    texts = words_of(DOCS / "architecture.md") + words_of(ROOT / "CONTRIBUTING.md")
    named = set(re.findall(r"(?<![\w/])(?:drift|tests|docs|benchmarks|sample_configs)/[\w./-]*\w", texts))
    assert [name for name in named if not (ROOT / re.sub(r"[A-Z]+\.py$", "", name)).exists()] == []
