"""Assertions for other people's tests: `assert_no_drift`. Needs no pytest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import msgspec

from drift.config.plan_file import load_plan
from drift.config.run import RunSettings
from drift.core.errors import JudgementError
from drift.core.model import Snapshot
from drift.core.references import File, Live, parse
from drift.decode.files import load
from drift.policy.plan.file import Plan
from drift.reports.judging import gate, require_confirmed
from drift.reports.renderer import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.references import Reference
    from drift.core.traces import Audit
    from drift.store import Store

Given: TypeAlias = Snapshot | str | os.PathLike[str]
"""A snapshot, the path of one as `drift.load` reads it, or a text that refers to one as on the command line."""
Planned: TypeAlias = Plan | str | os.PathLike[str] | Mapping[str, Any]
"""A plan, the path of a plan.toml, or the content of one."""

_T = TypeVar("_T")
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

    `plan` says which changes are expected. Severities, waivers and all else are from `config`, or else from the
    drift.toml that the command line would use. A partial snapshot fails, too: it can't be judged. With require_trace,
    the calls are those that the store keeps. Raises DriftError for a file, a store or a service that can't be read, and
    with require_confirmed for an unconfirmed snapshot, as the command line does.
    """
    __tracebackhide__ = True
    flags = {"config": config, "store": store, "fail_on": fail_on}
    given = {name: os.fspath(value) for name, value in flags.items() if value is not None}
    run = RunSettings(os.environ, given, folder=Path.cwd())
    snapshots = _snapshot(run, before), _snapshot(run, after)
    traces = run.settings.require_trace.value
    report = gate(
        *snapshots,
        policy=run.policy,
        plan=None if plan is None else _plan(plan),
        waivers=run.config.waivers,
        today=datetime.now(UTC).date(),
        demands=run.config.check if run.config.check.must_not_worsen else None,
        audit=_audit(run, *snapshots) if traces else None,
        require_trace=traces,
        names=(_name(before, "before"), _name(after, "after")),
    )
    if run.settings.require_confirmed.value:
        require_confirmed((report.before, report.after))
    if report.verdict.exit_code:
        raise AssertionError(render(report, "text", width=_WIDTH))


def _name(given: Given, word: str) -> str:
    return word if isinstance(given, Snapshot) else os.fspath(given)


def _snapshot(run: RunSettings, given: Given) -> Snapshot:
    if isinstance(given, Snapshot):
        return _confirmed(run, given)
    return _confirmed(run, _load(run, parse(given) if isinstance(given, str) else File(os.fspath(given))))


def _confirmed(run: RunSettings, snapshot: Snapshot) -> Snapshot:
    """Believe a layout that is confirmed in the store for its instance."""
    if not snapshot.unconfirmed:
        return snapshot
    layouts = _stored(run, lambda store: store.confirmed_layouts(snapshot.instance.name)) or frozenset()
    return msgspec.structs.replace(snapshot, unconfirmed=snapshot.layout not in layouts)


def _audit(run: RunSettings, before: Snapshot, after: Snapshot) -> Audit | None:
    name = after.instance.name or before.instance.name
    return None if name is None else _stored(run, lambda store: store.audit_log.load(name))


def _stored(run: RunSettings, ask: Callable[[Store], _T]) -> _T | None:
    """Ask the store, where there is one that can be read: snapshots from elsewhere need none."""
    from drift.store import Store

    path = run.settings.store.value
    if not path.is_file():
        return None
    try:
        with Store.open(path) as store:
            return ask(store)
    except JudgementError:
        return None


def _load(run: RunSettings, reference: Reference) -> Snapshot:
    match reference:
        case File(path=path):
            return load(path, run.decoding)
        case Live(instance=instance):
            from drift.cloud.capture import capture

            return capture(run.target(instance), options=run.decoding)
        case stored:
            from drift.store import Store

            with Store.open(run.settings.store.value) as store:
                return store.load(store.resolve(stored))


def _plan(given: Planned) -> Plan:
    if isinstance(given, Plan):
        return given
    if not isinstance(given, Mapping):
        return load_plan(given)
    import tomlkit

    from drift.policy.plan.file import parse as read

    return read(tomlkit.dumps(given), Path("plan"))
