"""The confirmation of layouts by a person, and the demand for confirmed snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.errors import UnconfirmedError
from drift.reports.wording.escape import TEXT
from drift.reports.wording.sides import side_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.cli.app import App
    from drift.reports.content.report import Side

_WAY_ON: Final = (
    "Capture it live with the right to list databases and read their details: that confirms the layout. Or look at "
    "`drift inspect FILE` and confirm what it shows with --confirm, or declare [layout] in drift.toml."
)


def refuse_unconfirmed(app: App, snapshots: Iterable[Side]) -> None:
    """Raise UnconfirmedError for a snapshot that nobody has confirmed, if the settings require confirmed ones."""
    if not app.settings.require_confirmed.value:
        return
    names = [side_name(side, TEXT) for side in snapshots if side.unconfirmed]
    if names:
        raise UnconfirmedError(
            f"{' and '.join(names)} can't be judged: the layout is unconfirmed, and require_confirmed is set",
            hint=_WAY_ON,
        )
