"""The reading of a payload as plain text: sizes, layout, first records. Pure; shows only values of the payload."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from drift.reports.wording.escape import sentence, text_literal, text_name
from drift.reports.wording.i18n import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import Record, Snapshot
    from drift.decode.content import Content
    from drift.decode.layouts import Layout
    from drift.decode.structure import Structure

_FIRST: Final = 3
_STEPS: Final = (("base64", "encoded"), ("compressed", "compressed"), ("inflated", "inflated"))


def render(content: Content, *, received: int) -> str:
    """Explain how `received` bytes were read."""
    lines = [*_sizes(content, received), "", *_layouts(content), "", *_evidence(content)]
    lines += [*_attributes(content), "", *_records(content)]
    lines += [f"warning: {sentence(warning)}" for warning in content.warnings]
    lines += [f"not read: {sentence(gap.scope)}: {sentence(gap.reason)}" for gap in content.gaps]
    return "\n".join([*lines, ""])


def render_snapshot(snapshot: Snapshot, *, received: int) -> str:
    """Describe a snapshot file. drift wrote it, so it has no layout to find."""
    lines = [
        f"received    {received:>14,} bytes",
        "a snapshot file, as `drift export` writes it",
        f"of {text_name(snapshot.instance.name or 'a file')}, taken {snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC",
        (
            f"{plural(len(snapshot.data_nodes), 'data node')}, {plural(len(snapshot.databases), 'database')}, "
            f"{plural(snapshot.shard_count, 'shard')}"
        ),
    ]
    return "\n".join([*lines, ""])


def render_structure(structure: Structure, *, received: int) -> str:
    """Outline a file that can't be read: its kinds, and the values of each member."""
    lines = [f"received    {received:>14,} bytes", *(f"in it       {sentence(kind)}" for kind in structure.told)]
    width = max(len(text_literal(path)) for path, _ in structure.lines)
    lines += ["", "structure:", *(f"  {text_literal(path):<{width}}  {kinds}" for path, kinds in structure.lines)]
    return "\n".join([*lines, ""])


def _sizes(content: Content, received: int) -> Iterator[str]:
    yield f"received    {received:>14,} bytes"
    for word, field in _STEPS:
        size = getattr(content.sizes, field)
        if size is not None:
            yield f"{word:<12}{size:>14,} {'characters' if field == 'encoded' else 'bytes'}"
    shards = sum(len(database.shards) for database in content.databases)
    yield f"records     {shards:>14,} shards in {plural(len(content.databases), 'database')}"
    yield f"            {len(content.data_nodes):>14,} data nodes listed"


def _layouts(content: Content) -> Iterator[str]:
    if not content.layouts:
        yield "no shards: the payload says so with an empty container"
    for layout in content.layouts:
        yield from _layout(layout, "[layout]" if len(content.layouts) == 1 else "[[layout]]")


def _layout(layout: Layout, title: str) -> Iterator[str]:
    yield f"{title}  # as drift.toml takes it"
    texts = layout.texts()
    for field in layout.__struct_fields__:
        if field in texts:
            yield f"{field} = '{sentence(texts[field])}'"
    if "database" not in texts:
        yield "# the shard's name has the database: DATABASE_0000"


def _evidence(content: Content) -> Iterator[str]:
    """List the reason for each thing that was taken, and for each that was not."""
    if not content.evidence:
        return
    yield "evidence:"
    for each in content.evidence:
        yield f"  {sentence(each.taken)} ({sentence(each.place)}): {each.kind}: {sentence(each.summary)}"
    if content.considered:
        yield "not taken:"
        for other in content.considered:
            count = f"{other.count:,} record{'s' * (other.count != 1)}"
            yield f"  {other.role} at {sentence(other.place)} ({count}): {sentence(other.reason)}"
    yield ""


def _attributes(content: Content) -> Iterator[str]:
    """Count the members that were kept as attributes."""
    shards = (shard for database in content.databases for shard in database.shards)
    for word, records in (("data nodes", content.data_nodes), ("databases", content.databases), ("shards", shards)):
        counts: dict[str, int] = {}
        for record in records:
            for member in _members(record):
                counts[member] = counts.get(member, 0) + 1
        listed = ", ".join(f"{text_name(member)} ({count:,})" for member, count in sorted(counts.items()))
        yield f"kept as attributes of {word}: {listed or 'none'}"


def _members(record: Record) -> Iterator[str]:
    if record.attributes != "{}":
        import msgspec

        yield from msgspec.json.decode(record.attributes)


def _records(content: Content) -> Iterator[str]:
    yield f"the first {_FIRST} of each:"
    for node in content.data_nodes[:_FIRST]:
        endpoint = f"{text_name(node.host or '?')}:{'?' if node.port is None else node.port}"
        yield f"  data node {text_name(node.id)}: {text_name(node.name or '?')} at {endpoint}"
    for database in content.databases[:_FIRST]:
        count = database.shard_count
        declared = None if count is None else f"{count} shard{'s' * (count != 1)} declared"
        yield f"  database {text_name(database.name)}: {_facts(database.shard_mode, declared) or 'nothing declared'}"
    shards = (shard for database in content.databases for shard in database.shards)
    for shard in islice(shards, _FIRST):
        index = None if shard.index is None else f"index {shard.index}"
        place = _facts(index, f"on {text_name(shard.data_node_id)}", shard.status)
        yield f"  shard {text_name(shard.name)} of {text_name(shard.database)}: {place}"


def _facts(*facts: str | None) -> str:
    """List the facts that the payload has."""
    return ", ".join(text_literal(fact) for fact in facts if fact is not None)
