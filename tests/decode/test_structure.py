"""The structure of any file, and its anonymous copy: it reads as the original does, and nothing of that survives."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.errors import DriftError, PayloadError
from drift.core.member_names import plain
from drift.decode.anonymous import Anonymizer, is_documented
from drift.decode.content import Options
from drift.decode.limits import Limits
from drift.decode.pseudonyms import words_of
from drift.decode.sources.export import decode_document
from drift.decode.structure import anonymized, structure
from support.file_kinds import DATABASES, EXPORT, NODES, READABLE, REFUSED, SECRET, a_har, a_schema, a_state
from support.strategies import json_values
from support.world_layouts import a_world

if TYPE_CHECKING:
    from drift.decode.content import Content

LIMITS = Limits()
FILES = {**READABLE, **{name: content for name, (content, _) in REFUSED.items()}}


def outcome(document: Any) -> Content | None:  # noqa: ANN401 - any JSON value
    """The content of a document, or None if it is refused."""
    try:
        return decode_document(document, Options())
    except PayloadError:
        return None


def placed(content: Content | None, word: Any = str) -> Any:  # noqa: ANN401 - a function of a text
    """The data node of each shard of each database, by its words; None for no content."""
    return content and {
        word(each.name): {word(shard.name): word(shard.data_node_id) for shard in each.shards}
        for each in content.databases
    }


def texts(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    """Every text and every key of a document."""
    match value:
        case dict():
            return [*value, *(text for each in value.values() for text in texts(each))]
        case list():
            return [text for each in value for text in texts(each)]
        case str():
            return [value]
    return []


@pytest.mark.parametrize("odd", [0.0, 0.3])
def test_an_anonymous_copy_reads_as_the_original(odd: float) -> None:
    """A random topology in a random layout has the same shards on the same data nodes, up to names, or is refused."""
    for seed in range(150):
        document = a_world(seed, odd=odd).response
        anonymizer = Anonymizer(document, LIMITS)
        assert placed(outcome(anonymizer.copy())) == placed(outcome(document), anonymizer.text), seed


@given(json_values | st.builds(lambda value: {"compressed_databases_info": value, "data_nodes": NODES}, json_values))
def test_nothing_of_the_original_survives(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """No part of any text or key is in the copy, but documented words and short numbers; the structure is the same."""
    copy = Anonymizer(document, LIMITS).copy()
    gone = {part for text in texts(document) for part in words_of(text) if not stays(part, text)}
    kept = {part for text in texts(document) for part in words_of(text) if stays(part, text)}
    assert not (gone - kept) & {part for text in texts(copy) for part in words_of(text)}
    assert shape(copy) == shape(document)


def stays(part: str, text: str) -> bool:
    """Whether a part of a text may survive: a short number, or a documented word, by itself or as the whole text."""
    whole = re.sub(r"_[0-9]+$", "", text)
    return (part.isdecimal() and len(part) <= 5) or is_documented(plain(part)) or is_documented(plain(whole))


def shape(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The structure of a document without its words."""
    match value:
        case dict():
            return [shape(each) for each in value.values()]
        case list():
            return (list, [shape(each) for each in value])
    return type(value)


@pytest.mark.parametrize("document", [EXPORT, a_state(a_schema()), a_har("{}", json.dumps(EXPORT)), {"d": DATABASES}])
def test_names_ids_addresses_and_secrets_are_gone(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Neither a name nor an id, an address or a secret of a file is in its copy, also not in a payload inside."""
    copy = anonymized(json.dumps(document).encode(), LIMITS).decode()
    inside = json.dumps(Anonymizer(document, LIMITS).copy())
    for text in (copy, inside):
        for gone in (SECRET, "orders", "rds-a", "192.168.0.1", NODES[0]["instance_id"], "S3cr3t"):
            assert gone not in text


SECRET_MEMBERS = st.sampled_from(["password", "tokens", "Set-Cookie", "X-Auth-Token", "clientSecret", "access_key"])
SECRET_VALUES = st.recursive(
    st.text("1aB.é") | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none(),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["value", "hash", "data", "items"]), inside)
    ),
    max_leaves=6,
)


def leaves(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    """Every text and number of a document, but no key."""
    if isinstance(value, dict | list):
        return [leaf for each in (value.values() if isinstance(value, dict) else value) for leaf in leaves(each)]
    return [] if value is None or isinstance(value, bool) or value == "" else [value]


@given(SECRET_MEMBERS, SECRET_VALUES)
def test_a_secret_of_any_kind_reads_anonymous(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Text or number, alone, listed or in objects, by the member's name or as the value of that name."""
    named = {"name": name, "value": value}
    for document in ({name: value}, {"headers": [named]}, [{"Key": name, "Value": value}], json.dumps({name: value})):
        copy = Anonymizer(document, LIMITS).copy()
        copy = json.loads(copy) if isinstance(copy, str) else copy
        secrets = [leaf for leaf in leaves(copy) if leaf == "anonymous"]
        assert len(secrets) == len(leaves(value))


@pytest.mark.parametrize("name", ["tokens", "user_secrets"])
def test_a_database_may_be_called_as_secrets_are(name: str) -> None:
    """A topology below such a name is read in the copy as in the original."""
    shards = {f"{name}_{i:04}": {"data_node_id": NODES[i % 2]["instance_id"]} for i in range(4)}
    document = {"compressed_databases_info": {name: {"shard_count": 4, "shards": shards}}, "data_nodes": NODES}
    anonymizer = Anonymizer(document, LIMITS)
    original = outcome(document)
    assert original
    assert placed(outcome(anonymizer.copy())) == placed(original, anonymizer.text)


@pytest.mark.parametrize("digits", [5, 6, 31, 32, 33, 64])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_of_any_length_stays_a_number(digits: int, sign: int) -> None:
    """A whole number of as many digits as an id, or more, gets a number of as many digits; a short one stays."""
    number = sign * (10**digits - 7)
    copied = Anonymizer({"id": number, "text": str(number)}, LIMITS).copy()
    assert copied["text"] == str(copied["id"])
    assert len(str(copied["id"])) == len(str(number))
    assert (copied["id"] == number) == (digits == 5)


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_every_file_has_a_structure_and_a_copy_or_an_error(content: bytes) -> None:
    """Whether a file can be read or not, its outline and its copy are made, unless it holds no JSON."""
    try:
        found = structure(content, LIMITS)
    except DriftError as error:
        assert error.message  # noqa: PT017 - either is right
        return
    assert found.lines
    assert SECRET.encode() not in anonymized(content, LIMITS)


def test_a_structure_names_members_and_kinds() -> None:
    """The outline goes into the payload, and shows no value."""
    found = structure(READABLE["curl -i"], LIMITS)
    lines = dict(found.lines)
    assert found.told == ("an HTTP answer with headers",)
    assert lines["compressed_databases_info"] == "text, holding payload"
    assert lines["compressed_databases_info[].shards[].name"] == "4 of text"
    assert "orders" not in str(found)
