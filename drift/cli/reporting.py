"""What the commands that report share: the options for it, and where reports go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from drift.rules import SEVERITY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.cli.app import App

    _F = TypeVar("_F", bound=Callable[..., Any])

_THRESHOLDS = tuple(word for word in SEVERITY_WORDS if word != "ignore")


class Renderer(Protocol):
    """Makes a report in a format; colour and width are those of the terminal, where it goes to one."""

    def __call__(self, fmt: str, *, colour: bool = False, width: int = 100) -> str:
        """The report's text."""


def report_options(formats: Sequence[str]) -> Callable[[_F], _F]:
    """--format for stdout, and --output for files."""

    def decorated(function: _F) -> _F:
        function = click.option(
            "--output",
            "outputs",
            metavar="FORMAT=PATH",
            multiple=True,
            callback=lambda _context, _parameter, values: tuple(_output(value, formats) for value in values),
            help="Write a report to a file as well. May be repeated.",
        )(function)
        return click.option(
            "--format",
            "fmt",
            type=click.Choice(formats),
            default="text",
            show_default=True,
            help="The report on stdout.",
        )(function)

    return decorated


def threshold_option(function: _F) -> _F:
    """--fail-on, which the settings take note of."""
    return click.option(
        "--fail-on",
        type=click.Choice(_THRESHOLDS),
        help="The least severity that fails. [default: as in drift.toml, or warning]",
        callback=lambda context, _parameter, value: context.obj.flags.__setitem__("fail_on", value),
        expose_value=False,
    )(function)


def tell(app: App, render: Renderer, fmt: str, outputs: Sequence[tuple[str, Path]]) -> None:
    """Write a report to stdout and into files."""
    for kind, path in outputs:
        _write(path, render(kind))
        app.console.note(f"wrote {path}")
    app.console.report(render(fmt, colour=app.console.uses_colour, width=app.console.width))


def _output(text: str, formats: Sequence[str]) -> tuple[str, Path]:
    fmt, equals, path = text.partition("=")
    if fmt not in formats or not equals or not path:
        raise click.BadParameter(f"{text!r} is not FORMAT=PATH with a FORMAT of {', '.join(formats)}")
    return fmt, Path(path)


def _write(path: Path, text: str) -> None:
    from drift.files import write  # noqa: PLC0415 - most reports go to stdout alone

    write(path, text.encode("utf-8", "backslashreplace"))
