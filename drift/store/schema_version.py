"""What marks a file as a store, and the version of its schema: all that an up-to-date store is opened with."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x44524654
"""The mark of drift's files: `DRFT`."""

VERSION: Final = 17
"""How many of the schema's steps a store has that is up to date: its `user_version`."""
