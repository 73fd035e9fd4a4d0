"""Where words go: the report to stdout, everything else to stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from copy import copy
from threading import Lock
from typing import TYPE_CHECKING, Final, TextIO

from drift.cli.progress import Progress, Work
from drift.core.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from drift.core.errors import DriftError

_CLEAR: Final = "\r\x1b[K"


class Console:
    """The two streams. `verbosity` is -1 for quiet, 0, or 1 for verbose; `colour` None leaves it to the terminal.

    `subject` is what stands before all words, which are about that.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.verbosity = 0
        self.colour: bool | None = None
        self._stderr = _Stderr()
        self.progress = Progress()
        self.subject = ""

    def about(self, name: str) -> Console:
        """Return the same console for one of several instances, which its messages name. Threads may each have one."""
        console = copy(self)
        console.subject = f"{name}: "
        return console

    @property
    def has_status(self) -> bool:
        """Whether stderr is a terminal for a status line, and not quiet."""
        return self.verbosity >= 0 and is_terminal(sys.stderr) and self._environ.get("TERM") != "dumb"

    def status(self, text: str) -> None:
        """Show this below everything else on the terminal, until another is shown; an empty one takes it away."""
        if self.has_status:
            self._stderr.status(text)

    def working(self, what: str, total: int = 0) -> AbstractContextManager[Work]:
        """Show this work as in progress until the block ends; not with --quiet. `total` counts its parts, if known.

        The work on one of several instances is a part of the work on all of them.
        """
        if self.verbosity < 0 or self.subject:
            return contextlib.nullcontext(Work(what, total))
        return self.progress.of(what, self, total)

    def report(self, text: str) -> None:
        """Write a report to stdout, whole. A reader that has gone away is no error."""
        self.report_bytes(text.encode("utf-8", "backslashreplace"))

    def report_bytes(self, content: bytes) -> None:
        """Write bytes to stdout, as `report` does."""
        if sys.stdout is None:
            raise FileError("could not write to stdout: it is closed")
        try:
            with self._stderr.aside():
                sys.stdout.flush()
                sys.stdout.buffer.write(content)
                sys.stdout.buffer.flush()
        except BrokenPipeError:
            close_quietly(sys.stdout)
        except OSError as error:
            close_quietly(sys.stdout)
            raise FileError(f"could not write to stdout: {error.strerror}") from error

    def note(self, text: str) -> None:
        """Write a note to stderr; not with --quiet."""
        if self.verbosity >= 0:
            self._stderr.say(f"{self.subject}{text}")

    def detail(self, text: str) -> None:
        """Write a detail to stderr; with -v only."""
        if self.verbosity > 0:
            self._stderr.say(f"{self.subject}{text}")

    def warn(self, text: str) -> None:
        """Write a warning to stderr; not with --quiet."""
        if self.verbosity >= 0:
            self._stderr.say(f"warning: {self.subject}{text}")

    def error(self, error: DriftError) -> None:
        """Write an error to stderr, with its hint."""
        hint = f"\nhint: {error.hint}" if error.hint else ""
        self._stderr.say(f"error: {self.subject}{error.message}{hint}")

    def help(self, text: str) -> None:
        """Write the help to stderr, for a command line without a command."""
        self._stderr.say(text)

    def bug(self) -> None:
        """Write the traceback of an unforeseen exception to stderr."""
        import traceback

        self._stderr.say(traceback.format_exc().rstrip("\n"))
        self._stderr.say(f"error: {self.subject}this is a bug in drift; a report of it needs the lines above")

    @property
    def uses_colour(self) -> bool:
        """Whether stdout shows colours: --color, then NO_COLOR and FORCE_COLOR, then whether it is a terminal."""
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
        return max(60, min(_columns(sys.stdout), 200))

    @property
    def room(self) -> int | None:
        """The columns for a table; None where stdout is no terminal, and programs want each row in a line."""
        return self.width if is_terminal(sys.stdout) else None

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
        """Write a table to stdout; `right` are the columns that are aligned to the right."""
        from drift.reports.text.style import shown
        from drift.reports.text.table import table

        self.report(shown(table(head, rows, right=right, width=self.room), colour=self.uses_colour))


class _Stderr:
    """Stderr, which threads may share. A status stays below the other lines."""

    def __init__(self) -> None:
        self._status = ""
        self._turn = Lock()

    def say(self, text: str) -> None:
        from drift.reports.wording.escape import visible

        lines = "".join(f"{visible(line)}\n" for line in text.split("\n"))
        with self._turn:
            self._write(f"{_CLEAR}{lines}{self._status}" if self._status else lines)

    def status(self, text: str) -> None:
        with self._turn:
            if text or self._status:
                self._status = _cut(text, _columns(sys.stderr) - 1)
                self._write(f"{_CLEAR}{self._status}")

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Remove the status while something else is written to the same terminal."""
        with self._turn:
            if self._status:
                self._write(_CLEAR)
            yield
            if self._status:
                self._write(self._status)

    def _write(self, text: str) -> None:
        if sys.stderr is None:
            return
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            close_quietly(sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; a closed one isn't."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _cut(text: str, columns: int) -> str:
    """Cut a text to that many columns."""
    from drift.reports.wording.escape import cells, visible

    shown = visible(text)[:columns]
    while cells(shown) > columns:
        shown = shown[:-1]
    return shown


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


def close_quietly(stream: TextIO) -> None:
    """Let nothing more be written to a stream, so that the interpreter's own flush at exit can't fail."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
