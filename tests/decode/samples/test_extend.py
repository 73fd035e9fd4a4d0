from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from drift.core.errors import PayloadError
from drift.decode.content import Content, Options
from drift.decode.layouts import Layout, keyed_objects
from drift.decode.samples import long_arrays
from drift.decode.sources import export
from support.long_exports import NODES, a_long_export
from support.world_layouts import a_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts import Reading

LISTED = [{"instance_id": node, "instance_name": f"rds-{at}"} for at, node in enumerate(NODES)]


class Counted:
    """How many payloads were read by samples of their long arrays."""

    extended = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    """Take arrays of a few records for long ones, and count."""
    counts = Counted()
    extend = export.extend

    def counting(*args: Any) -> Reading:  # noqa: ANN401 - as `extend`
        reading = extend(*args)
        counts.extended += 1
        return reading

    monkeypatch.setattr(long_arrays, "LEAST", 6)
    monkeypatch.setattr(long_arrays, "HEAD", 2)
    monkeypatch.setattr(keyed_objects, "_FEW", 2)
    monkeypatch.setattr(export, "extend", counting)
    return counts


def both(response: dict[str, Any], options: Options) -> tuple[Any, Any]:
    """Read a response by samples of its long arrays where that is sure, and as a whole; or the errors of both."""
    with pytest.MonkeyPatch.context() as patch:
        found = outcome(response, options)
        patch.setattr(long_arrays, "parse", lambda *_, **__: None)
        return found, outcome(response, options)


def outcome(response: dict[str, Any], options: Options) -> tuple[Content | None, str, str | None]:
    try:
        content = export.decode_document(response, options)
    except PayloadError as error:
        return None, f"{type(error).__name__}: {error}", error.place
    return msgspec.structs.replace(content, doubt=None), str(content.doubt), content.doubt and content.doubt.place


def test_samples_say_what_the_whole_says(counted: Counted) -> None:
    """Long arrays, with something odd in a record or two, give the same content or error as the whole document."""
    options = (Options(), Options(volatile=("seen", "extra")), Options(defers_doubt=True))
    for seed in range(360):
        found, expected = both(a_long_export(seed).response, options[seed % 3])
        assert found == expected, seed
    assert counted.extended > 60


def test_worlds_are_read_alike(counted: Counted) -> None:
    """A random topology in a random layout gives the same, whether its long arrays are read by samples or whole."""
    for seed in range(90):
        world = a_world(seed, odd=0.1 * (seed % 2), most=60)
        response = {**world.response, "compressed_databases_info": json.dumps(world.document)}
        found, expected = both(response, Options())
        assert found == expected, seed
    assert counted.extended > 5


def test_a_layout_is_contradicted_by_any_record() -> None:
    """By a user's layout, a data node in a volatile member of one record among many is a contradiction, as ever."""
    rows = [row | {"error_msg": "on " + NODES[0] if at else None} for at, row in enumerate(shards())]
    rows[300]["error_msg"] = NODES[1]
    text = json.dumps([{"name": "orders", "shards": rows}])
    named = Options(layout=(Layout.parse({"shards": "[].shards[]", "database": "[].name"}),))
    found, expected = both({"compressed_databases_info": text, "data_nodes": LISTED}, named)
    assert found == expected
    assert "refer to different data nodes" in found[1]


def shards(count: int = 400, **members: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [{"name": f"orders_{at:04}", "id": NODES[at % 4], "slot": at, **members} for at in range(count)]


def test_a_usual_export_is_read_by_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented members of a shard, times, and other long arrays are no reasons to read a payload as a whole."""
    monkeypatch.setattr(export.strict_json, "parse", None)  # what reads a payload as a whole
    rows = [row | {"idName": row["name"], "created": at, "status": "RUNNING"} for at, row in enumerate(shards())]
    accounts = [{"account": f"a{at}", "host": "%"} for at in range(400)]
    text = json.dumps([{"name": "orders", "shards": rows, "shard_mode": "cluster", "accounts": accounts}])
    content = export.decode_document({"compressed_databases_info": text, "data_nodes": LISTED}, Options())
    (database,) = content.databases
    assert [shard.index for shard in database.shards] == list(range(400))


odd_records: dict[str, list[dict[str, Any]]] = {
    "a shard twice": [*shards(), shards()[7]],
    "a shard on two data nodes": [*shards(), {**shards()[7], "id": NODES[0]}],
    "another member": [*shards(), {"name": "orders_0400", "id": NODES[0], "slot": 400, "weight": 2}],
    "a member fewer": [*shards(), {"name": "orders_0400", "id": NODES[0]}],
    "a name of another database": [*shards(), {"name": "users_0000", "id": NODES[0], "slot": 400}],
    "a longer number": [*shards(), {"name": "orders_10000", "id": NODES[0], "slot": 400}],
    "numbers of many digits": [
        *shards(),
        *({**row, "name": row["name"].replace("_0", "_9" * 20)} for row in shards(5)),
    ],
    "an index that is a text": [*shards(), {"name": "orders_0400", "id": NODES[0], "slot": "400"}],
    "a number for a name": [*shards(), {"name": 400, "id": NODES[0], "slot": 400}],
    "no data node": [*shards(), {"name": "orders_0400", "id": None, "slot": 400}],
    "a slot of its own": shards(index=7),
    "an attribute of its own": [row | {"note": f"n{at}"} for at, row in enumerate(shards())],
    "three records": shards(3),
    "a name that needs quotes": shards(**{'a "quoted" \\\n name': 1}),
    "a status that equals the index": [
        row | dict.fromkeys(("slot", "status"), at if 64 <= at < 396 else 7) for at, row in enumerate(shards())
    ],
}


@pytest.mark.parametrize("rows", odd_records.values(), ids=odd_records)
def test_odd_records_are_read_as_in_the_whole(rows: list[dict[str, Any]]) -> None:
    """What is odd in one record of hundreds is told, or kept, as if every record were looked at."""
    text = json.dumps({"databases": [{"name": "orders", "shards": rows}]})
    found, expected = both({"compressed_databases_info": text, "data_nodes": LISTED}, Options())
    assert found == expected


ELSEWHERE = "e" * 32 + "in01"
odd_documents: dict[str, Any] = {
    "a zone that is an unlisted data node's id at first": [
        {"name": "orders", "shards": [row | {"zone": row["id"]} for row in shards()]},
        {
            "name": "users",
            "shards": [
                {
                    "name": f"users_{at:04}",
                    "id": ELSEWHERE,
                    "slot": at,
                    "zone": f"z{at}" if 64 <= at < 399 else ELSEWHERE,
                }
                for at in range(400)
            ],
        },
    ],
    **{f"a total of {total}": [{"name": "orders", "total": total, "shards": shards()}] for total in (64, 65, 66, 400)},
    "counts of the shards on each data node": {
        "nodes": [
            {
                "id": NODES[0],
                "dbs": [
                    {"name": "orders", "shard_count": 65, "shards": [{"name": f"orders_{at:04}"} for at in range(400)]}
                ],
            }
        ],
    },
    "members in another order where an array is recognised": {
        "slots": [
            {"logicDb": "users", "id": NODES[0], "name": f"users_{at:04}"}
            if at in {10, 11}
            else {"name": f"slots_{at:04}", "id": NODES[0], "logicDb": "slots"}
            for at in range(400)
        ]
    },
}


@pytest.mark.parametrize("document", odd_documents.values(), ids=odd_documents)
def test_odd_documents_are_read_as_a_whole_is(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """What only records beyond the sample tell is told."""
    found, expected = both({"compressed_databases_info": json.dumps(document), "data_nodes": LISTED}, Options())
    assert found == expected


ambiguous: dict[str, tuple[str, str]] = {
    "a key twice": ('{"name":"orders_0399"', '{"slot":399,"name":"orders_0399"'),
    "a NUL character": ('"orders_0399"', '"orders_03\\u0000"'),
    "not UTF-8": ('"orders_0399"', '"orders_03\udcff"'),
    "no number": ('"slot":399', '"slot":NaN'),
    "cut off": ('"slot":399}]', '"slot":399'),
}


@pytest.mark.parametrize(("written", "instead"), ambiguous.values(), ids=ambiguous)
def test_text_that_is_ambiguous_is_refused(written: str, instead: str) -> None:
    """A text that two parsers could read differently is refused with its place, also deep in a long array."""
    text = json.dumps([{"name": "orders", "shards": shards()}], separators=(",", ":"))
    assert written in text
    damaged = text.replace(written, instead).encode("utf-8", "surrogateescape")
    assert long_arrays.parse(damaged, nesting=64, containers=1000) is None


def test_times_with_colons_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colons in times, in escapes and beside long arrays leave no doubt about keys that come twice, and hide none."""
    at = {"created": "2026-05-01T02:03:04+0000", "note": "a:b"}
    document = [{"name": "orders", **at, "shards": shards(**at)}]
    text = json.dumps(document, separators=(",", ":"))
    monkeypatch.setattr(long_arrays, "may_be_ambiguous", lambda _, signs, keys: signs.colons != keys)
    assert thinned(text) is not None
    for twice in ('"created":"2026-05-01T02:03:04+0000","note"', '"slot":399'):
        assert thinned(text.replace(twice, f"{twice.partition(':')[0]}:1,{twice}", 1)) is None
    assert thinned(text.replace("a:b", "a\\u003ab")) is None


def thinned(text: str) -> object:
    return long_arrays.parse(text.encode(), nesting=64, containers=1000)


def test_bounds_hold_for_long_arrays() -> None:
    """A long array is no way around the bounds on nesting and on objects."""
    text = json.dumps([{"name": "orders", "shards": shards()}]).encode()
    parsed = long_arrays.parse(text, nesting=4, containers=403)
    assert parsed is not None
    assert (parsed.depth, parsed.size) == (4, len(text))
    assert long_arrays.parse(text, nesting=3, containers=403) is None
    assert long_arrays.parse(text, nesting=4, containers=402) is None


def test_odd_documents_are_not_thinned_without_end() -> None:
    """Neither very deep arrays, nor those with very many kinds or members, take decoders, scans or columns for each."""
    kinds = [{"shards": shards(300, **{f"m{at}": 1})} for at in range(40)]
    deep: Any = shards()
    for _ in range(20):
        deep = {"in": deep}
    wide = [{f"m{place}": at for place in range(30)} for at in range(400)]
    counts = []
    for document in (kinds, deep, wide, shards()):
        parsed = long_arrays.parse(json.dumps(document).encode(), nesting=64, containers=100_000)
        assert parsed is not None
        counts.append(len(parsed.arrays))
    assert counts == [16, 0, 0, 1]
