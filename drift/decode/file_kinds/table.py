"""The table of the kinds of files, and the opening of a file through as many of them as it is wrapped in. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core import strict_json
from drift.core.errors import PayloadError
from drift.core.sources import FILE, Source
from drift.decode.file_kinds import compressed, encoded, har, http_answer, terraform, wrapped
from drift.decode.file_kinds.kind import Kind
from drift.decode.limits import MIB
from drift.decode.unpack import BOM, limit_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.file_kinds.kind import Inside
    from drift.decode.limits import Limits

KINDS: Final = (
    Kind(
        compressed.GZIP,
        mark="begins with 1f 8b",
        part="the file inside",
        is_of_bytes=True,
        unwrap=compressed.gzip,
    ),
    Kind(
        compressed.ARCHIVE,
        mark="begins with `PK`",
        part="the one file inside",
        is_of_bytes=True,
        unwrap=compressed.archive,
    ),
    Kind(
        encoded.NAME,
        mark="a byte order mark, or NUL bytes beside the first sign; PowerShell's `>` writes it",
        part="the text",
        is_of_bytes=True,
        unwrap=encoded.encoded,
    ),
    Kind(
        http_answer.NAME,
        mark="begins with `HTTP/1.1 200` or the like; `curl -i` writes it",
        part="the body of the last answer, after redirects and `100 Continue`",
        is_of_bytes=True,
        unwrap=http_answer.http_answer,
    ),
    Kind(
        har.NAME,
        mark="an object with `log.entries`; a browser's developer tools save it",
        part="the answer that is an export",
        is_of_bytes=False,
        unwrap=har.har,
    ),
    Kind(
        terraform.STATE,
        mark="an object with `terraform_version`; also the JSON of `terraform show -json`",
        part="the shards of each `huaweicloud_ddm_schema`",
        is_of_bytes=False,
        unwrap=terraform.state,
    ),
    Kind(
        wrapped.NAME,
        mark="an object with an export, or with databases and data nodes, in `body`, `data`, `json` or the like",
        part="the export, as an object, as a text or in base64",
        is_of_bytes=False,
        unwrap=wrapped.wrapped,
    ),
)
"""Every kind of file that holds an export. The first that recognises a file takes it."""

_MOST_LAYERS: Final = 8
_NOT_BASE64: Final = rb"[^A-Za-z0-9+/=_\-\s.\x80-\xff]"  # an abridged payload ends in dots
_BEGINNING: Final = 16  # bytes that distinguish a payload from other text: a damaged one begins well


class Opened(msgspec.Struct, frozen=True):
    """The document in a file, how it is read, and the kinds that it was wrapped in, from the outside in.

    `taken_at` is when the service answered, aware UTC, where the file says it.
    """

    document: Any
    source: Source
    told: tuple[str, ...]
    taken_at: datetime | None = None


def open_file(data: bytes, limits: Limits) -> Opened:
    """Open a file down to the document that describes the topology.

    Raises PayloadError, which names the kind of file, if it holds none or more than one.
    """
    *_, innermost = layers(data, limits)
    return innermost


def layers(data: bytes, limits: Limits) -> Iterator[Opened]:
    """Open a file layer by layer, from the outside in. Raises PayloadError as `open_file` does."""
    layer = Opened(data, FILE, ())
    for _ in range(_MOST_LAYERS):
        _bound(layer.document, limits)
        inside = _unwrapped(layer.document, limits)
        if inside is not None:
            told = (*layer.told, *([inside.told] if inside.told else []))
            layer = Opened(inside.value, inside.source, told, inside.taken_at or layer.taken_at)
        elif isinstance(layer.document, bytes):
            layer = msgspec.structs.replace(layer, document=parse_text(layer.document, limits))
        else:
            return
        yield layer
        if layer.source is not FILE:
            return
    raise PayloadError(
        f"more than {_MOST_LAYERS} files in one another", place="the file", hint="Hand over the innermost one"
    )


def _unwrapped(value: Any, limits: Limits) -> Inside | None:  # noqa: ANN401 - bytes or any JSON value
    kinds = (kind for kind in KINDS if kind.is_of_bytes == isinstance(value, bytes))
    return next((inside for kind in kinds if (inside := kind.unwrap(value, limits))), None)


def _bound(value: Any, limits: Limits) -> None:  # noqa: ANN401 - bytes or any JSON value
    if isinstance(value, bytes) and len(value) > limits.inflated_mib * MIB:
        raise PayloadError(f"larger than {limits.inflated_mib} MiB", place="the file", hint=limit_hint("inflated_mib"))


def parse_text(data: bytes, limits: Limits) -> Any:  # noqa: ANN401 - any JSON value
    """Parse the JSON of a text; a payload alone gives that text. Raises PayloadError for anything else."""
    text = data.removeprefix(BOM).strip()
    if not text:
        raise PayloadError("is empty", place="the file", hint="Save the whole API response to the file")
    if text[:1] in b'{["':
        return strict_json.loads(text, nesting=limits.nesting, what="the file", containers=limits.containers)
    if odd := re.search(_NOT_BASE64, text[:_BEGINNING]):
        sign = odd.group().decode("latin-1")
        raise PayloadError(f"neither JSON nor base64: {sign!r} at character {odd.start()}", place="the file")
    return text.decode("latin-1")
