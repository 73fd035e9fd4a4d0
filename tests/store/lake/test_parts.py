from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.store import Store
from drift.store.lake.parts import PART, part
from support.builders import a_database, a_snapshot
from support.lakes import NAMES, a_lake, export_all
from support.strategies import names

if TYPE_CHECKING:
    from pathlib import Path

LONG = st.text(st.sampled_from("aÄ分-/"), min_size=100, max_size=200)


@given(st.lists(names | LONG, min_size=2, max_size=2, unique=True))
def test_every_name_has_a_folder_of_its_own(pair: list[str]) -> None:
    """Two names never share a folder, also where case is ignored, and every folder has a name that is allowed."""
    one, two = map(part, pair)
    assert one.casefold() != two.casefold()
    for each in (one, two):
        assert each.isascii()
        assert each.startswith(PART)
        assert len(each) < 255


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("orders-prod", "part=i-orders-prod"),
        ("007", "part=i-007"),
        ("Orders", "part=i-%4Frders"),
        ("a.b", "part=i-a%2Eb"),
        ("分片", "part=i-%E5%88%86%E7%89%87"),
    ],
)
def test_a_folder_reads_like_its_name(name: str, folder: str) -> None:
    """Whoever looks into a lake finds an instance."""
    assert part(name) == folder


def test_readers_take_names_for_text(tmp_path: Path) -> None:
    """Whatever a reader guesses from folders, an instance has its name, and `part` is text as well."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for name in NAMES:
            store.save(a_snapshot(a_database("orders"), instance=name))
        export_all(store, a_lake(tmp_path / "lake"))
    folder = tmp_path / "lake" / "shard_version"
    rows = duckdb.sql(
        f"SELECT DISTINCT instance, part FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"  # noqa: S608 - a folder of our own
    ).fetchall()
    assert sorted(name for name, _ in rows) == sorted(NAMES)
    table = ds.dataset(folder, partitioning="hive").to_table(columns=["instance", "part"])
    assert {str(field.type) for field in table.schema} <= {"string", "dictionary<values=string, indices=int32>"}
    assert set(table["instance"].to_pylist()) == set(NAMES)
    assert {type(value) for value in table["part"].to_pylist()} == {str} == {type(value) for _, value in rows}
