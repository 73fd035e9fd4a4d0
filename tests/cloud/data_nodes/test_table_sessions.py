"""How tables and sizes are read at real servers: by whom, at what cost, and what happens when something fails."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from drift.cloud.data_nodes.blocks import BLOCK, paced
from drift.cloud.data_nodes.size_reading import size_reader
from drift.cloud.data_nodes.table_reading import structure_reader
from drift.compare.tables.comparison import compare_structure
from drift.core.data_nodes import Failure, NodeReading
from drift.core.shard_sizes import NodeSizes, total
from drift.core.table_definitions import NodeStructure
from drift.policy.size_balance import compare_sizes
from support.builders import a_database, a_shard
from support.data_nodes import SHOW, claim, make, readings
from support.mariadb import NEEDS_MARIADB
from support.tables import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.cloud.data_nodes.session import Session
    from drift.core.model import Snapshot
    from support.mariadb import Server, Servers

pytestmark = NEEDS_MARIADB

REFERENCES = "GRANT REFERENCES ON *.* TO 'drift'@'%'"
STATISTICS = "GRANT SELECT ON mysql.innodb_table_stats TO 'drift'@'%'"
T = "CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY a (a))"


def no_pause(_seconds: float) -> None:
    """Let no time pass."""


def held(servers: Servers, shards: int, *statements: str, grants: Sequence[str] = (REFERENCES,)) -> Snapshot:
    """The claim of a database on one server, on which these statements were run in each shard."""
    snapshot = claim(servers, a_database("orders", shards=shards, on=("rds-1",)), count=1)
    make(servers, snapshot, grants=grants)
    names = [f"USE `{shard.name}`" for shard in snapshot.databases[0].shards]
    servers[0].run(*(statement for name in names for statement in (name, *statements)))
    return snapshot


def only(found: dict[str, NodeReading]) -> NodeReading:
    (reading,) = found.values()
    return reading


def structure_of(
    snapshot: Snapshot, *, deep: bool = False, sleep: Callable[[float], None] = no_pause, **target: float
) -> NodeReading:
    return only(readings(snapshot, readers=(structure_reader(deep=deep, sleep=sleep),), **target))


def findings(snapshot: Snapshot, **how: Any) -> list[tuple[object, ...]]:  # noqa: ANN401 - as above
    reading = structure_of(snapshot, **how)
    assert isinstance(reading.structure, NodeStructure), reading
    return [told(each) for each in compare_structure(snapshot, {reading.node_id: reading}).compared.findings]


RIGHTS = {
    "SHOW DATABASES": ((SHOW,), 2),
    "INDEX shows tables without columns": ((SHOW, "GRANT INDEX ON *.* TO 'drift'@'%'"), 2),
    "REFERENCES on one shard": ((SHOW, r"GRANT REFERENCES ON `orders\_0001`.* TO 'drift'@'%'"), 1),
    "EXECUTE on one shard takes the rights of the pattern there": (
        (SHOW, r"GRANT REFERENCES ON `orders\_%`.* TO 'drift'@'%'", "GRANT EXECUTE ON orders_0001.* TO 'drift'@'%'"),
        1,
    ),
    "EXECUTE by a role takes nothing": (
        (
            *(SHOW, r"GRANT REFERENCES ON `orders\_%`.* TO 'drift'@'%'", "CREATE OR REPLACE ROLE runner"),
            *("GRANT EXECUTE ON orders_0001.* TO runner", "GRANT runner TO 'drift'@'%'"),
            "SET DEFAULT ROLE runner FOR 'drift'@'%'",
        ),
        0,
    ),
    "SELECT on a table": ((SHOW, "GRANT SELECT ON orders_0001.t TO 'drift'@'%'"), 2),
    "REFERENCES on everything": ((REFERENCES,), 0),
}


@pytest.mark.parametrize("right", RIGHTS)
def test_what_the_account_may_not_see_is_not_checked(right: str, mariadb: Servers) -> None:
    """A table that an account does not see is never called missing; the report says which grant would show it."""
    grants, hidden = RIGHTS[right]
    snapshot = held(mariadb, 2, grants=grants[:1] if "one" not in right and "table" not in right else ())
    mariadb[0].run("USE orders_0000", T, "USE orders_0001", T, *(each for each in grants if each != grants[0]))
    mariadb[0].run(grants[0])
    reading = structure_of(snapshot)
    result = compare_structure(snapshot, {reading.node_id: reading})
    assert result.compared.findings == ()
    assert [(len(each.items), each.failure.kind, each.grant) for each in result.not_checked] == (
        [(hidden, "right-missing", REFERENCES)] if hidden else []
    )


def opened(server: Server) -> int:
    return int(server.rows("SHOW GLOBAL STATUS LIKE 'Opened_tables'")[0][1])


def test_no_table_is_opened_without_being_asked_for(mariadb: Servers) -> None:
    """Structure and sizes are read from the server's own records, so that its table cache keeps what is in use."""
    snapshot = held(mariadb, 8, T, "CREATE TABLE u (id INT, CHECK (id > 0))", grants=(REFERENCES, STATISTICS))
    readings(snapshot, readers=(size_reader(),))
    mariadb[0].run("FLUSH TABLES")
    before = opened(mariadb[0])
    readings(snapshot, readers=(structure_reader(sleep=no_pause), size_reader(sleep=no_pause)))
    assert opened(mariadb[0]) - before < 8
    readings(snapshot, readers=(structure_reader(deep=True, sleep=no_pause),))
    assert opened(mariadb[0]) - before >= 16


@pytest.mark.parametrize(("shards", "pauses"), [(0, 0), (1, 0), (BLOCK, 0), (BLOCK + 1, 1), (3 * BLOCK, 2)])
def test_shards_come_in_blocks_with_pauses(shards: int, pauses: int) -> None:
    """A data node rests between two blocks, for as long as the first one took, and each has a deadline of its own."""
    names = [f"orders_{number:04}" for number in range(shards)]
    slept: list[float] = []
    deadlines: list[None] = []
    blocks = list(paced(names, slept.append, lambda: deadlines.append(None)))
    assert [name for block in blocks for name in block] == names
    assert max((len(block) for block in blocks), default=0) <= BLOCK
    assert (len(slept), all(seconds > 0 for seconds in slept)) == (pauses, True)
    assert len(deadlines) == len(blocks) + pauses


def test_more_shards_than_a_block(mariadb: Servers) -> None:
    """Shards of all blocks are compared, and those that are alike share one definition."""
    structure = structure_of(held(mariadb, BLOCK + 1)).structure
    assert isinstance(structure, NodeStructure)
    assert len(structure.shards) == BLOCK + 1
    assert len({id(shard.tables) for shard in structure.shards.values()}) == 1


def counted(reader: Callable[..., NodeReading], rows: list[int]) -> Callable[..., NodeReading]:
    """The same reader, which notes how many rows each answer has."""

    def read(session: Session, reading: NodeReading, claimed: Sequence[str]) -> NodeReading:
        ask = session.rows

        def noted(statement: str, *values: object) -> list[tuple[Any, ...]]:
            answer = ask(statement, *values)
            rows.append(len(answer))
            return answer

        session.rows = noted  # type: ignore[method-assign]
        return reader(session, reading, claimed)

    return read


def test_rows_are_fetched_for_what_differs_alone(mariadb: Servers) -> None:
    """One more shard costs a row for each statement; the columns and indexes of a table come once."""
    answers: list[list[int]] = [[], []]
    for rows, count in zip(answers, (2, 7), strict=True):
        snapshot = held(mariadb, count, T)
        readings(snapshot, readers=(counted(structure_reader(sleep=no_pause), rows),))
    assert sum(answers[1]) - sum(answers[0]) == 5 * 4
    assert len(answers[1]) == len(answers[0])


def test_unsharded_databases_are_looked_at_once(mariadb: Servers) -> None:
    """Databases with one shard each have nothing in common, so that none of them differs from the others."""
    names = "app", "crm", "geo"
    snapshot = claim(
        mariadb, *(a_database(name, shards=[a_shard(name, database=name)], on=("rds-1",)) for name in names), count=1
    )
    make(mariadb, snapshot, grants=(REFERENCES,))
    mariadb[0].run(*(f"CREATE TABLE {name}.t ({name} INT)" for name in names))
    pauses: list[float] = []
    structure = structure_of(snapshot, sleep=pauses.append).structure
    assert isinstance(structure, NodeStructure)
    assert (sorted(structure.shards), pauses) == (sorted(names), [])


def test_numbered_tables_are_defined_once(mariadb: Servers) -> None:
    """Where each shard has tables of its own number, their definition is still fetched a single time."""
    snapshot = held(mariadb, 4)
    for number in range(4):
        mariadb[0].run(f"USE orders_000{number}", T.replace("TABLE t", f"TABLE t_{number}"))
    structure = structure_of(snapshot).structure
    assert isinstance(structure, NodeStructure)
    assert len({id(table) for shard in structure.shards.values() for table in shard.tables.values()}) == 1
    assert findings(snapshot) == []


def test_swapped_tables_do_not_cancel_out(mariadb: Servers) -> None:
    """Two tables that have each other's columns are two faults: sums of simple checks would find none."""
    pair = "CREATE TABLE t (a INT)", "CREATE TABLE u (a BIGINT)"
    snapshot = held(mariadb, 3, *pair)
    mariadb[0].run("USE orders_0002", "RENAME TABLE t TO x, u TO t, x TO u")
    assert [each[:3] for each in findings(snapshot)] == [("column-differs", "t", "a"), ("column-differs", "u", "a")]


def test_names_in_other_letters_are_not_mixed_up(mariadb: Servers) -> None:
    """A database or table whose name differs in letters alone is another one where the server says so."""
    snapshot = held(mariadb, 3, T, "CREATE TABLE T (a INT)")
    mariadb[0].run("CREATE DATABASE Orders_0001", "CREATE TABLE Orders_0001.other (a INT)")
    assert findings(snapshot) == []
    mariadb[0].run("DROP TABLE orders_0001.T")
    assert findings(snapshot) == [("table-missing", "T", None, 2, 3, "1")]


def test_any_name_is_a_name(mariadb: Servers) -> None:
    """Quotes, back ticks, per cent signs and other scripts in names of tables and columns are read as they are."""
    names = "a'b", "a`b", 'a"b', "100%s", "表", "a\\b"
    quoted = [f"`{name.replace('`', '``')}`" for name in names]
    snapshot = held(mariadb, 3)
    for shard in range(3):
        mariadb[0].run(f"USE orders_000{shard}")
        with mariadb[0].connect(database=f"orders_000{shard}").cursor() as cursor:
            for name in quoted:
                cursor.execute(f"CREATE TABLE {name} ({name} INT DEFAULT 1, KEY {name} ({name}))")
            if shard == 2:
                for name in quoted:
                    cursor.execute(f"ALTER TABLE {name} DROP KEY {name}")
    assert findings(snapshot, deep=True) == [
        ("index-differs", name, name, None, f"({name})", "2") for name in sorted(names)
    ]


def test_a_server_that_folds_letters(mariadb: Servers) -> None:
    """Where names of databases are kept in lower case, a claim in other letters finds its tables."""
    server = mariadb.make("folding", "--lower-case-table-names=1")
    try:
        server.run("CREATE USER 'drift'@'%'", REFERENCES, "CREATE DATABASE Orders_0000", "USE Orders_0000", T)
        snapshot = claim(mariadb, a_database("Orders", shards=1, on=("rds-1",)), count=1)
        reader = structure_reader(sleep=no_pause)
        reading = only(readings(snapshot, readers=(reader,), port=server.port, password=None))
        assert isinstance(reading.structure, NodeStructure)
        assert {name: [*shard.tables] for name, shard in reading.structure.shards.items()} == {"Orders_0000": ["t"]}
    finally:
        server.stop()


def test_a_change_that_runs_through_the_shards_is_no_drift(mariadb: Servers) -> None:
    """A shard that differs is looked at again, after a pause in which the change may reach the others."""
    snapshot = held(mariadb, 3, T)
    mariadb[0].run("ALTER TABLE orders_0000.t ADD b INT", "ALTER TABLE orders_0001.t ADD b INT")

    def go_on(_seconds: float) -> None:
        mariadb[0].run("ALTER TABLE orders_0002.t ADD b INT")

    assert [each[-1] for each in findings(snapshot)] == ["2"]
    assert findings(snapshot, sleep=go_on) == []


def test_a_session_that_ends_leaves_what_was_read(mariadb: Servers) -> None:
    """A server that ends the session while tables are read leaves the names of databases; tables are not checked."""
    snapshot = held(mariadb, 3, T)
    mariadb[0].run("DROP TABLE orders_0002.t")

    def kill(_seconds: float) -> None:
        sessions = "SELECT id FROM information_schema.processlist WHERE user = 'drift'"
        mariadb[0].run(*(f"KILL {number}" for (number,) in mariadb[0].rows(sessions)))

    reading = structure_of(snapshot, sleep=kill)
    assert (len(reading.databases), reading.failure) == (3, None)
    assert isinstance(reading.structure, Failure)
    result = compare_structure(snapshot, {reading.node_id: reading})
    assert (result.compared.findings, [each.failure for each in result.not_checked]) == ((), [reading.structure])


def test_a_server_that_stops_answering_is_late(mariadb: Servers) -> None:
    """The deadline also holds for the reading of tables, and leaves the names that were read before."""
    snapshot = held(mariadb, 3, T)
    mariadb[0].run("DROP TABLE orders_0002.t")
    with ExitStack() as stack:
        reading = structure_of(snapshot, sleep=lambda _seconds: stack.enter_context(mariadb[0].frozen()), deadline=1.0)
    assert (len(reading.databases), reading.structure) == (3, Failure("late", "1 s"))


def test_sizes_are_read_from_statistics(mariadb: Servers) -> None:
    """Bytes and rows of each shard and table, partitions together, are the sums of what InnoDB estimates."""
    snapshot = held(
        mariadb, 2, T, "CREATE TABLE p (id INT) PARTITION BY HASH (id) PARTITIONS 3", grants=(SHOW, STATISTICS)
    )
    mariadb[0].run(
        "USE orders_0001",
        "INSERT INTO orders_0001.t SELECT seq, seq FROM seq_1_to_5000",
        "INSERT INTO orders_0001.p SELECT seq FROM seq_1_to_300",
        *(f"ANALYZE TABLE orders_000{shard}.{table}" for shard in range(2) for table in "tp"),
    )
    reading = only(readings(snapshot, readers=(size_reader(sleep=no_pause),)))
    sizes = reading.sizes
    assert isinstance(sizes, NodeSizes)
    assert {name: size.rows for name, size in sizes.shards.items()} == pytest.approx(
        {"orders_0000": 0, "orders_0001": 5300}, rel=0.2
    )
    assert sizes.shards["orders_0000"].bytes == 5 * 16384
    assert {key: size.rows for key, size in sizes.tables.items()} == pytest.approx(
        {("orders", "t"): 5000, ("orders", "p"): 300}, rel=0.2
    )
    result = compare_sizes(snapshot, {reading.node_id: reading}, max_skew=2.0)
    assert [(each.database, each.table) for each in result.tables] == [("orders", "t"), ("orders", "p")]
    assert total(result.shards).bytes == sum(size.bytes for size in sizes.shards.values())


def test_sizes_without_the_grant_are_not_checked(mariadb: Servers) -> None:
    """An account that may not read the statistics is told the grant; a size is never taken for zero."""
    snapshot = held(mariadb, 1, T)
    reading = only(readings(snapshot, readers=(size_reader(sleep=no_pause),)))
    result = compare_sizes(snapshot, {reading.node_id: reading}, max_skew=2.0)
    assert (result.shards, result.spread) == ((), ())
    assert [(each.rule, each.grant) for each in result.compared.not_checked] == [("balance-by-size", STATISTICS)]
