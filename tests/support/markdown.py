"""Markdown, read back."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark").enable("table")


def spans(markdown: str) -> list[str]:
    """Every code span of a document, in tables and paragraphs, as a reader sees it."""
    return [
        child.content
        for token in MARKDOWN.parse(markdown)
        for child in token.children or ()
        if child.type == "code_inline"
    ]


def html_of(markdown: str) -> set[str]:
    """The raw HTML that a renderer would let through."""
    found = [token.content.strip() for token in MARKDOWN.parse(markdown) if token.type == "html_block"]
    inline = [c.content for t in MARKDOWN.parse(markdown) for c in t.children or () if c.type == "html_inline"]
    english = r"[\d,]+ (?:shards?|changes?|differences?)(?:, [\d,]+ of them unexpected)?"
    counts = rf"{english}|[\d,]+ 个分片|[\d,]+ 项(?:变更|差异)(?:\uff0c其中 [\d,]+ 项意外)?"
    return {re.sub(counts, "N", line) for line in found + inline}
