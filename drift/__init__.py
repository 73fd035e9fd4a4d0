"""Capture, keep, compare and judge the shard topology of Huawei Cloud DDM.

The records, and what the command line does with them, for programs:

>>> import drift
>>> before = drift.load("snapshots/before-nested.json")
>>> after = drift.load("snapshots/after-flat.json")
>>> changes = drift.diff(before, after).changes
>>> changes[0].rule, changes[0].name
('data-node-added', '9cf11a0171232deed4ebdf19d4d1e82ain01')
>>> sum(change.rule == "shard-moved" for change in changes)
7

`load` reads an API response, its payload or a `drift export` file; `Store.open` the history. Whatever drift raises on
purpose is a `DriftError` with a `message`, a `hint` and the `exit_code` that the command line would end with.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from drift.core.version import __version__

if TYPE_CHECKING:
    from drift.compare.diff import Change, Diff, Edit, diff
    from drift.core.errors import DriftError
    from drift.core.model import Database, DataNode, Gap, Instance, Shard, Snapshot
    from drift.decode.files import load
    from drift.store import Store

__all__ = [
    "Change",
    "DataNode",
    "Database",
    "Diff",
    "DriftError",
    "Edit",
    "Gap",
    "Instance",
    "Shard",
    "Snapshot",
    "Store",
    "__version__",
    "diff",
    "load",
]

# Where each name is from. None is loaded before it is used: `import drift` costs nothing.
_HOMES = {
    **dict.fromkeys(("Change", "Diff", "Edit", "diff"), "drift.compare.diff"),
    **dict.fromkeys(("DataNode", "Database", "Gap", "Instance", "Shard", "Snapshot"), "drift.core.model"),
    "DriftError": "drift.core.errors",
    "Store": "drift.store",
    "load": "drift.decode.files",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
