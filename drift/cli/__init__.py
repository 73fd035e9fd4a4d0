"""The command line: words in, words out. The only package that prints, exits, and reads clock and environment."""

from drift.cli.main import main

__all__ = ["main"]
