"""A failure as text, in the place of a report that could not be made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.wording.escape import sentence
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from drift.reports.content.failure import Failure
    from drift.reports.rendering import Rendering


def render(failure: Failure, _rendering: Rendering) -> str:
    """Render the failure as text, ending in a newline."""
    hint = f"{sentence(failure.hint)}\n" if failure.hint else ""
    return f"{translate('Not judged: {why}', why=sentence(failure.message))}\n{hint}"
