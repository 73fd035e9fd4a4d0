"""One run of the command line: its settings, its two streams, its store and its connections."""

from __future__ import annotations

import os
from contextlib import ExitStack
from copy import copy
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drift.config.run import RunSettings
from drift.core.errors import BaselineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.cli.console import Console
    from drift.cloud.capture import CaptureContext
    from drift.config.file import Config
    from drift.config.resolve import Setting, Settings
    from drift.core.parts import Part
    from drift.core.traces import Audit
    from drift.core.validators import Language
    from drift.decode.captures import Loaded
    from drift.store import Store

# The settings that a judgement depends on, by the command that has flags for them.
_JUDGING: Final = {
    "gate": ("fail_on", "require_confirmed", "require_trace"),
    "check": ("fail_on", "require_confirmed"),
    "verify": ("fail_on", "require_confirmed"),
}


class App:
    """One run of the command line. A store or a connection is opened when a command first needs it."""

    def __init__(self, console: Console, environ: Mapping[str, str] = os.environ) -> None:
        self.console = console
        self.flags: dict[str, Any] = {}
        self.run = RunSettings(environ, self.flags, folder=_working_folder())
        self.part: Part | None = None
        self.shares_rate = False
        self.closing = ExitStack()
        self._held: Store | None = None
        # Released with the process: to free a large snapshot by itself takes a twentieth of the time of its capture.
        self.loaded: tuple[Loaded, ...] = ()
        self.audits: dict[str, Audit] = {}  # what was read of the audit in this run, by instance

    def about(self, name: str) -> App:
        """Return the same run for one of several instances; its messages name the instance."""
        app = copy(self)
        app.console = self.console.about(name)
        return app

    @property
    def places(self) -> list[str]:
        """The flags of this run that lead another command to the same store and the same drift.toml."""
        return [word for name in ("config", "store") if name in self.flags for word in (f"--{name}", self.flags[name])]

    def judging(self, command: str) -> list[str]:
        """Return the flags that make another run of a command judge as this one, beyond what drift.toml says."""
        from drift.config.settings_table import SETTINGS

        words: list[str] = []
        for row in (SETTINGS[name] for name in _JUDGING.get(command, ())):
            found: Setting[Any] = getattr(self.settings, row.name)
            if row.flag and found.value and found.source in {row.flag, row.variable}:
                words += [row.flag] if row.kind is bool else [row.flag, found.value.word]
        return words

    @property
    def all_flags(self) -> list[str]:
        """The flags of this run that choose the instances of drift.toml."""
        return ["--all"] if self.part is None else ["--all", "--part", str(self.part)]

    @property
    def usual(self) -> str | None:
        """The name of the only instance in drift.toml, if there is just one."""
        return next(iter(self.config.instances)) if len(self.config.instances) == 1 else None

    @property
    def config(self) -> Config:
        """The content of drift.toml, or the defaults."""
        return self.run.config

    @cached_property
    def settings(self) -> Settings:
        """The settings that are not about one instance. Notes about them are shown once."""
        settings = self.run.settings
        for note in settings.notes:
            self.console.note(f"note: {note}")
        return settings

    @property
    def rate(self) -> float:
        """The calls per second to one endpoint: where runs share the limit, the share of this part."""
        return self.settings.rate.value / (self.part.parts if self.part and self.shares_rate else 1)

    @property
    def language(self) -> Language:
        """The language of reports."""
        return self.settings.lang.value

    @cached_property
    def captures(self) -> CaptureContext:
        """The connections and the sign-ins of this run. Connections are closed when it ends."""
        from drift.cloud.auth.cache import AuthCache
        from drift.cloud.capture import CaptureContext
        from drift.cloud.connection_pool import ConnectionPool
        from drift.cloud.job_lists import JobLists
        from drift.decode.limits import MIB

        pool = ConnectionPool(
            response_limit=self.config.limits.response_mib * MIB,
            rate=self.rate,
            on_bytes=self.console.progress.count_bytes,
        )
        self.closing.callback(pool.close)
        return CaptureContext(self.run.decoding, AuthCache(), pool, JobLists())

    @property
    def has_store(self) -> bool:
        """Whether there is a file where the store is expected."""
        return os.path.isfile(self.settings.store.value)  # noqa: PTH113 - never raises

    def open_store(self, *, create: bool = False) -> Store:
        """Open the store. It is a context manager."""
        from drift.store import Store

        try:
            store = Store.open(self.settings.store.value, create=create)
        except BaselineError as error:
            if self.settings.store.source == "default":
                error.message += self.run.nowhere
            raise
        # Where drift.toml has one instance, other histories in the store make no reference ambiguous.
        store.usual = self.usual
        return store

    def hold_store(self) -> None:
        """Keep the store open until the run ends: the last to close it writes the log of changes into the file.

        To do so after each of many captures would take a seventh of their time.
        """
        if self._held is None:
            self._held = self.closing.enter_context(self.open_store())


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:  # the working folder has been deleted
        return None


def now() -> datetime:
    """Return the time, aware UTC."""
    return datetime.now(UTC)
