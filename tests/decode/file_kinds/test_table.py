"""The kinds of files: read where it is clear, named where it isn't, bounded, and without what was around the export."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import diff
from drift.core.errors import DriftError, PayloadError
from drift.core.model import Instance
from drift.decode import sources
from drift.decode.captures import Loaded, Received, read
from drift.decode.content import Options
from drift.decode.file_kinds.table import KINDS
from drift.decode.limits import Limits
from support.builders import node_id
from support.file_kinds import (
    DATABASES,
    NODES,
    READABLE,
    REFUSED,
    SECRET,
    TEXT,
    a_schema,
    a_state,
    an_archive,
    shown_state,
)

if TYPE_CHECKING:
    from drift.core.model import Snapshot

SEEDS = [*READABLE.values(), *(content for content, _ in REFUSED.values()), json.dumps(a_state(a_schema())).encode()]


def opened(content: bytes, **limits: int) -> Loaded:
    """What a file with this content holds."""
    received = Received(
        data=content,
        instance=Instance(),
        taken_at=datetime(2026, 5, 1, tzinfo=UTC),
        source="file",
        path=Path("a-file"),
    )
    return read(received, Options(limits=Limits(**limits)))


def shards(snapshot: Snapshot) -> dict[str, str]:
    """The data node of each shard."""
    return {shard.name: shard.data_node_id for database in snapshot.databases for shard in database.shards}


PLAIN = opened(TEXT.encode()).snapshot


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_each_kind_of_file_reads_as_the_export_in_it(content: bytes) -> None:
    """However a tool has saved an export, its topology is the same."""
    assert opened(content).snapshot.content_hash == PLAIN.content_hash


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_without_one_clear_export_is_named(content: bytes, words: str) -> None:
    """The error says what the file is, and what to do."""
    with pytest.raises(PayloadError, match=words) as caught:
        opened(content)
    assert caught.value.hint


def test_what_is_read_is_told() -> None:
    """Each kind that a file was wrapped in is told, from the outside in; a plain answer goes without saying."""
    assert opened(TEXT.encode()).told == ()
    told = opened(READABLE["curl -i in UTF-16 in zip"]).told
    assert told == ("a zip archive with one file, r.txt", "a text in UTF-16", "an HTTP answer with headers")


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_what_was_around_an_export_is_not_kept(content: bytes) -> None:
    """The response to keep reads the same, and has no token, cookie or password of the file."""
    loaded = opened(content)
    assert loaded.response is not None
    assert opened(loaded.response).snapshot.content_hash == PLAIN.content_hash
    assert not loaded.told or SECRET.encode() not in loaded.response


@pytest.mark.parametrize("form", [a_state, shown_state])
def test_a_terraform_state_is_a_source(form: object) -> None:
    """The shards of each schema are read, without the passwords beside them; addresses are no difference."""
    loaded = opened(json.dumps(form(a_schema())).encode())  # type: ignore[operator]
    assert shards(loaded.snapshot) == shards(PLAIN)
    assert loaded.snapshot.source == "terraform"
    assert loaded.response is not None
    assert SECRET.encode() not in loaded.response
    again = sources.read(loaded.response, "terraform", Options())
    assert again.databases == loaded.snapshot.databases


def test_a_terraform_state_tells_nothing_of_other_databases() -> None:
    """A database that Terraform doesn't manage is no difference; one that is gone, and a move, are."""
    users = {"name": "users", "shards": [{"name": "users_0000", "data_node_id": node_id("rds-a")}]}
    now = opened(json.dumps({"databases": [*DATABASES, users], "data_nodes": NODES}).encode()).snapshot
    state = opened(json.dumps(a_state(a_schema())).encode()).snapshot
    assert {change.rule for change in diff(state, now).changes} <= {"database-status-changed", "shard-status-changed"}
    gone = opened(json.dumps(a_state(a_schema(), a_schema("old", shards=1))).encode()).snapshot
    assert "database-removed" in {change.rule for change in diff(gone, now).changes}
    moved = a_schema()
    moved["shards"][0]["id"] = node_id("rds-b")
    elsewhere = opened(json.dumps(a_state(moved)).encode()).snapshot
    assert [change.name for change in diff(elsewhere, now).changes if change.rule == "shard-moved"] == ["orders_0000"]


def test_an_archive_never_outgrows_the_limit() -> None:
    """The size that an archive tells of itself counts for nothing; what comes out of it does."""
    bomb = bytearray(an_archive({"a.json": b" " * (2 * 1024 * 1024)}))
    with zipfile.ZipFile(BytesIO(bomb)) as archive:
        size = archive.infolist()[0].file_size.to_bytes(4, "little")
    for place in (bomb.find(size), bomb.rfind(size)):
        bomb[place : place + 4] = (10).to_bytes(4, "little")
    for content in (bytes(bomb), an_archive({"a.json": b" " * (2 * 1024 * 1024)})):
        with pytest.raises(PayloadError, match=r"inflates to more than 1,048,576 bytes|can't be read|is empty"):
            opened(content, inflated_mib=1)


def test_files_in_one_another_have_an_end() -> None:
    """A file that is nested without end is refused."""
    content = TEXT.encode()
    for _ in range(10):
        content = an_archive({"a": content})
    with pytest.raises(PayloadError, match="more than 8 files in one another"):
        opened(content)


def test_every_kind_has_its_words() -> None:
    """A kind has a name for errors, and the mark and the part for the documentation; all are different."""
    texts = [text for kind in KINDS for text in (kind.name, kind.mark)]
    assert all(texts)
    assert len(set(texts)) == len(texts)


@given(st.sampled_from(SEEDS), st.data())
def test_any_mutation_gives_a_result_or_an_error(seed: bytes, data: st.DataObject) -> None:
    """A file that was cut, doubled or changed anywhere is read, or refused with an error of drift's own."""
    mutant = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(mutant)))
        end = data.draw(st.integers(start, min(len(mutant), start + 40)))
        mutant[start:end] = data.draw(
            st.binary(max_size=8) | st.sampled_from([bytes(mutant[start:end]) * 2, b"{}", b"["])
        )
    try:
        assert isinstance(opened(bytes(mutant)), Loaded)
    except DriftError as error:
        assert error.message  # noqa: PT017 - either is right
