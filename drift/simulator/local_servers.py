"""Real servers on this machine as the data nodes of a simulated instance, where MariaDB or MySQL is installed.

Each has a folder of its own, and listens at a socket in it alone. They end with their block, and their
folders with them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROGRAMS: Final = ("mariadbd", "mysqld")
_ELSEWHERE: Final = ("/usr/sbin", "/usr/local/sbin", "/usr/local/mysql/bin", "/opt/homebrew/bin")
_SYSTEM_TABLES: Final = ("mysql_system_tables.sql", "mysql_system_tables_data.sql", "mysql_performance_tables.sql")
_SHARES: Final = (Path("/usr/share/mysql"), Path("/usr/share/mariadb"), Path("/usr/local/share/mysql"))
_SMALL: Final = ("--innodb-buffer-pool-size=16M", "--skip-log-bin", "--skip-networking")
_PATIENCE: Final = 60.0
_READY: Final = b"ready for connections"
_INSTALL: Final = (
    "Install MariaDB's server (Debian's package mariadb-server-core) or MySQL's, and `pip install 'ddm-drift[verify]'`."
)


class LocalServer:
    """One running server. Root signs in at `socket` without a password."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.socket = folder / "socket"
        self.process = process

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as root; return the rows of the last one."""
        import pymysql  # type: ignore[import-untyped]

        connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    @property
    def release(self) -> tuple[str, str]:
        """The engine and its version, as the metadata of a data node has them."""
        version = str(self.run("SELECT @@version")[0][0])
        return "mariadb" if "mariadb" in version.lower() else "mysql", version.partition("-")[0]


@contextmanager
def serving(folder: Path, names: Iterable[str], *, path: str, user: str) -> Iterator[dict[str, LocalServer]]:
    """Run a server for each name as a user; `path` lists where programs are.

    Raises UsageError, which says what to install, where there is none to run.
    """
    command = [find_program(PROGRAMS, path), "--no-defaults", f"--user={user}", *_SMALL]
    first, *others = (folder / name for name in names)
    _prepare(command, first)
    for each in others:
        shutil.copytree(first, each)
        (each / "auto.cnf").unlink(missing_ok=True)  # a server of MySQL's makes an id of its own
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        servers = {each.name: _started(command, each, stack) for each in (first, *others)}
        for server in servers.values():
            _wait(server)
        yield servers


def find_program(names: Iterable[str], path: str) -> str:
    """Find the first of these servers that is installed. Raises UsageError, which says what to install."""
    path = os.pathsep.join((path, *_ELSEWHERE))
    found = next((program for name in names if (program := shutil.which(name, path=path))), None)
    if found is None:
        raise UsageError("no MariaDB or MySQL server is installed here, to play the data nodes", hint=_INSTALL)
    try:
        import pymysql  # noqa: F401 - whether it is there
    except ImportError:
        raise UsageError("PyMySQL is not installed, with which drift speaks to data nodes", hint=_INSTALL) from None
    return found


def _prepare(command: list[str], folder: Path) -> None:
    """Make the system tables in a new folder."""
    folder.mkdir(parents=True)
    script = ""
    options = ["--initialize-insecure"]
    if Path(command[0]).name == "mariadbd":
        share = next((each for each in _SHARES if (each / _SYSTEM_TABLES[0]).is_file()), _SHARES[0])
        tables = (share.joinpath(name).read_text("utf-8") for name in _SYSTEM_TABLES)
        script = "\n".join(["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket=NULL;", *tables])
        options = ["--bootstrap", "--enforce-storage-engine="]
    command = [*command, f"--datadir={folder}", *options]
    made = subprocess.run(command, input=script.encode(), capture_output=True, check=False)  # noqa: S603 - our own
    if made.returncode:
        raise UsageError(f"{command[0]} could not make its tables: {_last_line(made.stderr)}", hint=_INSTALL)


def _started(command: list[str], folder: Path, stack: ExitStack) -> LocalServer:
    address = (f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}")
    log = stack.enter_context((folder / "server.log").open("ab"))
    command = [*command, f"--datadir={folder}", *address]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - our own
    stack.callback(_end, process)
    return LocalServer(folder, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _wait(server: LocalServer) -> None:
    """Wait until a server says in its log that it is ready."""
    log, until = server.socket.with_name("server.log"), time.monotonic() + _PATIENCE
    while server.process.poll() is None and time.monotonic() < until:
        if _READY in log.read_bytes():
            return
        time.sleep(0.05)
    raise UsageError(f"a local server did not start: {_last_line(log.read_bytes())}", hint=_INSTALL)


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it says nothing"
