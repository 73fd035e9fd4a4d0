"""The options and the output of every command that reports."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

from drift.cli.own_reference import MARK
from drift.cli.streams import STREAM, ReadLater
from drift.core.errors import DriftError, UsageError
from drift.core.references import File, parse
from drift.reports.formats import CI_FORMATS
from drift.reports.renderer import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drift.cli.app import App
    from drift.core.validators import Language
    from drift.reports.rendering import Renderer

    _F = TypeVar("_F", bound=Callable[..., Any])


def report_options(formats: Sequence[str]) -> Callable[[_F], _F]:
    """Add --format for stdout and --output for files. An error that prevents the report is written there, too."""

    def decorated(function: _F) -> _F:
        function = click.option(
            "--output",
            "outputs",
            metavar="FORMAT=PATH",
            multiple=True,
            callback=lambda _context, _parameter, values: _outputs(values, formats),
            help="Write a report to a file as well; `-` is stdout. May be repeated.",
        )(_reporting_failure(function))
        return click.option(
            "--format",
            "fmt",
            type=click.Choice(formats),
            default="text",
            show_default=True,
            help="The report on stdout.",
        )(function)

    return decorated


def write_reports(app: App, render: Renderer, fmt: str, outputs: Sequence[tuple[str, Path]]) -> None:
    """Write a report to stdout and into files; with the format `github`, also where a step's summary and outputs go."""
    _write_files(app, render, fmt, outputs)
    with app.console.working("writing the report"):
        report = render(fmt, colour=app.console.uses_colour, width=app.console.width)
    app.console.report(report)


def _write_files(app: App, render: Renderer, fmt: str, outputs: Sequence[tuple[str, Path]]) -> None:
    for kind, path in outputs:
        with app.console.working(f"writing {path}"):
            _write(path, render(kind))
        app.console.note(f"wrote {path}")
    if "github" in {fmt, *(kind for kind, _ in outputs)}:
        from drift.cli.github_summary import publish

        publish(app, render)


def _reporting_failure(command: _F) -> _F:
    """Wrap a command, so that an error stands in each file that was to have a report.

    Who finds no report, or the one before, would know nothing, or something wrong.
    """

    @wraps(command)
    def reporting(*arguments: object, fmt: str, outputs: Sequence[tuple[str, Path]], **options: object) -> object:
        fmt, outputs = _with_stdout(fmt, outputs)
        _refuse_lost(outputs, (*arguments, *options.values()))
        try:
            read = {name: each.read() if isinstance(each, ReadLater) else each for name, each in options.items()}
            return command(*arguments, fmt=fmt, outputs=outputs, **read)
        except DriftError as error:
            with suppress(DriftError):  # what went wrong first is what counts
                # With --all, {instance} stands for names that a failure of the whole run doesn't have.
                told = [each for each in outputs if not (options.get("every") and MARK in str(each[1]))]
                _report_failure(error, fmt, told, _instance((*arguments, *options.values()), options.get("instance")))
            raise

    return cast("_F", reporting)


def _refuse_lost(outputs: Sequence[tuple[str, Path]], given: Iterable[object]) -> None:
    """Raise UsageError where a report would be written over what is read: a file, a plan, drift.toml."""
    if outputs:
        from drift.cli.output import refuse_lost

        read = [path for path in map(_file_of, given) if path is not None]
        for _, path in outputs:
            refuse_lost(click.get_current_context().obj, path, read)


def _file_of(given: object) -> Path | None:
    """Return the file that an argument stands for, if any."""
    if isinstance(given, str):
        with suppress(UsageError):
            reference = parse(given)
            return Path(reference.path) if isinstance(reference, File) else None
    origin = getattr(given, "origin", None)
    return origin if isinstance(origin, Path) else None


def _with_stdout(fmt: str, outputs: Sequence[tuple[str, Path]]) -> tuple[str, Sequence[tuple[str, Path]]]:
    """Take an output to `-` for the report on stdout. Raises UsageError if --format asks for another one there."""
    streamed = [kind for kind, path in outputs if str(path) == STREAM]
    if not streamed:
        return fmt, outputs
    source = click.get_current_context().get_parameter_source("fmt")
    if source is not ParameterSource.DEFAULT and fmt != streamed[0]:
        raise UsageError(
            f"--format {fmt} and --output {streamed[0]}=- both write to stdout", hint="Name a file for one of them."
        )
    return streamed[0], [(kind, path) for kind, path in outputs if str(path) != STREAM]


def _instance(given: Iterable[object], named: object) -> str | None:
    """Return the instance that the arguments of a command are about, or else the only one in drift.toml, if any."""
    found: list[str | None] = [named] if isinstance(named, str) else []
    for text in (each for each in given if isinstance(each, str)):
        with suppress(UsageError):
            found.append(getattr(parse(text), "instance", None))
    with suppress(DriftError):
        found.append(click.get_current_context().obj.usual)
    return next(filter(None, found), None)


def _report_failure(error: DriftError, fmt: str, outputs: Sequence[tuple[str, Path]], instance: str | None) -> None:
    if fmt not in CI_FORMATS and not outputs:
        return
    from drift.cli.app import now
    from drift.reports.content.failure import Failure

    context = click.get_current_context()
    failure = Failure(
        name=context.info_name or "",
        instance=instance,
        message="; ".join(map(str.strip, error.message.splitlines())),
        hint=error.hint,
        exit_code=error.exit_code,
        command=context.command_path,
        at=now(),
    )
    rendered = partial(render, failure, lang=_language(context.obj))
    (write_reports if fmt in CI_FORMATS else _write_files)(context.obj, rendered, fmt, outputs)


def _language(app: App) -> Language:
    """Return the language of reports, or English where the settings are what is wrong."""
    try:
        return app.language
    except DriftError:
        return "en"


def _outputs(texts: Sequence[str], formats: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    outputs = tuple(_output(text, formats) for text in texts)
    given: set[str] = set()
    for _, path in outputs:
        place = os.path.realpath(path)  # one file may be written in several ways
        if place in given:
            raise click.BadParameter(f"{str(path)!r} is there more than once; expected a file for each report")
        given.add(place)
    return outputs


def _output(text: str, formats: Sequence[str]) -> tuple[str, Path]:
    fmt, equals, path = text.partition("=")
    if fmt not in formats or not equals or not path:
        raise click.BadParameter(f"{text!r} is not FORMAT=PATH with a FORMAT of {', '.join(formats)}")
    return fmt, Path(path)


def _write(path: Path, text: str) -> None:
    from drift.cli.output import write

    write(path, text.encode("utf-8", "backslashreplace"))
