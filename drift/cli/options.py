"""The options that commands share. Loads nothing but click: each command takes them, whether it needs them or not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from drift.cli.console import Console
from drift.core.sources import SELECTABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.cli.app import App

_F = TypeVar("_F", bound="Callable[..., Any]")


class _Option(click.Option):
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
_shared = partial(click.option, cls=_Option, heading="Options of every command")
_connecting = partial(click.option, cls=_Option, heading="Connection and sign-in")


def app_of(context: click.Context) -> App:
    """Return the app of this run, made when it is first needed: `drift --version` needs none."""
    root = context.find_root()
    if isinstance(root.obj, Console):
        from drift.cli.app import App  # noqa: PLC0415 - it loads what `drift --version` doesn't need

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
    """Add the options that choose an instance to capture and a way to sign in."""
    from drift.config.setting_names import WAYS  # noqa: PLC0415 - `drift --version` shows none

    words = {
        "region": ("REGION", "The region, such as cn-north-4 or eu-de, instead of the endpoint."),
        "endpoint": ("URL", "The DDM endpoint, https://ddm.REGION.myhuaweicloud.com."),
        "project-id": ("ID", "The project of the instance. [default: looked up by its name or the region]"),
        "project-name": ("NAME", "The project, where it is not known by id."),
        "instance-id": ("ID", "The DDM instance, 32 hex digits and in09."),
        "auth": ("WAY", f"How to sign in: {', '.join(WAYS)} or ecs-agency. [default: the first that is set]"),
        "token-file": ("PATH", "A file with a ready IAM token; or DRIFT_TOKEN."),
        "access-key": ("AK", "The access key to sign with, with DRIFT_SECRET_KEY."),
        "secret-key-file": ("PATH", "A file with its secret key."),
        "security-token-file": ("PATH", "A file with the security token of a temporary access key."),
        "user-name": ("NAME", "The IAM user to sign in as, with DRIFT_PASSWORD."),
        "user-id": ("ID", "The IAM user, by id."),
        "password-file": ("PATH", "A file with the user's password."),
        "domain-name": ("NAME", "The account that the user belongs to."),
        "domain-id": ("ID", "The account, by id."),
        "scope": ("WHAT", "The scope of a user's token: project or domain. [default: project]"),
        "credentials-file": ("PATH", "Huawei's file of access keys. [default: ~/.huaweicloud/credentials]"),
        "profile": ("NAME", "The section of that file. [default: basic, or else global]"),
        "iam-endpoint": ("URL", "Where to sign in. [default: iam. for the endpoint's ddm.]"),
        "proxy": ("URL", "Go through this proxy. [default: HTTPS_PROXY's]"),
        "ca-file": ("PATH", "Trust the certificate authorities in this file (PEM) too."),
    }
    options = [
        _connecting(f"--{name}", metavar=metavar, **_remembered(), help=help_text)
        for name, (metavar, help_text) in words.items()
    ]
    options += [
        _connecting(
            "--timeout",
            type=float,
            metavar="SECONDS",
            **_remembered(),
            help="For one capture, with all its attempts. [default: 120]",
        ),
        _connecting(
            "--source",
            type=click.Choice(SELECTABLE),
            **_remembered(),
            help="The calls to read: the export, the documented details, or both, compared. [default: export]",
        ),
        _connecting(
            "--allow-plain-http",
            is_flag=True,
            default=None,
            **_remembered(),
            help="Allow http:// beyond loopback as well.",
        ),
    ]
    return _decorated(function, options)


def fleet_options(function: _F) -> _F:
    """Add the options that choose many instances, and how many at once."""
    rate_help = "The calls per second to one endpoint, on average. [default: 20]"
    options = [
        click.option("--all", "every", is_flag=True, help="Every instance in drift.toml, many at once."),
        click.option("--jobs", type=int, metavar="N", **_remembered(), help="How many instances at once. [default: 8]"),
        click.option("--rate", type=float, metavar="CALLS", **_remembered(), help=rate_help),
    ]
    return _decorated(function, options)


def _decorated(function: _F, options: Sequence[Callable[[_F], _F]]) -> _F:
    for option in reversed(options):
        function = option(function)
    return function


def _remembered() -> dict[str, Any]:
    return _called(lambda app, name, value: app.flags.__setitem__(name, value))


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


def _quiet(app: App, _name: str, _value: bool) -> None:  # noqa: FBT001 - click's callback
    app.console.verbosity = -1


def _verbose(app: App, _name: str, _value: bool) -> None:  # noqa: FBT001 - click's callback
    app.console.verbosity = 1


def _colour(app: App, _name: str, value: bool) -> None:  # noqa: FBT001 - click's callback
    app.console.colour = value
