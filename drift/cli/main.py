"""The entry point: finds the command, maps every end that it can have to its exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from drift import __version__
from drift.cli.console import Console, close_quietly
from drift.errors import DriftError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

BUG: Final = 70
_SIGNAL: Final = 128

# Each command's module is loaded only when the command is used or listed.
_COMMANDS: Final = {
    "demo": "demo",
    "init": "setup",
    "snapshot": "snapshot",
    "diff": "compare",
    "gate": "compare",
    "log": "look",
    "show": "look",
    "inspect": "look",
    "export": "transfer",
    "import": "transfer",
    "verify-store": "keep",
    "reread": "keep",
    "rules": "setup",
    "simulate": "simulate",
}


class _Terminated(BaseException):
    """SIGTERM: leave everything as it is, whole."""


class _Commands(click.Group):
    """The commands in the order of a day's work, each loaded when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"drift.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `drift demo`. `drift COMMAND --help` shows a command's options and examples.",
)
@click.version_option(__version__, message="drift %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Tells where every shard of a DDM instance lives, keeps the history, and judges what changed.

    \b
    Exit codes, the same for every command:
      0    done; nothing unexpected at or above the threshold
      1    unexpected drift
      2    usage or configuration
      3    could not capture: network, sign-in, API error
      4    cannot judge: unreadable input, partial snapshot, no baseline
      70   a bug in drift
      130  interrupted, 143 terminated

    \b
    Shell completion: eval "$(_DRIFT_COMPLETE=bash_source drift)"
      zsh: zsh_source; fish: _DRIFT_COMPLETE=fish_source drift | source
    """  # noqa: D301 - \b is click's mark for a paragraph to leave as it is
    from drift.cli.app import App  # noqa: PLC0415 - it loads what `drift --version` doesn't need

    context.obj = App(context.obj)


def main() -> NoReturn:
    """Run the command line and end the process with the exit code that it earned."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - a table: each way to end, and its code
    """Run one command line; return its exit code."""
    # A short-lived process with millions of small objects and no cycles worth finding.
    gc.disable()
    signal.signal(signal.SIGTERM, _terminate)
    console = Console(os.environ)
    try:
        return _invoke(list(arguments), console)
    except (KeyboardInterrupt, click.Abort):
        return _SIGNAL + signal.SIGINT
    except _Terminated:
        return _SIGNAL + signal.SIGTERM
    except BrokenPipeError:
        close_quietly()
        return 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        console.error(_usage(error))
        return UsageError.exit_code
    except DriftError as error:
        console.error(error)
        return error.exit_code
    except Exception:  # noqa: BLE001 - the last seam: whatever comes here is a bug, and says so
        import traceback  # noqa: PLC0415 - only for a bug

        traceback.print_exc()
        return BUG


def _invoke(arguments: list[str], console: Console) -> int:
    if "_DRIFT_COMPLETE" in os.environ:
        cli.main(arguments, prog_name="drift")
    with cli.make_context("drift", arguments, obj=console) as context:
        result: Any = cli.invoke(context)
        sys.stdout.flush()
    return int(result or 0)


def _usage(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    hint = f"`{context.command_path} --help` shows what it takes" if context else None
    return UsageError(error.format_message(), hint=hint)


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated
