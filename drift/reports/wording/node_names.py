"""Data nodes and how many shards they hold, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.wording import sentences
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from drift.reports.content.nodes import Node
    from drift.reports.content.outline import BalanceRow
    from drift.reports.content.report import Report, Side
    from drift.reports.wording.escape import Medium

MOST_NODES: Final = 12


def node(found: Node, medium: Medium) -> str:
    """Name a data node, with its whole id."""
    return _named(found, medium.name(found.id), medium)


def short_node(found: Node, medium: Medium) -> str:
    """Name a data node, with as much of its id as identifies it."""
    rest = "…" if len(found.short_id) < len(found.id) else ""
    return _named(found, f"{medium.name(found.short_id)}{rest}", medium)


def arrow(source: str, target: str) -> str:
    """Point from one data node to another: `rds-1 → rds-2`."""
    return translate("{source} → {target}", source=source, target=target)


def count_on(count: int, node: str) -> str:
    """Put a count on a data node: `8 on rds-1`."""
    return translate("{count:,} on {node}", count=count, node=node)


def shards_held(count: int | None, side: Side) -> str:
    """Show a count of shards: a dash for an absent data node, a lower bound where not everything was read."""
    if side.complete:
        return "—" if count is None else f"{count:,}"
    return f"≥ {count:,}" if count else "?"


def difference(row: BalanceRow, report: Report) -> str:
    """Show how a count of shards changed, `+4`; nothing where it is the same, or a side was not read completely."""
    change = (row.after or 0) - (row.before or 0)
    return f"{change:+,}" if change and report.before.complete and report.after.complete else ""


def _named(found: Node, shown_id: str, medium: Medium) -> str:
    if not found.known:
        return translate("unknown data node {id}", id=shown_id)
    if found.name is None or found.name == found.id:
        return shown_id
    return sentences.followed(medium.name(found.name), shown_id)
