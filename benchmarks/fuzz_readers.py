"""The readers of drift that take what others wrote, each with examples to begin with."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from fuzz_calls import Reader, calls

from drift.cli.edit_config import rewrite
from drift.compare import node_mapping
from drift.config import clouds_file, credentials_file, file, regions_file, template
from drift.config.edit_waivers import with_waivers
from drift.core import references
from drift.core.errors import DriftError
from drift.core.grants import read_grants
from drift.core.model import Database, DataNode, Instance, Shard, Snapshot
from drift.core.patterns import Patterns
from drift.core.secret_file import read_secret
from drift.core.strict_json import loads
from drift.decode.captures import Received
from drift.decode.captures import read as read_capture
from drift.decode.content import Options
from drift.decode.intents import read_intents
from drift.decode.layouts import Layout, parse_path
from drift.decode.limits import Limits
from drift.decode.migration_job import read_migration
from drift.decode.sources import snapshot_file
from drift.decode.structure import anonymized, document_in, structure
from drift.notify.outbox import Enlarged
from drift.notify.transitions import NotifiedState
from drift.policy.plan import file as plan_file
from drift.simulator import scenario
from drift.store import Store, seals
from support.file_kinds import READABLE, a_schema, a_state, a_terraform_plan

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parent.parent
_NODE: Final = "0123456789abcdef0123456789abcdefin01"
_TIME: Final = datetime(2026, 5, 1, 2, tzinfo=UTC)
_OPTIONS: Final = Options(limits=Limits(response_mib=1, inflated_mib=8, records=10_000))
_SHARDS: Final = [{"name": f"orders_{i:04}", "instance_id": _NODE, "status": "RUNNING"} for i in range(3)]
_NODES: Final = [{"instance_id": _NODE, "name": "rds-1", "host": "10.0.0.1", "port": 3306, "engine_name": "mysql"}]
_INNERS: Final[tuple[Any, ...]] = (
    {"databases": [{"name": "orders", "shard_mode": "cluster", "shard_count": 3, "shards": _SHARDS}]},
    {"orders": {shard["name"]: _NODE for shard in _SHARDS}},
    {"used_rds": [{"id": _NODE, "databases": [{"name": "orders", "shards": [s["name"] for s in _SHARDS]}]}]},
    [{"dbName": "orders", "shardName": shard["name"], "dataNodeId": _NODE} for shard in _SHARDS],
)
_SHOWN: Final = {
    "database": {
        "name": "orders", "used_rds": [{"id": _NODE, "name": "rds-1"}],
        "shards": [{"db_name": s["name"], "id": _NODE, "dbslot": i} for i, s in enumerate(_SHARDS)],
    }
}  # fmt: skip
_TERRAFORM: Final = (a_state(a_schema()), a_terraform_plan((a_schema(), a_schema(shards=8)), (None, a_schema("users"))))
_KEPT_TEXTS: Final = (
    ("told", "items"), ("outbox", "notification"), ("snapshot", "balance"), ("snapshot", "suspect"),
    ("snapshot", "confirmed"), ("snapshot", "read_with"), ("shard_version", "attributes"),
)  # fmt: skip
_CLOUDS: Final = b"""clouds:
  c:
    region_name: eu-de
    auth: {auth_url: https://iam.example.com/v3, username: u, password: p, project_name: eu-de, user_domain_name: d}
"""
_GRANTS: Final = b"""GRANT REFERENCES, SHOW DATABASES ON *.* TO `drift`@`%` IDENTIFIED BY PASSWORD '*0'
GRANT SELECT (`a`, `b``c`), INSERT ON `orders\\_%`.`t` TO `drift`@`%`
REVOKE SELECT ON `mysql`.* FROM `drift`@`%`
"""
_REGIONS: Final = b"DDM:\n  - id: eu-de\n    endpoint: https://ddm.example.com\n"
_WAIVER: Final = {"fingerprint": "v1:" + "a" * 32, "reason": "moved", "expires": "2999-12-31"}
_MIGRATION: Final = {
    "database_name": "orders", "original_shard_num": "3", "after_shard_num": 6,
    "original_dn_info_list": [{"instance_id": _NODE, "name": "a"}], "after_dn_info_list": [{"instance_id": _NODE}],
}  # fmt: skip
_BUNDLE: Final = {"details": [{"listed": {"name": "orders", "shard_number": 3}, "shown": _SHOWN}]}


def _envelope(inner: Any) -> bytes:
    packed = base64.b64encode(gzip.compress(json.dumps(inner).encode(), mtime=0)).decode()
    return json.dumps({"data_nodes": _NODES, "compressed_databases_info": packed}).encode()


def _snapshot() -> Snapshot:
    shards = [Shard("orders", f"orders_{i:04}", i, _NODE, "RUNNING", '{"zone":"a"}') for i in range(3)]
    database = Database.of("orders", shard_mode="cluster", shard_count=3, status="RUNNING", shards=shards)
    nodes = [DataNode(_NODE, "rds-1", "10.0.0.1", 3306, "mysql", "8.0", "{}")]
    return Snapshot.of(
        instance=Instance(name="orders-prod"), taken_at=_TIME, source="export", data_nodes=nodes, databases=[database]
    )


def _file(data: bytes, *, source: str = "file", path: Path | None = Path("a.json")) -> object:
    received = Received(data=data, instance=Instance(), taken_at=_TIME, source=source, path=path)
    return read_capture(received, _OPTIONS)


def _intents(data: bytes) -> object:
    document, _ = document_in(data, _OPTIONS.limits)
    return read_intents(document, None, ())


def _outline(data: bytes) -> object:
    return structure(data, _OPTIONS.limits), anonymized(data, _OPTIONS.limits)


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def _toml(read: Callable[[str, Path], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"), Path("a.toml"))


def _tomls(*folders: str) -> list[bytes]:
    return [path.read_bytes() for folder in folders for path in sorted((ROOT / folder).glob("*.toml"))]


def _kept(folder: Path) -> Callable[[bytes], object]:
    """Return a function that reads its bytes as what a store has kept."""
    path = folder / "kept.db"
    with Store.open(path, create=True) as store:
        store.save(_snapshot())
        store.outbox.put("channel", "orders-prod", Enlarged((), NotifiedState()))
    store = Store.open(path)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA synchronous = OFF")

    asked = (
        lambda: store.outbox.notified("channel", "orders-prod"),
        lambda: store.outbox.waiting("channel", "orders-prod"),
        lambda: store.balance(1),
        lambda: store.load(1),
        store.log,
        store.verify,
    )

    def read(data: bytes) -> object:
        text = data.decode("utf-8", "replace")
        for table, column in _KEPT_TEXTS:
            writer.execute(f"UPDATE {table} SET {column} = ?", (text,))  # noqa: S608
        seals.seal_all(writer)  # or the seals alone would be tried
        failed = 0
        for ask in asked:
            try:
                ask()
            except DriftError:
                failed += 1
        return failed

    return read


def _on_disk(folder: Path, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    path = folder / "input"

    def written(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return written


def readers(folder: Path) -> dict[str, Reader]:
    """Build all readers; some need a folder to write to."""
    plans = _tomls("sample_configs/plans")
    details = [json.dumps(each).encode() for each in (_SHOWN, _MIGRATION)]
    return {
        "envelope": Reader(
            lambda data: _file(data, source="export", path=None), list(map(_envelope, _INNERS)), weight=5
        ),
        "file": Reader(
            _file, [json.dumps(each).encode() for each in (*_INNERS, _BUNDLE)] + [_envelope(_INNERS[0])], weight=4
        ),
        "snapshot file": Reader(_file, [snapshot_file.dumps(_snapshot())], weight=4),
        "details": Reader(
            lambda data: _file(data, source="details", path=None), [json.dumps(_BUNDLE).encode()], weight=3
        ),
        "both": Reader(
            lambda data: _file(data, source="both", path=None),
            [
                b'{"export": '
                + _envelope(_INNERS[0])
                + b', "details": '
                + json.dumps(_BUNDLE["details"]).encode()
                + b"}"
            ],
            weight=2,
        ),
        "wrapped file": Reader(_file, list(READABLE.values()), weight=4),
        "Terraform": Reader(_intents, [json.dumps(each).encode() for each in _TERRAFORM], weight=3),
        "outline": Reader(_outline, [_envelope(inner) for inner in _INNERS], weight=2),
        "clouds.yaml": Reader(
            _on_disk(folder, lambda path: clouds_file.read({"OS_CLOUD": "c", "OS_CLIENT_CONFIG_FILE": str(path)})),
            [_CLOUDS],
        ),
        "regions.yaml": Reader(
            _on_disk(
                folder, lambda path: regions_file.endpoint("eu-de", {regions_file.NAMED_BY: str(path)}, lambda _: path)
            ),
            [_REGIONS],
        ),
        "waivers": Reader(
            _on_disk(folder, lambda path: rewrite(path, lambda text: with_waivers(text, [_WAIVER]))),
            _tomls("sample_configs"),
        ),
        "plan": Reader(_toml(plan_file.parse), plans, weight=4),
        "drift.toml": Reader(_toml(file.parse), [*_tomls("sample_configs"), template.text().encode()], weight=1),
        "node map": Reader(_toml(node_mapping.parse), [f'[nodes]\n"{_NODE}" = "rds-2"\n'.encode()], weight=4),
        "scenario": Reader(_toml(scenario.parse), _tomls("sample_configs/scenarios"), weight=1),
        "credentials": Reader(
            _on_disk(folder, lambda path: credentials_file.read(path, None)), [b"[basic]\nak = A\nsk = B\n"], weight=3
        ),
        "secret file": Reader(_on_disk(folder, read_secret), [b"secret\n"], weight=3),
        "reference": Reader(
            _text(references.parse), [b"orders:latest~2", b"@2026-05-01T02:00Z", b"./a.json", b"live", b"7"], weight=30
        ),
        "grants": Reader(_text(lambda text: read_grants(text.splitlines())), [_GRANTS], weight=4),
        "pattern": Reader(
            _text(lambda text: Patterns([text]).matches("orders_0007")),
            [b"orders_{0000..0007}", b"*_000?", rb"a\*\{1..2\}"],
            (ValueError,),
            weight=10,
        ),
        "layout": Reader(
            _text(lambda text: Layout.parse({"shards": text, "data_node": f"{text}.id"})),
            [b"databases[].shards[]", b'{}["odd"].x{}'],
            (ValueError,),
            weight=10,
        ),
        "path": Reader(_text(parse_path), [b"databases[].shards[].id", b"{}@key"], (ValueError,), weight=15),
        **calls(_envelope(_INNERS[0]), details),
        "migration": Reader(lambda data: read_migration(loads(data, nesting=64, what="a"), None), details, weight=4),
        "kept state": Reader(_kept(folder), [b"[]", b'{"a": 1}', b'[["a", "b", "c", "d"]]'], weight=1),
    }
