from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.errors import FileError, PayloadError
from drift.decode.content import Content, Options
from drift.decode.file_kinds.table import open_file
from drift.decode.files import load
from drift.decode.limits import Limits
from drift.decode.sources import export
from drift.decode.sources.export import decode_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NODE = "91b1272b09364ddeb999f1295bf0506ain01"
NODES = [{"instance_id": NODE, "instance_name": "rds-1", "access_host": "172.16.192.110", "access_port": 3306}]
INNER = [
    {
        "name": "orders",
        "shards": [{"name": f"orders_{index:04}", "dataNodeId": NODE, "status": "RUNNING"} for index in range(4)],
    }
]
TEXT = json.dumps(INNER).encode()
PACKED = gzip.compress(TEXT, mtime=0)
DOCS_EXAMPLE = "H4sIAAAAAAAAAN3cTW/bRhgE4P/Csw7aL4rUtQUKX3wo0lMQCPxYNQJsOjApIIWR/17K1RvDPgQ9..."


def a_response(payload: Any = None, *, nodes: Any = None, text: bytes = TEXT) -> bytes:  # noqa: ANN401 - any JSON value
    packed = base64.b64encode(gzip.compress(text, mtime=0)).decode() if payload is None else payload
    return json.dumps({"compressed_databases_info": packed, "data_nodes": NODES if nodes is None else nodes}).encode()


def read(body: bytes, **limits: int) -> Content:
    return export.read(body, Options(limits=Limits(**limits)))


EXPECTED = read(a_response()).databases


def _raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(text) + packer.flush()


encodings = {
    "as it comes": base64.b64encode(PACKED).decode(),
    "with line breaks": base64.encodebytes(PACKED).decode(),
    "without padding": base64.b64encode(PACKED).decode().rstrip("="),
    "urlsafe": base64.urlsafe_b64encode(PACKED).decode(),
    "zlib": base64.b64encode(zlib.compress(TEXT)).decode(),
    "zlib, another level": base64.b64encode(zlib.compress(TEXT, 3)).decode(),
    "raw deflate": base64.b64encode(_raw_deflate(TEXT)).decode(),
    "with a byte order mark": base64.b64encode(gzip.compress(b"\xef\xbb\xbf" + TEXT)).decode(),
    "not compressed, with a byte order mark": base64.b64encode(b"\xef\xbb\xbf" + TEXT).decode(),
    "not even in base64": TEXT.decode(),
    "not compressed": base64.b64encode(TEXT).decode(),
    "decoded": INNER,
}


@pytest.mark.parametrize("payload", encodings.values(), ids=encodings)
def test_one_payload_is_read_however_it_is_wrapped(payload: Any) -> None:  # noqa: ANN401 - any JSON value
    """Line breaks, padding, alphabet and compression don't change what a payload says."""
    assert read(a_response(payload)).databases == EXPECTED


files = {
    "a response": a_response(),
    "pretty-printed": json.dumps(json.loads(a_response()), indent=4).encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + a_response(),
    "compressed": gzip.compress(a_response()),
    "decoded, as a member": json.dumps({"databases": INNER, "data_nodes": NODES}).encode(),
    "camelCase": json.dumps({"compressedDatabasesInfo": encodings["as it comes"], "dataNodes": NODES}).encode(),
}
payloads = {
    "alone": base64.b64encode(PACKED) + b"\n",
    "alone, quoted": json.dumps(base64.b64encode(PACKED).decode()).encode(),
    "alone, decoded": TEXT,
}


@pytest.mark.parametrize("data", files.values(), ids=files)
def test_every_form_of_a_file_is_read_alike(data: bytes) -> None:
    """A saved response is read whole in each form that people save it in."""
    content = decode_document(open_file(data, Limits()).document, Options())
    assert content.databases == EXPECTED
    assert [node.id for node in content.data_nodes] == [NODE]
    assert content.gaps == ()


@pytest.mark.parametrize("data", payloads.values(), ids=payloads)
def test_a_payload_without_data_nodes_leaves_a_gap(data: bytes) -> None:
    """A payload alone gives its shards, and says that data nodes were not read."""
    content = decode_document(open_file(data, Limits()).document, Options())
    assert content.databases == EXPECTED
    assert [gap.scope for gap in content.gaps] == ["data-nodes"]


@pytest.mark.parametrize("data", [b"# a heading", b"<html></html>", b"fail_on = 'info'", b"\x00\x01", b"%PDF-1.7"])
def test_what_is_no_payload_at_all_is_not_called_a_damaged_one(tmp_path: Path, data: bytes) -> None:
    """A page or a configuration given by mistake is told to be neither, with what a file can be."""
    (tmp_path / "given").write_bytes(data)
    with pytest.raises(PayloadError, match=r"given: neither JSON nor base64: .* at character") as told:
        load(tmp_path / "given")
    assert "`drift export` file" in str(told.value.hint)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Who names a folder is told what kind of file is wanted."""
    with pytest.raises(FileError, match="Is a directory") as told:
        load(tmp_path)
    assert "`drift export` file" in str(told.value.hint)


def test_the_documented_example_is_said_to_be_cut_off() -> None:
    """The docs' own example ends in three dots: the error says that it is cut off, and where."""
    with pytest.raises(PayloadError, match=r"compressed_databases_info: .*cut off.* after 76 characters"):
        read(a_response(DOCS_EXAMPLE))


refusals = {
    "truncated stream": (a_response(base64.b64encode(PACKED[:-12]).decode()), "cut off"),
    "truncated base64": (a_response(base64.b64encode(PACKED).decode()[:41]), "cut off"),
    "not base64": (a_response("§§§§"), "not base64"),
    "another kind of data": (a_response(base64.b64encode(b"PK\x03\x04zip").decode()), "1f 8b"),
    "empty text": (a_response(""), "the payload is an empty text"),
    "trailing bytes": (a_response(base64.b64encode(PACKED + b"more").decode()), "follow the end"),
    "a second stream": (a_response(base64.b64encode(PACKED * 2).decode()), "follow the end"),
    "a number for a payload": (a_response(7), "expected a text"),
    "no payload": (json.dumps({"data_nodes": NODES}).encode(), "compressed_databases_info is missing"),
    "no data nodes": (json.dumps({"compressed_databases_info": "H4sI"}).encode(), "data_nodes is missing"),
    "data nodes that are no list": (a_response(nodes={"a": 1}), "data_nodes"),
    "a data node that is a text": (a_response(nodes=["rds-1"]), r"data_nodes\[0\]"),
    "a data node without id": (a_response(nodes=[{"instance_name": "x"}]), r"data_nodes\[0\]"),
    "a data node twice": (a_response(nodes=NODES * 2), r"data_nodes\[1\]"),
    "a port that is no number": (a_response(nodes=[NODES[0] | {"access_port": "x"}]), r"data_nodes\[0\]\.access_port"),
    "an answer that is not whole": (
        json.dumps({"compressed_databases_info": TEXT.decode(), "data_nodes": NODES, "hasMore": True}).encode(),
        "not whole",
    ),
    "an error of the service": (b'{"error_code": "DBS.280001", "error_msg": "Parameter error."}', "DBS.280001"),
    "a page": (b"<html></html>", "not JSON"),
    "nothing": (b"", "not JSON"),
    "a duplicate key": (a_response(text=b'[{"name": "a", "name": "b"}]'), "more than once"),
    "not a number": (a_response(text=b'[{"name": NaN}]'), "NaN"),
    "half a surrogate pair": (a_response(text=b'["\\ud800"]'), "surrogate"),
    "an escaped NUL": (a_response(text=b'["\\u0000"]'), "NUL"),
    "a raw NUL": (a_response(text=b'["\x00"]'), "not JSON"),
    "too deep": (a_response(text=b"[" * 65 + b"]" * 65), "64 levels"),
    "far too deep": (a_response(text=b"[" * 100_000 + b"]" * 100_000), "64 levels"),
    "a bare text": (a_response(text=b'"orders"'), "expected an object or an array"),
}


@pytest.mark.parametrize(("body", "words"), refusals.values(), ids=refusals)
def test_what_is_no_export_is_refused_in_words(body: bytes, words: str) -> None:
    """Each way to be damaged or to be something else has an error that says which, and where."""
    with pytest.raises(PayloadError, match=words):
        read(body)


@pytest.mark.parametrize(
    ("limits", "hint"),
    [
        ({"response_mib": 0}, "response_mib"),
        ({"inflated_mib": 0}, "inflated_mib"),
        ({"records": 3}, "records"),
        ({"nesting": 2}, "nesting"),
    ],
    ids=str,
)
def test_each_bound_names_its_setting(limits: dict[str, int], hint: str) -> None:
    """What is over a limit is refused, and the error names the setting that raises it."""
    with pytest.raises(PayloadError) as caught:
        read(a_response(), **limits)
    assert caught.value.hint is not None
    assert hint in caught.value.hint


_BOMB = """
import base64, gzip, json, resource, sys, zlib
from drift.decode.content import Options
from drift.decode.sources.export import read
from drift.core.errors import PayloadError
from drift.decode.file_kinds.table import open_file
from drift.decode.limits import Limits
packer = zlib.compressobj(9, zlib.DEFLATED, 31)
zeros = bytes(1 << 20)
bomb = b"".join(packer.compress(zeros) for _ in range(128)) + packer.flush()
body = json.dumps({"compressed_databases_info": base64.b64encode(bomb).decode(), "data_nodes": []}).encode()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read(body, Options(limits=Limits(inflated_mib=8)))
except PayloadError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_bomb_takes_no_more_memory_than_the_limit() -> None:
    """128 MiB of zeros behind a limit of 8 MiB ends in an error with memory in proportion to the limit."""
    told = subprocess.run([sys.executable, "-c", _BOMB], capture_output=True, text=True, check=True).stdout
    message, grown = told.splitlines()
    assert "inflates to more than 8,388,608 bytes" in message
    assert int(grown) < 64 * 1024  # KiB


def test_records_without_a_member_in_common_are_refused() -> None:
    """Records that each have a member of their own are refused before they take a column of all records for each."""
    records = [{"name": f"orders_{at:04}", "id": NODE, f"k{at}": 1} for at in range(6000)]
    text = json.dumps([{"name": "orders", "shards": records}])
    with pytest.raises(PayloadError, match=r"6,000 records with 6,002 different members have hardly any in common"):
        decode_document({"compressed_databases_info": text, "data_nodes": [{"instance_id": NODE}]}, Options())


def _outcome(reading: Callable[[], Content]) -> Content | PayloadError:
    """What reading gives, be it an error in words; any other exception passes."""
    try:
        return reading()
    except PayloadError as error:
        return error


@given(st.binary(max_size=200))
def test_any_bytes_as_a_file_give_words(data: bytes) -> None:
    """Arbitrary bytes are read or refused with an error of drift's, never another exception."""
    assert isinstance(
        _outcome(lambda: decode_document(open_file(data, Limits()).document, Options())), Content | PayloadError
    )


@given(st.binary(max_size=200))
def test_any_bytes_as_a_payload_give_words(data: bytes) -> None:
    """Arbitrary bytes behind base64 and gzip are refused with the place, never with another exception."""
    assert isinstance(_outcome(lambda: read(a_response(text=data))), Content | PayloadError)


_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
_keys = st.sampled_from(["name", "shards", "databases", "dataNodeId", "id", "status", "shardNumber", "orders"])
_values = _scalars | st.just(NODE) | st.just("orders_0000")
_documents = st.recursive(
    _values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4), max_leaves=12
)


@given(_documents, _documents)
def test_any_json_gives_words(inner: Any, nodes: Any) -> None:  # noqa: ANN401 - any JSON value
    """JSON of any shape made of the words of an export is read or refused in words."""
    body = a_response(text=json.dumps(inner).encode(), nodes=nodes)
    assert isinstance(_outcome(lambda: read(body)), Content | PayloadError)


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
def test_a_damaged_stream_is_never_another_topology(position: int, flip: int) -> None:
    """One byte changed anywhere in the stream is an error or makes no difference."""
    damaged = bytearray(PACKED)
    damaged[position] ^= flip
    outcome = _outcome(lambda: read(a_response(base64.b64encode(bytes(damaged)).decode())))
    assert isinstance(outcome, PayloadError) or outcome.databases == EXPECTED
