"""The rights of an account, from the lines of SHOW GRANTS. Pure. Keeps no line: MariaDB's hold a password's hash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL: Final = "ALL PRIVILEGES"
_ALL_NAMES: Final = "*"

# What shows a database, held for it or for all of them. Others, such as PROCESS, show none.
_SHOWING: Final = frozenset(
    {
        ALL, "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER",
        "CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE",
        "ALTER ROUTINE", "EVENT", "TRIGGER",
    }
)  # fmt: skip
_SHOWING_COLUMNS: Final = frozenset({ALL, "SELECT", "INSERT", "UPDATE", "REFERENCES"})
_WRITING: Final = frozenset(
    {
        ALL, "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "SUPER", "FILE", "SHUTDOWN", "RELOAD",
        "CREATE USER", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "TRIGGER", "EVENT", "SYSTEM_VARIABLES_ADMIN",
    }
)  # fmt: skip
_GRANT: Final = re.compile(
    r"GRANT (?P<rights>.+?) ON (?:TABLE )?(?P<database>\*|`(?:[^`]|``)*`)\.(?P<table>\*|`(?:[^`]|``)*`)"
    r" TO (?P<holder>\S+)",
    re.IGNORECASE | re.DOTALL,
)
_COLUMNS: Final = re.compile(r"\([^)]*\)")


class Rights(msgspec.Struct, frozen=True):
    """What an account may do: on everything, on databases by pattern, and on tables.

    Those on databases are by the holder, which is the account or a role of it, and by the pattern.
    With `is_partly_revoked`, some databases are taken out of the rights on everything, which only MySQL has.
    """

    everywhere: frozenset[str] = frozenset()
    by_database: tuple[tuple[str, str, frozenset[str]], ...] = ()
    by_table: tuple[tuple[str, str, frozenset[str]], ...] = ()
    is_partly_revoked: bool = False

    @property
    def shows_all_names(self) -> bool:
        """Whether no database is hidden."""
        return bool(self.everywhere & (_SHOWING | {"SHOW DATABASES"})) and not self.is_partly_revoked

    @property
    def may_write(self) -> bool:
        """Whether the account could change anything."""
        held = [self.everywhere, *(each[2] for each in self.by_database), *(each[2] for each in self.by_table)]
        return any(rights & _WRITING for rights in held)

    @property
    def may_read_statistics(self) -> bool:
        """Whether InnoDB's own statistics of tables may be read."""
        reading = frozenset({ALL, "SELECT"})
        on_table = any(
            database == "mysql" and table == "innodb_table_stats" and rights & reading
            for database, table, rights in self.by_table
        )
        return on_table or bool(self._on("mysql") & reading)

    def shows_columns(self, database: str) -> bool:
        """Whether every table of a database is shown, with its columns and indexes."""
        return bool(self._on(database) & _SHOWING_COLUMNS)

    def _on(self, database: str) -> frozenset[str]:
        """Return the rights that surely hold for a database.

        Of several patterns that fit, a server uses one and passes over the rights by the others: what all of them have
        is sure. What roles have is added.
        """
        held: dict[str, frozenset[str]] = {}
        for holder, pattern, rights in self.by_database:
            if _fits(pattern, database):
                held[holder] = held.get(holder, rights) & rights
        everywhere = frozenset() if self.is_partly_revoked else self.everywhere
        return everywhere.union(*held.values())


def read_grants(lines: Iterable[str]) -> Rights:
    """Read the lines of SHOW GRANTS. What is not understood gives no right."""
    everywhere: set[str] = set()
    by_database: dict[tuple[str, str], set[str]] = {}
    by_table: dict[tuple[str, str], set[str]] = {}
    is_partly_revoked = False
    for line in lines:
        is_partly_revoked |= line.upper().startswith("REVOKE ")
        if (found := _GRANT.match(line)) is None:
            continue
        database, table = _unquoted(found["database"]), _unquoted(found["table"])
        rights = _rights(found["rights"], is_on_table=table != _ALL_NAMES)
        if database == _ALL_NAMES:
            everywhere |= rights
        elif table == _ALL_NAMES:
            by_database.setdefault((found["holder"], database), set()).update(rights)
        else:
            by_table.setdefault((database, table), set()).update(rights)
    return Rights(
        frozenset(everywhere),
        tuple(sorted((*place, frozenset(rights)) for place, rights in by_database.items())),
        tuple(sorted((*place, frozenset(rights)) for place, rights in by_table.items())),
        is_partly_revoked,
    )


def _rights(text: str, *, is_on_table: bool) -> set[str]:
    """Split a list of rights. A right on columns is none on their table."""
    words = [word.strip().upper() for word in re.split(r",(?![^(]*\))", text)]
    return {word for word in words if not (is_on_table and _COLUMNS.search(word))} - {"USAGE"}


def _unquoted(name: str) -> str:
    return name if name == _ALL_NAMES else name[1:-1].replace("``", "`")


def _fits(pattern: str, name: str) -> bool:
    r"""Return whether a name fits a pattern of LIKE, in which `\_` is an underscore."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    expression = "".join(signs.get(part, re.escape(part.removeprefix("\\") or part)) for part in parts)
    return re.fullmatch(expression, name, re.DOTALL) is not None
