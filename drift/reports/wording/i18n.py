"""Translation of reports into the language of their readers. Pure.

An English sentence is its own key: the catalogue of another language has a sentence for it, with the same fields in
whatever order it needs. Rule ids, names, commands and all that comes from outside are fields, and stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from unicodedata import category, east_asian_width

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.validators import Language

_CATALOGUES: Final = {"zh": "drift.reports.wording.zh"}


class Catalogue(msgspec.Struct, frozen=True):
    """A language: its tag by BCP 47, its sentences by the English ones, its counted nouns by the English singular."""

    tag: str
    sentences: Mapping[str, str]
    nouns: Mapping[str, str]


class Rephrasing(msgspec.Struct, frozen=True):
    """English sentences and counted nouns that take the place of others, before they are translated."""

    sentences: Mapping[str, str]
    nouns: Mapping[str, str]


_ENGLISH: Final = Catalogue("en", MappingProxyType({}), MappingProxyType({}))
_AS_THEY_ARE: Final = Rephrasing(MappingProxyType({}), MappingProxyType({}))
_spoken: ContextVar[Catalogue] = ContextVar("_spoken", default=_ENGLISH)
_rephrased: ContextVar[Rephrasing] = ContextVar("_rephrased", default=_AS_THEY_ARE)


@contextmanager
def language_scope(language: Language) -> Iterator[None]:
    """Translate into a language within this block. A catalogue is loaded when it is first needed."""
    name = _CATALOGUES.get(language)
    before = _spoken.set(import_module(name).CATALOGUE if name else _ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(before)


@contextmanager
def rephrasing_scope(rephrasing: Rephrasing | None) -> Iterator[None]:
    """Use other sentences within this block, in every language; with None, the usual ones."""
    before = _rephrased.set(rephrasing or _AS_THEY_ARE)
    try:
        yield
    finally:
        _rephrased.reset(before)


def translate(sentence: str, /, **fields: object) -> str:
    """Return the sentence in the current language, with its fields filled in."""
    sentence = _rephrased.get().sentences.get(sentence, sentence)
    text = _spoken.get().sentences.get(sentence)
    return sentence.format_map(fields) if text is None else _filled(text, fields)


def _filled(sentence: str, fields: Mapping[str, object]) -> str:
    """Fill in the fields of a sentence, and drop spaces beside wide characters, which need none."""
    from string import Formatter

    text = ""
    for literal, field, spec, _ in Formatter().parse(sentence):
        text = _joined(text, literal)
        if field is not None:
            text = _joined(text, format(fields[field], spec or ""))
    return text


def _joined(text: str, more: str) -> str:
    if text.endswith(" ") and _are_apart(text[-2:-1], more[:1]):
        return text[:-1] + more
    return text + (more[1:] if more.startswith(" ") and _are_apart(text[-1:], more[1:2]) else more)


def _are_apart(left: str, right: str) -> bool:
    return (_is_wide(left) and _is_wide(right)) or _is_wide_mark(left) or _is_wide_mark(right)


def _is_wide(character: str) -> bool:
    return bool(character) and east_asian_width(character) in "WF"


def _is_wide_mark(character: str) -> bool:
    return _is_wide(character) and category(character).startswith("P")


def plural(count: int, noun: str) -> str:
    """Count a noun: `1 shard`, `1,200 shards`; in Chinese with the noun's measure word."""
    noun = _rephrased.get().nouns.get(noun, noun)
    text = _spoken.get().nouns.get(noun)
    if text is not None:
        return text.format(count=count)
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def plural_more(count: int, noun: str) -> str:
    """Count further ones of a noun: `3 more shards`."""
    noun = _rephrased.get().nouns.get(noun, noun)
    if noun in _spoken.get().nouns:
        return translate("{counted} more", counted=plural(count, noun))
    return plural(count, f"more {noun}")


def mark_sentence(sentence: str) -> str:
    """Return the sentence unchanged, and mark it for translation."""
    return sentence


def mark_noun(singular: str) -> str:
    """Return the noun unchanged, and mark it for translation."""
    return singular


def tag() -> str:
    """Return the tag of the current language: `en`, `zh-CN`."""
    return _spoken.get().tag
