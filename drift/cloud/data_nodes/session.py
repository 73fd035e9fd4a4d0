"""A read-only session at one data node, with a deadline. Opens a socket.

PyMySQL's own time limits hold for each read, so that a server which sends a byte now and then is waited for without
end. Here a timer shuts the connection down, which ends any wait.
"""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from threading import Timer
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from drift.cloud.data_nodes import statements
from drift.cloud.data_nodes.failures import SessionError, failure_of, no_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from drift.cloud.data_nodes.login_guard import LoginGuard
    from drift.cloud.data_nodes.target import NodeTarget

_CHARSET: Final = "utf8mb4"
_AFTER_DEADLINE: Final = 10  # seconds: the deadline itself ends the wait, and is then named as the reason
_T = TypeVar("_T")


class Session:
    """An open session. `family` is `mysql` or `mariadb`."""

    def __init__(self, connection: Any, deadline: _Deadline) -> None:  # noqa: ANN401 - PyMySQL has no types
        self._connection = connection
        self._deadline = deadline
        self.family = "mariadb" if "mariadb" in connection.get_server_info().lower() else "mysql"

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, with the values bound to it. Raises SessionError."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def renew(self) -> None:
        """Give the work that follows a deadline of its own."""
        self._deadline.renew()

    def run(self, statement: str) -> None:
        """Run a statement without rows. Raises SessionError."""
        self.rows(statement)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SessionError:
            raise
        except Exception as error:
            raise self._deadline.named(SessionError(*failure_of(error))) from error


@contextmanager
def opened(target: NodeTarget, guard: LoginGuard) -> Iterator[Session]:
    """Open a session, read-only for certain and within its deadline. Raises SessionError, also for a late answer."""
    with _connected(target) as sock, ExitStack() as stack:
        with guard.login(target.user):
            deadline = stack.enter_context(_Deadline(sock, target.deadline))
            connection = _named(deadline, lambda: _signed_in(target, sock))
        stack.callback(_close, connection)
        session = Session(connection, deadline)
        _restrict(session, target)
        yield session


def _named(deadline: _Deadline, act: Callable[[], _T]) -> _T:
    """Do something, and name the deadline if that is why it fails."""
    try:
        return act()
    except SessionError as error:
        raise deadline.named(error) from error


def _close(connection: Any) -> None:  # noqa: ANN401 - PyMySQL has no types
    with suppress(Exception):
        connection.close()


class _Deadline:
    """A time after which a connection is shut down. The duplicate of its socket survives the wrapping by TLS."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._handle = socket.socket(fileno=os.dup(sock.fileno()))
        self._seconds = seconds
        self._timer = self._new_timer()
        self.is_over = False

    def _new_timer(self) -> Timer:
        timer = Timer(self._seconds, self._end)
        timer.daemon = True
        return timer

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def renew(self) -> None:
        """Begin to count again; a deadline that is over stays over."""
        self._timer.cancel()
        self._timer = self._new_timer()
        self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._handle.close()

    def named(self, error: SessionError) -> SessionError:
        """Return the reason for an error: the deadline where it is over, which cuts a connection."""
        return SessionError.late(self._seconds) if self.is_over else error

    def _end(self) -> None:
        self.is_over = True
        with suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)


@contextmanager
def _connected(target: NodeTarget) -> Iterator[socket.socket]:
    try:
        sock = _connect(target)
    except (OSError, ValueError) as error:
        raise SessionError(*failure_of(error)) from error
    with sock:
        yield sock


def _connect(target: NodeTarget) -> socket.socket:
    if not target.is_socket:
        sock = socket.create_connection((target.host, target.port), timeout=target.connect_timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.settimeout(target.connect_timeout)
        sock.connect(target.host)
    except OSError:
        sock.close()
        raise
    return sock


def _signed_in(target: NodeTarget, sock: socket.socket) -> Any:  # noqa: ANN401 - PyMySQL has no types
    try:
        import pymysql  # type: ignore[import-untyped]
    except ImportError as error:
        raise no_client() from error
    context = _tls(target)
    try:
        connection = pymysql.connect(
            host=target.host,
            port=target.port,
            unix_socket=target.host if target.is_socket else None,
            user=target.user,
            password="" if target.password is None else target.password.reveal(),
            charset=_CHARSET,
            autocommit=True,
            local_infile=False,
            read_timeout=target.deadline + _AFTER_DEADLINE,
            write_timeout=target.deadline + _AFTER_DEADLINE,
            ssl=context,
            ssl_disabled=context is None,
            defer_connect=True,
        )
        connection.connect(sock)
    except Exception as error:
        raise SessionError(*failure_of(error)) from error
    return connection


def _tls(target: NodeTarget) -> ssl.SSLContext | None:
    """Make the context that verifies a server. Without one there is no TLS at all, rather than an unverified one."""
    if target.tls == "off":
        return None
    try:
        return _context(target.ca_file, checks_host=target.tls == "verify")
    except OSError as error:
        raise SessionError("untrusted", f"{target.ca_file}: {error.strerror or error}") from error


@cache
def _context(ca_file: Path | None, *, checks_host: bool) -> ssl.SSLContext:
    """Make a context for all data nodes: to load the system's authorities takes more CPU than to read a data node."""
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = checks_host
    # The certificates that MySQL makes for itself lack what a strict check wants since Python 3.13.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _restrict(session: Session, target: NodeTarget) -> None:
    session.run(statements.READ_ONLY)
    session.run(statements.LIMITS[session.family])
    if target.role is not None:
        session.run(statements.set_role(target.role))
