"""A failure as Markdown, in the place of a report that could not be made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.markdown.parts import marker
from drift.reports.wording.escape import code_sentence
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from drift.reports.content.failure import Failure
    from drift.reports.rendering import Rendering


_REPORTS: Final = {"gate": "diff", "end": "diff", "begin": "check"}
"""The name of the report that a command makes, where it is not the command's."""


def render(failure: Failure, _rendering: Rendering) -> str:
    """Render the failure as Markdown, ending in a newline."""
    begin = f"{marker(failure.instance, _REPORTS.get(failure.name, failure.name))}\n\n" if failure.instance else ""
    hint = f"\n\n{code_sentence(failure.hint)}" if failure.hint else ""
    text = translate("**Not judged**: {why}", why=code_sentence(failure.message))
    return f"{begin}{text}{hint}\n"
