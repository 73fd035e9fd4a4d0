"""Assertions for other people's tests: `assert_no_drift`. Needs no pytest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from drift.cli.comparison import Pair, report_on
from drift.core.model import Snapshot
from drift.core.references import File, parse
from drift.policy.plan.file import Plan
from drift.reports.content.report import Side
from drift.reports.renderer import render
from drift.testing.quiet_run import quiet_app

if TYPE_CHECKING:
    from drift.cli.app import App

Given: TypeAlias = Snapshot | str | os.PathLike[str]
"""A snapshot, the path of one as `drift.load` reads it, or a text that refers to one as on the command line."""
Planned: TypeAlias = Plan | str | os.PathLike[str] | Mapping[str, Any]
"""A plan, the path of a plan.toml, or what one says."""

_WIDTH = 100


def assert_no_drift(
    before: Given,
    after: Given,
    *,
    plan: Planned | None = None,
    fail_on: Literal["info", "warning", "error"] | None = None,
    config: str | os.PathLike[str] | None = None,
    store: str | os.PathLike[str] | None = None,
) -> None:
    """Raise AssertionError, with the text report, unless `drift gate BEFORE AFTER` would end with 0.

    `plan` says what is meant to change. Severities, waivers and all else are from `config`, or else from the drift.toml
    that the command line would use. A partial snapshot is not accepted either: part of the truth is no judgement.
    Raises DriftError for what can't be read, as the command line does.
    """
    __tracebackhide__ = True
    app = quiet_app({"config": config, "store": store, "fail_on": fail_on})
    with app.closing:
        (first, left), (second, right) = _side(app, before, "before"), _side(app, after, "after")
        pair = Pair(first, second, (left, right), {})
        report = report_on(app, pair, "gate", None if plan is None else _plan(app, plan))
    if report.verdict.exit_code:
        raise AssertionError(render(msgspec.structs.replace(report, accepting=()), "text", width=_WIDTH))


def _side(app: App, given: Given, word: str) -> tuple[Snapshot, Side]:
    if isinstance(given, Snapshot):
        return given, Side.of_whole(given, word)
    reference = parse(given) if isinstance(given, str) else File(os.fspath(given))
    snapshot = app.load(reference)
    return snapshot, Side.of_whole(snapshot, os.fspath(given))


def _plan(app: App, given: Planned) -> Plan:
    if isinstance(given, Plan):
        return given
    if not isinstance(given, Mapping):
        return app.read_plan(os.fspath(given))
    import tomlkit  # noqa: PLC0415 - only for a plan that is no file

    from drift.policy.plan.file import parse as read  # noqa: PLC0415 - as above

    return read(tomlkit.dumps(given), Path("plan"))
