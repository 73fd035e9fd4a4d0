"""The statements that drift sends to data nodes: constants, SET SESSION for its own session, SELECT and SHOW. Pure."""

from __future__ import annotations

from typing import Final

READ_ONLY: Final = "SET SESSION TRANSACTION READ ONLY"
# A statement that waits for a lock, or takes long, ends by itself.
LIMITS: Final = {
    "mariadb": "SET SESSION lock_wait_timeout = 5, max_statement_time = 20",
    "mysql": "SET SESSION lock_wait_timeout = 5, max_execution_time = 20000",
}
_UID: Final = {"mariadb": "@@server_uid", "mysql": "@@server_uuid"}
_SERVER: Final = (
    "SELECT @@version, {uid}, @@hostname, @@port, @@datadir, @@lower_case_table_names, @@read_only, CURRENT_USER()"
)
SERVER: Final = {family: _SERVER.format(uid=uid) for family, uid in _UID.items()}
# MariaDB has had @@server_uid since 10.9.
SERVER_WITHOUT_UID: Final = _SERVER.format(uid="NULL")
GRANTS: Final = "SHOW GRANTS"
NAMES: Final = "SHOW DATABASES"


def tables_of(database: str) -> str:
    """Return the statement that tells whether a database exists, even where it isn't listed."""
    return f"SHOW TABLES FROM {quoted(database)}"


def set_role(role: str) -> str:
    """Return the statement that activates a role for the session."""
    return f"SET ROLE {quoted(role)}"


def quoted(name: str) -> str:
    """Quote a name, in which a back tick is doubled."""
    return f"`{name.replace('`', '``')}`"
