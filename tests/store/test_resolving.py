from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drift.core.errors import BaselineError, UsageError
from drift.core.references import File, Live, parse
from drift.store import Store
from support.builders import a_database, a_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of two instances; the numbers are not in the order of the times."""
    with Store.open(tmp_path / "drift.db", create=True) as opened:
        for instance, minutes, label in (
            ("prod", 0, "first"),
            ("prod", 20, "checked"),
            ("test", 30, "checked"),
            ("prod", 10, "checked"),
            ("test", 40, "only-test"),
            ("prod", 20, None),
        ):
            opened.save(a_snapshot(instance=instance, minutes=minutes, label=label))
        yield opened


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Store]:
    """A store of one instance."""
    with Store.open(tmp_path / "single.db", create=True) as opened:
        for minutes in (0, 10, 20):
            opened.save(a_snapshot(instance="prod", minutes=minutes, label="same"))
        yield opened


def resolved(store: Store, text: str) -> int:
    reference = parse(text)
    assert not isinstance(reference, File | Live)
    return store.resolve(reference)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("test:3", 3),
        ("prod:latest", 6),
        ("prod:latest~1", 2),
        ("prod:latest~2", 4),
        ("prod:latest~3", 1),
        ("test:latest", 5),
        ("first", 1),
        ("only-test", 5),
        ("prod:checked", 2),
        ("test:checked", 3),
        ("prod:@2026-05-01T02:10Z", 4),
        ("prod:@2026-05-01T04:19:59+02:00", 4),
        ("prod:@2026-05-01T02:09:59Z", 1),
        ("prod:@2026-05-01T02:10:00.000000Z", 4),
        ("prod:@2026-05-01T02:20Z", 6),
        ("prod:@2026-05-01", 6),
        ("@2026-05-01T02:05Z", 1),
    ],
)
def test_finds_what_is_meant(store: Store, text: str, number: int) -> None:
    """A reference that can mean one snapshot means that one; "newest" goes by the time taken, then by number."""
    assert resolved(store, text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("latest", 3), ("latest~2", 1), ("same", 3), ("@2026-05-01T02:10Z", 2), ("prod:latest", 3)]
)
def test_needs_no_name_where_there_is_one_instance(single: Store, text: str, number: int) -> None:
    """In a store of one instance no reference needs its name."""
    assert resolved(single, text) == number


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("latest", ["prod:latest (snapshot 6)", "test:latest (snapshot 5)"]),
        ("latest~1", ["prod:latest~1 (snapshot 2)", "test:latest~1 (snapshot 3)"]),
        ("latest~2", ["prod:latest~2 (snapshot 4)", "test:latest~2 (none yet)"]),
        ("checked", ["prod:checked (snapshot 2)", "test:checked (snapshot 3)"]),
        ("@2026-05-02", ["prod:@2026-05-02T23:59:59.999999Z (snapshot 6)", "test:@", "(snapshot 5)"]),
    ],
)
def test_guesses_nothing(store: Store, text: str, meanings: list[str]) -> None:
    """A reference that could mean several snapshots is refused, with each of them spelled out."""
    with pytest.raises(UsageError) as error:
        resolved(store, text)
    assert all(meaning in error.value.message for meaning in meanings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7", "7"),
        ("0", "0"),
        ("9" * 18, "9" * 18),
        ("test:1", "prod"),
        ("prod:latest~4", "fewer than 5 snapshots are stored of 'prod'"),
        ("latest~9", "fewer than 10 snapshots are stored"),
        ("prod:only-test", "only-test"),
        ("nowhere", "nowhere"),
        ("@2020-01-01", "2020-01-01"),
        ("staging:latest", "prod and test"),
        ("prd:latest", "an instance 'prd' (did you mean prod?)"),
    ],
)
def test_says_what_is_not_there(store: Store, text: str, said: str) -> None:
    """What a reference means and isn't there is told in its own words, with the way to make it."""
    with pytest.raises(BaselineError) as error:
        resolved(store, text)
    assert said in error.value.message
    assert "drift snapshot" in str(error.value.hint)


def test_only_suspects_of_the_instance_that_is_meant_are_named(tmp_path: Path) -> None:
    """The hint about suspect snapshots is for references that pass over them, where there are any."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, shards in ((0, 8), (1, 0)):
            store.save(a_snapshot(*[a_database(shards=shards)] * bool(shards), minutes=minutes, instance="prod"))
        store.save(a_snapshot(instance="test"))
        for text, is_named in (("prod:latest~2", True), ("test:latest~2", False), ("prod:@2020-01-01", False)):
            with pytest.raises(BaselineError) as error:
                resolved(store, text)
            assert ("suspect" in str(error.value.hint)) == is_named, text


def test_says_how_a_file_is_written(store: Store) -> None:
    """A word that looks like a file's name is a label; the hint says how to name a file."""
    with pytest.raises(BaselineError, match=r"the label 'before\.txt'") as error:
        resolved(store, "before.txt")
    assert "write it with its folder, such as ./" in str(error.value.hint)


@pytest.mark.parametrize("text", ["1", "latest", "x", "@2026-05-01", "prod:latest"])
def test_an_empty_store_has_no_baseline(tmp_path: Path, text: str) -> None:
    """In an empty store every reference is answered with how to make a first snapshot."""
    with (
        Store.open(tmp_path / "drift.db", create=True) as store,
        pytest.raises(BaselineError, match="no snapshot yet") as error,
    ):
        resolved(store, text)
    assert "drift snapshot" in str(error.value.hint)


def test_a_fleet_is_not_recited(tmp_path: Path) -> None:
    """Of hundreds of instances, an error names some and says how many more there are."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for number in range(100):
            store.save(a_snapshot(instance=f"shop-{number:03}"))
        with pytest.raises(UsageError, match=r"could mean shop-000:latest .* or 80 more"):
            resolved(store, "latest")
        with pytest.raises(BaselineError, match=r"snapshots of shop-000, .*, shop-019 and 80 more"):
            resolved(store, "elsewhere:latest")
