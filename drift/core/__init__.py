"""The ground that every stage stands on: records, references, errors, secrets, and strict readers of JSON and TOML.

Pure, but for `bounded_files`, `planted_links`, `secret_file` and `zip_archive`. Imports no other room.
"""

__all__ = (
    "bounded_files",
    "compression",
    "data_node_words",
    "data_nodes",
    "errors",
    "finding",
    "grants",
    "lake_address",
    "member_names",
    "model",
    "name_ranges",
    "parts",
    "pattern_index",
    "patterns",
    "planted_links",
    "read_settings",
    "references",
    "secret",
    "secret_file",
    "shard_sizes",
    "sources",
    "strict_json",
    "strict_toml",
    "table_definitions",
    "traces",
    "validators",
    "version",
    "zip_archive",
)
