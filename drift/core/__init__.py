"""What every stage speaks: records, references, errors, secrets, and strict readers of JSON and TOML.

Pure, but for `secret_file`. Imports no other room.
"""
