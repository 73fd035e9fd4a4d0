"""Running drift as a user does: as a process of its own with a known environment, or faster, in this one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drift.cli.main import run
from support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DRIFT = (sys.executable, "-m", "drift")


SETTLING = 0.2
"""Seconds until a process that told what it is about to wait for surely waits: a signal in the moment before that is
seen by Python only after it."""


class Ended(NamedTuple):
    """How a run ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of a user whose home is that folder, and who has set nothing but these variables."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    own = {"HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return {**kept, **own, **variables}


class Running(subprocess.Popen[str]):
    """A process that ends with its block: where a test fails in it, at once."""

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, *rest)  # type: ignore[arg-type]


def start(folder: Path, *arguments: str, **variables: str) -> Running:
    """A process that has just been started."""
    return Running(
        [*DRIFT, *arguments],
        cwd=folder,
        env=environment(folder, **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def spawn(folder: Path, *arguments: str, **variables: str) -> Ended:
    """Run drift as a process in a folder."""
    process = start(folder, *arguments, **variables)
    with process:
        out, err = process.communicate(timeout=120)
    return Ended(process.returncode, out, err)


def run_command(folder: Path, *command: str, limit: Callable[[], None] | None = None, **variables: str) -> Ended:
    """Run any command in a folder as that user; `limit` is called in its process before it."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def drift(folder: Path, *arguments: str, **variables: str) -> Ended:
    """Run drift in this process, in a folder; several times as fast as `spawn`. It trusts no authority by itself."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    variables = {"SSL_CERT_DIR": str(folder), **variables}
    with _as_user(folder, environment(folder, **variables)), redirect_stdout(out), redirect_stderr(err):
        code = run(arguments)
    out.flush()
    return Ended(code, out.buffer.getvalue().decode(), err.getvalue())  # type: ignore[attr-defined]


@contextmanager
def _as_user(folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    before, where = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(where)
        os.environ.clear()
        os.environ.update(before)
