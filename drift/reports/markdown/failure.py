"""A failure as Markdown, for the summary of a pipeline's step. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.wording.escape import code_sentence
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from drift.reports.content.failure import Failure
    from drift.reports.rendering import Rendering


def render(failure: Failure, _rendering: Rendering) -> str:
    """Render the failure as Markdown, ending in a newline."""
    hint = f"\n\n{code_sentence(failure.hint)}" if failure.hint else ""
    text = translate("**Not judged**: {why}", why=code_sentence(failure.message))
    return f"{text}{hint}\n"
