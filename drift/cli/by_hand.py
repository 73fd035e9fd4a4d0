"""Verification without a network to the data nodes: the statements to run by hand, and what they printed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from drift.core.bounded_files import read_text
from drift.core.data_nodes import Failure, NodeReading
from drift.core.errors import ConfigError, FileError, JudgementError
from drift.decode import node_results
from drift.reports.wording.escape import sentence

if TYPE_CHECKING:
    from pathlib import Path

    from drift.cli.app import App
    from drift.core.model import DataNode, Snapshot

_SUFFIX: Final = ".tsv"
_NO_NAME: Final = frozenset("/\\: ")


def script(snapshot: Snapshot, judging: str) -> str:
    """Write the statements; comments before them say where to run them, and the command for `judging` the results."""
    files = _file_names(snapshot)
    commands = "".join(
        f"--   {sentence(f'{node.name or node.id} at {_place(node)}')}: into {files[node.id]}\n"
        for node in snapshot.data_nodes
    )
    return (
        "-- Run this on each data node, with an account that may list databases, and keep what it prints:\n"
        "--   mysql --host=HOST --port=PORT --user=USER -p --batch --skip-column-names < verify.sql > RESULTS/FILE\n"
        "-- It reads names, and neither rows nor grants. The data nodes, and the FILE of each:\n"
        f"{commands}"
        f"-- Then, where drift is: {sentence(judging)}\n\n"
        f"{node_results.SCRIPT}"
    )


def _place(node: DataNode) -> str:
    return "an address that is not known" if node.host is None else f"{node.host}:{node.port or 3306}"


def _file_names(snapshot: Snapshot) -> dict[str, str]:
    """Name the file of each data node: as it is called, where that is a file's name and no other is called so."""
    names = {node.id: node.name or node.id for node in snapshot.data_nodes}
    many = Counter(name.casefold() for name in names.values())  # folders may ignore case
    return {
        node: f"{name if _is_plain(name) and many[name.casefold()] == 1 else node}{_SUFFIX}"
        for node, name in names.items()
    }


def _is_plain(name: str) -> bool:
    return name.isprintable() and not name.startswith(".") and _NO_NAME.isdisjoint(name)


def readings(app: App, folder: Path, snapshot: Snapshot, claimed: dict[str, tuple[str, ...]]) -> dict[str, NodeReading]:
    """Read the results in a folder, and warn of files that belong to no data node. Raises FileError without any."""
    if not folder.is_dir():
        raise FileError(f"{folder} is not a folder", hint="`drift verify --script` says what to run and keep there.")
    there = {path.name for path in folder.iterdir() if path.suffix == _SUFFIX}
    found = {}
    for node, expected in _file_names(snapshot).items():
        name = next((name for name in (expected, f"{node}{_SUFFIX}") if name in there), None)
        there -= {name}
        found[node] = (
            _reading(node, folder / name, claimed.get(node, ()))
            if name is not None
            else NodeReading(node_id=node, failure=Failure("no-result", expected))
        )
    for name in sorted(there):
        app.console.warn(f"{folder / name}: no data node is called so")
    return found


def _reading(node: str, path: Path, claimed: tuple[str, ...]) -> NodeReading:
    try:
        text = read_text(path, hint="")
    except (ConfigError, JudgementError) as error:
        return NodeReading(node_id=node, failure=Failure("bad-result", error.message))
    return node_results.read(text, node, claimed)
