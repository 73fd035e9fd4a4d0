"""The documented calls as the witness of an export: the two readings compared shard by shard. Pure."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from drift.core.errors import LayoutError
from drift.core.model import Mask
from drift.decode.evidence import undecided
from drift.decode.layouts import path_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.content import Content

UNTOLD: Final = "they could not show every database"
"""What the details say where a part of them, or of the export, could not be read."""

_FIRST: Final = 3
_WAY_ON: Final = (
    "Nothing was stored. `--source details` reads the documented calls alone, `--source both` lists every difference, "
    "and [layout] in drift.toml says how the export is to be read"
)
_Place: TypeAlias = tuple[str, str | None]


class Testimony(msgspec.Struct, frozen=True):
    """The placements in an export and in the details, in the databases that both could read.

    A placement is a database and a shard with its data node's id; a database without shards has a placement without a
    shard. `untold` counts the databases that one of the two could not read.
    """

    export: dict[_Place, str | None]
    details: dict[_Place, str | None]
    untold: int

    @property
    def agrees(self) -> bool:
        """Whether everything was compared and is equal."""
        return not self.untold and self.export == self.details

    @property
    def contradicts(self) -> bool:
        """Whether any shard or database that both could read differs."""
        return self.export != self.details


def compare(export: Content, shown: Content) -> Testimony:
    """Compare the identity and the data node of each shard."""
    gaps = {gap.scope for content in (export, shown) for gap in content.gaps if gap.scope.startswith("database")}
    mask = Mask(frozenset(gaps))
    return Testimony(dict(_placements(export, mask)), dict(_placements(shown, mask)), len(gaps))


def _placements(content: Content, mask: Mask) -> Iterator[tuple[_Place, str | None]]:
    for database in content.databases:
        if not mask.hides_database(database.name):
            yield (database.name, None), None
            for shard in database.shards:
                yield (database.name, shard.name), shard.data_node_id


def decided(export: Content) -> Content:
    """Return an export that the details agree with: of a doubt, only a warning is left."""
    if export.doubt is None:
        return export
    warning = f"the documented calls decided a doubt, as they show the same shards: {export.doubt.message}"
    return replace(export, doubt=None, warnings=(*export.warnings, warning))


def decided_beside(export: Content, shown: Content) -> Content:
    """Decide the doubt of an export, if it has one, by the details. Raises DoubtError unless they agree."""
    if export.doubt is None:
        return export
    testimony = compare(export, shown)
    if testimony.agrees:
        return decided(export)
    said = _differences(testimony, export) if testimony.contradicts else UNTOLD
    raise undecided(export.doubt, said)


def disagreement(testimony: Testimony, export: Content) -> LayoutError:
    """Build the error that names both readings, and the first few placements in which they differ."""
    differences = _differences(testimony, export)
    if export.doubt is not None:
        return undecided(export.doubt, differences)
    return LayoutError(
        f"its layout disagrees with the documented calls: {differences}", place="the export", hint=_WAY_ON
    )


def _differences(testimony: Testimony, export: Content) -> str:
    places = sorted(
        testimony.export.items() ^ testimony.details.items(), key=lambda item: (item[0][0], item[0][1] or "")
    )
    differing = list(dict.fromkeys(place for place, _ in places))
    shown = "; ".join(_difference(place, testimony) for place in islice(differing, _FIRST))
    more = f"; and {len(differing) - _FIRST:,} more" if len(differing) > _FIRST else ""
    counts = (
        f"{_count(testimony.export)} by {_reading(export)}, but {_count(testimony.details)} by the documented calls"
    )
    return f"{counts}. {shown}{more}"


def _count(placements: dict[_Place, str | None]) -> str:
    shards = sum(1 for _, shard in placements if shard is not None)
    return f"{shards:,} shard{'s' * (shards != 1)}"


def _reading(export: Content) -> str:
    """Name the layout by the paths of its shards and their data nodes."""
    paths = [f"{path_text(each.shards)} on {path_text(each.data_node or ())}" for each in export.layouts]
    return " and ".join(paths) or "an empty payload"


def _difference(place: _Place, testimony: Testimony) -> str:
    database, shard = place
    name = f"the database {database}" if shard is None else f"{shard} of {database}"
    if place not in testimony.details:
        return f"{name} is only in the export"
    if place not in testimony.export:
        return f"{name} is only in the details"
    return f"{name} is on {testimony.export[place]} in the export, on {testimony.details[place]} in the details"
