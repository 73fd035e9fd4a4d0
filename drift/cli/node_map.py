"""--map-nodes: which data nodes of two instances stand for each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])


class NodeMap(msgspec.Struct, frozen=True):
    """The value of --map-nodes: `auto` or a file, and the pairs of data nodes in the file."""

    source: str
    given: Mapping[str, str]


def _node_map(_context: click.Context, _parameter: click.Parameter, value: str | None) -> NodeMap | None:
    if value is None:
        return None
    if value == "auto":
        return NodeMap(value, {})
    from drift.cli.streams import input_text
    from drift.compare.node_mapping import parse

    return NodeMap(value, parse(input_text(value, hint="`auto` learns the pairs from the shards."), Path(value)))


def node_map_option(function: _F) -> _F:
    """Add --map-nodes, which reads the file."""
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
