"""Debian's Chromium, as tests and scripts drive it: headless, with a profile of its own, and talking to nobody."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _beside(package: str, name: str) -> Path:
    """A file of an installed package, which need not be loaded for it."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / name


AXE = _beside("axe_playwright_python", "axe.min.js")
MERMAID = _beside("mermaidx", "assets/mermaid.js")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-lcd-text",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of one's own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - takes long to load, and most tests need none

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


def violations(page: Page) -> list[str]:
    """What axe-core has against a page, which shows all that it has."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    if page.evaluate("!window.axe"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]
