"""Mutates examples: bytes at random, and JSON by its structure. Deterministic for a given `random.Random`."""

from __future__ import annotations

import base64
import gzip
import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from random import Random

_WORDS: Final = (
    "name", "id", "instance_id", "shards", "databases", "data_nodes", "attributes", "status", "orders", "orders_0000",
    "", "compressed_databases_info", "used_rds", "schema", "dbs", "index", "@key", "{}", "[]", "total",
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**30, 1.5, -0.0, 1e308, "", "0", "orders_0000", "\u202e", "é",
    "9" * 400, "a" * 3000, [], {}, [[]], [{}], {"": ""}, [None], {"name": "orders"}, "2026-05-01T02:00:00Z", "v1:",
)  # fmt: skip
_TEXTS: Final = (
    b"\0", b"\xff", b"\xed\xa0\x80", b"{", b"}", b"[", b"]", b"[[", b'"', b"'", b'"""', b"\\", b"\\u", b"*", b"?",
    b"{1..9}", b"{0..99999999}", b"=", b"= ", b".", b",", b"\n", b"\n[", b"#", b"@", b"~", b":", b"//", b"%", b"1e999",
    b"nan", b"inf", b"-", b"9" * 30, b"2026-05-01", b"9999-12-31T23:59:59Z", b"\x1f\x8b", b"H4sI", b" ", b"\xef\xbb",
)  # fmt: skip


def mutated(example: bytes, others: list[bytes], random: Random) -> bytes:
    """Change an example in one to four ways."""
    if random.random() < 0.6 and (changed := _mutated_json(example, random)) is not None:
        return changed
    for _ in range(random.randint(1, 4)):
        example = _mutated_bytes(example, others, random)
    return example


def _mutated_bytes(text: bytes, others: list[bytes], random: Random) -> bytes:
    start = random.randint(0, len(text))
    end = min(len(text), start + random.choice((0, 1, 1, 2, 8, 40)))
    match random.randrange(6):
        case 0:
            middle = bytes(byte ^ 1 << random.randrange(8) for byte in text[start:end])
        case 1:
            middle = b""
        case 2:
            middle = text[start:end] * random.choice((2, 2, 3, 50))
        case 3:
            return text[:start]
        case 4:
            other = random.choice(others)
            cut = random.randint(0, len(other))
            middle = other[cut : cut + random.randint(0, 60)]
        case _:
            middle = random.choice(_TEXTS)
    return text[:start] + middle + text[end:]


def _mutated_json(example: bytes, random: Random) -> bytes | None:
    """Change the structure of a JSON document, also inside an envelope; None for another text."""
    try:
        document = json.loads(example)
    except ValueError:
        return None
    inner = _unpacked(document)
    if inner is not None and random.random() < 0.7:
        packed = gzip.compress(json.dumps(_changed(inner, random)).encode(), 1, mtime=0)
        document["compressed_databases_info"] = base64.b64encode(packed).decode()
    else:
        document = _changed(document, random)
    return json.dumps(document, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _unpacked(document: Any) -> Any:
    try:
        return json.loads(gzip.decompress(base64.b64decode(document["compressed_databases_info"])))
    except (TypeError, KeyError, ValueError, OSError, EOFError):
        return None


def _changed(document: Any, random: Random) -> Any:
    root = [document]
    for _ in range(random.randint(1, 4)):
        holder, key = _place(root, random)
        holder[key] = _other(holder[key], random)
    return root[0]


def _place(root: list[Any], random: Random) -> tuple[Any, Any]:
    """Choose a member or an element, at any depth."""
    holder: Any = root
    key: Any = 0
    while isinstance(holder[key], dict | list) and holder[key] and random.random() < 0.8:
        holder = holder[key]
        key = random.choice(list(holder)) if isinstance(holder, dict) else random.randrange(len(holder))
    return holder, key


def _other(value: Any, random: Random) -> Any:  # noqa: PLR0911 - a table of changes
    match random.randrange(8), value:
        case 0, dict() if value:
            key = random.choice(list(value))
            return {random.choice(_WORDS) if each == key else each: inner for each, inner in value.items()}
        case 1, dict() if value:
            return {key: inner for key, inner in value.items() if random.random() < 0.7}
        case 2, dict():
            return {**value, random.choice(_WORDS): deepcopy(random.choice(_VALUES))}
        case 3, list():
            return [*value, *deepcopy(value)]
        case 4, list():
            return random.sample(value, len(value))
        case 5, dict() if value:
            return {f"{key}": inner for key, inner in enumerate(value.values())} if random.random() < 0.3 else [value]
        case 6, _:
            return {random.choice(_WORDS): value} if random.random() < 0.7 else [value, deepcopy(value)]
        case 7, str():
            return value[: random.randint(0, len(value))] + random.choice(("", "_0000", "_0001", " ", "\x00", "é"))
    return deepcopy(random.choice(_VALUES))
