from __future__ import annotations

import json
import re
from itertools import product
from typing import TYPE_CHECKING, Any

import promql_parser
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from drift.core.model import Instance
from drift.store import Store
from support.builders import ORDERS, a_database, a_shard, a_snapshot, a_time, node_id
from support.paths import SAMPLE_CONFIGS
from support.shell import drift
from support.stores import keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DASHBOARD = SAMPLE_CONFIGS / "prometheus" / "grafana-dashboard.json"
ALERTS = SAMPLE_CONFIGS / "prometheus" / "alerts.yml"
SHOP = Instance(name="shop", instance_id="5" * 32 + "in09")
CRM = Instance(name="crm", instance_id="6" * 32 + "in09")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of an instance with a moved shard, of that with a partial capture, and of one that was captured once."""
    before = a_database(shards=[a_shard(f"orders_{place:04}") for place in range(4)])
    after = a_database(shards=[*before.shards[:3], a_shard("orders_0003", on="rds-2")])
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save_baseline(store.save(a_snapshot(before)).number or 0)
        store.save(a_snapshot(after, minutes=1))
        store.save(a_snapshot(after, minutes=2, gaps={"database users": "500"}))
        store.save(a_snapshot(a_database("users"), minutes=3, instance=SHOP))
        store.save(a_snapshot(before, minutes=4, instance=CRM))
        store.save(a_snapshot(after, minutes=5, instance=CRM))
    return tmp_path


def samples(text: str) -> dict[tuple[str, ...], float]:
    """The values by metric and labels, as Prometheus reads them."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_state_of_every_instance_is_measured(folder: Path) -> None:
    """Times, the verdict against the watch's baseline, open changes, shards and names are those of the store."""
    ended = drift(folder, "metrics")
    assert ended.code == 0, ended.err
    found, one, shop = samples(ended.out), str(ORDERS.instance_id), str(SHOP.instance_id)
    assert found["drift_instance_info", one, "orders-prod"] == 1
    assert found["drift_whole_capture_timestamp_seconds", one] == a_time(1).timestamp()
    assert found["drift_capture_timestamp_seconds", one] == a_time(2).timestamp()
    assert found["drift_capture_complete", one] == 0
    assert found["drift_open_changes", str(CRM.instance_id), "warning"] == 1
    assert found["drift_open_changes", str(CRM.instance_id), "error"] == 0
    assert [found["drift_data_node_shards", one, node_id(name)] for name in ("rds-1", "rds-2")] == [3, 1]
    assert found["drift_data_node_skew_ratio", one, node_id("rds-1")] == 1.5
    assert found["drift_verdict", shop, "inconclusive"] == 1


def test_what_no_whole_capture_tells_has_no_series(tmp_path: Path) -> None:
    """An instance whose captures are all partial has no number of databases, rather than none."""
    keep(tmp_path, a_snapshot(a_database(), gaps={"database users": "500"}))
    found = samples(drift(tmp_path, "metrics").out)
    assert found["drift_capture_complete", str(ORDERS.instance_id)] == 0
    names = {key[0] for key in found}
    assert names.isdisjoint({"drift_databases", "drift_whole_capture_timestamp_seconds", "drift_data_node_shards"})


@pytest.mark.parametrize("left", [[], ["orders_0000"], None])
def test_where_nothing_can_be_judged_no_change_is_counted(tmp_path: Path, left: list[str] | None) -> None:
    """Of a capture that is empty, suspect or the only one, it is not said that nothing, or so much, has changed."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(a_database(shards=[a_shard(f"orders_{place:04}") for place in range(4)])))
        if left is not None:
            store.save(a_snapshot(*[a_database(shards=map(a_shard, left))] * bool(left), minutes=1))
    found = samples(drift(tmp_path, "metrics").out)
    assert found["drift_verdict", str(ORDERS.instance_id), "inconclusive"] == 1
    assert "drift_open_changes" not in {key[0] for key in found}


def test_notes_name_the_instance(tmp_path: Path) -> None:
    """What could not be compared is said of the instance that it is about."""
    keep(tmp_path, a_snapshot(a_database(), source="details"), a_snapshot(a_database(), minutes=1))
    assert drift(tmp_path, "metrics").err.startswith("orders-prod: not compared")


def test_the_file_is_there_whole(folder: Path) -> None:
    """It is put in place by a rename, and nothing else is left beside it; a broken store leaves the old one alone."""
    assert drift(folder, "metrics", "shop", "--output", "textfiles/drift.prom").out == ""
    written = (folder / "textfiles/drift.prom").read_text()
    assert "orders-prod" not in written
    assert written.endswith("\n")
    (folder / "snapshots/drift.db").write_bytes(b"no store" * 100)
    assert drift(folder, "metrics", "--output", "textfiles/drift.prom").code == 4
    assert [path.read_text() for path in (folder / "textfiles").iterdir()] == [written]


def test_an_unknown_instance_is_refused(folder: Path) -> None:
    """A name that the store doesn't have is no instance without trouble."""
    ended = drift(folder, "metrics", "shpo")
    assert ended.code == 4
    assert "did you mean shop?" in ended.err or "shop" in ended.err


def panels() -> list[dict[str, Any]]:
    return list(json.loads(DASHBOARD.read_text())["panels"])


def alerts() -> list[dict[str, Any]]:
    return [rule for group in YAML(typ="safe").load(ALERTS)["groups"] for rule in group["rules"]]


def test_dashboard_and_alerts_ask_for_what_there_is(folder: Path) -> None:
    """Their expressions are PromQL, and each metric and label in them is one that drift or node_exporter writes."""
    written = drift(folder, "metrics").out
    metrics = set(re.findall(r"^(drift_\w+)\{", written, re.MULTILINE)) | {"node_textfile_mtime_seconds"}
    labels = set(re.findall(r"[{,](\w+)=\"", written)) | {"file"}
    asked = [rule["expr"] for rule in alerts()]
    asked += [query["expr"].replace("$ddm_instance", ".*") for panel in panels() for query in panel["targets"]]
    for expression in asked:
        promql_parser.parse(expression)
        assert set(re.findall(r"\b(?:drift|node)_\w+", expression)) <= metrics | labels, expression
        grouped = re.findall(r"(?:by|on|group_left) \(([\w, ]+)\)", expression)
        assert {label for group in grouped for label in group.split(", ")} <= labels, expression
        assert set(re.findall(r"[{,](\w+)=", expression)) <= labels, expression


def lost(written: Any, read: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON values
    """What is not in a JSON value any more, or is another; what was added doesn't count."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            yield from lost(value, read.get(key), f"{place}.{key}")
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for number, (one, other) in enumerate(zip(written, read, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif written != read:
        yield f"{place}: {written!r}"


def test_the_dashboard_is_one_to_grafana() -> None:
    """Grafana's own model of a dashboard takes it and loses nothing; the panels lie beside each other in its grid."""
    read = json.loads(DASHBOARD.read_text())
    assert not list(lost(read, json.loads(json.dumps(Dashboard.from_json(read), cls=JSONEncoder))))
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in read["panels"]):
        cells = set(product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])))
        assert not cells & taken
        assert max(column for column, _ in cells) < 24
        taken |= cells


def test_the_alerts_are_rules_to_prometheus() -> None:
    """Each alert has an expression, a time to wait and a severity, and says in words what is wrong."""
    for rule in alerts():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[mh]", rule["for"])
        assert set(rule["labels"]) == {"severity"}
        assert set(rule["annotations"]) == {"summary", "description"}
