from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.table_definitions import Constraints, ForeignKey, Partitioning, ShardStructure, TableDefinition
from support.tables import COLLATION, a_column, a_shard, a_table, an_index, compared, shards, told

PRIMARY = an_index("PRIMARY", "id", is_unique=True)
CREATED = an_index("idx_created", "created_at")
TO_USERS = ForeignKey(("user_id",), "users", ("id",), "RESTRICT", "CASCADE")
BY_YEAR = Partitioning("RANGE (year(created_at))", ("p0 2020", "p1 2021"))
NOT_BY_YEAR = Partitioning("HASH (id)", ("p0", "p1"))


def deep(**facts: object) -> TableDefinition:
    return a_table("id", constraints=Constraints(**facts))  # type: ignore[arg-type]


# What most shards have, what the one at the end has, and what is found there.
FAULTS = (
    (a_table("id", "a"), a_table("id"), ("column-differs", "t", "a", None, "int")),
    (a_table("id"), a_table("id", "a"), ("column-differs", "t", "a", "int", None)),
    (a_table(a_column("a", "int")), a_table(a_column("a", "bigint")), ("column-differs", "t", "a", "bigint", "int")),
    (
        a_table(a_column("a", default="'0'")),
        a_table(a_column("a")),
        ("column-differs", "t", "a", "int", "int DEFAULT '0'"),
    ),
    (
        a_table(a_column("a", "char(9)")),
        a_table(a_column("a", "char(9)", collation="latin1_bin")),
        ("charset-differs", "t", "a", "latin1_bin", ""),
    ),
    (a_table(collation=COLLATION), a_table(collation="x_bin"), ("charset-differs", "t", None, "x_bin", COLLATION)),
    (a_table(engine="InnoDB"), a_table(engine="MyISAM"), ("engine-differs", "t", None, "MyISAM", "InnoDB")),
    (
        a_table(),
        a_table(kind="view", engine=None, collation=None),
        ("table-kind-differs", "t", None, "view", "table"),
    ),
    (a_table("a", "b", "c"), a_table("b", "a", "c"), ("column-order-differs", "t", None, "b, a, c", "a, b, c")),
    (
        a_table(indexes=(PRIMARY, CREATED)),
        a_table(indexes=(PRIMARY,)),
        ("index-differs", "t", "idx_created", None, "(created_at)"),
    ),
    (
        a_table(indexes=(an_index("u", "a", "b(9)", is_unique=True),)),
        a_table(indexes=(an_index("u", "a DESC"),)),
        ("index-differs", "t", "u", "(a DESC)", "UNIQUE (a, b(9))"),
    ),
    (
        a_table(indexes=(an_index("u", "a", is_unique=True, kind="BTREE"),)),
        a_table(indexes=(an_index("u", "a", is_unique=True, kind="HASH", is_ignored=True),)),
        ("index-differs", "t", "u", "UNIQUE HASH (a) IGNORED", "UNIQUE (a)"),
    ),
    (
        deep(foreign_keys=(TO_USERS,)),
        deep(),
        (
            "foreign-key-differs", "t", "(user_id) REFERENCES users (id) ON UPDATE RESTRICT ON DELETE CASCADE", None,
            "(user_id) REFERENCES users (id) ON UPDATE RESTRICT ON DELETE CASCADE",
        ),
    ),
    (deep(checks=("a>0",)), deep(), ("check-differs", "t", "a>0", None, "a>0")),
    (
        deep(partitioning=BY_YEAR),
        deep(partitioning=NOT_BY_YEAR),
        ("partitions-differ", "t", None, "HASH (id)", "RANGE (year(created_at))"),
    ),
    (deep(partitioning=BY_YEAR), deep(), ("partitions-differ", "t", None, None, "RANGE (year(created_at))")),
)  # fmt: skip


@pytest.mark.parametrize(("usual", "odd", "expected"), FAULTS)
def test_one_shard_that_differs_is_told_once(
    usual: TableDefinition, odd: TableDefinition, expected: tuple[object, ...]
) -> None:
    """A table that is another in one shard is a finding about this shard, this table and this part of it."""
    found = compared(shards(*[a_shard(t=usual)] * 3, a_shard(t=odd)))
    rules = {told(each) for each in found.findings if each.part != "partitions"}
    assert rules == {(*expected, "3")}
    assert [(each.table, each.alike, each.total) for each in found.differing] == [("t", 3, 4)]


@pytest.mark.parametrize(("one", "other", "expected"), FAULTS)
def test_without_a_majority_all_are_shown_and_none_is_wrong(
    one: TableDefinition, other: TableDefinition, expected: tuple[object, ...]
) -> None:
    """Two against two: the finding names both variants with their shards, and no shard is called the odd one."""
    found = compared(shards(a_shard(t=one), a_shard(t=other), a_shard(t=one), a_shard(t=other)))
    told_of = [each for each in found.findings if (each.rule, each.part) == (expected[0], expected[2])]
    assert [(each.items, each.found, each.expected) for each in told_of] == [((), None, None)]
    assert [holders for _, holders in told_of[0].variants] == [
        ("orders_0000", "orders_0002"),
        ("orders_0001", "orders_0003"),
    ]


def test_bounds_of_partitions_are_drift_only_where_most_shards_agree() -> None:
    """DDM makes other bounds in each shard; where most have the same, one without the newest partition is told."""
    own = [deep(partitioning=Partitioning("RANGE (id)", (f"p {number}",))) for number in range(4)]
    assert compared(shards(*(a_shard(t=each) for each in own))).findings == ()
    late = compared(shards(*[a_shard(t=own[0])] * 3, a_shard(t=own[1])))
    assert [told(each) for each in late.findings] == [("partitions-differ", "t", "partitions", "p 1", "p 0", "3")]


def test_two_faults_in_two_shards_hide_nothing() -> None:
    """Each column and index has its own majority, so that shards with different faults are told of both."""
    whole, without = a_table("id", "a", indexes=(CREATED,)), a_table("id", "a")
    found = compared(shards(*[a_shard(t=whole)] * 3, a_shard(t=without), a_shard(t=a_table("id", indexes=(CREATED,)))))
    assert [told(each)[:3] + told(each)[5:] for each in found.findings] == [
        ("column-differs", "t", "a", "4"),
        ("index-differs", "t", "idx_created", "3"),
    ]
    assert found.differing[0].alike == 3


T = a_table()
# Shards by the names of their tables, and what is found.
PRESENCES = (
    ("t|t|t|t", []),
    ("t|t|t|", [("table-missing", None, None, None, 1, "3")]),
    ("t u|t u|t u|t", [("table-missing", "u", None, 3, 4, "3")]),
    ("t s|t|t|t", []),  # a table that is not sharded
    ("t|t s|t|t", [("table-extra", "s", None, 1, 4, "1")]),
    ("t|t s|t s|t|t", [("table-extra", "s", None, 2, 5, "1", "2")]),
    ("t s|t", []),
    ("t|t s", [("table-missing", "s", None, 1, 2)]),
    ("t s|t s|t|t", [("table-missing", "s", None, 2, 4)]),
    ("s|||", []),  # nothing is sharded yet
    ("t_0 t_1|t_0 t_1|t_0 t_1|t_0", [("table-missing", "t_1", None, 3, 4, "3")]),  # numbers within each shard
    ("t_0 t_1|t_2 t_3|t_4 t_5|t_6 t_7", []),  # numbers across shards
    ("t_0 t_1|t_2 t_3|t_4 t_5|t_6", [("table-missing", "t", "parts", 1, 2, "3")]),
    ("t_0|t_1|t_2|t_3 t_4", [("table-extra", "t", "parts", 2, 1, "3")]),
    ("t_0|t_1|t_2|", [("table-missing", "t", "parts", 0, 1, "3")]),
    ("t_0|t_1 t_2|t_3|t_4 t_5", [("table-missing", "t", "parts", None, None)]),
    ("t log_2024 log_2025|t|t|t", []),  # numbered tables that are not sharded
)


@pytest.mark.parametrize(("held", "expected"), PRESENCES)
def test_single_broadcast_and_numbered_tables_are_told_apart(held: str, expected: list[tuple[object, ...]]) -> None:
    """A table of the first shard, of each shard, or with numbers of its own in each is not called missing."""
    found = compared(shards(*(a_shard(**dict.fromkeys(names.split(), T)) for names in held.split("|"))))
    assert [told(each) for each in found.findings] == expected


def test_numbered_tables_are_compared_with_each_other() -> None:
    """A part of a table that is sharded within shards is another than all parts, and is named with its shard."""
    parts = {"t_0": T, "t_1": T}, {"t_2": T, "t_3": a_table("id", "a")}, {"t_4": T, "t_5": T}
    found = compared(shards(*(a_shard(**each) for each in parts)))
    assert found.numbered == ("t",)
    assert [told(each) for each in found.findings] == [("column-differs", "t", "a", "int", None, "1.t_3")]
    assert found.differing[0].alike == 2


def test_the_default_of_a_shard_s_database_is_compared() -> None:
    """A shard whose database has another default collation makes other tables from now on. utf8 is utf8mb3."""
    utf8 = [a_shard("utf8_general_ci"), a_shard("utf8mb3_general_ci"), a_shard("utf8_general_ci")]
    assert compared(shards(*utf8)).findings == ()
    found = compared(shards(*utf8, a_shard("latin1_bin")))
    assert [told(each) for each in found.findings] == [
        ("charset-differs", None, None, "latin1_bin", "utf8mb3_general_ci", "3")
    ]


TABLES = st.sampled_from([T, a_table("id", "a"), a_table("id", "a", indexes=(PRIMARY,)), a_table("a", "id")])
HELD = st.lists(st.dictionaries(st.sampled_from(["t", "u", "t_0", "t_1", "t_2"]), TABLES), min_size=1, max_size=7)


@given(HELD, st.randoms(use_true_random=False))
def test_the_order_of_shards_changes_nothing(held: list[dict[str, TableDefinition]], chance: object) -> None:
    """What is found depends on what shards hold, and not on the order in which they were read."""
    named = list(shards(*(ShardStructure(COLLATION, each) for each in held)).items())
    one = compared(dict(named))
    chance.shuffle(named)  # type: ignore[attr-defined]
    assert compared(dict(named)) == one


@given(st.dictionaries(st.sampled_from(["t", "u", "t_0"]), TABLES), st.integers(min_value=1, max_value=9))
def test_shards_that_are_alike_have_no_finding(tables: dict[str, TableDefinition], count: int) -> None:
    """However many shards, and whatever they hold: equal ones are in order."""
    found = compared(shards(*[ShardStructure(COLLATION, tables)] * count))
    assert (found.findings, found.differing, found.tables) == ((), (), len(tables))


@given(HELD)
def test_shards_that_differ_always_have_a_finding(held: list[dict[str, TableDefinition]]) -> None:
    """No difference in a table that two shards have is passed over in silence."""
    named = shards(*(ShardStructure(COLLATION, each) for each in held))
    found = compared(named)
    for table in ("t", "u"):
        if len({each[table] for each in held if table in each}) > 1:
            assert any(each.table == table for each in found.findings)
