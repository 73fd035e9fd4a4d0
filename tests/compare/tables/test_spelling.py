from __future__ import annotations

import pytest

from drift.compare.tables.spelling import (
    spell_collation,
    spell_default,
    spell_expression,
    spell_extra,
    spell_generated,
    spell_type,
)

# What MySQL 5.7, MySQL 8.0 and MariaDB write of one column, after their documentation; MySQL was not run for these.
TYPES = (
    ("int(11)", "int", True),
    ("int(10) unsigned", "int unsigned", True),
    ("bigint(20)", "bigint", True),
    ("year(4)", "year", True),
    ("tinyint(4)", "tinyint", True),
    ("tinyint(1)", "tinyint", False),
    ("tinyint(1) unsigned", "tinyint unsigned", True),
    ("int(5) unsigned zerofill", "int(6) unsigned zerofill", False),
    ("datetime /* mariadb-5.3 */", "datetime", True),
    ("timestamp(3) /* 5.5 binary format */", "timestamp(3)", True),
    ("varchar(10)", "varchar(11)", False),
    ("decimal(10,2)", "decimal(10,3)", False),
    ("enum('int(11)')", "enum('int')", False),
    ("enum('a /* b */')", "enum('a')", False),
    ("enum('A')", "enum('a')", False),
)


@pytest.mark.parametrize(("one", "other", "is_same"), TYPES)
def test_types_that_are_one_are_spelled_alike(one: str, other: str, *, is_same: bool) -> None:
    """A display width or the comment on an old format is no difference; a length, a scale or a value is one."""
    assert (spell_type(one) == spell_type(other)) is is_same


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("utf8_general_ci", "utf8mb3_general_ci"),
        ("utf8", "utf8mb3"),
        ("utf8mb3_bin", "utf8mb3_bin"),
        ("utf8mb4_general_ci", "utf8mb4_general_ci"),
        ("latin1_swedish_ci", "latin1_swedish_ci"),
        (None, None),
    ],
)
def test_utf8_is_utf8mb3(written: str | None, spelled: str | None) -> None:
    """The old name of a character set is the new one's, and no other is touched."""
    assert spell_collation(written) == spelled


# A default as (text, type, extra, family) on two servers.
DEFAULTS = (
    (("x", "varchar(9)", "", "mysql"), ("'x'", "varchar(9)", "", "mariadb"), True),
    ((None, "int", "", "mysql"), ("NULL", "int(11)", "", "mariadb"), True),
    ((None, "int", "", "mysql"), (None, "int(11)", "", "mariadb"), True),
    (("NULL", "varchar(9)", "", "mysql"), ("NULL", "varchar(9)", "", "mariadb"), False),
    (("NULL", "varchar(9)", "", "mysql"), ("'NULL'", "varchar(9)", "", "mariadb"), True),
    (("0", "int", "", "mysql"), ("0", "int(11)", "", "mariadb"), True),
    (("0", "int", "", "mysql"), ("1", "int(11)", "", "mariadb"), False),
    (("0.00", "decimal(9,2)", "", "mysql"), ("0.00", "decimal(9,2)", "", "mariadb"), True),
    (("", "varchar(9)", "", "mysql"), ("''", "varchar(9)", "", "mariadb"), True),
    (("", "varchar(9)", "", "mysql"), (None, "varchar(9)", "", "mariadb"), False),
    (("it's", "varchar(9)", "", "mysql"), ("'it\\'s'", "varchar(9)", "", "mariadb"), True),
    (("it's", "varchar(9)", "", "mysql"), ("'it''s'", "varchar(9)", "", "mariadb"), True),
    (("b'0'", "bit(1)", "", "mysql"), ("b'0'", "bit(1)", "", "mariadb"), True),
    (
        ("CURRENT_TIMESTAMP", "datetime", "", "mysql"),  # 5.7
        ("CURRENT_TIMESTAMP", "datetime", "DEFAULT_GENERATED", "mysql"),  # 8.0
        True,
    ),
    (("CURRENT_TIMESTAMP", "datetime", "", "mysql"), ("current_timestamp()", "datetime", "", "mariadb"), True),
    (
        ("CURRENT_TIMESTAMP(6)", "datetime(6)", "", "mysql"),
        ("current_timestamp(6)", "datetime(6)", "", "mariadb"),
        True,
    ),
    (
        ("CURRENT_TIMESTAMP(3)", "datetime(6)", "", "mysql"),
        ("current_timestamp(6)", "datetime(6)", "", "mariadb"),
        False,
    ),
    (("CURRENT_TIMESTAMP", "varchar(20)", "", "mysql"), ("current_timestamp()", "varchar(20)", "", "mariadb"), False),
    (("uuid()", "char(36)", "DEFAULT_GENERATED", "mysql"), ("uuid()", "char(36)", "", "mariadb"), True),
    (("uuid()", "char(36)", "", "mysql"), ("uuid()", "char(36)", "", "mariadb"), False),
    (
        ("concat(_utf8mb4\\'a\\',`b`)", "varchar(9)", "DEFAULT_GENERATED", "mysql"),
        ("concat('a',`b`)", "varchar(9)", "", "mariadb"),
        True,
    ),
)


@pytest.mark.parametrize(("one", "other", "is_same"), DEFAULTS)
def test_defaults_that_are_one_are_spelled_alike(
    one: tuple[str | None, str, str, str], other: tuple[str | None, str, str, str], *, is_same: bool
) -> None:
    """Quotes, NULL and the time of a row are spelled by each server in its way; a text is never an expression."""
    assert (spell_default(*one) == spell_default(*other)) is is_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("DEFAULT_GENERATED", ""),
        ("DEFAULT_GENERATED on update CURRENT_TIMESTAMP", "on update current_timestamp()"),
        ("on update CURRENT_TIMESTAMP(6)", "on update current_timestamp(6)"),
        ("VIRTUAL GENERATED", ""),
        ("STORED GENERATED", "PERSISTENT"),
        ("auto_increment", "auto_increment"),
        ("INVISIBLE", "invisible"),
    ],
)
def test_extras_that_are_one_are_spelled_alike(one: str, other: str) -> None:
    """ON UPDATE has one spelling, and what only repeats that a default or a column is computed has none."""
    assert spell_extra(one) == spell_extra(other)


def test_extras_that_differ_stay_apart() -> None:
    """A column that lost ON UPDATE, its precision or AUTO_INCREMENT is another one."""
    extras = ("", "auto_increment", "on update current_timestamp()", "on update current_timestamp(6)", "INVISIBLE")
    assert len({spell_extra(each) for each in extras}) == len(extras)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("(`a` + `b`)", "a+b", True),
        ("((`a` + `b`))", "(a + b)", True),
        ("(a)+(b)", "a)+(b", False),
        ("YEAR(`created_at`)", "year(created_at)", True),
        ("concat(`a`,' b')", "concat(`a`,'b')", False),
        ("concat(`a`,'A')", "concat(`a`,'a')", False),
        ("json_valid(`data`)", "json_valid(data)", True),
        ("'a _x'", "'a _y'", False),
        ("'now()'", "'current_timestamp'", False),
        ("now()", "CURRENT_TIMESTAMP", True),
    ],
)
def test_expressions_that_are_one_are_spelled_alike(one: str, other: str, *, is_same: bool) -> None:
    """Back ticks, white space, letters and outer parentheses say nothing; the inside of a text says all."""
    assert (spell_expression(one, "mariadb") == spell_expression(other, "mariadb")) is is_same


def test_a_stored_column_is_not_a_virtual_one() -> None:
    """Two servers' words for a computed column are one; whether it is stored is a difference."""
    stored = spell_generated("(`a` + 1)", "STORED GENERATED", "mysql")
    assert stored == spell_generated("`a` + 1", "PERSISTENT", "mariadb")
    assert stored != spell_generated("`a` + 1", "VIRTUAL GENERATED", "mysql")
    assert spell_generated("", "", "mysql") is spell_generated(None, "", "mariadb") is None
