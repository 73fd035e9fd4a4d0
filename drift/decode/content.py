"""The options that a payload is read with, and the content that is read from it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.core.member_names import plain
from drift.core.model import READER_VERSION, Database, DataNode, Gap, Instance, Snapshot
from drift.core.read_settings import ReadSettings
from drift.core.sources import source_of
from drift.decode import synonyms
from drift.decode.evidence import Considered, DoubtError, Evidence
from drift.decode.layouts import Layout, layouts_text
from drift.decode.limits import Limits

if TYPE_CHECKING:
    from datetime import datetime


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options for reading a payload. `volatile` names members to leave out besides those that drift knows.

    With `explains`, the readings that were not taken are listed, too. With `defers_doubt`, a reading on weak evidence
    is returned with its doubt, which a witness then has to decide; otherwise the doubt is raised.
    """

    limits: Limits = Limits()
    volatile: tuple[str, ...] = ()
    layout: tuple[Layout, ...] = ()
    explains: bool = False
    defers_doubt: bool = False

    @property
    def volatile_words(self) -> frozenset[str]:
        """The plain names of all members that never enter a record."""
        return synonyms.VOLATILE | {plain(word) for word in self.volatile}

    def settings_for(self, source: str) -> ReadSettings:
        """Return what decides, besides its bytes, which records a response of that source is read into."""
        if not source_of(source).has_undocumented:
            return ReadSettings(reader=READER_VERSION)
        words = self.volatile_words - synonyms.VOLATILE
        return ReadSettings(reader=READER_VERSION, volatile=tuple(sorted(words)), layout=layouts_text(self.layout))


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a payload in bytes at each step, and its depth in containers; None where it came decoded."""

    encoded: int | None = None
    compressed: int | None = None
    inflated: int | None = None
    depth: int | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The topology in a response, a payload or a saved file.

    `layouts` are the layouts it was read with, `warnings` the oddities that leave no doubt about the records,
    `evidence` the reasons for what was taken, `considered` the readings that were not. With a `doubt`, nothing here is
    to be believed until a witness has decided it.
    """

    data_nodes: tuple[DataNode, ...]
    databases: tuple[Database, ...]
    gaps: tuple[Gap, ...]
    layouts: tuple[Layout, ...]
    warnings: tuple[str, ...]
    sizes: Sizes
    evidence: tuple[Evidence, ...] = ()
    considered: tuple[Considered, ...] = ()
    doubt: DoubtError | None = None

    @property
    def layout(self) -> str:
        """The layouts as the store keeps them."""
        return layouts_text(self.layouts)

    def snapshot(self, *, instance: Instance, taken_at: datetime, source: str) -> Snapshot:
        """Build the snapshot of this content."""
        return Snapshot.of(
            instance=instance,
            taken_at=taken_at,
            source=source,
            gaps=self.gaps,
            layout=self.layout,
            data_nodes=self.data_nodes,
            databases=self.databases,
        )
