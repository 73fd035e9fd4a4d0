"""The address of a data node, and how to sign in there. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from drift.core.secret import Secret

Tls: TypeAlias = Literal["verify", "ca", "off"]
"""Verify the certificate and its host name, or the certificate alone, or do without."""

DEFAULT_PORT: Final = 3306
DEFAULT_DEADLINE: Final = 30.0
DEFAULT_CONNECT_TIMEOUT: Final = 5.0


_LOOPBACK: Final = ("127.", "::1", "localhost")


def is_local(host: str) -> bool:
    """Whether a host is this machine, or the path of a socket."""
    return host.startswith(("/", *_LOOPBACK))


class NodeTarget(msgspec.Struct, frozen=True, kw_only=True):
    """One data node to read. `host` may be the path of a socket; `claimed` are the shards that should be there.

    `deadline` is in seconds, and covers all of the reading; `connect_timeout` is that of the connection.
    """

    node_id: str
    host: str
    port: int = DEFAULT_PORT
    user: str
    password: Secret | None = None
    tls: Tls = "verify"
    ca_file: Path | None = None
    role: str | None = None
    deadline: float = DEFAULT_DEADLINE
    connect_timeout: float = DEFAULT_CONNECT_TIMEOUT
    claimed: tuple[str, ...] = ()

    @property
    def is_socket(self) -> bool:
        """Whether `host` is the path of a socket."""
        return self.host.startswith("/")

    @property
    def is_local(self) -> bool:
        """Whether the connection stays on this machine."""
        return is_local(self.host)

    @property
    def address(self) -> str:
        """The address in words."""
        return self.host if self.is_socket else f"{self.host}:{self.port}"
