"""Layouts: the paths to the facts about shards and databases in a payload. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from drift.core.model import canonical_json
from drift.core.strict_json import step_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Path: TypeAlias = tuple[str, ...]
"""Steps from the root: `.member`, `[]` for each element of an array, `{}` for each member of an object keyed by name,
and last, perhaps, `@key` for the name of the member that leads to the value."""

EACH: Final = "[]"
KEYED: Final = "{}"
KEY: Final = "@key"

# "`<schemaname>_<number>`, a four-digit number starting from 0000": DDM user manual, creating a schema.
NUMBERED: Final = re.compile(r"(.+)_([0-9]{4,})", re.DOTALL)

WAY_ON: Final = (
    "See how the payload is read with `drift inspect FILE`, and name the right paths under [layout] in drift.toml, "
    "or capture with `--source details`"
)
"""The hint for a payload that drift can't read by itself."""

_STEP: Final = re.compile(r'\[\]|\{\}|@key$|\[("(?:[^"\\]|\\.)*")\]|(?:^|\.)([^.\[\]{}@"]+)')


def path_text(path: Path) -> str:
    """Write a path as users do: `databases[].shards[].dataNodeId`, `{}@key`; `$` for the root itself."""
    return "".join(step_text(step[1:]) if step.startswith(".") else step for step in path).lstrip(".") or "$"


def parse_path(text: str) -> Path:
    """Read a path from its text. Raises ValueError for anything else."""
    if text == "$":
        return ()
    if not text:
        raise ValueError("an empty text is no path; the root is '$'")
    steps: list[str] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is no path: cannot read {text[position:]!r}")
        quoted, member = match.groups()
        steps.append(f".{_unquoted(quoted, text)}" if quoted else f".{member}" if member else match.group())
        position = match.end()
    return tuple(steps)


def _unquoted(quoted: str, text: str) -> str:
    try:
        return msgspec.json.decode(quoted, type=str)
    except msgspec.DecodeError as error:
        raise ValueError(f"{text!r} is no path: {quoted} is not quoted as JSON quotes") from error


class Source(NamedTuple):
    """A path as seen from the records at `base`: the ancestor at which it branches off, and the members from there."""

    depth: int
    members: tuple[str, ...]
    is_key: bool

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, path: Path, base: Path) -> Source:
        """Split a path. Raises ValueError unless it goes up from each record and then into members."""
        is_key = path[-1:] == (KEY,)
        target = path[:-1] if is_key else path
        depth = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(target, base, strict=False)))
        rest = target[depth:]
        if is_key and target[-1:] == (EACH,):
            raise ValueError(f"{path_text(path)!r}: the elements of an array have no key")
        if any(not step.startswith(".") for step in rest) or (is_key and (rest or not depth)):
            raise ValueError(f"{path_text(path)!r} can't be reached from the records at {path_text(base)!r}")
        return cls(depth, tuple(step[1:] for step in rest), is_key)


OF_SHARDS: Final = ("shard_name", "data_node", "database", "shard_index", "shard_status")
OF_DATABASES: Final = ("database_name", "shard_mode", "shard_count", "database_status")


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The path to each fact. None: not in the payload, or (in an override) to be found.

    `shards` leads to each shard's record, `databases` to each database's. The others lead from the root to one value,
    and share the beginning that they have in common. Without `database`, the name of a shard contains its database.
    """

    shards: Path
    shard_name: Path | None = None
    data_node: Path | None = None
    database: Path | None = None
    shard_index: Path | None = None
    shard_status: Path | None = None
    databases: Path | None = None
    database_name: Path | None = None
    shard_mode: Path | None = None
    shard_count: Path | None = None
    database_status: Path | None = None

    @classmethod
    def parse(cls, mapping: Mapping[str, str]) -> Layout:
        """Read a `[layout]` table. Raises ValueError with a message for the user for anything else."""
        for key, value in mapping.items():
            if key not in cls.__struct_fields__:
                from difflib import get_close_matches

                close = get_close_matches(key, cls.__struct_fields__, n=1)
                known = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(cls.__struct_fields__)}"
                raise ValueError(f"unknown key {key!r}; {known}")
            if not isinstance(value, str):
                raise ValueError(  # noqa: TRY004 - one class for all that a user can get wrong here
                    f"{key} must be a path in quotes, such as 'databases[].shards[]'"
                )
        if "shards" not in mapping:
            raise ValueError("'shards' is missing: the path to each shard's record, such as 'databases[].shards[]'")
        layout = cls(**{key: parse_path(value) for key, value in mapping.items()})
        layout.check()
        return layout

    def check(self) -> None:
        """Check that each path can be followed from its records. Raises ValueError if one can't."""
        self._check(OF_SHARDS, self.shards)
        if self.shards[-1:] not in {(EACH,), (KEYED,)}:
            raise ValueError(f"{path_text(self.shards)!r} leads to one value; a path to shards ends in [] or {{}}")
        if self.databases and self.databases[-1] == KEY:
            raise ValueError(f"{path_text(self.databases)!r} leads to a key; databases must be a path to records")
        self._check(OF_DATABASES, self.shards if self.databases is None else self.databases)

    def _check(self, roles: Iterable[str], base: Path) -> None:
        for role in roles:
            if (path := getattr(self, role)) is not None:
                Source.of(path, base)

    def completed(self, **paths: Path | None) -> Layout:
        """Copy the layout, with these paths where it has none."""
        open_paths = {field: path for field, path in paths.items() if getattr(self, field) is None}
        return msgspec.structs.replace(self, **open_paths)

    def texts(self) -> dict[str, str]:
        """Write the layout as a `[layout]` table."""
        paths = {field: getattr(self, field) for field in self.__struct_fields__}
        return {field: path_text(path) for field, path in paths.items() if path is not None}


def layouts_text(layouts: tuple[Layout, ...]) -> str:
    """Write layouts as the one text that the store keeps."""
    return canonical_json([layout.texts() for layout in layouts])


def base_of(path: Path) -> Path:
    """Return the path to the records that contain the value at a path."""
    if path[-1:] == (KEY,):
        return path[:-1]
    while path and path[-1].startswith("."):
        path = path[:-1]
    return path
