"""The store in Datasette, with the sample configuration for it."""

from __future__ import annotations

import html
import re
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from datasette.utils import parse_metadata

from drift.store import Store
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id
from support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLE = ROOT / "sample_configs" / "datasette.yaml"
OPTIONS = ["--metadata", "sample_configs/datasette.yaml", "--setting", "suggest_facets", "off"]
PAGE = (ROOT / "docs/store.md").read_text("utf-8")
METADATA = parse_metadata(SAMPLE.read_text("utf-8"))
QUERIES = METADATA["databases"]["drift"]["queries"]
TABLES = METADATA["databases"]["drift"]["tables"]
THREE = ("rds-1", "rds-2", "rds-3")


class Browser:
    """A store that Datasette serves on loopback, and asks for."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, path: str) -> str:
        """A page."""
        return self._client.get(path).raise_for_status().text

    def ask(self, query: str, *columns: str, **parameters: str | int) -> list[Any]:
        """Those columns of what a canned query answers; a single one as a plain list."""
        answer = self._client.get(f"/drift/{query}.json", params={**parameters, "_shape": "array"})
        rows = answer.raise_for_status().json()
        return [row[columns[0]] if len(columns) == 1 else tuple(row[each] for each in columns) for row in rows]


@contextmanager
def browsing(*words: str | Path) -> Iterator[Browser]:
    """Datasette as a process of its own, with the sample configuration."""
    command = [sys.executable, "-m", "datasette", "serve", *map(str, words), *OPTIONS, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stderr is not None
            found = (re.search(r"running on (http://127\.0\.0\.1:\d+)", line) for line in server.stderr)
            url = next(match[1] for match in found if match)
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
                yield Browser(client)
        finally:
            server.terminate()


def orders(*moved: int) -> Any:  # noqa: ANN401 - a database
    """Eight shards on rds-1, but for those that moved to rds-3."""
    return a_database(
        "orders", shards=[a_shard(f"orders_{i:04}", on="rds-3" if i in moved else "rds-1") for i in range(8)]
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two instances: one scales out, is read in part, and a shard moves back; the other rests."""
    path = tmp_path_factory.mktemp("datasette") / "drift.db"
    with Store.open(path, create=True) as history:
        history.save(a_snapshot(orders(), label="pre"), raw=b"a response as received")
        history.save(a_snapshot(orders(6, 7), a_database("users"), nodes=THREE, minutes=60, label="post"))
        history.save(a_snapshot(a_database("users"), nodes=THREE, minutes=120, gaps={"database orders": "500"}))
        nodes = ["rds-1", "rds-2", a_node("rds-3", engine_version="8.4")]
        history.save(a_snapshot(orders(7), a_database("users"), nodes=nodes, minutes=180))
        history.save(a_snapshot(orders(0), minutes=60 * 24, instance="other"))  # on a data node that isn't listed
    return path


@pytest.fixture(scope="module")
def browser(store: Path) -> Iterator[Browser]:
    with browsing(store) as found:
        yield found


@pytest.mark.parametrize(
    ("time", "places"),
    [
        ("2026-05-01T02:00Z", ["rds-1"]),
        ("2026-05-01 03:00", ["rds-3"]),
        ("2026-05-01 04:30", []),
        ("2026-05-01", ["rds-1"]),
        ("", ["rds-1", "rds-1"]),
        ("2026-04-30", []),
    ],
)
def test_it_tells_where_a_shard_was(browser: Browser, time: str, places: list[str]) -> None:
    """As of a time, or of now, on each instance; where it was not read, there is no answer."""
    assert browser.ask("where_was_shard", "data_node", shard="orders_0006", time=time) == places


def test_it_tells_the_history_of_a_shard(browser: Browser) -> None:
    """Every placement, and the snapshots at which it began and ended."""
    assert browser.ask("history_of_shard", "instance", "data_node", "since", "until", shard="orders_0006") == [
        ("orders-prod", "rds-1", 1, 2),
        ("orders-prod", "rds-3", 2, 4),
        ("orders-prod", "rds-1", 4, None),
        ("other", "rds-1", 5, None),
    ]


def test_it_tells_what_each_data_node_holds_now(browser: Browser) -> None:
    """The newest snapshot of each instance, by data node and database."""
    assert browser.ask("placement_now", "instance", "data_node", "database", "shards") == [
        ("orders-prod", "rds-1", "orders", 7),
        ("orders-prod", "rds-1", "users", 2),
        ("orders-prod", "rds-2", "users", 2),
        ("orders-prod", "rds-3", "orders", 1),
        ("other", None, "orders", 1),
        ("other", "rds-1", "orders", 7),
    ]


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        (1, 2, [("orders_0006", "rds-1", "rds-3"), ("orders_0007", "rds-1", "rds-3")]),
        (2, 4, [("orders_0006", "rds-3", "rds-1")]),
        (1, 4, [("orders_0007", "rds-1", "rds-3")]),
        (2, 3, []),
        (3, 4, []),
        (1, 5, []),
    ],
)
def test_it_tells_what_moved(browser: Browser, before: int, after: int, moves: list[tuple[str, ...]]) -> None:
    """What drift's own diff tells; nothing of what was not read, and nothing of two instances."""
    assert browser.ask("moves_between", "shard", "moved_from", "moved_to", before=before, after=after) == moves


@pytest.mark.parametrize("node", ["rds-3", node_id("rds-3")])
def test_it_tells_the_history_of_a_data_node(browser: Browser, node: str) -> None:
    """By name or id, what it was and how much it held."""
    told = browser.ask("history_of_data_node", "snapshot_id", "engine_version", "shards", data_node=node)
    assert told == [(2, "8.0", 2), (3, "8.0", 0), (4, "8.4", 1)]


def test_it_tells_the_growth(browser: Browser) -> None:
    """Each instance's snapshots with what they hold, newest first."""
    assert browser.ask("growth", "instance", "snapshot_id", "shards", "more_shards") == [
        ("orders-prod", 4, 12, 8),
        ("orders-prod", 3, 4, -8),
        ("orders-prod", 2, 12, 4),
        ("orders-prod", 1, 8, None),
        ("other", 5, 8, None),
    ]


def test_what_it_describes_is_there(store: Path) -> None:
    """Every table and view has a description, and each column that is described exists."""
    with closing(sqlite3.connect(store)) as connection:
        made = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'"
        )
        columns = {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for (name,) in [*made]}
    assert columns.keys() == TABLES.keys() - {"_sqlite_migrations"}
    for view in ("shards", "databases", "data_nodes", "gap"):
        assert columns[view] <= TABLES[view]["columns"].keys()
    for name in columns.keys() - {"databases", "data_nodes"}:  # these two share descriptions with shards
        assert TABLES[name].get("columns", {}).keys() <= columns[name]


def test_it_is_started_as_the_documentation_says() -> None:
    """The command there has the options with which these tests start it, as does the sample itself."""
    for text in (PAGE, SAMPLE.read_text("utf-8")):
        (line,) = re.findall(r"^[$#] +(datasette .*)$", text, re.MULTILINE)
        assert line.split()[2:] == OPTIONS
    assert METADATA["settings"] == {"suggest_facets": False}


@pytest.mark.parametrize("table", sorted(TABLES.keys() - {"_sqlite_migrations"}))
def test_every_table_says_what_it_is(browser: Browser, store: Path, table: str) -> None:
    """Each page opens, and has the description of the table and of its columns."""
    page = html.unescape(browser.get(f"/drift/{table}"))
    assert TABLES[table]["description"] in page
    with closing(sqlite3.connect(store)) as connection:
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    described = TABLES[table].get("columns", {})
    assert [name for name in described.keys() & columns if described[name] not in page] == []


def test_the_overview_leads_to_what_there_is_to_read(browser: Browser) -> None:
    """All queries by title, and all tables but those that the views are made of."""
    page = browser.get("/drift")
    assert all(query["title"] in page for query in QUERIES.values())
    hidden = {name for name, table in TABLES.items() if table.get("hidden")}
    assert hidden == {
        "data_node_version",
        "database_version",
        "shard_version",
        "shard_digest",
        "raw",
        "_sqlite_migrations",
    }
    for name in TABLES:
        assert (f'href="/drift/{name}"' in page) == (name not in hidden)


def test_responses_are_not_shown(browser: Browser) -> None:
    """What was received is bytes for programs: nobody sees them by opening the table."""
    assert "a response" not in browser.get("/drift/raw")


def test_a_store_in_use_is_read_while_it_is_written(tmp_path: Path) -> None:
    """A capture is there as soon as it is stored, though the writer still has the file open."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as history:
        history.save(a_snapshot(orders()))
        with browsing(path) as browser:
            history.save(a_snapshot(orders(7), nodes=THREE, minutes=5))
            assert browser.ask("growth", "snapshot_id") == [2, 1]
            history.save(a_snapshot(orders(7), nodes=THREE, minutes=10))
            assert browser.ask("growth", "snapshot_id") == [3, 2, 1]


def test_a_copy_is_read_as_it_is(store: Path, tmp_path: Path) -> None:
    """A store that nobody writes to opens as immutable, and Datasette leaves no file beside it."""
    copy = tmp_path / "drift.db"
    copy.write_bytes(store.read_bytes())
    with browsing("--immutable", copy) as browser:
        assert browser.ask("moves_between", "shard", before=2, after=4) == ["orders_0006"]
    assert [each.name for each in tmp_path.iterdir()] == ["drift.db"]
