from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.browser import CHROMIUM, chromium
from support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

LOADING = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"")
STYLE = re.compile(r"url\(['\"]?(?:https?:)?//|@import")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as the pipeline builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-d", folder / "cache", DOCS, folder / "html"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return folder / "html"


def test_every_page_is_built(site: Path) -> None:
    """The site has a page for each file in docs/, without a warning, and an index for its search."""
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert [page for page in pages if not (site / page).is_file()] == []
    assert '"troubleshooting"' in (site / "searchindex.js").read_text("utf-8")


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    """Scripts, styles, pictures and fonts are the site's own."""
    pages = {path.name: LOADING.findall(path.read_text("utf-8")) for path in site.rglob("*.html")}
    styles = {path.name: STYLE.findall(path.read_text("utf-8")) for path in site.rglob("*.css")}
    assert {name: found for name, found in {**pages, **styles}.items() if found} == {}


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to show pages in")
def test_the_search_finds_an_error(site: Path) -> None:
    """In a browser, from the disk, the search leads to the page that explains an error, and asks no other host."""
    with chromium() as browser:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{(site / 'search.html').as_uri()}?q=base64")
        page.wait_for_selector("#search-results li a")
        assert "troubleshooting" in results(page)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def results(page: Page) -> str:
    return " ".join(link.get_attribute("href") or "" for link in page.query_selector_all("#search-results li a"))
