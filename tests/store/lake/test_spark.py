from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from drift.core.references import AsOf
from drift.store import Store
from drift.store.lake.asking import ask
from drift.store.lake.parts import part
from drift.store.lake.questions import question
from support.builders import START
from support.lakes import NAMES, a_lake, export_all, rows_of, save_histories
from support.paths import SAMPLE_CONFIGS

if TYPE_CHECKING:
    from pathlib import Path

SUBMIT = os.environ.get("SPARK_SUBMIT")
ONE, TWO = START + timedelta(hours=2.5), START + timedelta(hours=6.5)


def asked(folder: Path, name: str, values: dict[str, Any], *options: str) -> list[dict[str, Any]]:
    """The rows that the sample job prints."""
    sql = folder / f"{name}.sql"
    sql.write_text(question(name).sql)
    given = [f"{key}={value.isoformat() if isinstance(value, datetime) else value}" for key, value in values.items()]
    local = ["--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1"]
    command = [str(SUBMIT), "--master", "local[2]", "--conf", "spark.ui.enabled=false", *local]
    job = SAMPLE_CONFIGS / "spark/ask_lake.py"
    done = subprocess.run(
        [*command, job, *options, folder / "lake", sql, *given], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [plain(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as Spark writes it in JSON: without what is null, times as text."""
    return {key: datetime.fromisoformat(value) if key.endswith(("_seen", "_at")) and isinstance(value, str) else value
            for key, value in row.items() if value is not None}  # fmt: skip


@pytest.mark.skipif(SUBMIT is None, reason="it takes minutes; SPARK_SUBMIT=PATH names a spark-submit to run it with")
def test_spark_gives_the_rows_of_duckdb_and_of_the_store(tmp_path: Path) -> None:
    """The sample job answers each question with the same rows in the same order, and a diff is that of the store."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        save_histories(store)
        lake = a_lake(tmp_path / "lake")
        export_all(store, lake)
        rows = asked(tmp_path, "diff", {"t1": ONE, "t2": TWO})
        for name in NAMES:
            found = [row for row in rows if row["instance"] == name]
            before, after = (store.load(store.resolve(AsOf(time, name))) for time in (ONE, TWO))
            if "not-compared" not in {row["rule"] for row in found}:
                assert found == [plain(row) for row in rows_of(before, after)]
    assert rows == [plain(row) for row in ask(lake, "diff", {"t1": ONE, "t2": TWO}).to_pylist()]
    shard = {"entity": "orders_0001", "database": "", "shard": ""}
    node = {"entity": "rds-1", "database": "rds-1", "shard": ""}
    for name, values in (("moved", {"since": ONE}), ("history", shard), ("history", node)):
        assert asked(tmp_path, name, values) == [plain(row) for row in ask(lake, name, values).to_pylist()]
    one = asked(tmp_path, "moved", {"since": ONE}, "--part", part("007"))
    assert one == [plain(row) for row in ask(lake, "moved", {"since": ONE}, ("007",)).to_pylist()]
