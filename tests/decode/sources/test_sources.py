"""The table of sources, and everything that has to agree with it."""

from __future__ import annotations

from importlib import import_module
from inspect import signature

import pytest

from drift.cloud import capture
from drift.core.sources import FILE, SELECTABLE, SOURCES, Source, source_of


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_has_a_reader(source: Source) -> None:
    """The module of each source reads bytes with options."""
    assert list(signature(import_module(source.module).read).parameters) == ["data", "options"]


def test_every_source_that_users_choose_can_be_requested() -> None:
    """A capture knows the calls of each selectable source, and of no other."""
    assert tuple(capture.REQUESTS) == SELECTABLE


def test_an_unknown_source_is_a_file() -> None:
    """A snapshot from a source that this version doesn't know is read and compared like a file."""
    assert source_of("tomorrow's") is FILE
