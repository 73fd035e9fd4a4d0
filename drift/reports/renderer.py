"""One way to render every content. Pure: a renderer arranges its content, and judges, counts and sorts nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from drift.core.errors import UsageError
from drift.reports.content.report import Report
from drift.reports.formats import CI_FORMATS, FORMATS, STEP_OUTPUTS, formats_for
from drift.reports.rendering import Rendering
from drift.reports.wording.i18n import language_scope, rephrasing_scope

if TYPE_CHECKING:
    from drift.core.validators import Language
    from drift.reports.rendering import Content
    from drift.reports.wording.i18n import Rephrasing


def render(
    content: Content,
    fmt: str,
    *,
    lang: Language = "en",
    colour: bool = False,
    width: int | None = 100,
    room: int | None = None,
) -> str:
    """Render a report, a check, a history or a failure in one of `FORMATS`, ending in a newline.

    JSON is the same in every language. The rest is as in `Rendering`. Raises UsageError for a format that there is not
    for this content.
    """
    _require_shown(content, fmt)
    chosen = FORMATS[fmt]
    rephrasing = _rephrasing(content)
    with language_scope(lang if chosen.translates else "en"), rephrasing_scope(rephrasing):
        if chosen.is_for_ci:
            from drift.reports.ci.attributed import attributed
            from drift.reports.ci.notices import notices_of

            notices = attributed(content, notices_of(content, grouped=chosen.groups_changes))
            return str(import_module(chosen.module).render(notices))
        renderer = import_module(f"{chosen.module}.{content.kind}")
        return str(renderer.render(content, Rendering(colour, width, room)))


def _require_shown(content: Content, fmt: str) -> None:
    """Raise UsageError for a format that doesn't show this content. A failure and a fleet are shown by every caller."""
    shown = formats_for(content.kind)
    is_step = fmt == STEP_OUTPUTS and not set(CI_FORMATS).isdisjoint(shown)
    if fmt not in FORMATS or (shown and fmt not in shown and not is_step):
        from drift.core.validators import listed

        expected = listed(shown or tuple(FORMATS))
        raise UsageError(f"{fmt!r} is no format of this content ({content.kind}): expected {expected}")


def _rephrasing(content: Content) -> Rephrasing | None:
    if not isinstance(content, Report) or not content.is_on_two_instances:
        return None
    from drift.reports.wording.two_instances import TWO_INSTANCES

    return TWO_INSTANCES
