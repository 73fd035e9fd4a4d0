"""How much work something is: a figure that is the same on every machine, however busy it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def steps(work: Callable[[], object]) -> int:
    """Count the lines of Python that some work runs, each as often as it is run."""
    count = 0

    def trace(_frame: FrameType, _event: str, _argument: Any) -> Any:  # noqa: ANN401 - as sys.settrace gives it
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
