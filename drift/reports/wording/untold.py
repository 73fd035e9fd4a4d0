"""Facts that one side's layout has no place for, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.wording.i18n import mark_noun, mark_sentence, plural, translate

if TYPE_CHECKING:
    from drift.compare.untold import Untold
    from drift.reports.wording.escape import Medium

_RECORDS: Final = {
    "data-node": mark_noun("data node"),
    "database": mark_noun("database"),
    "shard": mark_noun("shard"),
}
_SILENT: Final = {
    "before": mark_sentence("{fact} of {records}: the layout before has no place for it"),
    "after": mark_sentence("{fact} of {records}: the layout after has no place for it"),
}
_BY_SETTINGS: Final = mark_sentence("{fact} of {records}: the two sides were read with other settings")
_UNNAMED: Final = {
    "before": mark_sentence("{records} without shards: the layout before can't name them"),
    "after": mark_sentence("{records} without shards: the layout after can't name them"),
}


def heading(facts: tuple[Untold, ...]) -> str:
    """Count the facts that were not compared."""
    return translate("Not told: {facts}, not compared", facts=plural(len(facts), "fact"))


def describe(fact: Untold, medium: Medium) -> str:
    """Say which fact of how many records was not compared, and which side is silent."""
    records = plural(fact.records, _RECORDS[fact.entity])
    if not fact.path:
        return translate(_UNNAMED[fact.silent], records=records)
    sentence = _BY_SETTINGS if fact.by_settings else _SILENT[fact.silent]
    return translate(sentence, fact=medium.name(".".join(fact.path)), records=records)
