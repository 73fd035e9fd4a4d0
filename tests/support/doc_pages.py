"""The documentation as data: its pages, and the headings, links, code blocks, tables and commands in them."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it import MarkdownIt

from support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

STUBS: Final = frozenset({"changelog.md", "contributing.md"})
"""Pages that only include a file of the top level."""
PAGES: Final = (
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(path for path in DOCS.rglob("*.md") if path.name not in STUBS),
)
_ASSIGNMENT: Final = re.compile(r"[A-Z_]+=\S*")


class Block(NamedTuple):
    """A fenced block of code."""

    language: str
    text: str


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    """Parse a page as GitHub does."""
    return tuple(MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")))


def headings(page: Path) -> list[tuple[int, str]]:
    """List the headings outside quotations, each with its level."""
    found = tokens(page)
    return [
        (int(token.tag[1]), found[place + 1].content)
        for place, token in enumerate(found)
        if token.type == "heading_open" and token.level == 0
    ]


def anchors(page: Path) -> set[str]:
    """Collect the anchors that GitHub gives the headings."""
    return {slug(text) for _, text in headings(page)}


def slug(text: str) -> str:
    """Make the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def links(page: Path) -> Iterator[str]:
    """Find the targets of links and pictures."""
    for token in tokens(page):
        for child in token.children or ():
            target = child.attrs.get("href", child.attrs.get("src"))
            if target is not None:
                yield str(target)


def blocks(page: Path) -> list[Block]:
    """List the fenced blocks."""
    return [Block(token.info.strip(), token.content) for token in tokens(page) if token.type == "fence"]


def tables(page: Path) -> list[list[int]]:
    """List the tables outside quotations: of each, the number of cells in each row."""
    found: list[list[int]] = []
    for token in tokens(page):
        match token.type:
            case "table_open" if token.level == 0:
                found.append([])
            case "tr_open" if found:
                found[-1].append(0)
            case "td_open" | "th_open" if found:
                found[-1][-1] += 1
    return found


def console(block: Block) -> list[list[str]]:
    """Split the commands of a console block into words, without comments."""
    text = block.text.replace("\\\n", " ")
    return [shlex.split(line[2:], comments=True) for line in text.splitlines() if line.startswith("$ ")]


def shell_lines(block: Block) -> Iterator[list[str]]:
    """Find the lines of another block that begin with drift, in words."""
    for line in block.text.replace("\\\n", " ").splitlines():
        found = re.match(r"^\s*(?:- )?((?:[A-Z_]+=\S+ )*drift .+)$", line)
        if found:
            yield shlex.split(found[1].split(" && ")[0].split(" > ")[0], comments=True)


def drift_arguments(words: list[str]) -> list[str] | None:
    """Take the arguments of drift from a command, or None where it is another program's."""
    rest = [word for place, word in enumerate(words) if not (is_assignment(word) and place == 0)]
    if not rest or rest[0] != "drift":
        return None
    return rest[1 : rest.index(">")] if ">" in rest else rest[1:]


def is_assignment(word: str) -> bool:
    """Tell whether a word sets a variable."""
    return _ASSIGNMENT.fullmatch(word) is not None
