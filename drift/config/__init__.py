"""drift.toml, flags, variables and other tools' files to the settings in effect, each with where it came from.

Reads files; never writes one and never opens a socket.
"""
