"""The entry point: finds the command, and maps each of its ends to an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from drift.cli.console import Console
from drift.cli.options import app_of, common_options, console_of
from drift.core.errors import DriftError, FileError, OutOfMemoryError, UsageError
from drift.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

BUG: Final = 70
_SIGNAL: Final = 128
_received: Final[list[int]] = []  # signals

# Each is a module of `commands`, loaded only when the command is used or listed.
_COMMANDS: Final = (
    "demo",
    "init",
    "instances",
    "snapshot",
    "diff",
    "gate",
    "begin",
    "end",
    "watch",
    "metrics",
    "who",
    "check",
    "verify",
    "confirm",
    "plan",
    "waive",
    "log",
    "show",
    "history",
    "jobs",
    "inspect",
    "export",
    "import",
    "merge",
    "lake",
    "prune",
    "rename-instance",
    "forget",
    "verify-store",
    "repair",
    "reread",
    "config",
    "rules",
    "schema",
    "simulate",
)


class _TerminatedError(SystemExit):
    """SIGTERM: leave everything as it is, whole. Wherever it comes, the process ends with its code."""


class _Commands(click.Group):
    """The commands in the order of a day's work, each loaded when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = import_module(f"drift.cli.commands.{name}_" if iskeyword(name) else f"drift.cli.commands.{name}")
        command: click.Command = getattr(module, f"{name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command as click does, with a suggestion for a misspelled one."""
        if args[0] not in _COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from drift.core import validators

            slip = validators.suggestion(args[0], _COMMANDS)
            raise UsageError(f"there is no command {args[0]!r}{slip}", hint="`drift --help` lists the commands.")
        return super().resolve_command(ctx, args)


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's callback
    if value and not context.resilient_parsing:
        console_of(context).report(f"drift {__version__}\n")
        context.exit()


@click.group(
    cls=_Commands,
    context_settings={"max_content_width": 100},
    epilog="Start with `drift demo`. `drift COMMAND --help` shows a command's options and examples.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
@common_options
@click.pass_context
def cli(context: click.Context) -> None:
    """Show where every shard of a DDM instance lives, keep the history, and judge what changed.

    \b
    Exit codes, the same for every command:
      0    done; nothing unexpected at or above the threshold
      1    unexpected drift, a plan not met, or a broken invariant
      2    usage or configuration
      3    could not capture: network, sign-in, API error
      4    cannot judge: unreadable input, partial or suspect snapshot, no baseline
      70   a bug in drift
      130  interrupted, 143 terminated

    \b
    Shell completion:
      bash  eval "$(_DRIFT_COMPLETE=bash_source drift)"
      zsh   eval "$(_DRIFT_COMPLETE=zsh_source drift)"
      fish  _DRIFT_COMPLETE=fish_source drift | source
    """  # noqa: D301 - \b is click's mark for a paragraph to leave as it is
    context.obj = app_of(context)


def main() -> NoReturn:
    """Run the command line and end the process with the exit code that it earned."""
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)
    # At once: every report is written and every file is closed. To free the records and the interpreter would take a
    # tenth of the time of a capture, and of a short command.
    os._exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - a table: each way to end, and its code
    """Run one command line; return its exit code."""
    console = Console(os.environ)
    try:
        return _invoke(list(arguments), console)
    except (KeyboardInterrupt, click.Abort):
        return _SIGNAL + signal.SIGINT
    except _TerminatedError:
        return _SIGNAL + signal.SIGTERM
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        _report_usage(error, console)
        return UsageError.exit_code
    except DriftError as error:
        console.error(error)
        return error.exit_code
    except MemoryError:
        console.error(OutOfMemoryError())
        return OutOfMemoryError.exit_code
    except OSError as error:
        return _end_without_files(error, console)
    except Exception:  # noqa: BLE001 - the last seam: whatever comes here is a bug, and says so
        return _end_unexpectedly(console)


def _end_unexpectedly(console: Console) -> int:
    """Say that this is a bug, unless a signal has come: imports and code in C make errors of their own of that."""
    if _received:
        return _SIGNAL + _received[0]
    console.bug()
    return BUG


def _end_without_files(error: OSError, console: Console) -> int:
    """Say that the process may open no more files, not even its own modules; anything else is a bug."""
    if error.errno not in {errno.EMFILE, errno.ENFILE}:
        console.bug()
        return BUG
    told = FileError("too many open files", hint="Let the process open more: `ulimit -n` shows how many it may.")
    console.error(told)
    return told.exit_code


def _invoke(arguments: list[str], console: Console) -> int:
    if instruction := os.environ.get("_DRIFT_COMPLETE"):
        return _complete(instruction, console)
    with cli.make_context("drift", arguments, obj=console) as context:
        result: Any = cli.invoke(context)
    return int(result or 0)


def _complete(instruction: str, console: Console) -> int:
    """Answer a shell: `bash_source` asks for the script to load, `bash_complete` for the words that may follow."""
    from click.shell_completion import get_completion_class

    shell, _, wanted = instruction.partition("_")
    shell_class = get_completion_class(shell)
    if shell_class is None or wanted not in {"source", "complete"}:
        raise UsageError(
            f"_DRIFT_COMPLETE is {instruction!r}: expected bash_source, zsh_source or fish_source",
            hint="`drift --help` shows how shells are taught to complete.",
        )
    completion = shell_class(cli, {"obj": console}, "drift", "_DRIFT_COMPLETE")
    try:
        console.report((completion.source() if wanted == "source" else completion.complete()) + "\n")
    except KeyError as error:
        raise UsageError(
            f"_DRIFT_COMPLETE is {instruction!r}, but {error.args[0]} is not set",
            hint="The shell sets both when it completes a command. `drift --help` shows how to turn completion on.",
        ) from error
    return 0


def _report_usage(error: click.ClickException, console: Console) -> None:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        console.help(error.format_message())
    else:
        hint = f"`{context.command_path} --help` shows what it takes." if context else None
        # click lists what there is to choose from in indented lines.
        console.error(UsageError(error.format_message().replace("\n\t", " "), hint=hint))


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    _received.append(number)
    raise KeyboardInterrupt


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    _received.append(number)
    raise _TerminatedError(_SIGNAL + number)
