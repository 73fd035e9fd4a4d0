from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from drift.cloud.data_nodes.login_guard import LoginGuard
from drift.cloud.data_nodes.reading import read_node
from drift.cloud.data_nodes.target import NodeTarget
from drift.core.secret import Secret
from support.data_nodes import CREATE_USER, PASSWORD, SHOW, USER
from support.mariadb import NEEDS_MARIADB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.cloud.data_nodes.target import Tls
    from support.mariadb import Server, Servers

OPENSSL: Final = shutil.which("openssl")
pytestmark = [
    NEEDS_MARIADB,
    pytest.mark.skipif(OPENSSL is None, reason="there is no openssl to make certificates with"),
]


def certificate(folder: Path, name: str, subject: str) -> Path:
    """A certificate that is its own authority, and its key beside it."""
    path = folder / f"{name}.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=node"]
    files = ["-addext", f"subjectAltName={subject}", "-keyout", path.with_suffix(".key"), "-out", path]
    subprocess.run([str(OPENSSL), *made, *files], check=True, capture_output=True)
    return path


@contextmanager
def secure(mariadb: Servers, own: Path, name: str) -> Iterator[Server]:
    options = (f"--ssl-cert={own}", f"--ssl-key={own.with_suffix('.key')}", "--require-secure-transport=ON")
    server = mariadb.make(name, *options)
    try:
        server.run(CREATE_USER, SHOW)
        yield server
    finally:
        server.stop()


def outcome(server: Server, tls: Tls, ca_file: Path | None) -> str:
    target = NodeTarget(
        node_id="n", host=server.host, port=server.port, user=USER, password=Secret(PASSWORD), tls=tls, ca_file=ca_file
    )
    failure = read_node(target, LoginGuard()).failure
    return "read" if failure is None else failure.kind


def test_a_certificate_is_verified_with_its_host_unless_told_otherwise(mariadb: Servers, tmp_path: Path) -> None:
    """A node is read by the right authority and name; another authority or name is refused, and so is no encryption."""
    own, other = (certificate(tmp_path, name, "IP:127.0.0.1") for name in ("own", "other"))
    with secure(mariadb, own, "tls") as server:
        assert outcome(server, "verify", own) == "read"
        assert outcome(server, "verify", other) == "untrusted"
        assert outcome(server, "ca", other) == "untrusted"
        assert outcome(server, "verify", None) == "untrusted"
        assert outcome(server, "verify", tmp_path / "none.pem") == "untrusted"
        assert outcome(server, "off", None) != "read"
    elsewhere = certificate(tmp_path, "elsewhere", "DNS:elsewhere.invalid")
    with secure(mariadb, elsewhere, "tls-elsewhere") as server:
        assert outcome(server, "verify", elsewhere) == "untrusted"
        assert outcome(server, "ca", elsewhere) == "read"


def test_a_server_without_tls_gets_no_password(mariadb: Servers) -> None:
    """Where TLS is asked for and the server has none, there is no login in the clear."""
    server = mariadb.make("plain", "--skip-ssl")
    try:
        server.run(CREATE_USER, SHOW)
        assert outcome(server, "verify", None) == "no-tls"
        assert outcome(server, "off", None) == "read"
    finally:
        server.stop()
