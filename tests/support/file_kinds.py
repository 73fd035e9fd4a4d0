"""The files that people have: one export, in each way that tools save it."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

from support.builders import node_id

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "S3cr3t-of-the-headers"
NODES = [
    {"instance_id": node_id(name), "instance_name": name, "access_host": f"192.168.0.{number}", "access_port": 3306}
    for number, name in enumerate(("rds-a", "rds-b"), start=1)
]
DATABASES = [
    {
        "name": "orders",
        "shard_mode": "cluster",
        "shards": [{"name": f"orders_{i:04}", "data_node_id": node_id(f"rds-{'ab'[i % 2]}")} for i in range(4)],
    }
]


def an_export(databases: Any = None) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The JSON of an API response."""
    payload = json.dumps(DATABASES if databases is None else databases)
    return {"compressed_databases_info": base64.b64encode(payload_of(payload)).decode(), "data_nodes": NODES}


def payload_of(text: str) -> bytes:
    """The gzip stream of a payload, the same each time."""
    return gzip.compress(text.encode(), mtime=0)


def an_archive(files: Mapping[str, bytes]) -> bytes:
    """A zip archive with these files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def a_har(*bodies: str | None, encoding: str | None = None) -> dict[str, Any]:
    """A HAR file with these answers; None is a body that was not saved."""
    return {
        "log": {"version": "1.2", "creator": {"name": "a browser"}, "entries": [_entry(b, encoding) for b in bodies]}
    }


def _entry(body: str | None, encoding: str | None) -> dict[str, Any]:
    content = {"size": 1, "mimeType": "application/json", **({} if body is None else {"text": body})}
    return {
        "request": {
            "method": "GET",
            "url": "https://ddm.example.com/v3/p/instances/i/schema-metadata",
            "headers": [{"name": "X-Auth-Token", "value": SECRET}],
        },
        "response": {"status": 200, "content": content | ({} if encoding is None else {"encoding": encoding})},
    }


def a_schema(name: str = "orders", *, shards: int = 4, instance: str = "i1", **attributes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The attributes of a `huaweicloud_ddm_schema`, as the provider writes them."""
    nodes = [node_id("rds-a"), node_id("rds-b")]
    return {
        "id": f"{instance}/{name}",
        "instance_id": instance,
        "name": name,
        "shard_mode": "cluster",
        "shard_number": shards,
        "status": "RUNNING",
        "data_vips": ["192.168.0.9:5066"],
        "data_nodes": [
            {"id": node, "name": f"rds-{'ab'[i]}", "status": "RUNNING", "admin_user": "root", "admin_password": SECRET}
            for i, node in enumerate(nodes)
        ],
        "shards": [
            {"db_slot": i, "name": f"{name}_{i:04}", "status": "RUNNING", "id": nodes[i % 2]} for i in range(shards)
        ],
        **attributes,
    }


def a_state(*schemas: dict[str, Any], version: int = 4) -> dict[str, Any]:
    """A Terraform state with these schemas, and a resource of another type."""
    others = {"mode": "managed", "type": "huaweicloud_vpc", "name": "a", "instances": [{"attributes": {"id": "v"}}]}
    found = [
        {
            "mode": "managed",
            "type": "huaweicloud_ddm_schema",
            "name": schema["name"],
            "provider": 'provider["registry.terraform.io/huaweicloud/huaweicloud"]',
            "instances": [{"schema_version": 0, "attributes": schema, "sensitive_attributes": []}],
        }
        for schema in schemas
    ]
    return {
        "version": version,
        "terraform_version": "1.9.5",
        "serial": 3,
        "lineage": "l",
        "outputs": {},
        "resources": [others, *found],
    }


def shown_state(*schemas: dict[str, Any]) -> dict[str, Any]:
    """The JSON that `terraform show -json` writes of a state, with the schemas in a module."""
    resources = [{"mode": "managed", "type": "huaweicloud_ddm_schema", "values": schema} for schema in schemas]
    module = {"resources": [], "child_modules": [{"address": "module.ddm", "resources": resources}]}
    return {"format_version": "1.0", "terraform_version": "1.9.5", "values": {"root_module": module}}


def a_terraform_plan(*changes: tuple[dict[str, Any] | None, dict[str, Any] | None]) -> dict[str, Any]:
    """The JSON that `terraform show -json` writes of a plan, with each schema before and after."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.5",
        "planned_values": {"root_module": {}},
        "resource_changes": [
            {
                "mode": "managed",
                "type": "huaweicloud_ddm_schema",
                "change": {"actions": _actions(before, after), "before": before, "after": after},
            }
            for before, after in changes
        ],
    }


def _actions(before: object, after: object) -> list[str]:
    if before == after:
        return ["no-op"]
    return [*(["delete"] if before else []), *(["create"] if after else [])]


EXPORT = an_export()
TEXT = json.dumps(EXPORT)
_HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: {SECRET}\r\n\r\n"
_BASE64 = base64.b64encode(TEXT.encode()).decode()

READABLE: dict[str, bytes] = {
    "UTF-8 with a mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16, big end first, without a mark": ("\r\n" + TEXT).encode("utf-16-be"),
    "UTF-32": TEXT.encode("utf-32"),
    "curl -i": (_HEAD + TEXT).encode(),
    "curl -i in PowerShell": (_HEAD + TEXT).encode("utf-16"),
    "curl -i, lines of Unix": (_HEAD.replace("\r\n", "\n") + TEXT + "\n").encode(),
    "HTTP/2": (_HEAD.replace("HTTP/1.1 200 OK", "HTTP/2 200 ") + TEXT).encode(),
    "after 100 Continue": ("HTTP/1.1 100 Continue\r\n\r\n" + _HEAD + TEXT).encode(),
    "after a redirect": ("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n" + _HEAD + TEXT).encode(),
    "after a proxy": ("HTTP/1.1 200 Connection established\r\n\r\n" + _HEAD + TEXT).encode(),
    "an answer compressed by the service": (_HEAD + "").encode() + payload_of(TEXT),
    "HAR": json.dumps(a_har('{"instances": []}', TEXT, None)).encode(),
    "HAR in base64": json.dumps(a_har(_BASE64, encoding="base64")).encode(),
    "HAR with the export twice": json.dumps(a_har(TEXT, TEXT)).encode(),
    "a body that is a text": json.dumps(
        {"statusCode": 200, "headers": {"X-Auth-Token": SECRET}, "body": TEXT}
    ).encode(),
    "a body that is an object": json.dumps({"statusCode": 200, "body": EXPORT}).encode(),
    "a body in base64": json.dumps({"statusCode": 200, "isBase64Encoded": True, "body": _BASE64}).encode(),
    "data": json.dumps({"data": EXPORT}).encode(),
    "data and a code": json.dumps({"code": 0, "message": "ok", "data": EXPORT}).encode(),
    "two levels": json.dumps({"result": {"data": EXPORT}}).encode(),
    "Ansible's uri": json.dumps({"changed": False, "status": 200, "json": EXPORT, "content": TEXT}).encode(),
    "Ansible's slurp": json.dumps({"content": _BASE64, "encoding": "base64", "source": "/srv/x"}).encode(),
    "Ansible's loop": json.dumps({"results": [{"json": EXPORT, "item": "i1"}]}).encode(),
    "a snapshot of a body in a HAR": json.dumps(a_har(json.dumps({"body": "none"}), TEXT)).encode(),
    "decoded": json.dumps({"databases": DATABASES, "data_nodes": NODES}).encode(),
    "decoded and wrapped": json.dumps({"data": {"databases": DATABASES, "data_nodes": NODES}, "code": 0}).encode(),
    "zip": an_archive({"response.json": TEXT.encode()}),
    "zip from macOS": an_archive(
        {"a/": b"", "a/r.json": TEXT.encode(), "__MACOSX/a/._r.json": b"x", "a/.DS_Store": b"x"}
    ),
    "curl -i in UTF-16 in zip": an_archive({"r.txt": (_HEAD + TEXT).encode("utf-16")}),
}
"""One export in every way, by name."""

OTHER = an_export([])
REFUSED: dict[str, tuple[bytes, str]] = {
    "HAR without an export": (
        json.dumps(a_har("{}", "[]", "x")).encode(),
        "a HAR file with 3 answers, none of them an export",
    ),
    "HAR of one": (json.dumps(a_har("{}")).encode(), "a HAR file with 1 answer, none of them an export"),
    "HAR without bodies": (json.dumps(a_har(None)).encode(), "number 1 is of its call, and was saved without its body"),
    "HAR with two exports": (json.dumps(a_har(TEXT, json.dumps(OTHER))).encode(), "exports that differ: 1, 2"),
    "headers alone": (_HEAD.encode(), "an HTTP answer with headers, of status 200, without a body"),
    "headers of an error": (
        b'HTTP/2 403\r\n\r\n{"error_code": "DDM.1", "error_msg": "no"}',
        "headers, of status 403: DDM.1",
    ),
    "headers of brotli": (b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n\x8b\x02\x80", "compressed with br"),
    "headers before a page": (b"HTTP/1.1 200 OK\r\n\r\n<html></html>", r"\(an HTTP answer with headers\)|neither JSON"),
    "two exports in a wrapper": (
        json.dumps({"data": EXPORT, "body": OTHER}).encode(),
        "exports that differ, in data and body",
    ),
    "a refused call": (json.dumps({"statusCode": 403, "body": "{}"}).encode(), "another tool, of status 403"),
    "a wrapped error": (json.dumps({"status": 200, "json": {"error_code": "DBS.1"}}).encode(), "service's error DBS.1"),
    "zip with two files": (
        an_archive({"a.json": b"{}", "b.json": b"{}"}),
        "a zip archive with 2 files: 'a.json', 'b.json'",
    ),
    "zip without a file": (an_archive({"a/": b""}), "a zip archive with 0 files"),
    "zip with very many": (an_archive({f"{i}": b"" for i in range(1001)}), "a zip archive with more than 1,000 files"),
    "zip that is cut": (an_archive({"a.json": TEXT.encode()})[:-30], "a zip archive that can't be read"),
    "UTF-16 that is cut": (TEXT.encode("utf-16")[:-1], "a text in UTF-16 that is damaged at byte"),
    "a state without schemas": (json.dumps(a_state()).encode(), "a Terraform state without a `huaweicloud_ddm_schema`"),
    "a state of two instances": (
        json.dumps(a_state(a_schema("a"), a_schema("b", instance="i2"))).encode(),
        "a Terraform state with the schemas of 2 DDM instances: i1, i2",
    ),
    "an old state": (json.dumps(a_state(a_schema(), version=3)).encode(), "a Terraform state of version 3; expected 4"),
    "a null payload": (json.dumps(EXPORT | {"compressed_databases_info": None}).encode(), "the payload is null"),
    "an empty payload": (
        json.dumps(EXPORT | {"compressed_databases_info": " "}).encode(),
        "the payload is an empty text",
    ),
    "one in the other": (json.dumps({"a": 1}).encode(), "nothing of the topology|expected"),
}
"""Files without one clear export, with the words of their errors."""
