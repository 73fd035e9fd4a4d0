"""The export: envelope, base64, gzip, JSON and layout to records. Pure, bounded, and every error names its place.

Source of the envelope: DownloadSchemaMetadata, DDM API reference. It does not document that
`compressed_databases_info` is base64 of gzip of JSON; its example begins as such a text does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
from msgspec import structs

from drift.core import strict_json
from drift.core.errors import LayoutError, PayloadError
from drift.core.member_names import plain
from drift.core.model import DATA_NODES_SCOPE, DataNode, Gap, canonical_json
from drift.core.strict_json import without_gc
from drift.decode.content import Content, Sizes
from drift.decode.evidence import DoubtError, Evidence, caveats, considered, doubt, weigh
from drift.decode.file_kinds.exports import PAYLOAD, error_code
from drift.decode.layouts import (
    Layout,
    Nodes,
    Reader,
    Reading,
    along,
    complete,
    find,
    path_text,
    survey,
)
from drift.decode.layouts.record_tables import Tables
from drift.decode.limits import MIB
from drift.decode.samples import long_arrays
from drift.decode.samples.extend import UnevenError, extend
from drift.decode.sources.listed_data_nodes import data_nodes_of
from drift.decode.unpack import BOM, NO_EXPORT, inflate, limit_hint, unbase64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drift.decode.content import Options
    from drift.decode.limits import Limits
    from drift.decode.samples.long_arrays import LongArray

_DATA_NODES: Final = "datanodes"
_THINNEST: Final = 8  # a record may lack all but one in so many of the members that others have
_MOST_EMPTY: Final = 20_000_000  # members that records lack beyond that: some seconds, and 200 MiB
_IN_FULL: Final = "Capture again; if it stays so, `--source details` reads the documented calls instead"
_NO_ARRAYS: Final[Mapping[int, LongArray]] = {}


def read(data: bytes, options: Options) -> Content:
    """Decode an API response. Raises PayloadError unless it is whole and unambiguous."""
    _bound_response(data, options.limits)
    document = strict_json.loads(
        data.removeprefix(BOM),
        nesting=options.limits.nesting,
        what="the response",
        containers=options.limits.containers,
    )
    _refuse_vacant(document)
    payload = _member(document, PAYLOAD)
    if payload is None or _member(document, _DATA_NODES) is None:
        _refuse_envelope(document)
    return _decode_envelope(document, options)


def decode_document(document: Any, options: Options) -> Content:  # noqa: ANN401 - any JSON value
    """Decode the JSON of a saved file: a response, its payload alone, or the decoded payload beside its data nodes.

    Without a list of data nodes, their names and addresses are a gap. Raises PayloadError as `read` does.
    """
    if isinstance(document, str):
        return _decode_payload(document, None, options)
    _refuse_vacant(document)
    if _member(document, PAYLOAD) is not None:
        return _decode_envelope(document, options)
    if error_code(document) is not None:
        _refuse_envelope(document)
    nodes = _member(document, _DATA_NODES) if _describes_nodes(_member(document, _DATA_NODES)) else None
    inner = document
    if nodes is not None:
        inner = {key: value for key, value in document.items() if plain(key) != _DATA_NODES}
    if inner in ({}, []):
        # An empty payload means that there are no shards; a missing payload means nothing.
        _refuse_envelope(document)
    return _read(inner, nodes, options, Sizes())


# --- the envelope ---------------------------------------------------------------------------------------------------


def _bound_response(data: bytes, limits: Limits) -> None:
    if len(data) > limits.response_mib * MIB:
        raise PayloadError(
            f"larger than {limits.response_mib} MiB", place="the response", hint=limit_hint("response_mib")
        )


def _member(document: Any, word: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the member of that plain name, or None. Raises PayloadError if two spellings of it are present."""
    keys = [key for key in document if plain(key) == word] if type(document) is dict else []
    if len(keys) > 1:
        raise PayloadError(
            f"the same member appears twice, as {' and '.join(keys)}", place="the response", hint=NO_EXPORT
        )
    return document[keys[0]] if keys else None


def _refuse_vacant(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Refuse an export whose payload is there and holds nothing: an instance without databases has an empty list."""
    for key, value in document.items() if type(document) is dict else ():
        if plain(key) == PAYLOAD and (value is None or (type(value) is str and not value.strip())):
            found = "null" if value is None else "an empty text"
            raise PayloadError(
                f"the payload is {found}: the service exported nothing, not even an empty list of databases",
                place=key,
                hint=_IN_FULL,
            )


def _refuse_envelope(document: Any) -> NoReturn:  # noqa: ANN401 - any JSON value
    code = error_code(document)
    if code is not None:
        raise PayloadError(f"an error of the service, not an export: {code[:80]!r}", place="the response")
    missing = "data_nodes" if _member(document, PAYLOAD) is not None else "compressed_databases_info"
    raise PayloadError(
        f"{missing} is missing: expected an object with compressed_databases_info and data_nodes",
        place="the response",
        hint="This must be the answer of GET /v3/{project_id}/instances/{instance_id}/schema-metadata",
    )


def _describes_nodes(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a member lists data nodes as the envelope does, without shards below each node."""
    return type(value) is list and not any(
        type(inner) in {dict, list} for node in value if type(node) is dict for inner in node.values()
    )


def _decode_envelope(document: Any, options: Options) -> Content:  # noqa: ANN401 - any JSON value
    payload, nodes = _member(document, PAYLOAD), _member(document, _DATA_NODES)
    for key, value in document.items():
        if caveats.says_cut_off(key, value):
            raise PayloadError("the service says that its answer is not whole", place=key, hint=_IN_FULL)
    if type(payload) is str:
        return _decode_payload(payload, nodes, options)
    if type(payload) in {dict, list}:
        return _read(payload, nodes, options, Sizes())
    raise PayloadError("expected a text in base64", place="compressed_databases_info", hint=NO_EXPORT)


def _decode_payload(text: str, nodes: Any, options: Options) -> Content:  # noqa: ANN401 - any JSON value
    is_plain = text.lstrip().startswith(("{", "["))
    compressed = text.encode() if is_plain else unbase64(text, "compressed_databases_info")

    def inflated() -> bytes:
        limit = options.limits.inflated_mib * MIB
        return inflate(compressed, limit, "compressed_databases_info").removeprefix(BOM)

    return _read_text(inflated, nodes, options, Sizes(encoded=len(text), compressed=len(compressed)))


def _read_text(inflated: Callable[[], bytes], nodes: Any, options: Options, sizes: Sizes) -> Content:  # noqa: ANN401 - any JSON value
    """Read a payload by samples of its long arrays; or as a whole, where these don't tell everything.

    Its text is inflated again for that, as it would take as much memory as all that is read of it. By a user's layout
    it is read as a whole: what contradicts that may stand in any member, a volatile one, too.
    """
    limits = options.limits
    thinned = long_arrays.parse(inflated(), nesting=limits.nesting, containers=limits.containers)
    if thinned is not None and not (thinned.arrays and (options.explains or options.layout)):
        sizes = structs.replace(sizes, inflated=thinned.size, depth=thinned.depth)
        if not thinned.arrays:
            return _read(thinned.document, nodes, options, sizes)
        try:
            samples = structs.replace(options, defers_doubt=False)
            return _read(thinned.document, nodes, samples, sizes, thinned.arrays)
        except (PayloadError, UnevenError):
            del thinned
    text = inflated()
    parsed = strict_json.parse(text, nesting=limits.nesting, what="the payload", containers=limits.containers)
    return _read(parsed.value, nodes, options, structs.replace(sizes, inflated=len(text), depth=parsed.depth))


# --- records --------------------------------------------------------------------------------------------------------


def _tables(inner: Any, nodes: Nodes, options: Options) -> Tables:  # noqa: ANN401 - any JSON value
    """Return the tables of a decoded payload: all of them, or those of the layouts in the options."""
    if not options.layout:
        return survey(inner, lambda value: nodes.find(value) is not None)
    paths = [path for layout in options.layout for path in (layout.shards, layout.databases) if path]
    return Tables((path, table) for each in paths for path, table in along(inner, each).items())


def _read(
    inner: Any,  # noqa: ANN401 - any JSON value
    listed: Any,  # noqa: ANN401 - any JSON value
    options: Options,
    sizes: Sizes,
    arrays: Mapping[int, LongArray] = _NO_ARRAYS,
) -> Content:
    """Read a decoded payload. Raises UnevenError if its long arrays, where it has samples, can't be read by these."""
    if type(inner) not in {dict, list}:
        raise PayloadError("expected an object or an array", place="the payload", hint=NO_EXPORT)
    data_nodes = None if listed is None else data_nodes_of(listed, options.volatile_words)
    nodes = Nodes(data_nodes, by_name=bool(options.layout))
    with without_gc():
        tables = _tables(inner, nodes, options)
        _bound_members(tables, arrays)
        layouts = tuple(complete(layout, tables, nodes) for layout in options.layout) or _found(inner, tables, nodes)
        beyond = sum(each.size - len(each.sample) for each in arrays.values())
        _bound_records(sum(len(tables[layout.shards]) for layout in layouts) + beyond, options)
        reading = Reader(tables, nodes, options.volatile_words).read(layouts)
        lengths = {key: each.size for key, each in arrays.items()}
        evidence, found = _weighed(inner, reading, tables, nodes, options, lengths=lengths)
        reading = extend(reading, arrays, nodes, options.volatile_words) if arrays else reading
        others = considered(layouts, tables, nodes) if options.explains and not options.layout else ()
    unlisted = Gap(DATA_NODES_SCOPE, "the file has no list of data nodes")
    return Content(
        data_nodes=tuple(_described(node, reading.node_attributes) for node in data_nodes or ()),
        databases=reading.databases,
        gaps=reading.gaps if nodes.listed else (*reading.gaps, unlisted),
        layouts=layouts,
        evidence=evidence,
        doubt=found,
        considered=others,
        warnings=_warnings(reading, data_nodes),
        sizes=sizes,
    )


def _weighed(
    inner: Any,  # noqa: ANN401 - any JSON value
    reading: Reading,
    tables: Tables,
    nodes: Nodes,
    options: Options,
    *,
    lengths: Mapping[int, int],
) -> tuple[tuple[Evidence, ...], DoubtError | None]:
    """Weigh a reading, unless a user's layout decides. Return a doubt only where it is to be deferred."""
    if options.layout:
        return (), None
    try:
        return weigh(inner, reading, tables, nodes, lengths), None
    except DoubtError as error:
        if not options.defers_doubt:
            raise
        return (), error.with_traceback(None)  # whose frames would keep the whole document


def _found(inner: Any, tables: Tables, nodes: Nodes) -> tuple[Layout, ...]:  # noqa: ANN401 - any JSON value
    """Find the layouts by exact ids. Where only data nodes' names lead to shards, they are a doubt."""
    try:
        return find(tables, nodes)
    except LayoutError as error:
        loosely = nodes.loosely()
        try:
            tables = survey(inner, lambda value: loosely.find(value) is not None)
            layouts = find(tables, loosely)
        except LayoutError:
            raise error from None
        if not layouts or not _refer_by_name(layouts, tables, nodes):
            raise
        readings = [f"{path_text(layout.data_node or ())} names the data nodes of the shards" for layout in layouts]
        raise doubt(
            "node-by-name", path_text(layouts[0].data_node or ()), *readings, "it is about something else"
        ) from error


def _refer_by_name(layouts: tuple[Layout, ...], tables: Tables, nodes: Nodes) -> bool:
    """Whether any reference of the shards that were found is no data node's exact id."""
    return any(
        nodes.find(value) is None
        for layout in layouts
        if layout.data_node is not None
        for value in tables[layout.shards].distinct(layout.data_node)
    )


def _bound_members(tables: Tables, arrays: Mapping[int, LongArray]) -> None:
    """Refuse records of which hardly any have a member in common: each member is a column of all of them."""
    empty = 0
    for path, table in tables.items():
        count, filled = len(table), sum(len(record) for record in table.records if type(record) is dict)
        for array in (arrays[id(chunk.records)] for chunk in table.chunks if id(chunk.records) in arrays):
            beyond = array.size - len(array.sample)
            count, filled = count + beyond, filled + beyond * len(array.sample[0])
        empty += max(0, count * len(table.members) - _THINNEST * filled)
        if empty > _MOST_EMPTY:
            raise PayloadError(
                f"{count:,} records with {len(table.members):,} different members have hardly any in common",
                place=path_text(path),
                hint=NO_EXPORT,
            )


def _bound_records(count: int, options: Options) -> None:
    if count > options.limits.records:
        raise PayloadError(
            f"{count:,} shards are more than the limit of {options.limits.records:,} records",
            place="the payload",
            hint=limit_hint("records"),
        )


def _described(node: DataNode, node_attributes: Mapping[str, dict[str, Any]]) -> DataNode:
    """Add the payload's attributes of a data node to those of the list, which take precedence."""
    attributes = node_attributes.get(node.id)
    if not attributes:
        return node
    return structs.replace(node, attributes=canonical_json(attributes | msgspec.json.decode(node.attributes)))


def _warnings(reading: Any, data_nodes: Iterable[DataNode] | None) -> tuple[str, ...]:  # noqa: ANN401
    if data_nodes is None or not reading.strangers:
        return ()
    strangers = set(reading.strangers)
    counts = dict.fromkeys(reading.strangers, 0)
    for database in reading.databases:
        for shard in database.shards:
            if shard.data_node_id in strangers:
                counts[shard.data_node_id] += 1
    return tuple(
        f"{count} shard{'s' * (count != 1)} on the data node {name}, which the export doesn't list"
        for name, count in counts.items()
    )
