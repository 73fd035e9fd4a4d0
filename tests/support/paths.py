"""Where the tests find what they read: the repository's folders, and their own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parents[1]
ROOT: Final = TESTS.parent
PACKAGE: Final = ROOT / "drift"
DOCS: Final = ROOT / "docs"
SAMPLES: Final = ROOT / "snapshots"
SAMPLE_CONFIGS: Final = ROOT / "sample_configs"
BENCHMARKS: Final = ROOT / "benchmarks"
GOLDEN: Final = TESTS / "golden"
SCENARIOS: Final = TESTS / "scenarios"
