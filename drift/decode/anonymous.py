"""A document with every name, id, address and text replaced, so that its layout can be handed on. Pure.

The copy has the same structure and reads as the same topology, up to the names. Member names that DDM's interfaces and
other tools document stay; any other name is replaced, because it may be a database's.
"""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError
from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.file_kinds.exports import PAYLOAD, parsed
from drift.decode.limits import MIB
from drift.decode.pseudonyms import Pseudonyms, words_of
from drift.decode.unpack import inflate, is_json, unbase64

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.limits import Limits

_REPLACED: Final = "anonymous"
_SECRET_WORDS: Final = (
    "password",
    "secret",
    "token",
    "cookie",
    "authorization",
    "credential",
    "accesskey",
    "privatekey",
)
_NAMES: Final = frozenset({"name", "key"})  # beside a `value`, as in the headers of a HAR file
_NODE_ENDINGS: Final = ("datanodes", "datanodelist", "dninfolist", "usedrds", "rdslist", "rdsinstances", "dninstances")
_BASE64_OF_JSON: Final = ("eyJ", "ewo", "ew0", "ewk", "W3s")
# The members of answers, of snapshot files, of HAR files and of Terraform states, and the values that are documented.
_OTHER_WORDS: Final = frozenset((
    "errorcode", "errcode", "externalmessage", "statuscode", "httpstatus", "json", "stdout", "output", "changed",
    "headers", "isbase64encoded", "encoding", "source", "message", "msg", "format", "snapshot", "gaps", "label",
    "layout", "takenat", "attributes", "projectid", "endpoint", "inflight", "scope", "reason", "details", "export",
    "listed", "shown", "problem", "log", "entries", "request", "url", "method", "text", "mimetype", "size",
    "querystring", "cookies", "creator", "browser", "pages", "terraformversion", "serial", "lineage", "outputs",
    "resources", "mode", "type", "provider", "values", "plannedvalues", "resourcechanges", "rootmodule",
    "childmodules", "change", "actions", "before", "after", "managed", "huaweicloudddmschema", "datavips",
    "running", "normal", "single", "cluster", "mysql", "true", "false", "base64", "get", "post", "mem", "cpu",
))  # fmt: skip


class Anonymizer:
    """The replacement of one document's texts. `text` gives the pseudonym that a text has in the copy."""

    def __init__(self, document: Any, limits: Limits) -> None:  # noqa: ANN401 - any JSON value
        self._limits = limits
        self._document = document
        self._pseudonyms = Pseudonyms(
            is_documented, {word for each in self._texts(document) for word in words_of(each)}
        )

    def copy(self) -> Any:  # noqa: ANN401 - any JSON value
        """Build the anonymous copy of the document."""
        return self._value(self._document, "")

    def text(self, text: str) -> str:
        """Return the pseudonym of a text."""
        return self._pseudonyms.text(text)

    def _value(self, value: Any, key: str, *, is_secret: bool = False) -> Any:  # noqa: ANN401 - any JSON value
        match value:
            case dict():
                return self._members(value, is_secret=is_secret)
            case list():
                return [self._value(each, key, is_secret=is_secret) for each in value]
            case None | bool() | "":
                return value
        return _REPLACED if is_secret else self._leaf(value, key)

    def _leaf(self, value: str | float, key: str) -> str | float:
        if isinstance(value, str):
            return self._encoded(value, key)
        return self._pseudonyms.number(value) if isinstance(value, int) else value

    def _members(self, members: dict[str, Any], *, is_secret: bool) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        named = next((each for key, each in members.items() if plain(key) in _NAMES), None)
        for key, value in members.items():
            name = self._key(key)
            while name in copied:
                name += "x"
            copied[name] = self._value(value, key, is_secret=_is_secret(key, named, within=is_secret))
        return copied

    def _key(self, key: str) -> str:
        """Replace a member's name; one for data nodes keeps its ending, by which it is recognised."""
        word = plain(key)
        if is_documented(word):
            return key
        ending = next((each for each in _NODE_ENDINGS if word.endswith(each)), None)
        if ending is None or not synonyms.is_container_of_nodes(key):
            return self.text(key)
        return f"{self.text(word.removesuffix(ending))}_{ending}"

    def _encoded(self, text: str, key: str) -> str:
        """Replace a text; one that holds a document is decoded, copied and encoded again."""
        found = inner(text, key, self._limits)
        if found is None:
            return self.text(text)
        document, form = found
        content = msgspec.json.encode(self._value(document, ""))
        if form == "text":
            return content.decode()
        return base64.b64encode(gzip.compress(content, mtime=0) if form == "payload" else content).decode()

    def _texts(self, value: Any, key: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON value
        """List every text and number of a document, also in the documents that its texts hold."""
        match value:
            case dict():
                for name, each in value.items():
                    yield name
                    yield from self._texts(each, name)
            case list():
                for each in value:
                    yield from self._texts(each, key)
            case str():
                found = inner(value, key, self._limits)
                yield from (value,) if found is None else self._texts(found[0])
            case int():
                yield str(value)


def is_documented(word: str) -> bool:
    """Whether a plain word is one of the documented interfaces, and tells nothing of whose document it is in."""
    known = synonyms.is_known(word) or word in synonyms.ENVELOPES | synonyms.ELSEWHERE | synonyms.NO_SHARDS
    return known or word in _OTHER_WORDS or word == PAYLOAD


def _is_secret(key: str, named: Any, *, within: bool) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a member holds a secret: by its own name, or by that of which it is the `value`.

    What is `within` a secret is one too, down to a member of a topology, as in a database that is called `tokens`.
    """
    word = plain(key)
    if _names_secret(word) or (word == "value" and isinstance(named, str) and _names_secret(plain(named))):
        return True
    return within and (word in synonyms.WRAPPERS or not synonyms.is_known(word))


def _names_secret(word: str) -> bool:
    return any(each in word for each in _SECRET_WORDS)


def inner(text: str, key: str, limits: Limits) -> tuple[Any, str] | None:
    """Return the document in a text, and its form: a `text` of JSON, a `payload`, or `base64`; None if it has none."""
    beginning = text.lstrip()[:3]
    try:
        if beginning[:1] in ("{", "["):
            return parsed(text.encode(), limits, "a text"), "text"
        if plain(key) == PAYLOAD or (not key and beginning == "H4s"):
            data = inflate(unbase64(text, "a payload"), limits.inflated_mib * MIB, "a payload")
            return parsed(data, limits, "a text"), "payload"
        if beginning in _BASE64_OF_JSON:
            data = unbase64(text, "a text")
            return (parsed(data, limits, "a text"), "base64") if is_json(data) else None
    except (PayloadError, UnicodeError):
        return None
    return None
