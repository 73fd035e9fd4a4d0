"""The summary of a step of GitHub Actions, and its outputs for later steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from drift.cli.output import append, size
from drift.reports.formats import STEP_OUTPUTS

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.reports.rendering import Renderer

MOST_IN_SUMMARY: Final = 1_024 * 1_024
"""Bytes that all summaries of a step may have. Source: "Workflow commands for GitHub Actions", GitHub Docs."""


def publish(app: App, render: Renderer) -> None:
    """Add a report to the summary and its totals to the outputs of the step that drift runs in, if it does."""
    if summary := app.run.environ.get("GITHUB_STEP_SUMMARY"):
        room = MOST_IN_SUMMARY - size(Path(summary))
        text = render("markdown", room=room)
        if len(text.encode("utf-8", "surrogatepass")) <= room:
            append(Path(summary), text)
        else:
            app.console.warn("the step's summary is full, so this report is not in it")
    if outputs := app.run.environ.get("GITHUB_OUTPUT"):
        append(Path(outputs), render(STEP_OUTPUTS))
