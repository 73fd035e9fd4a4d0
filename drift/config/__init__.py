"""drift.toml, flags, variables and other tools' files to the effective settings, each with its source.

Reads files; never writes one and never opens a socket. A setting is one row of `settings_table`.
"""

__all__ = (
    "connection",
    "definition",
    "edit_instances",
    "edit_waivers",
    "effective",
    "file",
    "plan_file",
    "resolve",
    "run",
    "settings_table",
    "shapes",
    "target",
    "template",
    "verify_settings",
)
