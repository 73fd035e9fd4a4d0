"""What every command shares: the options, the settings that they lead to, the store, and the two sides of a diff."""

from __future__ import annotations

import os
from contextlib import ExitStack
from copy import copy
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drift.config import file as config_file
from drift.config import resolve
from drift.core.references import AsOf, File, Label, Latest, Live, Number, Reference
from drift.decode.limits import MIB
from drift.policy.rules import Severity
from drift.policy.verdict import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.cli.console import Console
    from drift.cloud.access import Target
    from drift.cloud.auth.cache import AuthCache
    from drift.cloud.capture import CaptureContext
    from drift.cloud.connection_pool import ConnectionPool
    from drift.cloud.instance_list import ListedInstance
    from drift.config.connection import Connection
    from drift.config.file import Config
    from drift.config.resolve import Setting, Settings
    from drift.core.model import Job, Snapshot
    from drift.core.validators import Language
    from drift.decode.files import Loaded, Received
    from drift.decode.migration_job import Migration
    from drift.decode.sources.export import Options
    from drift.policy.plan.file import Plan
    from drift.store import Store


class App:
    """One run of the command line. What needs a file or a socket is made when it is first asked for."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.flags: dict[str, Any] = {}
        self.environ: Mapping[str, str] = os.environ
        self.closing = ExitStack()
        self._held: Store | None = None
        # Goes with the process: to take apart a large snapshot by itself is a twentieth of the time of its capture.
        self._loaded: tuple[Loaded, ...] = ()

    def about(self, name: str) -> App:
        """The same run, as far as it is about one of several instances: its words say so."""
        found = copy(self)
        found.console = self.console.about(name)
        return found

    @property
    def places(self) -> list[str]:
        """The flags of this run that a command needs to find the same store and the same drift.toml again."""
        return [word for name in ("config", "store") if name in self.flags for word in (f"--{name}", self.flags[name])]

    @cached_property
    def config_file(self) -> Setting[Path] | None:
        """Which drift.toml holds, if one does, and what led to it."""
        found = resolve.explicit_config(self.flags, self.environ) or _found_config()
        return resolve.Setting(found, "found from the working folder upwards") if isinstance(found, Path) else found

    @cached_property
    def config(self) -> Config:
        """drift.toml, or what holds without one."""
        return config_file.Config() if self.config_file is None else config_file.load(self.config_file.value)

    @cached_property
    def settings(self) -> Settings:
        """The settings that are not about one instance."""
        resolved = resolve.resolve(self.flags, self.environ, self.config)
        for note in resolved.notes:
            self.console.note(f"note: {note}")
        return resolved

    @property
    def language(self) -> Language:
        """What reports are written in."""
        return self.settings.lang.value

    @cached_property
    def sign_ins(self) -> AuthCache:
        """What has been signed in with in this run."""
        from drift.cloud.auth.cache import AuthCache  # noqa: PLC0415 - only captures sign in

        return AuthCache()

    @cached_property
    def wires(self) -> ConnectionPool:
        """The connections of this run. They are closed when it ends."""
        from drift.cloud.connection_pool import ConnectionPool  # noqa: PLC0415 - only captures connect

        wires = ConnectionPool(
            response_limit=self.config.limits.response_mib * MIB,
            rate=self.settings.rate.value,
            seen=self.console.progress.count_bytes,
        )
        self.closing.callback(wires.close)
        return wires

    @property
    def means(self) -> CaptureContext:
        """What the captures of this run share."""
        from drift.cloud.capture import CaptureContext  # noqa: PLC0415 - only captures connect

        return CaptureContext(self.options, self.sign_ins, self.wires)

    @property
    def options(self) -> Options:
        """How payloads are read."""
        from drift.decode.sources.export import Options  # noqa: PLC0415 - a diff of two stored snapshots reads none

        return Options(limits=self.config.limits, volatile=self.config.volatile, layout=self.config.layout)

    @property
    def policy(self) -> Policy:
        """What matters."""
        implied = {"data-node-empty": Severity.ERROR} if self.config.check.no_empty_node else {}
        return Policy(severities={**implied, **self.config.severities}, fail_on=self.settings.fail_on.value)

    def open_store(self, *, create: bool = False) -> Store:
        """The store, open. A context manager."""
        from drift.store import Store  # noqa: PLC0415 - a diff of two files needs none

        return Store.open(self.settings.store.value, create=create)

    def hold_store(self) -> None:
        """Keep the store open until the run ends: whoever closes it last writes all that is new into the file itself.

        Measured: once for each of many captures, that is a seventh of their time.
        """
        if self._held is None:
            self._held = self.closing.enter_context(self.open_store())

    def connection(self, name: str | None) -> Connection:
        """The settings for one instance, with a word about those that may surprise."""
        from drift.config.connection import connection  # noqa: PLC0415 - only captures connect

        found = connection(self.flags, self.environ, self.config, name)
        for note in found.notes:
            self.console.note(f"note: {note}")
        return found

    def project_connection(self, like: str | None) -> Connection:
        """The settings for a project, which are those of an instance or those for all."""
        from drift.config.connection import project_connection  # noqa: PLC0415 - only captures connect

        return project_connection(self.flags, self.environ, self.config, like)

    def holdings(self, connection: Connection) -> tuple[ListedInstance, ...]:
        """The instances that the service lists of a project."""
        from drift.cloud.capture import list_instances  # noqa: PLC0415 - only captures connect
        from drift.config.target import resolve_project  # noqa: PLC0415 - as above

        with self.console.working("listing the instances of the project"):
            return list_instances(
                resolve_project(connection, self.settings.timeout.value), self.means, self.console.note
            )

    def target(self, name: str | None) -> Target:
        """The instance to capture."""
        from drift.config.target import resolve_target  # noqa: PLC0415 - only captures connect

        return resolve_target(self.connection(name), self.settings.timeout.value)

    def receive(self, name: str | None, *, stable: bool) -> Received:
        """What the service says of an instance, not read yet; `stable` asks until two answers in a row agree."""
        from drift.cloud.capture import receive  # noqa: PLC0415 - only captures connect

        target = self.target(name)
        self.console.detail(f"capturing {target.name}: instance {target.instance_id} at {target.endpoint}")
        with self.console.working(f"capturing {target.name}"):
            received = receive(target, self.means, now(), self.console.note, stable=stable)
        for note in received.circumstances.notes:
            self.console.note(f"note: {note}")
        return received

    def jobs(self, name: str | None) -> tuple[Job, ...]:
        """The migration jobs that the service lists of an instance."""
        from drift.cloud.capture import list_jobs  # noqa: PLC0415 - only captures connect

        with self.console.working("listing migration jobs"):
            return list_jobs(self.target(name), self.means, self.console.note)

    def migration(self, job_id: str, name: str | None) -> Migration:
        """What a migration job of an instance says that it does."""
        from drift.cloud.capture import show_migration  # noqa: PLC0415 - only captures connect

        with self.console.working("asking for the migration job"):
            return show_migration(self.target(name), job_id, self.means, self.console.note)

    def receive_file(self, path: str) -> Received:
        """What a file holds, not read yet."""
        from drift.decode.files import receive  # noqa: PLC0415 - a diff of two stored snapshots needs none

        return receive(Path(path), self.options)

    def read(self, received: Received) -> Loaded:
        """What was received, read, with a word about all that is odd or missing."""
        from drift.decode.files import read  # noqa: PLC0415 - as above

        with self.console.working(f"reading {received.path or received.instance.name}"):
            loaded = read(received, self.options)
        self._loaded = (*self._loaded, loaded)
        self.warn(loaded)
        return loaded

    def read_file(self, path: str) -> Loaded:
        """What a file holds."""
        return self.read(self.receive_file(path))

    def read_plan(self, path: str) -> Plan:
        """What a plan expects."""
        from drift.policy.plan.file import parse  # noqa: PLC0415 - only with a plan

        return parse(
            config_file.read_text(Path(path), hint="`drift plan from-diff BEFORE AFTER` writes a plan."), Path(path)
        )

    def warn(self, loaded: Loaded) -> None:
        """Tell what is odd about a snapshot, and what it leaves out."""
        for warning in loaded.warnings:
            self.console.warn(warning)
        for gap in loaded.snapshot.gaps:
            self.console.warn(gap.reason if gap.is_disagreement else f"not read: {gap.scope}: {gap.reason}")

    def load(self, reference: Reference | Received) -> Snapshot:
        """The whole snapshot that a reference means, or that was received already."""
        match reference:
            case File(path=path):
                return self.read_file(path).snapshot
            case Live(instance=instance):
                return self.read(self.receive(instance, stable=False)).snapshot
            case Number() | Label() | Latest() | AsOf():
                with self.open_store() as store, self.console.working("loading from the store"):
                    return store.load(store.resolve(reference))
            case received:
                return self.read(received).snapshot


def _found_config() -> Path | None:
    try:
        return config_file.find(Path.cwd())
    except FileNotFoundError:  # the working directory has been deleted
        return None


def now() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)
