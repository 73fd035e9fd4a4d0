"""Finds every sentence and counted noun of the package that has to be translated."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import nodes

from drift.reports.ci.notice_rules import NOTICE_RULES
from drift.reports.html.report import environment
from support.paths import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTENCE_FIRST = {"translate": 0, "mark_sentence": 0}
NOUN_AT = {"plural": 1, "plural_more": 1, "mark_noun": 0, "hidden": 1}


@cache
def sentences() -> frozenset[str]:
    """All that is translated or marked to be, in Python and in templates, and what rules are about."""
    return frozenset({*_words(SENTENCE_FIRST), *(rule.summary for rule in NOTICE_RULES.values())})


def counted_nouns() -> set[str]:
    """All that is counted or marked to be, and what templates say is hidden."""
    return _words(NOUN_AT)


def _words(places: dict[str, int]) -> set[str]:
    return {*_of_code(places), *_of_templates(places)}


def _of_code(places: dict[str, int]) -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                for given in call.args[places[name] : places[name] + 1] if name in places else []:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield given.value


def _of_templates(places: dict[str, int]) -> Iterator[str]:
    for path in (PACKAGE / "reports" / "html" / "templates").glob("*.html"):
        for call in environment().parse(path.read_text()).find_all(nodes.Call):
            name = getattr(call.node, "name", getattr(call.node, "attr", ""))
            for given in call.args[places[name] : places[name] + 1] if name in places else []:
                if isinstance(given, nodes.Const):
                    yield given.value
