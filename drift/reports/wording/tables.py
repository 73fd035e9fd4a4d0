"""The words for tables that are not the same in all shards of a database. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from drift.reports.wording import sentences
from drift.reports.wording.i18n import mark_sentence, plural, translate

if TYPE_CHECKING:
    from drift.compare.tables.structure import Alike, DatabaseStructure
    from drift.core.finding import Finding
    from drift.reports.content.node_check import TablesCompared
    from drift.reports.wording.escape import Medium

MOST_NAMES: Final = 8

# What a rule is about, without a part of the table and with one.
_THINGS: Final = {
    "table-kind-differs": (mark_sentence("its kind"), ""),
    "engine-differs": (mark_sentence("its engine"), ""),
    "charset-differs": (mark_sentence("its default collation"), mark_sentence("the collation of column {part}")),
    "column-differs": ("", mark_sentence("column {part}")),
    "column-order-differs": (mark_sentence("the order of its columns"), ""),
    "index-differs": ("", mark_sentence("index {part}")),
    "foreign-key-differs": ("", mark_sentence("a foreign key")),
    "check-differs": ("", mark_sentence("a check")),
    "partitions-differ": (mark_sentence("its partitioning"), mark_sentence("the list of its partitions")),
}
_MISSING: Final = mark_sentence("{thing} is missing in {count}; the others have {expected}")
_TOO_MANY: Final = mark_sentence("{thing} is in {count} alone: {found}")
_DIFFERENT: Final = mark_sentence("{thing} is {found} in {count}; the others have {expected}")
_UNDECIDED: Final = mark_sentence("{thing} has no majority: {variants}")


def subject(finding: Finding, medium: Medium) -> str:
    """Name a table with its database; the database alone where a finding is about all tables."""
    return table_name(finding.name, finding.table, medium)


def table_name(database: str, table: str | None, medium: Medium) -> str:
    """Name a table with its database."""
    return medium.name(database if table is None else f"{database}.{table}")


def what(finding: Finding, medium: Medium) -> str:
    """Describe how the shards of a database differ in a table."""
    if finding.rule in {"table-missing", "table-extra"}:
        return _presence(finding, medium)
    return translate(
        _template(finding),
        thing=_thing(finding, medium),
        count=_count(finding),
        found=_value(finding.found, medium),
        expected=_value(finding.expected, medium),
        variants=_variants(finding, medium),
    )


def _template(finding: Finding) -> str:
    if finding.variants:
        return _UNDECIDED
    if finding.found is None:
        return _MISSING
    return _TOO_MANY if finding.expected is None else _DIFFERENT


def _thing(finding: Finding, medium: Medium) -> str:
    whole, part = _THINGS[finding.rule]
    return translate(whole if finding.part is None else part, part=medium.name(finding.part or ""))


def _presence(finding: Finding, medium: Medium) -> str:
    found, expected = _value(finding.found, medium), _value(finding.expected, medium)
    if finding.variants:
        return translate("no majority: {variants}", variants=_variants(finding, medium))
    if finding.part is not None:
        return translate(
            "{found} parts in {count}; the others have {expected}",
            found=found,
            count=_count(finding),
            expected=expected,
        )
    if finding.table is None:
        return translate("no table in {count}; the others have {expected}", count=_count(finding), expected=expected)
    if finding.rule == "table-extra":
        return translate("only in {count}", count=_count(finding))
    return translate("missing in {count}", count=_count(finding))


def _count(finding: Finding) -> str:
    shards = {item.partition(".")[0] for item in finding.items}
    return translate("{count:,} of {all}", count=len(shards), all=plural(finding.total or 0, "shard"))


def _variants(finding: Finding, medium: Medium) -> str:
    return sentences.listing(
        [
            translate("{value} in {shards}", value=_value(value, medium), shards=plural(len(items), "shard"))
            for value, items in finding.variants
        ]
    )


def _value(value: float | str | None, medium: Medium) -> str:
    """Show a definition, or that there is none; an empty collation is the table's."""
    if value is None:
        return translate("none")
    return medium.literal(str(value)) if value != "" else translate("that of the table")


def shards_of(finding: Finding) -> tuple[str, ...]:
    """List the shards of a finding; where none is called wrong, those of all variants but the first."""
    return finding.items or tuple(chain.from_iterable(items for _, items in finding.variants[1:]))


def alike(database: DatabaseStructure, each: Alike, medium: Medium) -> str:
    """Say how many shards are alike in a table."""
    name = table_name(database.database, each.table, medium)
    count = translate("{count:,} of {all}", count=each.alike, all=plural(each.total, "shard"))
    return translate("{table}: {count} alike", table=name, count=count)


def notes(database: DatabaseStructure, medium: Medium) -> list[str]:
    """Name the tables that are not in each shard, and rightly so."""
    found = []
    if database.single:
        found.append(translate("in the first shard alone, unsharded: {tables}", tables=_names(database.single, medium)))
    if database.numbered:
        found.append(translate("numbered in each shard: {tables}", tables=_names(database.numbered, medium)))
    return [translate("{who}: {what}", who=medium.name(database.database), what=each) for each in found]


def lines(compared: TablesCompared, medium: Medium) -> list[str]:
    """List the tables that differ, those that are rightly not in each shard, and what was left out."""
    differing = [alike(each, one, medium) for each in compared.databases for one in each.differing]
    rest = [note for each in compared.databases for note in notes(each, medium)]
    return [*differing, *rest, *filter(None, [scope(compared)])]


def _names(names: tuple[str, ...], medium: Medium) -> str:
    shown = [medium.name(name) for name in names[:MOST_NAMES]]
    return sentences.listing(shown, len(names) - len(shown))


def scope(compared: TablesCompared) -> str:
    """Say what was left out, unless everything was compared."""
    if compared.is_deep:
        return ""
    return translate("Without --deep, foreign keys, checks, partitions and kinds of indexes are not compared")
