"""The tables of real servers, read and compared: each difference that is drift, and each that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from drift.cloud.data_nodes.table_reading import structure_reader
from drift.compare.tables.comparison import compare_structure
from support.builders import a_database
from support.data_nodes import claim, make, readings
from support.mariadb import NEEDS_MARIADB
from support.tables import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.compare.tables.comparison import StructureComparison
    from support.mariadb import Server, Servers

pytestmark = NEEDS_MARIADB

ORDERS = a_database("orders", shards=4, on=("rds-1", "rds-2"))
PLACES = {"orders_0000": 0, "orders_0001": 0, "orders_0002": 1, "orders_0003": 1}
GRANT = "GRANT REFERENCES ON *.* TO 'drift'@'%'"
OLD_TIMES, NEW_TIMES = (f"SET GLOBAL mysql56_temporal_format = {word}" for word in ("OFF", "ON"))
PARENT = "CREATE TABLE parent (id INT PRIMARY KEY)"
KEY = "(a) REFERENCES parent (id) ON UPDATE RESTRICT ON DELETE "
INDEXED = "a INT, b VARCHAR(99), KEY ab (a, b)"


class Case(NamedTuple):
    """A table of all shards, how it is made in the last shard instead, and the findings about that shard."""

    table: str
    instead: str | tuple[str, ...]
    found: tuple[tuple[object, ...], ...] = ()
    is_deep: bool = False


NO_DRIFT = {
    "the counter of AUTO_INCREMENT": Case("id INT AUTO_INCREMENT PRIMARY KEY", "ALTER TABLE {t} AUTO_INCREMENT = 1000"),
    "the order of indexes": Case("a INT, b INT, KEY x (a), KEY y (b)", "ALTER TABLE {t} DROP KEY x, ADD KEY x (a)"),
    "a display width": Case("a INT, b BIGINT UNSIGNED", "ALTER TABLE {t} MODIFY a INT(5), MODIFY b BIGINT(7) UNSIGNED"),
    "utf8 and utf8mb3": Case("a CHAR(9) CHARACTER SET utf8mb3", "ALTER TABLE {t} MODIFY a CHAR(9) CHARACTER SET utf8"),
    "a default of now() and of CURRENT_TIMESTAMP": Case(
        "a DATETIME DEFAULT CURRENT_TIMESTAMP", "ALTER TABLE {t} MODIFY a DATETIME DEFAULT now()"
    ),
    "a default with and without quotes": Case("a INT DEFAULT 7", "ALTER TABLE {t} MODIFY a INT DEFAULT '7'"),
    "a default of NULL and none": Case("a INT DEFAULT NULL", "ALTER TABLE {t} MODIFY a INT"),
    "a comment for some versions": Case(
        "a INT", ("DROP TABLE {t}", "CREATE TABLE {t} (a INT) /*!40100 ENGINE=InnoDB */")
    ),
    "the format of times before 5.6": Case(
        "a DATETIME", (OLD_TIMES, "DROP TABLE {t}", "CREATE TABLE {t} (a DATETIME)", NEW_TIMES)
    ),
    "comments": Case("a INT", "ALTER TABLE {t} COMMENT 'x', MODIFY a INT COMMENT 'y'"),
    "the format of rows": Case("a INT", "ALTER TABLE {t} ROW_FORMAT=COMPACT", is_deep=True),
    "the name of a foreign key that nobody named": Case(
        "a INT, FOREIGN KEY (a) REFERENCES parent (id)",
        ("ALTER TABLE {t} ADD FOREIGN KEY (a) REFERENCES parent (id)", "ALTER TABLE {t} DROP FOREIGN KEY {t}_ibfk_1"),
        is_deep=True,
    ),
    "names and order of checks": Case(
        "a INT, CHECK (a > 0), CHECK (a < 9)",
        "ALTER TABLE {t} DROP CONSTRAINT CONSTRAINT_1, ADD CHECK (`a` > 0)",
        is_deep=True,
    ),
    "bounds of partitions that each shard has for itself": Case(
        "a INT) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN ({n})", (), is_deep=True
    ),
    "a table that is not sharded": Case("", "CREATE TABLE orders_0000.{t} (a INT)"),
}
DRIFT = {
    "no table": Case("a INT", "DROP TABLE {t}", (("table-missing", None, 3, 4),)),
    "a table too many": Case("", "CREATE TABLE {t} (a INT)", (("table-extra", None, 1, 4),)),
    "no column": Case("a INT, b INT", "ALTER TABLE {t} DROP b", (("column-differs", "b", None, "int"),)),
    "a column too many": Case("a INT", "ALTER TABLE {t} ADD b INT", (("column-differs", "b", "int", None),)),
    "another type": Case("a INT", "ALTER TABLE {t} MODIFY a BIGINT", (("column-differs", "a", "bigint", "int"),)),
    "a column that may be NULL": Case(
        "a INT NOT NULL", "ALTER TABLE {t} MODIFY a INT", (("column-differs", "a", "int", "int NOT NULL"),)
    ),
    "no default": Case(
        "a CHAR(9) DEFAULT 'it''s'",
        "ALTER TABLE {t} MODIFY a CHAR(9)",
        (("column-differs", "a", "char(9)", "char(9) DEFAULT 'it''s'"),),
    ),
    "no ON UPDATE": Case(
        "a DATETIME ON UPDATE CURRENT_TIMESTAMP",
        "ALTER TABLE {t} MODIFY a DATETIME",
        (("column-differs", "a", "datetime", "datetime ON UPDATE CURRENT_TIMESTAMP"),),
    ),
    "no AUTO_INCREMENT": Case(
        "a INT AUTO_INCREMENT PRIMARY KEY",
        "ALTER TABLE {t} MODIFY a INT",
        (("column-differs", "a", "int NOT NULL", "int NOT NULL AUTO_INCREMENT"),),
    ),
    "a computed column that is stored": Case(
        "a INT, b INT AS (a + 1) VIRTUAL",
        "ALTER TABLE {t} DROP b, ADD b INT AS (a + 1) STORED",
        (("column-differs", "b", "int AS (a+1) stored", "int AS (a+1) virtual"),),
    ),
    "an invisible column": Case(
        "a INT, b INT", "ALTER TABLE {t} MODIFY b INT INVISIBLE", (("column-differs", "b", "int INVISIBLE", "int"),)
    ),
    "another order of columns": Case(
        "a INT, b INT", "ALTER TABLE {t} MODIFY b INT FIRST", (("column-order-differs", None, "b, a", "a, b"),)
    ),
    "another collation of a column": Case(
        "a CHAR(9)",
        "ALTER TABLE {t} MODIFY a CHAR(9) COLLATE utf8mb4_bin",
        (("charset-differs", "a", "utf8mb4_bin", ""),),
    ),
    "another collation of a table": Case(
        "a CHAR(9)",
        "ALTER TABLE {t} CONVERT TO CHARACTER SET latin1",
        (("charset-differs", None, "latin1_swedish_ci", "utf8mb4_general_ci"),),
    ),
    "another engine": Case("a INT", "ALTER TABLE {t} ENGINE=Aria", (("engine-differs", None, "Aria", "InnoDB"),)),
    "a view": Case(
        "a INT",
        ("DROP TABLE {t}", "CREATE VIEW {t} AS SELECT id AS a FROM parent"),
        (("table-kind-differs", None, "view", "table"), ("column-differs", "a", "int NOT NULL", "int")),
    ),
    "no index": Case(INDEXED, "ALTER TABLE {t} DROP KEY ab", (("index-differs", "ab", None, "(a, b)"),)),
    "an index too many": Case(INDEXED, "ALTER TABLE {t} ADD KEY b (b)", (("index-differs", "b", "(b)", None),)),
    "an index on part of a column": Case(
        INDEXED, "ALTER TABLE {t} DROP KEY ab, ADD KEY ab (a, b(9))", (("index-differs", "ab", "(a, b(9))", "(a, b)"),)
    ),
    "an index with other columns": Case(
        INDEXED, "ALTER TABLE {t} DROP KEY ab, ADD KEY ab (b, a)", (("index-differs", "ab", "(b, a)", "(a, b)"),)
    ),
    "a unique index": Case(
        INDEXED,
        "ALTER TABLE {t} DROP KEY ab, ADD UNIQUE ab (a, b)",
        (("index-differs", "ab", "UNIQUE (a, b)", "(a, b)"),),
    ),
    "an index that descends": Case(
        INDEXED,
        "ALTER TABLE {t} DROP KEY ab, ADD KEY ab (a DESC, b)",
        (("index-differs", "ab", "(a DESC, b)", "(a, b)"),),
        is_deep=True,
    ),
    "an index that is ignored": Case(
        INDEXED,
        "ALTER TABLE {t} ALTER INDEX ab IGNORED",
        (("index-differs", "ab", "(a, b) IGNORED", "(a, b)"),),
        is_deep=True,
    ),
    "an index of another kind": Case(
        "a CHAR(9), KEY a (a)",
        "ALTER TABLE {t} DROP KEY a, ADD FULLTEXT a (a)",
        (("index-differs", "a", "FULLTEXT (a)", "(a)"),),
        is_deep=True,
    ),
    "no foreign key": Case(
        "a INT, KEY a (a), CONSTRAINT {t}_fk FOREIGN KEY (a) REFERENCES parent (id)",
        "ALTER TABLE {t} DROP FOREIGN KEY {t}_fk",
        (("foreign-key-differs", f"{KEY}RESTRICT", None, f"{KEY}RESTRICT"),),
        is_deep=True,
    ),
    "a foreign key that deletes": Case(
        "a INT, KEY a (a), CONSTRAINT {t}_fk FOREIGN KEY (a) REFERENCES parent (id)",
        (
            "ALTER TABLE {t} DROP FOREIGN KEY {t}_fk",
            "ALTER TABLE {t} ADD FOREIGN KEY (a) REFERENCES parent (id) ON DELETE CASCADE",
        ),
        (
            ("foreign-key-differs", f"{KEY}CASCADE", f"{KEY}CASCADE", None),
            ("foreign-key-differs", f"{KEY}RESTRICT", None, f"{KEY}RESTRICT"),
        ),
        is_deep=True,
    ),
    "no check": Case(
        "a INT CHECK (a > 0)", "ALTER TABLE {t} MODIFY a INT", (("check-differs", "a>0", None, "a>0"),), is_deep=True
    ),
    "no partitions": Case(
        "a INT) PARTITION BY HASH (a) (PARTITION p0, PARTITION p1",
        "ALTER TABLE {t} REMOVE PARTITIONING",
        (("partitions-differ", None, None, "HASH (a)"),),
        is_deep=True,
    ),
    "no newest partition": Case(
        "a INT) PARTITION BY LIST (a) (PARTITION p0 VALUES IN (0), PARTITION p1 VALUES IN (1)",
        "ALTER TABLE {t} DROP PARTITION p1",
        (("partitions-differ", "partitions", "p0 0", "p0 0, p1 1"),),
        is_deep=True,
    ),
}
CASES = list((NO_DRIFT | DRIFT).values())
NAMES = list(NO_DRIFT | DRIFT)


def table_of(case: Case) -> str:
    return f"c{CASES.index(case):02}"


def statements(case: Case, number: int) -> Iterator[str]:
    """What makes a case's table in the shard of this number, and in the last one what is instead of it."""
    instead = [case.instead] if isinstance(case.instead, str) else case.instead
    if case.table:
        yield f"CREATE TABLE {{t}} ({case.table})"
    for statement in instead:
        if number == (0 if "orders_0000." in statement else len(PLACES) - 1):
            yield statement


def fill(server: Server, shard: str, number: int) -> None:
    named = (
        statement.format(t=table_of(case), n=number + 1) for case in CASES for statement in statements(case, number)
    )
    server.run(f"ALTER DATABASE {shard} CHARACTER SET utf8mb4", f"USE {shard}", PARENT, *named)


@pytest.fixture(scope="module")
def filled(mariadb: Servers) -> Servers:
    """Four shards on two servers with each case's table, and an account that may see them."""
    make(mariadb, claim(mariadb, ORDERS, count=2), grants=(GRANT,))
    for number, (shard, place) in enumerate(PLACES.items()):
        fill(mariadb[place], shard, number)
    return mariadb


def structure(servers: Servers, *, deep: bool = False, **fields: object) -> StructureComparison:
    snapshot = claim(servers, ORDERS, count=2)
    reader = structure_reader(deep=deep, sleep=lambda _seconds: None)
    return compare_structure(snapshot, readings(snapshot, readers=(reader,), **fields))


@pytest.fixture(scope="module", params=[False, True], ids=["cheap", "deep"])
def found(filled: Servers, request: pytest.FixtureRequest) -> tuple[bool, dict[str, list[tuple[object, ...]]]]:
    """What is found of each table."""
    result = structure(filled, deep=request.param)
    assert (result.not_checked, [each.shards for each in result.databases]) == ((), [4])
    by_table: dict[str, list[tuple[object, ...]]] = {}
    for each in result.compared.findings:
        by_table.setdefault(str(each.table), []).append(told(each))
    return request.param, by_table


@pytest.mark.parametrize("name", NAMES)
def test_a_table_of_a_real_server(name: str, found: tuple[bool, dict[str, list[tuple[object, ...]]]]) -> None:
    """What one shard has otherwise is told of this shard alone; what differs without being drift is told of none.

    What a server opens every table for is told only where it was asked for.
    """
    case = CASES[NAMES.index(name)]
    deep, by_table = found
    expected = [] if case.is_deep and not deep else [(each[0], table_of(case), *each[1:], "3") for each in case.found]
    assert sorted(by_table.get(table_of(case), []), key=repr) == sorted(expected, key=repr)
