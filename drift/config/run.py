"""The settings of one run, from its flags, its environment and its drift.toml. Reads each file when it is needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from drift.config import file as config_file
from drift.config import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from drift.cloud.access import Access, Target
    from drift.config.connection import Connection
    from drift.config.file import Config
    from drift.config.resolve import Setting, Settings
    from drift.config.verify_settings import VerifySettings
    from drift.decode.content import Options
    from drift.policy.verdict import Policy


class RunSettings:
    """The settings of a program that uses drift, or of one run of the command line.

    `environ` holds variables such as DRIFT_ENDPOINT and DRIFT_TOKEN. `flags` are the command line's options by the name
    of their setting, such as `config`, `store` and `fail_on`, and come first. Without a `config`, drift.toml is looked
    for in `folder` and the folders above it; without a folder, there is none.

    Every attribute and method raises UsageError for a setting that is wrong, and ConfigError for a drift.toml or a
    secret's file that is wrong or can't be read.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        flags: Mapping[str, object] | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        self.environ = {} if environ is None else environ
        self.flags = {} if flags is None else flags
        self._folder = folder

    @cached_property
    def file(self) -> Setting[Path] | None:
        """The drift.toml in effect, if there is one, and the setting that led to it."""
        given = resolve.explicit_config(self.flags, self.environ)
        if given is not None or self._folder is None:
            return given
        found = config_file.find(self._folder)
        if found is not None:
            config_file.require_trusted(found, self._folder)
        return None if found is None else resolve.Setting(found, "found from the working folder upwards")

    @cached_property
    def config(self) -> Config:
        """The content of drift.toml, or the defaults."""
        return config_file.Config() if self.file is None else config_file.load(self.file.value)

    @property
    def nowhere(self) -> str:
        """The end of a message about a missing setting, where drift.toml was looked for in vain; else empty."""
        return ", and no drift.toml was found here or above" if self.file is None and self._folder else ""

    @cached_property
    def settings(self) -> Settings:
        """The settings that are not about one instance, each with where it is from."""
        return resolve.resolve(self.flags, self.environ, self.config)

    @property
    def policy(self) -> Policy:
        """The severities and the threshold of a judgement."""
        from drift.policy.rules import Severity
        from drift.policy.verdict import Policy

        implied = {"data-node-empty": Severity.ERROR} if self.config.check.no_empty_node else {}
        return Policy(severities={**implied, **self.config.severities}, fail_on=self.settings.fail_on.value)

    @property
    def decoding(self) -> Options:
        """The options by which payloads are read."""
        from drift.decode.content import Options

        return Options(limits=self.config.limits, volatile=self.config.volatile, layout=self.config.layout)

    @property
    def verification(self) -> VerifySettings:
        """The settings for data nodes."""
        from drift.config.verify_settings import resolve_verify

        return resolve_verify(self.flags, self.environ, self.config)

    def connection(self, instance: str | None = None) -> Connection:
        """Look up the settings for an instance by its name in drift.toml; without one, for the only instance."""
        from drift.config.connection import connection

        return connection(self.flags, self.environ, self.config, instance)

    def project_connection(self, like: str | None = None) -> Connection:
        """Look up the settings for a project: those of one of its instances, or those for all."""
        from drift.config.connection import project_connection

        return project_connection(self.flags, self.environ, self.config, like)

    def project(self, connection: Connection) -> Access:
        """Complete the settings for a project: where to call, and how to sign in."""
        from drift.config.target import resolve_project

        return resolve_project(connection, self.settings.timeout.value, self.nowhere)

    def target(self, instance: str | Connection | None = None) -> Target:
        """Complete the settings for an instance: where to call, how to sign in, and which instance to capture."""
        from drift.config.target import resolve_target

        connection = self.connection(instance) if instance is None or isinstance(instance, str) else instance
        return resolve_target(connection, self.settings.timeout.value, self.nowhere, audit=self.config.audit)
