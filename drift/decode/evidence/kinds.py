"""The kinds of evidence that a reading may rest on, ranked, as data. Pure.

The inside of the export is undocumented, so a reading is a hypothesis. Strong evidence makes it a fact. Anything weaker
is a doubt: an error, unless a witness decides.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import msgspec

from drift.core.errors import LayoutError
from drift.decode.layouts.layout import WAY_ON


class Kind(NamedTuple):
    """One kind of evidence: how much it counts, and what it is."""

    id: str
    weight: Literal["strong", "doubt"]
    summary: str


KINDS: Final = (
    Kind("node-id", "strong", "A reference equals the id of a data node, exactly as the export lists it"),
    Kind("node-id-shape", "strong", "Without a list of data nodes: a reference has the documented shape of an id"),
    Kind(
        "unlisted-node",
        "strong",
        "A reference equals no listed id, but the same documented member of other shards does: kept, and warned of",
    ),
    Kind("numbered-name", "strong", "A shard's name is DATABASE_NNNN, and its database is named where it stands"),
    Kind("numbered-names", "strong", "No database is named, but several names are X_0000, X_0001 and so on"),
    Kind("own-name", "strong", "A shard has the name of its database and stands in a documented container of shards"),
    Kind("unsharded", "strong", "The only shard of a database whose documented mode is single, in such a container"),
    Kind("shared-shard", "strong", "A shard has name and data node of another database's: a finding of `drift check`"),
    Kind("declared", "strong", "A database without shards, described by members that only databases have"),
    Kind("node-by-name", "doubt", "A reference is a data node's name or address, or its id in another spelling"),
    Kind("other-shape", "doubt", "A reference equals no listed id, and lacks the documented shape that these have"),
    Kind("other-node", "doubt", "Another id or name beside a shard, or above it, refers to another data node"),
    Kind("other-name", "doubt", "Another documented member could be the name of the shard or of its database"),
    Kind("other-word", "doubt", "Some records tell a fact by another word, or in another spelling, than others"),
    Kind("unknown-container", "doubt", "Records like shards stand in a container that no interface documents"),
    Kind("several-places", "doubt", "Records like shards stand in more than one place"),
    Kind("unknown-member", "doubt", "A reference stands in a member that no interface documents"),
    Kind("unnumbered-name", "doubt", "A shard's name is not numbered from its database's name"),
    Kind("lone-name", "doubt", "One numbered name, and nothing else names its database"),
    Kind("undeclared", "doubt", "A shard's name tells of a database that the list of databases does not name"),
    Kind("missing-shard", "doubt", "A database is without a shard that it must have, and one that is read may be its"),
    Kind("part-count", "doubt", "A database's count, below a data node, is not the number of its shards"),
    Kind("wrapper-key", "doubt", "A database is known only from a key or a bare name, which may wrap something else"),
    Kind("other-things", "doubt", "It is about accounts, backups, partitions, tables, replicas, jobs, or not in use"),
    Kind("left-over", "doubt", "An id, a numbered name or a container of shards that the reading leaves out"),
)  # fmt: skip

_BY_ID: Final = {kind.id: kind for kind in KINDS}


class Evidence(msgspec.Struct, frozen=True, order=True):
    """What a reading took, where, how often, and by which kind of evidence."""

    kind: str
    taken: str
    place: str
    count: int

    @property
    def summary(self) -> str:
        """What this kind of evidence is."""
        return _BY_ID[self.kind].summary


class Considered(msgspec.Struct, frozen=True, order=True):
    """A reading that was not taken: what it would have been, where, for how many records, and why it was not."""

    role: str
    place: str
    count: int
    reason: str


class DoubtError(LayoutError):
    """A reading that would rest on weak evidence."""


def doubt(kind: str, place: object, *readings: str) -> DoubtError:
    """Build the error for a kind of evidence, with the possible readings in words."""
    summary = _BY_ID[kind].summary
    message = f"{summary[0].lower()}{summary[1:]}. Possible readings: {'; or '.join(readings)}"
    return DoubtError(message, place=str(place), hint=WAY_ON)


def undecided(found: DoubtError, said: str) -> DoubtError:
    """Build the same error with what a witness said that did not decide it."""
    message = found.message.removeprefix(f"{found.place}: ")
    return DoubtError(f"{message}. The documented calls did not decide it: {said}", place=found.place, hint=found.hint)
