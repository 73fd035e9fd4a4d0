"""The effective settings for data nodes, and where to sign in. Reads only files that hold secrets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.cloud.data_nodes import DEFAULT_CONNECT_TIMEOUT, DEFAULT_DEADLINE, DEFAULT_PORT, NodeTarget, Tls, is_local
from drift.config.data_nodes import NodeSettings
from drift.config.resolve import Search, Setting, places, value_of
from drift.config.verify_table import VERIFY_TABLE
from drift.core import validators
from drift.core.errors import ConfigError, UsageError
from drift.core.secret import Secret
from drift.core.secret_file import read_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drift.config.file import Config
    from drift.core.model import DataNode

DEFAULT_JOBS: Final = 16


class VerifySettings(msgspec.Struct, frozen=True, kw_only=True):
    """The effective settings for data nodes. Times are in seconds."""

    verify_user: Setting[str] | None
    verify_password: Setting[Secret] | None
    verify_password_file: Setting[Path] | None
    verify_role: Setting[str] | None
    verify_tls: Setting[Tls] | None
    verify_ca_file: Setting[Path] | None
    verify_jobs: Setting[int]
    verify_deadline: Setting[float]
    verify_connect_timeout: Setting[float]


_DEFAULTS: Final[Mapping[str, Any]] = {
    "verify_jobs": DEFAULT_JOBS,
    "verify_deadline": DEFAULT_DEADLINE,
    "verify_connect_timeout": DEFAULT_CONNECT_TIMEOUT,
}


def resolve_verify(flags: Mapping[str, object], environ: Mapping[str, str], config: Config) -> VerifySettings:
    """Resolve the settings for data nodes. Raises UsageError, with every wrong value."""
    search = Search(places(flags, environ, config, None), validators.path_for(environ))
    found: dict[str, Any] = {row.name: search.find(row.name) for row in VERIFY_TABLE}
    search.finish()
    defaults: dict[str, Any] = {name: Setting(value, "default") for name, value in _DEFAULTS.items()}
    return VerifySettings(
        **(defaults | {name: value for name, value in found.items() if value or name not in defaults})
    )


def targets(
    settings: VerifySettings,
    nodes: Iterable[DataNode],
    claimed: Mapping[str, tuple[str, ...]],
    config: Config,
    environ: Mapping[str, str],
) -> tuple[list[NodeTarget], list[DataNode]]:
    """Return the data nodes to read, and those without an address. `claimed` are the shards by data-node id.

    Raises UsageError without a user, and ConfigError for a secret that can't be read.
    """
    found, lost = [], []
    shared = _shared_password(settings)
    for node in nodes:
        own = config.data_nodes.get(node.id) or config.data_nodes.get(node.name or "") or NodeSettings()
        host = own.host or node.host
        if host is None:
            lost.append(node)
        else:
            secret = _password(own, shared, environ)
            shards = claimed.get(node.id, ())
            found.append(_target(settings, node, own, host=host, claimed=shards, password=secret))
    return found, lost


def _target(
    settings: VerifySettings,
    node: DataNode,
    own: NodeSettings,
    *,
    host: str,
    claimed: tuple[str, ...],
    password: Secret | None,
) -> NodeTarget:
    return NodeTarget(
        node_id=node.id,
        host=host,
        port=own.port or node.port or DEFAULT_PORT,
        user=own.user or _user(settings),
        password=password,
        tls=own.tls or value_of(settings.verify_tls) or _usual_tls(host),
        ca_file=own.ca_file or value_of(settings.verify_ca_file),
        role=value_of(settings.verify_role),
        deadline=settings.verify_deadline.value,
        connect_timeout=settings.verify_connect_timeout.value,
        claimed=claimed,
    )


def _user(settings: VerifySettings) -> str:
    if settings.verify_user is None:
        raise UsageError(
            "nothing says which account signs in at data nodes",
            hint='Write `user = "drift"` under [verify] in drift.toml, or set DRIFT_VERIFY_USER; '
            "the password is in DRIFT_VERIFY_PASSWORD, or in the file that password_file names.",
        )
    return settings.verify_user.value


def _usual_tls(host: str) -> Tls:
    """Do without TLS where nobody can listen."""
    return "off" if is_local(host) else "verify"


def _shared_password(settings: VerifySettings) -> Secret | None:
    if settings.verify_password is not None:
        return settings.verify_password.value
    return None if settings.verify_password_file is None else read_secret(settings.verify_password_file.value)


def _password(own: NodeSettings, shared: Secret | None, environ: Mapping[str, str]) -> Secret | None:
    if own.password_file is not None:
        return read_secret(validators.path_for(environ)(own.password_file))
    if own.password_env is None:
        return shared
    text = environ.get(own.password_env, "").rstrip("\r\n")
    if not text:
        raise ConfigError(f"the variable {own.password_env}, which holds a data node's password, is not set")
    return Secret(text)
