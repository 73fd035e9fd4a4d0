"""The changes of a report in Markdown, by event and rule. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from drift.reports.content.rank import Rank
from drift.reports.markdown.parts import MOST_RUNS
from drift.reports.markdown.size_limit import Part, Piece
from drift.reports.wording import change_groups, sections, sentences
from drift.reports.wording.escape import MARKDOWN, code
from drift.reports.wording.event_titles import notes, title
from drift.reports.wording.i18n import mark_noun, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.verdict import Disposition
    from drift.reports.content.groups import Block, Group
    from drift.reports.content.happenings import Happening
    from drift.reports.content.outline import Chapter, Section

MOST_GROUPS: Final = 400
MOST_NAMES_IN_LINE: Final = 3


def section_parts(section: Section) -> Iterator[Part]:
    """Show the changes of one disposition: events with their changes folded, then the changes without an operation."""
    events = [(chapter, chapter.event) for chapter in section.chapters if chapter.event]
    yield Part(
        f"### {sentences.followed(sections.heading(section), f'{section.count:,}')}\n\n",
        tuple(chain.from_iterable(_event(*each, section.disposition) for each in events[:MOST_GROUPS])),
        unsaid=sum(chapter.count for chapter, _ in events[MOST_GROUPS:])
        + sum(_unsaid(block) for chapter, _ in events[:MOST_GROUPS] for block in chapter.blocks),
        noun=mark_noun("change"),
    )
    for chapter in section.chapters:
        if chapter.event is None:
            if events:
                yield Part(f"{translate('{name}:', name=change_groups.unexplained(chapter))}\n\n")
            for block in chapter.blocks:
                yield from _block(block, chapter)


def _event(chapter: Chapter, event: Happening, disposition: Disposition) -> Iterator[Piece]:
    """Show an event, with its changes folded below."""
    text = change_groups.chapter_count(chapter)
    head = f"**{event.event.id}** · {sentences.severity(event.severity)} · {text} · {title(event, MARKDOWN)}\n\n"
    odd = "".join(f"- ! {note}\n" for note in notes(event))
    yield Piece(head + (f"{odd}\n" if odd else ""), Rank.of(event.severity, disposition), 0)
    for place, block in enumerate(chapter.blocks):
        gap, end = "\n" if place else "", "\n" if block.groups else ""
        yield Piece(f"{gap}{_heading(block, chapter)}\n{end}", Rank.CHILDREN, 0, fold=text)
        for group in block.groups[:MOST_GROUPS]:
            yield Piece(_line(group), Rank.CHILDREN, group.count, fold=text)
            if _is_folded(group):
                names = f"  - {change_groups.group_names(group, MOST_RUNS, MARKDOWN)}\n"
                yield Piece(names, Rank.NAMES, len(group.names), noun=mark_noun("name"), fold=text)


def _unsaid(block: Block) -> int:
    """Count the changes of a block beyond those that are shown."""
    return sum(group.count for group in block.groups[MOST_GROUPS:])


def _heading(block: Block, chapter: Chapter) -> str:
    return (
        f"**{code(block.rule)}** · {change_groups.block_heading(block, chapter)} · {change_groups.block_count(block)}"
    )


def _block(block: Block, chapter: Chapter) -> Iterator[Part]:
    """Show a rule's changes, a line for each group, with the names of their shards folded below."""
    rank = Rank.of(block.severity, block.disposition)
    shown = block.groups[:MOST_GROUPS]
    yield Part(
        f"{_heading(block, chapter)}\n\n",
        tuple(Piece(_line(group), rank, group.count) for group in shown),
        unsaid=_unsaid(block),
        noun=mark_noun("change"),
        tail="\n" if shown else "",
    )
    if any(_is_folded(group) for group in shown):
        yield _children([group for group in shown if _is_folded(group)])


def _is_folded(group: Group) -> bool:
    return group.first.entity == "shard" and len(group.names) > MOST_NAMES_IN_LINE


def _line(group: Group) -> str:
    few = group.first.entity == "shard" and not _is_folded(group)
    shards = change_groups.group_names(group, MOST_NAMES_IN_LINE, MARKDOWN) if few else ""
    return (
        f"- {code(change_groups.symbol(group))} {sentences.followed(change_groups.describe(group, MARKDOWN), shards)}\n"
    )


def _children(groups: list[Group]) -> Part:
    fold = translate("{shards} by name", shards=plural(sum(len(group.names) for group in groups), "shard"))
    return Part(
        "",
        tuple(Piece(_names(group), Rank.NAMES, len(group.names), fold=fold) for group in groups),
        noun=mark_noun("name"),
    )


def _names(group: Group) -> str:
    text = translate(
        "{who}: {what}",
        who=change_groups.describe(group, MARKDOWN),
        what=change_groups.group_names(group, MOST_RUNS, MARKDOWN),
    )
    return f"- {text}\n"
