"""One snapshot as Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.markdown.parts import header, row
from drift.reports.wording.escape import CELL, MARKDOWN, code_sentence, in_cell
from drift.reports.wording.i18n import translate
from drift.reports.wording.snapshot import (
    LEAD,
    NODE_HEAD,
    Column,
    facts,
    listed,
    notes,
    placed,
    places_of,
    rows_of,
    taken,
    title,
)

if TYPE_CHECKING:
    from drift.core.model import Snapshot


def render(snapshot: Snapshot, *, shards: bool) -> str:
    """Render the whole snapshot as Markdown, whatever its size, ending in a newline."""
    places = places_of(snapshot)
    nodes = [(*facts(place, CELL), f"{place.shards:,}") for place in places]
    columns = [Column(place.name(CELL), (place.id,)) for place in places]
    parts = [f"**{title(snapshot, MARKDOWN)}**\n", f"{taken(snapshot)}  \n{snapshot.content_hash}\n"]
    parts.append(
        header(list(map(translate, NODE_HEAD)), [translate("Shards")]) + "".join(row(*cells) for cells in nodes)
    )
    matrix = rows_of(snapshot, len(snapshot.databases), CELL, lambda text: in_cell(code_sentence(text)) if text else "")
    heads = header(list(map(translate, LEAD[:-1])), [translate(LEAD[-1]), *(column.head for column in columns)])
    parts.append(heads + "".join(row(*each.lead, *each.under(columns)) for each in matrix))
    if shards:
        parts.append("".join(f"- {placed(*each)}\n" for each in listed(snapshot, MARKDOWN)))
    for heading, lines in notes(snapshot, MARKDOWN, code_sentence):
        parts.append(f"**{translate(heading)}**\n\n" + "".join(f"- {line}\n" for line in lines))
    return "\n".join(parts)
