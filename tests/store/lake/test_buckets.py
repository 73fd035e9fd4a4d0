from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from drift.store import Store
from support.buckets import bucket
from support.builders import START, a_database, a_snapshot
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY": "the/secret/key"}
AFTER = f"{START + timedelta(hours=2):%Y-%m-%dT%H:%MZ}"


@pytest.fixture(scope="module")
def settings() -> Iterator[str]:
    with bucket("lakes") as settings:
        yield settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        for name in ("007", "Ä b"):
            store.save(a_snapshot(a_database("orders"), instance=name))
            store.save(a_snapshot(a_database("orders", on=("rds-2", "rds-1")), instance=name, minutes=60))
    return tmp_path


def test_a_bucket_is_a_lake_as_a_folder_is(folder: Path, settings: str) -> None:
    """What is written into S3-compatible storage gives the same answers; a second run writes nothing."""
    address = f"s3://lakes/below/here?{settings}"
    assert drift(folder, "lake", "export", address, **KEYS).out == "wrote 2 of 2 instances; 0 are as before\n"
    assert drift(folder, "lake", "export", address, **KEYS).out == "wrote 0 of 2 instances; 2 are as before\n"
    assert drift(folder, "lake", "export", "local").code == 0
    since = "2026-05-01T02:30Z"
    for question in (
        ("diff", since, AFTER),
        ("moved", "--since", since, "--instance", "007"),
        ("history", "Ä b:orders"),
    ):
        there = drift(folder, "lake", *question, "--format", "json", DRIFT_LAKE=address, **KEYS)
        here = drift(folder, "lake", *question, "--format", "json", "--lake", "local")
        assert (there.code, there.out) == (0, here.out), there.err
        assert '"orders' in here.out


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("s3://nowhere/lake?{settings}", 4, "NO_SUCH_BUCKET"),
        ("s3://lakes/x?endpoint_override=127.0.0.1:9&scheme=http", 3, "the storage could not be reached"),
        ("s3://AKIAEXAMPLEKEY:hush@lakes/x", 2, "may hold no access key"),
        ("s3://lakes/x?secret_key=hush", 2, "unknown setting 'secret_key'"),
        ("gs://lakes/x", 2, "expected a folder, or s3://BUCKET/FOLDER"),
        ("s3://", 2, "expected a folder, or s3://BUCKET/FOLDER"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_an_error(
    folder: Path, settings: str, address: str, code: int, words: str
) -> None:
    """What is wrong is said by an export and by a question, with a way on, and no key is in any of it."""
    address = address.format(settings=settings)
    for ended in (
        drift(folder, "lake", "export", address, **KEYS),
        drift(folder, "lake", "moved", "--since", "30d", "--lake", address, **KEYS),
    ):
        assert ended.code == code
        assert ended.out == ""
        assert words in ended.err or "there is no lake" in ended.err
        for secret in ("hush", KEYS["AWS_SECRET_ACCESS_KEY"], "Traceback"):
            assert secret not in ended.err


def test_the_settings_that_are_listed_hold_no_key(folder: Path) -> None:
    """An address with a key in it is refused wherever it is given, and repeated nowhere."""
    (folder / "drift.toml").write_text('lake = "s3://AKIAEXAMPLEKEY:hush@lakes/x"\n')
    ended = drift(folder, "config")
    assert ended.code == 2
    assert "hush" not in ended.out + ended.err
