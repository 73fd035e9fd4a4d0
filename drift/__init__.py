"""Capture, store, compare and judge the shard topology of Huawei Cloud DDM.

The functions of the command line, for programs. None of them prints, ends the process or reads the environment.

>>> import drift
>>> before = drift.load("snapshots/before-nested.json")
>>> after = drift.load("snapshots/after-flat.json")
>>> changes = drift.diff(before, after).changes
>>> changes[0].rule, changes[0].name
('data-node-added', '9cf11a0171232deed4ebdf19d4d1e82ain01')
>>> sum(change.rule == "shard-moved" for change in changes)
7
>>> report = drift.gate(before, after)
>>> report.verdict.outcome.value, report.verdict.exit_code
('drift', 1)
>>> drift.check(after).checked.status.value
'sound'

`load` reads an API response, its payload or a `drift export` file; `capture` asks the service; `Store.open` opens the
history. `render` makes the text of a report. Every error that drift raises on purpose is a `DriftError` with a
`message`, a `hint` and the `exit_code` of the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from drift.core.version import __version__

if TYPE_CHECKING:
    from drift.cloud.access import Target
    from drift.cloud.capture import capture
    from drift.compare.diff import Change, Diff, Edit, diff
    from drift.config.file import Config
    from drift.config.plan_file import load_plan
    from drift.config.run import RunSettings
    from drift.core.errors import DriftError
    from drift.core.model import Database, DataNode, Gap, Instance, Shard, Snapshot
    from drift.decode.files import load
    from drift.policy.plan.file import Plan
    from drift.policy.rules import Severity
    from drift.policy.verdict import Policy, Verdict
    from drift.reports.content.check import CheckReport
    from drift.reports.content.history import History
    from drift.reports.content.report import Report
    from drift.reports.judging import check, gate
    from drift.reports.renderer import render
    from drift.store import Store
    from drift.store.history import history

__all__ = [
    "Change",
    "CheckReport",
    "Config",
    "DataNode",
    "Database",
    "Diff",
    "DriftError",
    "Edit",
    "Gap",
    "History",
    "Instance",
    "Plan",
    "Policy",
    "Report",
    "RunSettings",
    "Severity",
    "Shard",
    "Snapshot",
    "Store",
    "Target",
    "Verdict",
    "__version__",
    "capture",
    "check",
    "diff",
    "gate",
    "history",
    "load",
    "load_plan",
    "render",
]

# The module of each name. None is loaded before it is used: `import drift` costs nothing.
_MODULES = {
    **dict.fromkeys(("Change", "Diff", "Edit", "diff"), "drift.compare.diff"),
    **dict.fromkeys(("DataNode", "Database", "Gap", "Instance", "Shard", "Snapshot"), "drift.core.model"),
    **dict.fromkeys(("Policy", "Verdict"), "drift.policy.verdict"),
    **dict.fromkeys(("check", "gate"), "drift.reports.judging"),
    "CheckReport": "drift.reports.content.check",
    "Config": "drift.config.file",
    "DriftError": "drift.core.errors",
    "History": "drift.reports.content.history",
    "Plan": "drift.policy.plan.file",
    "Report": "drift.reports.content.report",
    "RunSettings": "drift.config.run",
    "Severity": "drift.policy.rules",
    "Store": "drift.store",
    "Target": "drift.cloud.access",
    "capture": "drift.cloud.capture",
    "history": "drift.store.history",
    "load": "drift.decode.files",
    "load_plan": "drift.config.plan_file",
    "render": "drift.reports.renderer",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
