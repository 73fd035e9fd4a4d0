"""Progress: a bar below everything else on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE: Final = 0.3
"""Seconds before a terminal shows work without parts: what is done sooner would only flicker."""
_BETWEEN: Final = 0.1
_FIRST_LINE: Final = 5.0
"""Seconds before a line is said where there is no terminal, and then again after twice as long."""
_SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_BAR: Final = 24
_MIB: Final = 1024 * 1024


class Screen(Protocol):
    """Where progress is shown."""

    @property
    def has_status(self) -> bool:
        """Whether it is a terminal."""

    def status(self, text: str) -> None:
        """Show this below everything else, until another is shown; an empty one takes it away."""

    def note(self, text: str) -> None:
        """Say a line."""


class Work:
    """Something that may take long. `total` is how many parts it has, 0 where that isn't known."""

    def __init__(self, what: str, total: int) -> None:
        self.what = what
        self.total = total
        self.done = 0
        self.received = 0
        self._began = time.monotonic()

    def advance(self, what: str | None = None) -> None:
        """One part more is done; `what` was that, or is next."""
        self.done += 1
        self.what = what or self.what

    def __str__(self) -> str:
        count = f"{self.done:,}/{self.total:,} " if self.total else ""
        size = f", {self.received / _MIB:.1f} MiB received" if self.received else ""
        return f"{count}{self.what}{size}, {time.monotonic() - self._began:.0f} s"

    @property
    def bar(self) -> str:
        """How far it is, or where that isn't known a sign that it goes on."""
        if not self.total:
            return _SPINNER[int((time.monotonic() - self._began) / _BETWEEN) % len(_SPINNER)]
        filled = _BAR * self.done // self.total
        return f"[{'=' * filled}{'-' * (_BAR - filled)}]"


class Progress:
    """The work in progress, if any. Work that begins inside it is shown as a part of it."""

    def __init__(self) -> None:
        self._work: Work | None = None

    def count_bytes(self, size: int) -> None:
        """So many bytes more were received; any thread may say so."""
        if self._work:
            self._work.received += size

    @contextmanager
    def of(self, what: str, screen: Screen, total: int) -> Iterator[Work]:
        """Show that this is being done until the block ends, in whatever way it does."""
        if self._work is not None:
            with _as_part_of(self._work, what):
                yield Work(what, total)
            return
        self._work, ended = Work(what, total), Event()
        thread = Thread(target=_show, args=(self._work, screen, ended), daemon=True)
        thread.start()
        try:
            yield self._work
        finally:
            self._work = None
            ended.set()
            thread.join()
            screen.status("")


@contextmanager
def _as_part_of(outer: Work, what: str) -> Iterator[None]:
    before, outer.what = outer.what, what
    try:
        yield
    finally:
        outer.what = before


def _show(work: Work, screen: Screen, ended: Event) -> None:
    if screen.has_status:
        pause = 0.0 if work.total else _PATIENCE
        while not ended.wait(pause):
            screen.status(f"{work.bar} {work}")
            pause = _BETWEEN
    else:
        pause = _FIRST_LINE
        while not ended.wait(pause):
            screen.note(f"{work} …")
            pause *= 2
