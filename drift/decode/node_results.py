r"""What a data node printed for somebody who ran drift's statements by hand, to its reading. Pure.

The statements run in MySQL's own client with `--batch --skip-column-names`, which prints a row a line, columns apart by
tabs, and writes a tab, a line end and a backslash within a value as `\t`, `\n` and `\\`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from drift.core.data_nodes import Failure, NodeReading, Server, without_system
from drift.core.grants import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.core.data_nodes import Presence

SCRIPT: Final = """\
SELECT 'drift', 1;
SELECT 'read', UTC_TIMESTAMP();
SELECT 'server', @@version, @@hostname, @@port, @@datadir, @@lower_case_table_names, @@read_only, CURRENT_USER();
SHOW VARIABLES WHERE variable_name IN ('server_uuid', 'server_uid', 'partial_revokes');
SELECT 'right', privilege_type FROM information_schema.user_privileges
  WHERE grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''');
SELECT 'database', schema_name FROM information_schema.schemata ORDER BY schema_name;
SELECT 'end', count(*) FROM information_schema.schemata;
"""
"""Asks what `drift verify` asks, but for the grants themselves: MariaDB's have a password's hash."""

_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SIGNS: Final = {"t": "\t", "n": "\n", "0": "\0"}
_SERVER_COLUMNS: Final = 7


def read(text: str, node_id: str, claimed: Iterable[str]) -> NodeReading:
    """Read what one data node printed. What is not whole has a failure that says why."""
    rows: dict[str, list[list[str]]] = defaultdict(list)
    for line in text.replace("\r\n", "\n").split("\n"):
        tag, *values = map(_unescaped, line.split("\t"))
        rows[tag].append(values)
    if problem := _problem(rows):
        return NodeReading(node_id=node_id, failure=Failure("bad-result", problem))
    server, rights = _server(rows), _rights(rows)
    names = without_system(name for (name,) in rows["database"])
    answer: Presence = "absent" if rights.shows_all_names else "hidden"
    missing = [name for name in claimed if server.folded(name) not in names]
    return NodeReading(
        node_id=node_id,
        server=server,
        rights=rights,
        databases=names,
        probes=dict.fromkeys(missing, answer),
        read_at=_moment(rows),
    )


def _problem(rows: dict[str, list[list[str]]]) -> str | None:
    """Say what is missing in the rows, if anything is."""
    if rows["drift"] != [["1"]]:
        return "expected the output of one run of drift's statements"
    if _moment(rows) is None:
        return "the row of its time is missing or cut off"
    server = rows["server"]
    if len(server) != 1 or len(server[0]) != _SERVER_COLUMNS or not all(_is_number(server[0][at]) for at in (2, 4)):
        return "the row of the server is missing or cut off"
    if any(len(row) != 1 for tag in ("database", "right") for row in rows[tag]):
        return "a row is cut off"
    if rows["end"] != [[str(len(rows["database"]))]]:
        return "the list of databases is cut off"
    return None


def _moment(rows: dict[str, list[list[str]]]) -> datetime | None:
    """Return the time in UTC, by the data node's clock, at which the statements ran."""
    with suppress(ValueError):
        if len(rows["read"]) == 1:
            return datetime.strptime(" ".join(rows["read"][0]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _server(rows: dict[str, list[list[str]]]) -> Server:
    version, host, port, folder, case, read_only, account = rows["server"][0]
    user, _, place = account.rpartition("@")
    return Server(
        family="mariadb" if "mariadb" in version.lower() else "mysql",
        version=version,
        uid=next((row[0] for tag in ("server_uuid", "server_uid") for row in rows[tag] if row), None),
        host_name=host or None,
        port=int(port) or None,
        data_folder=folder or None,
        letter_case=int(case),
        is_read_only=read_only not in {"0", "OFF"},
        account=f"'{user}'@'{place}'",
    )


def _rights(rows: dict[str, list[list[str]]]) -> Rights:
    """Return the rights on everything; rights on single databases and those of a role are not in the output."""
    held = frozenset(right.upper() for (right,) in rows["right"]) - {"USAGE"}
    return Rights(held, is_partly_revoked=rows["partial_revokes"] == [["ON"]])


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _SIGNS.get(found[1], found[1]), text)
