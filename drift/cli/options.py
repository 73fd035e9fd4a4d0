"""The options that commands share. Loads nothing but click: each command takes them, whether it needs them or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from drift.cli.console import Console
from drift.core.sources import SELECTABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.cli.app import App

_F = TypeVar("_F", bound="Callable[..., Any]")


def app_of(context: click.Context) -> App:
    """The app of this run, made when it is first needed: `drift --version` needs none."""
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
    """The options that every command takes, after its name or before it."""
    options = [
        click.option("--config", metavar="PATH", **_remembered(), help="The drift.toml to use."),
        click.option("--store", metavar="PATH", **_remembered(), help="The store: one SQLite file."),
        click.option("--lang", metavar="en|zh", **_remembered(), help="What reports are written in. [default: en]"),
        click.option(
            "--quiet", "-q", is_flag=True, default=None, **_called(_quiet), help="Say nothing but errors on stderr."
        ),
        click.option("--verbose", "-v", is_flag=True, default=None, **_called(_verbose), help="Say more on stderr."),
        click.option(
            "--color/--no-color", default=None, **_called(_colour), help="Colours, whatever stdout is. [default: auto]"
        ),
        click.option(
            "-h", "--help", is_flag=True, default=None, **_called_with(_help), help="Show this message and exit."
        ),
    ]
    return _decorated(function, options)


def connection_options(function: _F) -> _F:
    """The options that say which instance to capture and how to sign in."""
    from drift.config.setting_names import WAYS  # noqa: PLC0415 - `drift --version` shows none

    words = {
        "region": ("REGION", "The region, such as cn-north-4 or eu-de, instead of the endpoint."),
        "endpoint": ("URL", "The DDM endpoint, https://ddm.REGION.myhuaweicloud.com."),
        "project-id": ("ID", "The project of the instance. [default: looked up by its name or the region]"),
        "project-name": ("NAME", "The project, where it is not known by id."),
        "instance-id": ("ID", "The DDM instance, 32 hex digits and in09."),
        "auth": ("WAY", f"How to sign in, if not by what is set first: {', '.join(WAYS)} or ecs-agency."),
        "token-file": ("PATH", "A file with a ready IAM token; or DRIFT_TOKEN."),
        "access-key": ("AK", "The access key to sign with, with DRIFT_SECRET_KEY."),
        "secret-key-file": ("PATH", "A file with its secret key."),
        "security-token-file": ("PATH", "A file with the security token of a temporary access key."),
        "user-name": ("NAME", "The IAM user to sign in as, with DRIFT_PASSWORD."),
        "user-id": ("ID", "The IAM user, by id."),
        "password-file": ("PATH", "A file with the user's password."),
        "domain-name": ("NAME", "The account that the user belongs to."),
        "domain-id": ("ID", "The account, by id."),
        "scope": ("WHAT", "What a user's token is for: project or domain. [default: project]"),
        "credentials-file": ("PATH", "Huawei's file of access keys. [default: ~/.huaweicloud/credentials]"),
        "profile": ("NAME", "The section of that file. [default: basic, or else global]"),
        "iam-endpoint": ("URL", "Where to sign in. [default: iam. for the endpoint's ddm.]"),
        "proxy": ("URL", "Go through this proxy. [default: HTTPS_PROXY's]"),
        "ca-file": ("PATH", "Trust the certificate authorities in this file (PEM) too."),
    }
    options = [
        click.option(f"--{name}", metavar=metavar, **_remembered(), help=help_text)
        for name, (metavar, help_text) in words.items()
    ]
    options += [
        click.option(
            "--timeout",
            type=float,
            metavar="SECONDS",
            **_remembered(),
            help="For one capture, with all its attempts. [default: 120]",
        ),
        click.option(
            "--source",
            type=click.Choice(SELECTABLE),
            **_remembered(),
            help="The calls to read: the export, the documented details, or both, compared. [default: export]",
        ),
        click.option(
            "--allow-plain-http", is_flag=True, default=None, **_remembered(), help="Beyond loopback as well."
        ),
    ]
    return _decorated(function, options)


def fleet_options(function: _F) -> _F:
    """Which instances, and how much at once."""
    rate_help = "Calls per second that one endpoint gets, on average. [default: 20]"
    options = [
        click.option("--all", "every", is_flag=True, help="Every instance in drift.toml, many at once."),
        click.option("--jobs", type=int, metavar="N", **_remembered(), help="So many at once. [default: 8]"),
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
    """An option that the app takes note of; the command itself doesn't see it."""

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
