"""Read one data node: who it is, what its account may see, which databases it lists, and where the claimed ones are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from drift.cloud.data_nodes import statements
from drift.cloud.data_nodes.failures import ACCESS_DENIED, UNKNOWN_DATABASE, UNKNOWN_VARIABLE, SessionError
from drift.cloud.data_nodes.session import opened
from drift.core.data_nodes import NodeReading, Server, without_system
from drift.core.grants import read_grants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drift.cloud.data_nodes.login_guard import LoginGuard
    from drift.cloud.data_nodes.session import Session
    from drift.cloud.data_nodes.target import NodeTarget
    from drift.core.data_nodes import Presence

BUSY_PAUSES: Final = (1.0, 3.0)
"""The pauses in seconds before another attempt at a data node that takes no more connections."""
SECOND_LOOK: Final = 0.5
"""The pause in seconds before what is missing is looked for again: a database in the making is seen half."""


class Reader(Protocol):
    """Reads more in an open session, and returns the reading with it."""

    def __call__(self, session: Session, reading: NodeReading, claimed: Sequence[str], /) -> NodeReading:
        """Read what the claimed shards hold."""


def read_node(
    target: NodeTarget,
    guard: LoginGuard,
    readers: Sequence[Reader] = (),
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> NodeReading:
    """Read a data node. Never raises for a data node that can't be read: the reading says why."""
    for pause in (*BUSY_PAUSES, None):
        reading = _attempt(target, guard, readers, sleep)
        if pause is None or reading.failure is None or reading.failure.kind != "busy":
            break
        sleep(pause)
    return reading


def _attempt(
    target: NodeTarget, guard: LoginGuard, readers: Sequence[Reader], sleep: Callable[[float], None]
) -> NodeReading:
    try:
        with opened(target, guard) as session:
            reading = _read_names(session, target, sleep)
            for reader in readers:
                reading = reader(session, reading, target.claimed)
            return reading
    except SessionError as error:
        return NodeReading(node_id=target.node_id, failure=error.failure)


def _read_names(session: Session, target: NodeTarget, sleep: Callable[[float], None]) -> NodeReading:
    server = _server(session)
    reading = NodeReading(
        node_id=target.node_id,
        server=server,
        rights=read_grants(str(row[0]) for row in session.rows(statements.GRANTS)),
    )
    names, probes = _look(session, server, target.claimed)
    if "absent" in probes.values():
        sleep(SECOND_LOOK)
        names, again = _look(session, server, target.claimed)
        probes = {name: found if probes.get(name) == found else "unsettled" for name, found in again.items()}
    return msgspec.structs.replace(reading, databases=names, probes=probes)


def _server(session: Session) -> Server:
    try:
        row = session.rows(statements.SERVER[session.family])[0]
    except SessionError as error:
        if error.code != UNKNOWN_VARIABLE:
            raise
        row = session.rows(statements.SERVER_WITHOUT_UID)[0]
    version, uid, host, port, folder, case, read_only, account = row
    return Server(
        family="mariadb" if "mariadb" in str(version).lower() else "mysql",
        version=str(version),
        uid=uid or None,
        host_name=host or None,
        port=int(port) or None,
        data_folder=folder or None,
        letter_case=int(case),
        is_read_only=str(read_only) not in {"0", "OFF"},
        account=_account(str(account)),
    )


def _account(current_user: str) -> str:
    """Quote an account as a GRANT has it."""
    user, _, host = current_user.rpartition("@")
    return "@".join(f"'{part.replace(chr(39), chr(39) * 2)}'" for part in (user, host))


def _look(session: Session, server: Server, claimed: Iterable[str]) -> tuple[frozenset[str], dict[str, Presence]]:
    """List the databases, and ask for each claimed one that isn't listed."""
    names = without_system(str(row[0]) for row in session.rows(statements.NAMES))
    return names, {name: _probe(session, name) for name in claimed if server.folded(name) not in names}


def _probe(session: Session, name: str) -> Presence:
    try:
        session.rows(statements.tables_of(name))
    except SessionError as error:
        if error.code == UNKNOWN_DATABASE:
            return "absent"
        if error.code == ACCESS_DENIED:
            return "hidden"
        raise
    return "closed"
