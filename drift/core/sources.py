"""The sources of captures, one row each. Pure.

The choices of `--source`, the check of the setting, the reading of responses and the alignment of two snapshots all
ask `SOURCES`. A new source is a row here, a module that reads it, the request for it in `cloud.capture`, and a test.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Source(msgspec.Struct, frozen=True):
    """A source. Its `module` has a function `read(data, options)`, which decodes its responses into `Content`.

    Users may choose it if it `is_selectable`. It `lists_data_nodes` if its responses have every data node with its
    address; otherwise they have only the data nodes that hold shards, without addresses. It `lists_databases` if its
    responses have every database of the instance. If it `needs_witness`, its inside is undocumented, and a layout of it
    has to be confirmed. It `has_undocumented` members if the settings `volatile` and
    `[layout]` are about its responses.
    """

    name: str
    module: str
    is_selectable: bool = True
    lists_data_nodes: bool = True
    lists_databases: bool = True
    needs_witness: bool = True
    has_undocumented: bool = True


EXPORT: Final = Source("export", "drift.decode.sources.export")
DETAILS: Final = Source(
    "details", "drift.decode.sources.details", lists_data_nodes=False, needs_witness=False, has_undocumented=False
)
BOTH: Final = Source("both", "drift.decode.sources.both", needs_witness=False)
FILE: Final = Source("file", "drift.decode.sources.saved_file", is_selectable=False)
TERRAFORM: Final = Source(
    "terraform",
    "drift.decode.sources.details",
    is_selectable=False,
    lists_data_nodes=False,
    lists_databases=False,
    needs_witness=False,
    has_undocumented=False,
)

SOURCES: Final = {source.name: source for source in (EXPORT, DETAILS, BOTH, FILE, TERRAFORM)}
SELECTABLE: Final = tuple(source.name for source in SOURCES.values() if source.is_selectable)
"""The names that users may choose from."""


def source_of(name: str) -> Source:
    """Return the source of that name; a name that drift doesn't know is a file's."""
    return SOURCES.get(name, FILE)
