"""The catalogue: what is told of real servers, each in one state, by one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.core.model import Operation
from support.builders import a_database, a_shard, node_id
from support.data_nodes import SHOW, claim, compared, make, told
from support.mariadb import NEEDS_MARIADB

if TYPE_CHECKING:
    from support.mariadb import Servers

pytestmark = NEEDS_MARIADB

ORDERS = a_database("orders", shards=6, on=("rds-1", "rds-2", "rds-3"))
MIGRATING = (Operation("database orders", "migrateLogicDb ToBeCleaned", "job-1"),)

STATES = {
    "sound": ([], [], []),
    "a shard is gone": ([(0, "DROP DATABASE orders_0001")], [("shard-absent", "rds-1", ("orders_0001",))], []),
    "a shard is on another data node": (
        [(0, "DROP DATABASE orders_0001"), (2, "CREATE DATABASE orders_0001")],
        [("shard-misplaced", "rds-1", ("orders_0001",))],
        [],
    ),
    "a shard is on two data nodes": (
        [(2, "CREATE DATABASE orders_0000"), (2, "CREATE DATABASE orders_0001")],
        [("shard-on-two-nodes", "rds-1", ("orders_0000", "orders_0001"))],
        [],
    ),
    "a clean-up left a shard of a larger database": (
        [(1, "CREATE DATABASE orders_0006")],
        [("shard-unclaimed", "rds-2", ("orders_0006",))],
        [],
    ),
    "a shard of a dropped database is left": (
        [(1, "CREATE DATABASE carts_0000")],
        [("shard-unclaimed", "rds-2", ("carts_0000",))],
        [],
    ),
    "databases of others are no shards": (
        [
            (1, "CREATE DATABASE orders_2024_archive"),
            (1, "CREATE DATABASE orders_24"),
            (1, "CREATE DATABASE stock_0000"),
        ],
        [],
        [],
    ),
    "a shard in other letters is not the one claimed": (
        [(0, "DROP DATABASE orders_0001"), (0, "CREATE DATABASE Orders_0001")],
        [("shard-case", "rds-1", ("orders_0001",))],
        [],
    ),
    "a name with a back tick is a name": ([(0, "CREATE DATABASE `orders_``0001`")], [], []),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_finding(state: str, mariadb: Servers) -> None:
    """What is gone, misplaced, doubled, left behind or written otherwise is found, and nothing else is."""
    statements, findings, unchecked = STATES[state]
    snapshot = claim(mariadb, ORDERS)
    make(mariadb, snapshot)
    for number, statement in statements:
        mariadb[number].run(statement)
    result = compared(snapshot, former=["carts"])
    assert (told(result), [part.rule for part in result.not_checked], result.moving) == (findings, unchecked, ())


GRANTS = {
    "SHOW DATABASES shows every name": ((SHOW,), "absent", []),
    "REFERENCES shows every name": (("GRANT REFERENCES ON *.* TO 'drift'@'%'",), "absent", []),
    "nothing but USAGE hides everything": ((), "hidden", ["shard-absent", "shard-unclaimed"]),
    "PROCESS lists no name, and tells each name that is asked for": (
        ("GRANT PROCESS ON *.* TO 'drift'@'%'",),
        "absent",
        ["shard-unclaimed"],
    ),
    "a pattern shows the names that fit, and proves no absence": (
        (r"GRANT REFERENCES ON `orders\_%`.* TO 'drift'@'%'",),
        "absent",
        ["shard-unclaimed"],
    ),
    "a right on one database shows that one": (
        ("GRANT REFERENCES ON `orders\\_0000`.* TO 'drift'@'%'",),
        "hidden",
        ["shard-absent", "shard-unclaimed"],
    ),
    "a right on a table shows its database, and no other": (
        ("GRANT SELECT ON `orders_0000`.`t` TO 'drift'@'%'",),
        "hidden",
        ["shard-absent", "shard-unclaimed"],
    ),
}


@pytest.mark.parametrize("grant", GRANTS)
def test_each_missing_right_is_no_absence(grant: str, mariadb: Servers) -> None:
    """A shard is absent only for an account that would see it; for any other it is not checked."""
    grants, answer, unchecked = GRANTS[grant]
    snapshot = claim(mariadb, a_database("orders", shards=2, on=("rds-1",)), count=1)
    make(mariadb, snapshot, grants=())
    mariadb[0].run("CREATE TABLE orders_0000.t (id INT)", *grants, "DROP DATABASE orders_0001")
    result = compared(snapshot)
    assert [part.rule for part in result.not_checked] == unchecked
    absent = [each.items for each in result.findings]
    assert absent == ([("orders_0001",)] if answer == "absent" else [])
    if answer == "hidden":
        assert result.not_checked[0].grant == "GRANT SHOW DATABASES ON *.* TO 'drift'@'%'"
        assert "orders_0001" in result.not_checked[0].items


def test_the_grant_in_the_report_is_the_one_that_shows(mariadb: Servers) -> None:
    """With the GRANT that a report names, nothing is left unchecked."""
    snapshot = claim(mariadb, a_database("orders", shards=2, on=("rds-1",)), count=1)
    make(mariadb, snapshot, grants=())
    grants = {part.grant for part in compared(snapshot).not_checked}
    mariadb[0].run(*map(str, grants))
    assert compared(snapshot).not_checked == ()
    assert len(grants) == 1


def test_a_role_counts_where_the_settings_name_it(mariadb: Servers) -> None:
    """A role that nobody activates hides everything; an active one shows what it may."""
    snapshot = claim(mariadb, a_database("orders", shards=2, on=("rds-1",)), count=1)
    make(mariadb, snapshot, grants=())
    mariadb[0].run("CREATE ROLE looker", "GRANT SHOW DATABASES ON *.* TO looker", "GRANT looker TO 'drift'@'%'")
    assert [part.rule for part in compared(snapshot).not_checked] == ["shard-absent", "shard-unclaimed"]
    assert compared(snapshot, role="looker").not_checked == ()


def test_what_is_being_moved_is_no_fault(mariadb: Servers) -> None:
    """During a migration, a shard on two data nodes is in flight; one that is nowhere is still lost."""
    snapshot = msgspec.structs.replace(claim(mariadb, ORDERS), in_flight=MIGRATING)
    make(mariadb, snapshot)
    mariadb[1].run("CREATE DATABASE orders_0000", "DROP DATABASE orders_0003")
    result = compared(snapshot)
    assert told(result) == [("shard-absent", "rds-2", ("orders_0003",))]
    assert [(each.rule, each.items) for each in result.moving] == [("shard-on-two-nodes", ("orders_0000",))]


def test_a_server_of_another_release_proves_no_absence(mariadb: Servers) -> None:
    """Behind a wrong address nothing is absent: the data node is another, and what it lacks is not checked."""
    snapshot = claim(mariadb, a_database("orders", shards=2, on=("rds-1",)), count=1)
    make(mariadb, snapshot)
    mariadb[0].run("DROP DATABASE orders_0001")
    claimed = msgspec.structs.replace(snapshot.data_nodes[0], engine="mysql", engine_version="8.0.21")
    result = compared(snapshot.with_records(data_nodes=[claimed], databases=snapshot.databases))
    assert [(each.rule, each.found, each.expected) for each in result.findings] == [
        ("data-node-is-another", "mariadb 10.11", "mysql 8.0")
    ]
    assert [(part.items, part.failure.kind) for part in result.not_checked] == [(("orders_0001",), "another-server")]


def test_a_server_with_another_port_is_another(mariadb: Servers) -> None:
    """An address that leads to a server of another port, by a slip in a tunnel, is found."""
    snapshot = claim(mariadb, a_database("orders", shards=2, on=("rds-1",)), count=1)
    make(mariadb, snapshot)
    claimed = msgspec.structs.replace(snapshot.data_nodes[0], port=3306)
    moved = snapshot.with_records(data_nodes=[claimed], databases=snapshot.databases)
    result = compared(moved, port=mariadb[0].port)
    assert [(each.rule, each.expected) for each in result.findings] == [("data-node-is-another", "3306")]


def test_one_server_under_two_addresses_counts_once(mariadb: Servers) -> None:
    """Two data nodes that one server answers for are told, and their shards are on two nodes for nobody."""
    snapshot = claim(mariadb, a_database("orders", shards=4), count=2)
    make(mariadb, snapshot)
    first = mariadb[0]
    result = compared(snapshot, host=str(first.path))
    assert {each.rule for each in result.findings} == {"data-node-is-another"}
    assert [each.items for each in result.findings if each.aspect == "server"] == [
        tuple(sorted((node_id("rds-1"), node_id("rds-2"))))
    ]
    assert {part.failure.kind for part in result.not_checked} == {"another-server"}


def test_a_shard_elsewhere_is_unclaimed_while_its_data_node_is_unread(mariadb: Servers) -> None:
    """Where the claimed data node could not be read, a copy elsewhere is neither misplaced nor on two nodes."""
    shards = [a_shard("orders_0000", on="rds-1"), a_shard("orders_0001", on="rds-2")]
    snapshot = claim(mariadb, a_database("orders", shards=shards), count=2)
    make(mariadb, snapshot)
    mariadb[1].run("CREATE DATABASE orders_0000")
    mariadb[0].run("DROP USER 'drift'@'%'")
    result = compared(snapshot)
    assert told(result) == [("shard-unclaimed", "rds-2", ("orders_0000",))]
    assert [(part.rule, part.failure.kind) for part in result.not_checked] == [("data-node-unreachable", "refused")]


def test_names_are_folded_as_the_server_folds_them(mariadb: Servers) -> None:
    """With lower_case_table_names=1 a claimed name in capitals is the one that the server lists in small letters."""
    folding = mariadb.make("folding", "--lower-case-table-names=1")
    try:
        shards = [a_shard("Orders_0000", on="rds-1", database="Orders")]
        snapshot = claim(mariadb, a_database("Orders", shards=shards), count=1)
        node = msgspec.structs.replace(snapshot.data_nodes[0], port=folding.port)
        snapshot = snapshot.with_records(data_nodes=[node], databases=snapshot.databases)
        folding.run(
            "CREATE DATABASE Orders_0000", "CREATE USER 'drift'@'%' IDENTIFIED BY 'cheval-batterie-agrafe'", SHOW
        )
        assert compared(snapshot) == type(compared(snapshot))()
    finally:
        folding.stop()
