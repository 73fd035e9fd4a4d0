"""Times how soon a browser shows the page of a report on many shards: `python benchmarks/pages.py`, with Chromium.

Two of three shards have moved anywhere: next to no two neighbours are drawn as one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.browser import CHROMIUM, chromium  # noqa: E402 - it stands with the tests

PAINTED = """() => new Promise(done => new PerformanceObserver(
    list => done(list.getEntriesByName("first-contentful-paint")[0].startTime)
).observe({type: "paint", buffered: true}))"""


def export(path: Path, shards: int, *, moved: bool) -> None:
    """Have the generator write a payload, before most shards moved or after."""
    options = ["--shards", str(shards), "--databases", "1", "--nodes", "12"]
    options += ["--moved", str(shards * 2 // 3)] if moved else []
    subprocess.run([sys.executable, ROOT / "benchmarks/generate.py", path, *options], check=True)


def page(folder: Path, shards: int) -> Path:
    """Render the report on two such payloads."""
    paths = [folder / "before.json", folder / "after.json"]
    for path, moved in zip(paths, (False, True), strict=True):
        export(path, shards, moved=moved)
    found = folder / "report.html"
    command = [sys.executable, "-m", "drift", "diff", *paths, "--output", f"html={found}"]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return found


def first_paints(address: str, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds until the first text is on the screen, and until all is loaded, each with an empty cache."""
    paints, loads = [], []
    with chromium() as browser:
        for _ in range(rounds):
            with browser.new_context() as context:
                shown = context.new_page()
                start = time.perf_counter()
                shown.goto(address)
                loads.append((time.perf_counter() - start) * 1_000)
                paints.append(shown.evaluate(PAINTED))
    return paints, loads


def main() -> None:
    """Print the page's size and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=16_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("there is no Chromium to show a page in")
    with tempfile.TemporaryDirectory() as folder:
        found = page(Path(folder), options.shards)
        paints, loads = first_paints(found.as_uri(), options.rounds)
        print(f"| {options.shards:,} shards | |\n|---|--:|")
        print(f"| size of the page | {found.stat().st_size / 1_000:,.0f} KB |")
        print(f"| first paint | {median(paints):,.0f} ms |")
        print(f"| all of it loaded | {median(loads):,.0f} ms |")


if __name__ == "__main__":
    main()
