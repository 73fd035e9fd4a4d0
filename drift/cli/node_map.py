"""--map-nodes: which data nodes of two instances stand for each other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.streams import ReadLater, input_text
from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])


class NodeMap(msgspec.Struct, frozen=True):
    """The value of --map-nodes: `auto` or a file, and the pairs of data nodes in the file."""

    source: str
    given: Mapping[str, str]


def _node_map(_context: click.Context, _parameter: click.Parameter, value: str | None) -> NodeMap | ReadLater | None:
    if value is None:
        return None
    return NodeMap(value, {}) if value == "auto" else ReadLater(Path(value), partial(_read, value))


def _read(path: str) -> NodeMap:
    from drift.compare.node_mapping import parse

    return NodeMap(path, parse(input_text(path, hint="`auto` learns the pairs from the shards."), Path(path)))


def node_map_option(function: _F) -> _F:
    """Add --map-nodes, whose file a command with a report reads."""
    return click.option(
        "--map-nodes",
        "node_map",
        metavar="auto|FILE",
        callback=_node_map,
        help="Compare two instances: infer which data nodes correspond, or read the pairs from a file.",
    )(function)


def without_node_map(before: str, after: str, node_map: NodeMap | None) -> tuple[str, str]:
    """Return both references. Raises UsageError where --all and --map-nodes are given together."""
    if node_map is not None:
        raise UsageError("--all and --map-nodes exclude each other: with --all, each is compared with itself")
    return before, after
