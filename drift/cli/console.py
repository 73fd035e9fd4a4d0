"""Where words go: the report to stdout, everything else to stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, TextIO

from drift.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.errors import DriftError


class Console:
    """The two streams. `verbosity` is -1 for quiet, 0, or 1 for verbose; `colour` None leaves it to the terminal."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.verbosity = 0
        self.colour: bool | None = None

    def report(self, text: str) -> None:
        """Write to stdout what was asked for, whole. A reader that has gone away is no error."""
        self.report_bytes(text.encode("utf-8", "backslashreplace"))

    def report_bytes(self, content: bytes) -> None:
        """As `report`, for what is bytes already."""
        if sys.stdout is None:
            raise FileError("stdout is closed, so there is nowhere to write to")
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            close_quietly(sys.stdout)
        except OSError as error:
            close_quietly(sys.stdout)
            raise FileError(f"stdout can't be written: {error.strerror}") from error

    def note(self, text: str) -> None:
        """Say what was done; not with --quiet."""
        if self.verbosity >= 0:
            self._say(text)

    def detail(self, text: str) -> None:
        """Say more; with -v only."""
        if self.verbosity > 0:
            self._say(text)

    def warn(self, text: str) -> None:
        """Say what is odd; not with --quiet."""
        self.note(f"warning: {text}")

    def error(self, error: DriftError, *, about: str | None = None) -> None:
        """Say what went wrong, about which instance where there are several, and what to do next."""
        self._say(f"error: {error.message}" if about is None else f"error: {about}: {error.message}")
        if error.hint:
            self._say(f"hint: {error.hint}")

    def help(self, text: str) -> None:
        """Show how to go on to somebody who gave no command."""
        self._say(text)

    def bug(self) -> None:
        """Tell of the exception that is being handled and that nobody foresaw."""
        import traceback  # noqa: PLC0415 - only for a bug

        self._say(traceback.format_exc().rstrip("\n"))
        self._say("error: this is a bug in drift; a report of it needs the lines above")

    @property
    def uses_colour(self) -> bool:
        """Whether stdout shows colours: --color, then NO_COLOR and FORCE_COLOR, then what it is."""
        if self.colour is not None:
            return self.colour
        if self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("FORCE_COLOR"):
            return True
        return is_terminal(sys.stdout) and self._environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """The columns of the terminal, between 60 and 200; 100 where stdout is none."""
        if not is_terminal(sys.stdout):
            return 100
        try:
            columns = os.get_terminal_size(sys.stdout.fileno()).columns
        except OSError:
            columns = 80
        return max(60, min(columns, 200))

    def _say(self, text: str) -> None:
        from drift.reports.safe import visible  # noqa: PLC0415 - only where there is something to say

        if sys.stderr is None:
            return
        try:
            for line in text.split("\n"):
                sys.stderr.write(f"{visible(line)}\n")
            sys.stderr.flush()
        except OSError:
            close_quietly(sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; a closed one isn't."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def close_quietly(stream: TextIO) -> None:
    """Let nothing more be written to a stream, so that the interpreter's own flush at exit can't fail."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
