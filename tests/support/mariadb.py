"""Real MariaDB servers on loopback: the data nodes of tests that ask data nodes. Each has a folder of its own."""

from __future__ import annotations

import fcntl
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pymysql
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MARIADBD: Final = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NEEDS_MARIADB: Final = pytest.mark.skipif(
    MARIADBD is None, reason="there is no MariaDB to start as a data node: install Debian's package mariadb-server-core"
)
NODES: Final = 3
"""The servers that the fixture `mariadb` offers; one is started when it is first asked for."""

_SHARE: Final = Path("/usr/share/mysql")
_SYSTEM_TABLES: Final = ("mysql_system_tables.sql", "mysql_system_tables_data.sql", "mysql_performance_tables.sql")
_SMALL: Final = (
    "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--skip-log-bin",
)  # fmt: skip
_SYSTEM_DATABASES: Final = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
_PATIENCE: Final = 60.0  # seconds that a loaded machine may take to start a server


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@dataclass
class Server:
    """One running server. `host`, `port` and `path` are its addresses; root signs in without a password."""

    folder: Path
    options: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def path(self) -> Path:
        """The socket in the file system."""
        return self.folder / "socket"

    def start(self) -> None:
        """Start on the data that is in the folder, and wait until it answers."""
        address = (f"--bind-address={self.host}", f"--port={self.port}", f"--socket={self.path}")
        own = (
            f"--datadir={self.folder}",
            f"--pid-file={self.folder / 'pid'}",
            "--skip-name-resolve",
            _own_tmp(self.folder),
        )
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_DIES_WITH_US, *_command(), *address, *own, *_SMALL, *self.options], stdout=log, stderr=log
            )
        self._wait()

    def _wait(self) -> None:
        assert self.process is not None
        until = time.monotonic() + _PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            if self.listens():
                self.connect().close()
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "server.log").read_text("utf-8", "replace")[-2000:])

    def listens(self) -> bool:
        """Whether somebody may connect."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.path)) == 0

    def stop(self) -> None:
        """End the process at once: its data are of no use afterwards, except to a server that recovers them."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep the process from running: its connections stay, and nothing answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def connect(self, user: str = "root", **options: Any) -> pymysql.Connection[Any]:  # noqa: ANN401 - PyMySQL's own
        """Open a connection by the socket in the file system."""
        return pymysql.connect(unix_socket=str(self.path), user=user, autocommit=True, ssl_disabled=True, **options)

    def run(self, *statements: str) -> None:
        """Run statements as root, one after the other."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that root gets."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def clean(self) -> None:
        """Drop each database and user that a test has made, and each global setting that a test may change."""
        names = {name for (name,) in self.rows("SHOW DATABASES")} - _SYSTEM_DATABASES
        roles = "SELECT user, host, is_role FROM mysql.user WHERE user NOT IN ('root', 'mariadb.sys')"
        self.run(
            *(f"DROP DATABASE `{name.replace('`', '``')}`" for name in sorted(names)),
            *(
                f"DROP ROLE `{user}`" if is_role == "Y" else f"DROP USER '{user}'@'{host}'"
                for user, host, is_role in self.rows(roles)
            ),
            "DELETE FROM mysql.innodb_table_stats WHERE database_name <> 'mysql'",
            "SET GLOBAL read_only = 0, max_connections = 151",
        )


@dataclass
class Servers:
    """Servers by number. Each is started when it is first asked for, from one prepared folder."""

    folder: Path
    template: Path
    running: dict[int, Server] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Server:
        if number not in self.running:
            if number >= NODES:
                raise IndexError(number)
            self.running[number] = self.make(f"node-{number}")
        return self.running[number]

    def __len__(self) -> int:
        return NODES

    def make(self, name: str, *options: str) -> Server:
        """Start one more server, with options of its own. Whoever asks for it stops it."""
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        server = Server(folder, options)
        server.start()
        return server

    def clean(self) -> None:
        """Make the servers that run as if they were new."""
        for server in self.running.values():
            server.clean()

    def stop(self) -> None:
        """End the servers that run."""
        for server in self.running.values():
            server.stop()


@contextmanager
def servers(template: Path) -> Iterator[Servers]:
    """Offer servers whose data are in memory, where there is such a folder: a busy disk makes each table take long."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder inside is one's own
    with tempfile.TemporaryDirectory(prefix="drift-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        offered = Servers(Path(folder), template)
        try:
            yield offered
        finally:
            offered.stop()


def prepared(shared: Path) -> Path:
    """The data folder that each server gets a copy of; made once, by whichever process comes first."""
    template = shared / "mariadb-template"
    with (shared / "mariadb.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            _install(shared / "mariadb-partial")
            (shared / "mariadb-partial").rename(template)
    return template


def _install(folder: Path) -> None:
    """Make the system tables, as `mariadb-install-db` does, which calls a program of another package."""
    folder.mkdir()
    heads = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket=NULL;"]
    script = "\n".join([*heads, *((_SHARE / name).read_text("utf-8") for name in _SYSTEM_TABLES)])
    own = f"--datadir={folder}", _own_tmp(folder), "--enforce-storage-engine="
    bootstrap = (*_command(), "--bootstrap", *own, *_SMALL)
    made = subprocess.run(bootstrap, input=script.encode(), capture_output=True, check=False)
    assert made.returncode == 0, made.stderr.decode("utf-8", "replace")[-2000:]


def _own_tmp(folder: Path) -> str:
    """Make a folder for a server's temporary tables: each server that starts deletes all that it finds in its own."""
    own = folder.with_name(f"{folder.name}-tmp")
    own.mkdir(exist_ok=True)
    return f"--tmpdir={own}"


# The kernel ends the server with the process that started it, however that one ends.
_DIES_WITH_US: Final = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


def _command() -> tuple[str, ...]:
    return (str(MARIADBD), "--no-defaults", f"--user={getpass.getuser()}")
