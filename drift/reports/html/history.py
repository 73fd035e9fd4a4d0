"""A history as one HTML file that needs nothing else; the same bytes for the same history. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.history import node_in
from drift.reports.content.nodes import node_order
from drift.reports.html import swimlanes
from drift.reports.html.report import fitted
from drift.reports.wording.escape import HTML, TEXT
from drift.reports.wording.history import HEAD, cells, left_out, title
from drift.reports.wording.sizes import known

if TYPE_CHECKING:
    from drift.reports.content.history import History
    from drift.reports.content.nodes import Node
    from drift.reports.rendering import Rendering


def render(history: History, _rendering: Rendering) -> str:
    """Render the history as an HTML document, ending in a newline."""
    nodes = _nodes(history)
    contents = {
        "history": history,
        "heading": title(history.traced, HTML),
        "title_text": title(history.traced, TEXT),
        "left_out": left_out(history, HTML),
        "grown": known(history.sizes),
        "head": HEAD,
        "cells": lambda step: cells(step, history, HTML),
        "draw": lambda steps: swimlanes.draw(steps, nodes),
        "WIDTH": swimlanes.WIDTH,
        "HEIGHT": swimlanes.HEIGHT,
    }
    return fitted("history.html", (), nodes.values(), contents)


def _nodes(history: History) -> dict[str, Node]:
    """Every data node that anything was on, as it was called last; by name."""
    found = {
        node_id: node_in(step, node_id)
        for step in history.steps
        for node_id in (step.period.state.shards if step.period.state else ())
    }
    return dict(sorted(found.items(), key=lambda item: node_order(item[1])))
