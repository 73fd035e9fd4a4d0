from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.doc_pages import Block, blocks, headings, links, tables
from support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = [
    (ROOT / "README.md", ROOT / "README.zh-CN.md"),
    *((DOCS / path.name, path) for path in sorted((DOCS / "zh").glob("*.md"))),
]
OURS = pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: path.relative_to(ROOT).as_posix())


@OURS
def test_it_has_the_same_headings(english: Path, chinese: Path) -> None:
    """The Chinese page has as many headings, of the same levels in the same order."""
    assert [level for level, _ in headings(chinese)] == [level for level, _ in headings(english)]


@OURS
def test_it_has_the_same_code(english: Path, chinese: Path) -> None:
    """The blocks of code are the same, apart from comments."""
    assert [bare(block) for block in blocks(chinese)] == [bare(block) for block in blocks(english)]


def bare(block: Block) -> Block:
    return Block(block.language, re.sub(r"[ \t]+#.*", "", block.text))


@OURS
def test_it_has_the_same_tables(english: Path, chinese: Path) -> None:
    """The tables have the same rows and columns."""
    assert tables(chinese) == tables(english)


@OURS
def test_it_shows_the_same_pictures_and_samples(english: Path, chinese: Path) -> None:
    """The pictures and sample files that a page shows are those of the English one."""
    assert files(chinese) == files(english)


def files(page: Path) -> list[str]:
    return [target.rpartition("/")[2] for target in links(page) if ".pictures" in target or "sample_configs" in target]


@OURS
def test_it_is_chinese(english: Path, chinese: Path) -> None:
    """Every title that isn't the name of something is translated, and no sentence ends with a Latin full stop."""
    same = {text for _, text in headings(english)} & {text for level, text in headings(chinese) if level == 2}
    assert same == set()
    assert re.findall(r"[\u4e00-\u9fff]\.(?:\s|$)", chinese.read_text("utf-8")) == []
