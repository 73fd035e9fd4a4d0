"""`drift rules`: every kind of change and finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.options import command, common_options
from drift.policy.rules import RULES

if TYPE_CHECKING:
    from drift.cli.app import App


@command("rules", short_help="List every kind of change and finding.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(("text", "markdown", "json")),
    default="text",
    show_default=True,
    help="The output format.",
)
@common_options
@click.pass_obj
def rules_command(app: App, fmt: str) -> None:
    """List every kind of change and every broken invariant, with the severity in effect."""
    rows = [(rule.id, app.run.policy.severity(rule.id).word, rule.summary) for rule in RULES.values()]
    match fmt:
        case "json":
            from drift.reports.wording.escape import json_document

            keys = ("id", "severity", "summary")
            app.console.report(json_document([dict(zip(keys, row, strict=True)) for row in rows]))
        case "markdown":
            from drift.reports.markdown import rules as markdown

            app.console.report(markdown.render(rows))
        case _:
            from drift.reports.text import rules as text

            app.console.report(text.render(rows))
