"""Data nodes that can't be read: each is not checked, with the reason, and none keeps the others or the run."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from drift.cloud.data_nodes.login_guard import LoginGuard
from drift.cloud.data_nodes.reading import BUSY_PAUSES, read_node
from drift.core.secret import Secret
from support.builders import a_database
from support.data_nodes import PASSWORD, claim, compared, make, targets, told
from support.mariadb import NEEDS_MARIADB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drift.cloud.data_nodes.session import Session
    from drift.cloud.data_nodes.target import NodeTarget
    from drift.core.data_nodes import Failure, NodeReading
    from drift.core.model import Snapshot
    from support.mariadb import Servers

pytestmark = NEEDS_MARIADB


@pytest.fixture
def one(mariadb: Servers) -> Snapshot:
    """A claim about one server, which holds it."""
    snapshot = claim(mariadb, a_database("orders", shards=2, on=("rds-1",)), count=1)
    make(mariadb, snapshot)
    return snapshot


def failure(target: NodeTarget, pauses: list[float] | None = None) -> Failure:
    reading = read_node(target, LoginGuard(), sleep=(pauses if pauses is not None else []).append)
    assert reading.failure is not None
    return reading.failure


def target_of(snapshot: Snapshot, **fields: Any) -> NodeTarget:  # noqa: ANN401 - a target's
    return next(targets(snapshot, **fields))


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where a stranger answers each connection."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    """Promise a long packet, and send a byte of it now and then."""
    connection.sendall(b"\xff\xff\x0f\x00")
    while True:
        connection.sendall(b"\x0a")
        threading.Event().wait(0.02)


STRANGERS = {
    "a web server": (lambda each: each.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "other-kind", "cut"),
    "SSH": (lambda each: each.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "other-kind", "cut"),
    "nobody behind a forwarder": (lambda _each: None, "cut", "cut"),
    "one that never speaks": (say_nothing, "late", "late"),
    "one that drips": (drip, "late", "late"),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_behind_the_port_is_not_checked(stranger: str, mariadb: Servers) -> None:
    """Whatever answers there, and whether it ever does, the reading ends with a reason and by its deadline."""
    serve, *kinds = STRANGERS[stranger]
    snapshot = claim(mariadb, a_database("orders", shards=2, on=("rds-1",)), count=1)
    with listening(serve) as port:
        assert failure(target_of(snapshot, port=port, deadline=0.3)).kind in kinds


def test_a_port_that_nobody_listens_at(mariadb: Servers, one: Snapshot) -> None:
    """A closed port, a name that doesn't exist and a missing socket are no connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    for fields in ({"port": closed}, {"host": "nowhere.invalid"}, {"host": f"{mariadb[0].folder}/none"}):
        assert failure(target_of(one, **fields)).kind == "unreachable"


def test_a_frozen_server_holds_nobody(mariadb: Servers, one: Snapshot) -> None:
    """A server that takes connections and does nothing more is late by its deadline."""
    with mariadb[0].frozen():
        assert failure(target_of(one, deadline=0.3)).kind == "late"


ACCOUNTS = {
    "a wrong password": ((), "refused"),
    "no such account": (("DROP USER 'drift'@'%'",), "refused"),
    "an expired password": (("ALTER USER 'drift'@'%' PASSWORD EXPIRE",), "expired"),
    "a locked account": (("ALTER USER 'drift'@'%' ACCOUNT LOCK",), "expired"),
    "an account that has used up its connections": (
        ("ALTER USER 'drift'@'%' WITH MAX_CONNECTIONS_PER_HOUR 1",),
        "busy",
    ),
}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_that_may_not_in(account: str, mariadb: Servers, one: Snapshot) -> None:
    """A refused login is told with the server's reason and without the password."""
    statements, kind = ACCOUNTS[account]
    mariadb[0].run(*statements)
    wrong = Secret(PASSWORD + "x") if account == "a wrong password" else Secret(PASSWORD)
    if kind == "busy":
        read_node(target_of(one), LoginGuard())
    found = failure(target_of(one, password=wrong))
    assert found.kind == kind
    assert PASSWORD not in found.detail


def test_a_full_server_is_tried_again(mariadb: Servers, one: Snapshot) -> None:
    """A data node that takes no more connections is left alone for a while, and tried twice more."""
    mariadb[0].run("SET GLOBAL max_connections = 10")
    pauses: list[float] = []
    with ExitStack() as stack:
        for _ in range(10):
            connection = mariadb[0].connect("drift", password=PASSWORD)
            stack.callback(connection.close)
        assert failure(target_of(one), pauses).kind == "busy"
    assert pauses == list(BUSY_PAUSES)


def test_a_server_that_goes_away_in_the_middle(mariadb: Servers, one: Snapshot) -> None:
    """A connection that is ended while it is read is cut, and nothing of it counts."""

    def kill(session: Session, reading: NodeReading, _claimed: Sequence[str]) -> NodeReading:
        number = session.rows("SELECT CONNECTION_ID()")[0][0]
        mariadb[0].run(f"KILL {number}")
        session.rows("SELECT 1")
        return reading

    reading = read_node(target_of(one), LoginGuard(), [kill])
    assert reading.failure is not None
    assert reading.failure.kind == "cut"
    assert not reading.databases


def test_the_others_are_judged(mariadb: Servers) -> None:
    """Where one data node can't be read, what is wrong on the others is found."""
    snapshot = claim(mariadb, a_database("orders", shards=4), count=2)
    make(mariadb, snapshot)
    mariadb[1].run("DROP DATABASE orders_0003")
    with listening(say_nothing) as port:
        first = msgspec.structs.replace(snapshot.data_nodes[0], port=port)
        if first.name != "rds-1":
            first = msgspec.structs.replace(snapshot.data_nodes[1], port=port)
        others = [node for node in snapshot.data_nodes if node.id != first.id]
        result = compared(
            snapshot.with_records(data_nodes=[first, *others], databases=snapshot.databases), deadline=0.3
        )
    assert told(result) == [("shard-absent", "rds-2", ("orders_0003",))]
    assert [(part.rule, part.failure.kind) for part in result.not_checked] == [("data-node-unreachable", "late")]


def test_two_refused_logins_end_the_run(mariadb: Servers) -> None:
    """After a wrong password at two data nodes, no third one is asked, so that no more accounts are locked."""
    snapshot = claim(mariadb, a_database("orders", shards=6, on=("rds-1", "rds-2", "rds-3")))
    make(mariadb, snapshot)
    result = compared(snapshot, password=Secret("wrong"))
    assert sorted(part.failure.kind for part in result.not_checked) == ["not-tried", "refused", "refused"]


def test_a_session_changes_nothing(mariadb: Servers, one: Snapshot) -> None:
    """Even an account that may do everything can write nothing in drift's session."""
    mariadb[0].run("GRANT ALL ON *.* TO 'drift'@'%'")
    refused: list[str] = []

    def write(session: Session, reading: NodeReading, _claimed: Sequence[str]) -> NodeReading:
        for statement in ("CREATE DATABASE orders_0009", "DROP DATABASE orders_0000", "CREATE USER other"):
            with pytest.raises(Exception, match="READ ONLY") as caught:
                session.run(statement)
            refused.append(str(caught.value))
        limits = session.rows("SELECT @@lock_wait_timeout, @@max_statement_time, @@autocommit")
        assert limits == [(5, 20.0, 1)]
        return reading

    reading = read_node(target_of(one), LoginGuard(), [write])
    assert len(refused) == 3
    assert reading.rights is not None
    assert reading.rights.may_write
