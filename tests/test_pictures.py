from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.browser import CHROMIUM
from support.paths import ROOT
from support.pictures import PICTURES, make

if TYPE_CHECKING:
    from pathlib import Path

MOST = 200_000
"""Bytes that a picture may have."""


def test_the_readme_shows_every_picture_and_no_other() -> None:
    """Each picture is in the README with words for those who don't see it, and is small."""
    shown = re.findall(r"!\[(.+)\]\(\.pictures/(\S+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert {name for _, name in shown} == {path.name for path in PICTURES.iterdir()}
    assert all(len(words) > 20 for words, _ in shown)
    assert all(path.stat().st_size < MOST for path in PICTURES.iterdir())


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to make pictures with")
def test_every_picture_can_be_made_anew(tmp_path: Path) -> None:
    """The script makes each of the pictures from what drift says today."""
    make(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made.keys() == {path.name for path in PICTURES.iterdir()}
    assert all(picture.startswith(b"\x89PNG") for picture in made.values())
