"""Shards in blocks, each followed by a rest for the data node."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BLOCK: Final = 64
"""The most shards that one statement is about."""


def paced(
    names: Sequence[str], sleep: Callable[[float], None], renew: Callable[[], None] = lambda: None
) -> Iterator[Sequence[str]]:
    """Generate blocks of names, with a pause between two as long as the work on the first one took.

    So a data node spends no more than half of one core on it. Each block and each pause has a deadline of its own,
    which `renew` begins.
    """
    for start in range(0, len(names), BLOCK):
        renew()
        began = time.monotonic()
        yield names[start : start + BLOCK]
        if start + BLOCK < len(names):
            renew()
            sleep(time.monotonic() - began)


def text(name: bytes | str) -> str:
    """Return a name that was selected as bytes, so that no collation takes two names for one."""
    return name if isinstance(name, str) else name.decode("utf-8", "replace")
