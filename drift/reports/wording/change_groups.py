"""Changes and groups of them in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.model import Database, DataNode
from drift.core.name_ranges import Run, runs
from drift.reports.content.nodes import Node
from drift.reports.wording import sentences
from drift.reports.wording.i18n import plural, plural_more, translate
from drift.reports.wording.node_names import MOST_NODES, arrow, count_on, node, short_node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.compare.diff import Edit
    from drift.core.model import Record
    from drift.reports.content.acceptance import Acceptance
    from drift.reports.content.groups import Block, Group
    from drift.reports.content.outline import Chapter
    from drift.reports.wording.escape import Medium

MOST_DATABASES: Final = 12
MOST_EDITS: Final = 12
_SHORTEST_RUN: Final = 3  # two names are as short as a run of two


def _shards_on(group: Group, medium: Medium) -> str:
    """Say where the shards of an added or removed database are: `16 shards: 8 on a, 8 on b`."""
    if not group.children:
        return ""
    placed = [count_on(held.shards, short_node(held.node, medium)) for held in group.children[:MOST_NODES]]
    if others := group.children[MOST_NODES:]:
        placed.append(count_on(sum(held.shards for held in others), plural_more(len(others), "data node")))
    return translate("{shards}: {where}", shards=plural(group.children_count, "shard"), where=sentences.listing(placed))


def record_facts(record: Record, medium: Medium) -> str:
    """List the values of an added or removed data node or database, beyond its name."""
    match record:
        case DataNode(host=host, port=port, engine=engine, engine_version=version):
            address = ":".join(str(part) for part in (host, port) if part is not None)
            found = [
                medium.name(address) if address else "",
                " ".join(medium.name(part) for part in (engine, version) if part),
            ]
        case Database(shard_mode=mode, shard_count=count, status=status):
            declared = "" if count is None else translate("{shards} declared", shards=plural(count, "shard"))
            found = [medium.name(mode) if mode else "", declared, medium.name(status) if status else ""]
        case _:
            found = []
    return sentences.clauses(fact for fact in found if fact)


def describe(group: Group, medium: Medium) -> str:
    """Say what happened to a group's entities, without the names of shards."""
    match group.first.record:
        case DataNode(id=node_id, name=name) as record:
            who = node(Node(node_id, name, node_id), medium)
            what = _group_edits(group, medium) or record_facts(record, medium)
        case Database() as record:
            who = group_names(group, MOST_DATABASES, medium)
            whole = (record_facts(record, medium), _shards_on(group, medium))
            what = _group_edits(group, medium) or sentences.remarks(part for part in whole if part)
        case record:
            who = medium.name(record.database)
            what = _whereabouts(group, medium)
    return translate("{who}: {what}", who=who, what=what) if what else who


def block_heading(block: Block, chapter: Chapter) -> str:
    """Name the severity of a block's changes, and their disposition where the event has several."""
    word = sentences.severity(block.severity)
    return sentences.clauses((word, sentences.disposition(block.disposition))) if chapter.is_mixed else word


def chapter_count(chapter: Chapter) -> str:
    """Count the changes of an event, and the unexpected ones where only some are."""
    count = plural(chapter.count, "change")
    if chapter.is_mixed and chapter.unexpected:
        return translate("{changes}, {count:,} of them unexpected", changes=count, count=chapter.unexpected)
    return count


def unexplained(chapter: Chapter) -> str:
    """Introduce the changes that belong to no operation."""
    return translate("{changes} that no operation explains", changes=plural(chapter.count, "change"))


def block_count(block: Block) -> str:
    """Count the changes of a block, and those that are listed with their database instead."""
    if not block.folded:
        return f"{block.count:,}"
    if block.folded == block.count:
        return translate("{count:,}, listed with their database", count=block.count)
    return translate("{count:,}, {some:,} of them listed with their database", count=block.count, some=block.folded)


def symbol(group: Group) -> str:
    """Return a group's symbol: `+` added, `-` removed, `→` moved, `~` changed."""
    if group.first.before is None:
        return "+"
    if group.first.after is None:
        return "-"
    return "→" if group.target else "~"


def edit(found: Edit, medium: Medium) -> str:
    """Show an edit: `path: before → after`."""
    if found.before is None and found.after is None:
        return translate("{path}: null on one side, absent on the other", path=_path(found.path, medium))
    before, after = _value(found.before, found.after, medium), _value(found.after, found.before, medium)
    return translate("{path}: {before} → {after}", path=_path(found.path, medium), before=before, after=after)


def group_names(group: Group, most: int, medium: Medium) -> str:
    """List the names of a group as at most `most` runs, and count the names that are left out."""
    return run_names(runs(group.names), most, medium)


def run_names(found: list[Run], most: int, medium: Medium) -> str:
    """List at most `most` runs of names, and count the names that are left out."""
    shown = [_run(run, medium) for run in found[:most]]
    return sentences.listing(shown, sum(run.size for run in found[most:]))


def _group_edits(group: Group, medium: Medium) -> str:
    return edits(group.edits, MOST_EDITS, medium)


def edits(found: Sequence[Edit], most: int, medium: Medium) -> str:
    """List at most `most` edits, and count those that are left out."""
    shown, hidden = sentences.clauses(edit(each, medium) for each in found[:most]), len(found) - most
    return translate("{told} and {more}", told=shown, more=plural_more(hidden, "edit")) if hidden > 0 else shown


def _whereabouts(group: Group, medium: Medium) -> str:
    """Say how many shards moved, came or went where, or changed how."""
    shards = plural(len(group.names), "shard")
    if group.source and group.target:
        return sentences.clauses(
            (
                shards,
                arrow(short_node(group.source, medium), short_node(group.target, medium)),
            )
        )
    place = group.source or group.target
    if place is None:
        return sentences.clauses((shards, _group_edits(group, medium)))
    return translate("{shards} on {node}", shards=shards, node=short_node(place, medium))


def acceptance(found: Acceptance, medium: Medium) -> str:
    """Name the changes that a command accepts: `4 changes, shard-moved of orders`, or all that failed."""
    count = plural(found.count, "change")
    if found.rule is None:
        return translate("all {changes}", changes=count)
    return translate("{changes}, {rule} of {name}", changes=count, rule=found.rule, name=medium.name(found.name or ""))


def _path(path: tuple[str | int, ...], medium: Medium) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return medium.name(text.removeprefix("."))


def _value(value: Any, other: Any, medium: Medium) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return translate("(none)")
    # A text that becomes a number, or the reverse, would otherwise look the same on both sides.
    if isinstance(value, str) and (other is None or isinstance(other, str)):
        return medium.name(value)
    return medium.literal(msgspec.json.encode(value).decode())


def _run(run: Run, medium: Medium) -> str:
    if run.size == 1:
        return medium.name(run.first)
    if run.size < _SHORTEST_RUN:
        return sentences.listing(medium.name(name) for name in dict.fromkeys((run.first, run.last)))
    return sentences.followed(f"{medium.name(run.first)} … {medium.name(run.last)}", f"{run.size:,}")
