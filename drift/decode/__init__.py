"""Received bytes to records: captures' sources, layouts of a payload and their evidence, migration jobs, files, limits.

Pure, but for `files`. Raises PayloadError, with the place, for input that it can't read. Gives other rooms `Options`,
`Content` and `Snapshot`s; imports `core`, and `compare` to hold two sources against each other.
"""

__all__ = (
    "captures",
    "content",
    "evidence",
    "files",
    "intents",
    "jobs",
    "layouts",
    "limits",
    "migration_job",
    "node_results",
    "sources",
    "structure",
    "traces",
)
