from __future__ import annotations

from typing import TYPE_CHECKING

from drift.store import Store, Verified
from support.builders import a_database, a_snapshot, a_time

if TYPE_CHECKING:
    from pathlib import Path


def verified(minutes: int, verdict: str = "sound") -> Verified:
    return Verified(
        instance="orders-prod", read_at=a_time(minutes), content_hash="sha256:0", verdict=verdict, report="{}"
    )


def test_verifications_are_kept_newest_first(tmp_path: Path) -> None:
    """What was found on data nodes stays, in the order of time, whatever the order in which it came."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for each in (verified(5, "broken"), verified(1), verified(9, "inconclusive")):
            store.verifications.save(each)
        assert [each.verdict for each in store.verifications.newest("orders-prod", 9)] == [
            "inconclusive",
            "broken",
            "sound",
        ]
        assert store.verifications.newest("users-prod") == []


def test_a_verification_goes_with_its_instance(tmp_path: Path) -> None:
    """It follows a new name, outlives its snapshot, and is forgotten with the instance."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes in (0, 1):
            store.save(a_snapshot(a_database("orders"), minutes=minutes))
        store.verifications.save(verified(0))
        store.prune([1])
        store.rename_instance("orders-prod", "orders-eu")
        assert [each.verdict for each in store.verifications.newest("orders-eu")] == ["sound"]
        store.forget("orders-eu")
        assert store.verifications.newest("orders-eu") == []


def test_merged_stores_have_each_verification_once(tmp_path: Path) -> None:
    """A merge brings what was found on data nodes along, and what both stores have once."""
    paths = [tmp_path / "one.db", tmp_path / "two.db"]
    for path, minutes in zip(paths, (1, 2), strict=True):
        with Store.open(path, create=True) as store:
            store.save(a_snapshot(a_database("orders")))
            for each in (verified(0), verified(minutes, "broken")):
                store.verifications.save(each)
    with Store.open(tmp_path / "all.db", create=True) as store:
        store.merge(paths)
        kept = [each.read_at for each in store.verifications.newest("orders-prod", 9)]
        assert kept == [a_time(2), a_time(1), a_time(0)]
        assert store.verify() == []


def test_the_store_knows_the_databases_of_the_past(tmp_path: Path) -> None:
    """Names of databases that are gone are still known, by instance."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(a_database("orders"), a_database("carts")))
        store.save(a_snapshot(a_database("orders"), minutes=1))
        assert store.database_names("orders-prod") == {"orders", "carts"}
        assert store.database_names("users-prod") == frozenset()
