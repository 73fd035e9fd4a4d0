"""The options that commands share. Loads nothing but click: each command takes them, whether it needs them or not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from drift.cli.console import Console
from drift.cli.streams import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from drift.cli.app import App
    from drift.config.definition import Definition

_F = TypeVar("_F", bound="Callable[..., Any]")


class _Setting(click.Option):
    """An option for a setting. An empty word counts as not given, whatever the type: `--fail-on "$FAIL_ON"`."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401 - click's
        """Convert a word as click does, but an empty one to None."""
        return None if value == "" else super().type_cast_value(ctx, value)


class _Option(_Setting):
    """An option that is listed under a heading of its own in the help of a command."""

    def __init__(self, declarations: Sequence[str], *, heading: str, **attributes: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(declarations, **attributes)
        self.heading = heading


class Command(click.Command):
    """A command whose help lists its own options first, and those that it shares with others by heading."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section for each heading."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)) is not None:
                sections.setdefault(getattr(parameter, "heading", "Options"), []).append(record)
        for heading, records in sections.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


command = partial(click.command, cls=Command)
_setting = partial(click.option, cls=_Setting)
_shared = partial(click.option, cls=_Option, heading="Options of every command")
_connecting = partial(click.option, cls=_Option, heading="Connection and sign-in")


def app_of(context: click.Context) -> App:
    """Return the app of this run, made when it is first needed: `drift --version` needs none."""
    root = context.find_root()
    if isinstance(root.obj, Console):
        from drift.cli.app import App

        root.obj = App(root.obj)
        root.call_on_close(root.obj.closing.close)
    app: App = root.obj
    return app


def console_of(context: click.Context) -> Console:
    """Return the console of this run, whether or not the run has needed an app yet."""
    root = context.find_root()
    return root.obj if isinstance(root.obj, Console) else app_of(context).console


def common_options(function: _F) -> _F:
    """Add the options that every command takes, after its name or before it."""
    options = [
        _shared("--config", metavar="PATH", **_remembered(), help="The drift.toml to use."),
        _shared("--store", metavar="PATH", **_remembered(), help="The store: one SQLite file."),
        _shared("--lang", metavar="en|zh", **_remembered(), help="The language of reports. [default: en]"),
        _shared(
            "--quiet", "-q", is_flag=True, default=None, **_called(_quiet), help="Write nothing but errors to stderr."
        ),
        _shared("--verbose", "-v", is_flag=True, default=None, **_called(_verbose), help="Write more to stderr."),
        _shared(
            "--color/--no-color", default=None, **_called(_colour), help="Use colours, or none. [default: as stdout is]"
        ),
        _shared("-h", "--help", is_flag=True, default=None, **_called_with(_help), help="Show this message and exit."),
    ]
    return _decorated(function, options)


def connection_options(function: _F) -> _F:
    """Add the options for the instance to capture and the authentication there."""
    from drift.config.settings_table import TABLE

    names = [row.name for row in TABLE if row.is_of_instance and row.flag]
    return settings_options(*names, "timeout", option=_connecting)(function)


def fleet_options(function: _F) -> _F:
    """Add the options for several instances in parallel."""
    options = [
        click.option(
            "--all", "every", is_flag=True, callback=_every, help="Every instance in drift.toml, in parallel."
        ),
        click.option("--part", metavar="K/N", **_called(_part), help="With --all: those that fall to part K of N."),
        click.option("--share-rate", is_flag=True, default=None, **_called(_share), help="Divide --rate by N."),
    ]
    return _decorated(settings_options("jobs", "rate")(function), options)


def refuse_verify_all(*, verifies: bool) -> None:
    """Refuse --verify beside --all."""
    from drift.core.errors import UsageError

    if verifies:
        raise UsageError("--verify and --all exclude each other", hint="Verify one instance after the other.")


def verify_option(what: str) -> Callable[[_F], _F]:
    """Return a decorator that adds --verify, which holds a snapshot against its data nodes, too."""
    return click.option("--verify", "verifies", is_flag=True, help=f"Hold {what} against its data nodes, too.")


def settings_options(*names: str, option: Any = _setting) -> Callable[[_F], _F]:  # noqa: ANN401 - one of click's decorators
    """Return a decorator that adds the options of these settings, as the table of settings has them."""
    from drift.config.settings_table import SETTINGS

    return lambda function: _decorated(
        function, [option(SETTINGS[name].flag, **_words(SETTINGS[name])) for name in names]
    )


def _words(row: Definition) -> dict[str, Any]:
    kind = {"is_flag": True} if row.kind is bool else {"type": click.Choice(row.choices) if row.choices else row.kind}
    return {"help": row.help, "metavar": row.metavar, "default": None, **kind, **_remembered()}


def _decorated(function: _F, options: Sequence[Callable[[_F], _F]]) -> _F:
    for option in reversed(options):
        function = option(function)
    return function


def file_or_stdout(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Take `-` for standard output, where a command writes without a path."""
    return None if value is not None and str(value) == STREAM else value


def _remembered() -> dict[str, Any]:
    """Make an option that is kept among the flags of the run, also of one that completes a word for a shell."""

    def remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401 - click's
        if value is not None and (not context.resilient_parsing or context.find_root().obj is not None):
            app_of(context).flags[str(parameter.name)] = value

    return {"callback": remember, "expose_value": False, "is_eager": True}


def _called(action: Callable[[App, str, Any], None]) -> dict[str, Any]:
    """Make an option that the app records; the command doesn't see it."""

    def noted(context: click.Context, parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401 - click's
        action(app_of(context), str(parameter.name), value)

    return _called_with(noted)


def _called_with(action: Callable[[click.Context, click.Parameter, Any], None]) -> dict[str, Any]:
    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401 - click's
        if value is not None and not context.resilient_parsing:
            action(context, parameter, value)

    return {"callback": callback, "expose_value": False, "is_eager": True}


def _help(context: click.Context, _parameter: click.Parameter, _value: bool) -> None:  # noqa: FBT001 - click's callback
    console_of(context).report(f"{context.get_help()}\n")
    context.exit()


def _every(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's callback
    """Refuse the options that go with --all, and with a part, where these are missing."""
    from drift.core.errors import UsageError

    app = app_of(context)
    if app.part is not None and not value:
        raise UsageError("--part goes with --all")
    if app.shares_rate and app.part is None:
        raise UsageError("--share-rate goes with --part")
    return value


def _part(app: App, _name: str, value: str) -> None:
    from drift.core.errors import UsageError
    from drift.core.parts import parse

    try:
        app.part = parse(value)
    except ValueError as exc:
        raise UsageError(f"--part: {exc}") from None


def _share(app: App, _name: str, value: bool) -> None:  # noqa: FBT001 - click's callback
    app.shares_rate = value


def _quiet(app: App, _name: str, _value: bool) -> None:  # noqa: FBT001 - click's callback
    app.console.verbosity = -1


def _verbose(app: App, _name: str, _value: bool) -> None:  # noqa: FBT001 - click's callback
    app.console.verbosity = 1


def _colour(app: App, _name: str, value: bool) -> None:  # noqa: FBT001 - click's callback
    app.console.colour = value
