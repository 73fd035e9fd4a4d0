from __future__ import annotations

from typing import TYPE_CHECKING

from support.mariadb import NEEDS_MARIADB

if TYPE_CHECKING:
    from support.mariadb import Servers

pytestmark = NEEDS_MARIADB


def test_servers_are_separate_and_become_new_again(mariadb: Servers) -> None:
    """A database or user on one test server is on no other, and on none after cleaning."""
    mariadb.clean()
    mariadb[0].run("CREATE DATABASE `orders_0000`", "CREATE ROLE reader", "CREATE USER deploy IDENTIFIED BY 'x'")
    listed = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'orders%'"
    assert [server.rows(listed) for server in (mariadb[0], mariadb[1])] == [[("orders_0000",)], []]
    assert mariadb[0].rows("SELECT @@port") == [(mariadb[0].port,)]
    mariadb.clean()
    assert mariadb[0].rows(listed) == []
    assert mariadb[0].rows("SELECT count(*) FROM mysql.user WHERE user IN ('reader', 'deploy')") == [(0,)]


def test_a_server_of_its_own_options(mariadb: Servers) -> None:
    """A test may start a server with other options than the shared ones, and end it."""
    server = mariadb.make("folded", "--lower-case-table-names=1")
    try:
        assert server.rows("SELECT @@lower_case_table_names") == [(1,)]
    finally:
        server.stop()
    assert not server.listens()
