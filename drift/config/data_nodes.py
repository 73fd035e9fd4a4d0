"""What drift.toml says of data nodes: [verify] for all of them, [data_nodes."NAME"] for one. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from drift.cloud.data_nodes import Tls
from drift.config.verify_table import TLS_MODES, VERIFY_TABLE
from drift.core import validators

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.strict_toml import Table

_HIGHEST_PORT: Final = 65_535
_SECRET_KEY: Final = re.compile(r"token|passw(or)?d|secret|credential|key|^(ak|sk|pwd)$", re.IGNORECASE)


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What drift.toml says of one data node, by its id or name; None where it says nothing."""

    host: str | None = None
    port: int | None = None
    user: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    tls: Tls | None = None
    ca_file: Path | None = None


def read_verify(table: Table, located: Callable[[object], Path]) -> dict[str, Any]:
    """Read [verify], and note its problems."""
    rows = [row for row in VERIFY_TABLE if not row.is_secret]
    found = {row.name: table.read(row.key, located if row.is_file else row.check, None) for row in rows}
    table.refuse_unknown(_about_password)
    return {name: value for name, value in found.items() if value is not None}


def read_data_nodes(table: Table, located: Callable[[object], Path]) -> dict[str, NodeSettings]:
    """Read [data_nodes."NAME"], and note its problems."""
    return {name: _read_node(node, located) for name, node in table.tables()}


def _read_node(table: Table, located: Callable[[object], Path]) -> NodeSettings:
    settings = NodeSettings(
        host=table.read("host", _host, None),
        port=table.read("port", _port, None),
        user=table.read("user", validators.text, None),
        password_file=table.read("password_file", located, None),
        password_env=table.read("password_env", validators.text, None),
        tls=cast("Tls | None", table.read("tls", validators.one_of(*TLS_MODES), None)),
        ca_file=table.read("ca_file", located, None),
    )
    table.refuse_unknown(_about_password)
    return settings


def _about_password(key: str) -> str | None:
    if not _SECRET_KEY.search(key):
        return None
    return "a secret has no place in this file; expected DRIFT_VERIFY_PASSWORD, or a file that password_file names"


def _host(value: object) -> str:
    """Check a host's name or address, or the path of a socket."""
    if not isinstance(value, str) or not value or not value.isprintable() or any(each in value for each in " @"):
        raise ValueError("expected a host's name or address, or the path of a socket")
    if "://" in value:
        raise ValueError("expected a host's name or address without a scheme; the port has a key of its own")
    return value


def _port(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _HIGHEST_PORT:
        raise ValueError("expected a port, 1 to 65535")
    return value
