"""What drift gives to the tests of others: `assert_no_drift`, and a simulated cloud to capture. Needs no pytest.

>>> from drift.testing import assert_no_drift
>>> assert_no_drift("snapshots/before-nested.json", "snapshots/before-flat.json")
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import msgspec

from drift.cli.app import App, Pair, report_on
from drift.cli.console import Console
from drift.core.model import Snapshot
from drift.core.references import File, Live, parse
from drift.policy.plan.file import Plan
from drift.reports.content.report import Side
from drift.reports.renderer import render

if TYPE_CHECKING:
    from drift.simulator import Cloud, Fault
    from drift.simulator import Instance as Simulated

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
    app = _app({"config": config, "store": store, "fail_on": fail_on})
    with app.closing:
        (first, left), (second, right) = _side(app, before, "before"), _side(app, after, "after")
        pair = Pair(first, second, (left, right), {})
        report = report_on(app, pair, "gate", None if plan is None else _plan(app, plan))
    if report.verdict.exit_code:
        raise AssertionError(render(msgspec.structs.replace(report, accepting=()), "text", width=_WIDTH))


class Simulator(NamedTuple):
    """A simulated cloud that answers at `url`, for IAM and DDM alike."""

    url: str
    cloud: Cloud

    @property
    def connection(self) -> dict[str, Any]:
        """All that a program needs to use it, as `drift simulate --json` prints it. Holds secrets."""
        return self.cloud.connection(self.url)

    def instance(self, name: str | None = None) -> Simulated:
        """The instance of that name, or the first: `scale_out`, `move_shard` and the like change it."""
        return next(iter(self.cloud.instances.values())) if name is None else self.cloud.instance(name)

    def fail(self, *faults: Fault) -> None:
        """Spoil the next answers: `Fault(kind="throttled")` and the like, from `drift.simulator`."""
        self.cloud.fail(*faults)

    def variables(self, name: str | None = None) -> dict[str, str]:
        """The environment in which drift captures that instance, or the first. Holds a secret."""
        return self.cloud.variables(self.url, self.instance(name))

    def capture(self, name: str | None = None) -> Snapshot:
        """What drift captures of that instance, or of the first, over HTTP. Raises DriftError as `drift snapshot`."""
        app = _app({})
        app.environ = self.variables(name)
        app.config_file = None  # what the working folder has is about another cloud
        with app.closing:
            found = app.load(Live())
        own = msgspec.structs.replace(found.instance, name=self.instance(name).name)
        return msgspec.structs.replace(found, instance=own)


@contextmanager
def simulator(scenario: str | os.PathLike[str] | None = None) -> Iterator[Simulator]:
    """Serve a simulated cloud on loopback while the block runs: that of a scenario's file, or the one of the demo."""
    from drift.simulator import default_cloud, load_scenario, serve  # noqa: PLC0415 - comparing needs none

    cloud = default_cloud() if scenario is None else load_scenario(Path(scenario))
    with serve(cloud) as server:
        yield Simulator(server.url, cloud)


def _app(flags: Mapping[str, object]) -> App:
    """A run of drift that says nothing on its way."""
    console = Console({})
    console.verbosity = -1
    app = App(console)
    app.flags = {name: str(value) for name, value in flags.items() if value is not None}
    return app


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
