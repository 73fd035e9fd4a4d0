"""The README's pictures, made from reports of drift: `python tests/renew.py pictures` makes them anew."""

from __future__ import annotations

import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from ansi2html import Ansi2HTMLConverter

import drift
from support.browser import chromium
from support.paths import ROOT
from support.shell import DRIFT, environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURES: Final = ROOT / ".pictures"
SAMPLES: Final = (("before-nested", "pre-change"), ("after-flat", "post-change"), ("before-keyed", "rolled-back"))
SCALE: Final = 0.9
STYLE: Final = "<style>body { margin: 0; padding: 1rem; width: max-content; font-size: 15px }</style>"


def make(folder: Path) -> None:
    """Write every picture into a folder: a scale-out in the terminal and as a page, and a database's history."""
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        work = Path(made)
        _keep_samples(work)
        told = _said(work, "--color", "diff", "pre-change", "post-change", "--output", "html=report.html")
        terminal = Ansi2HTMLConverter(dark_bg=True, scheme="xterm").convert(told).replace("</head>", f"{STYLE}</head>")
        (work / "terminal.html").write_text(terminal, "utf-8")
        _said(work, "history", "orders", "--output", "html=history.html")
        for name, width in (("terminal", 900), ("report", 1140), ("history", 1040)):
            _photograph(browser, work / f"{name}.html", folder / f"{name}.png", width)


def renew() -> None:
    """Make the pictures in `.pictures/` anew."""
    PICTURES.mkdir(exist_ok=True)
    make(PICTURES)


def _keep_samples(folder: Path) -> None:
    taken_at = datetime(2026, 5, 1, 2, 0, 4, tzinfo=UTC)
    with drift.Store.open(folder / "snapshots/drift.db", create=True) as store:
        for days, (sample, label) in enumerate(SAMPLES):
            snapshot = msgspec.structs.replace(
                drift.load(ROOT / f"snapshots/{sample}.json"),
                instance=drift.Instance(name="orders-prod"),
                taken_at=taken_at + timedelta(days=2 * days),
                source="export",
                label=label,
            )
            store.save(snapshot)


def _said(folder: Path, *arguments: str) -> str:
    variables = environment(folder, COLUMNS="100")
    command = [*DRIFT, *arguments]
    return subprocess.run(command, cwd=folder, env=variables, stdout=subprocess.PIPE, text=True, check=True).stdout


def _photograph(browser: Browser, page: Path, picture: Path, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 400}, device_scale_factor=SCALE) as context:
        shown = context.new_page()
        shown.goto(page.as_uri())
        shown.screenshot(path=picture, full_page=True)
