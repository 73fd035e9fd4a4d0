"""The questions about a lake as SQL, which DuckDB and Spark both understand. Asks nothing.

Parameters are written `:name`, as Spark takes them; DuckDB takes `$name`. The tables are views on the files of a lake.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

QUESTIONS: Final = ("diff", "history", "moved")

VIEWS: Final = {
    "instances": "instance",
    "snapshots": "snapshot",
    "gaps": "gap",
    "data_nodes": "data_node_version",
    "databases": "database_version",
    "shards": "shard_version",
    "jobs": "job_version",
}
"""The table that each name in a question stands for."""

_PARAMETER: Final = re.compile(r":([a-z]\w*)")


class Question(NamedTuple):
    """A question: its SQL as Spark takes it, its parameters, and the views that it reads."""

    sql: str
    parameters: frozenset[str]
    views: tuple[str, ...]

    @property
    def for_duckdb(self) -> str:
        """The same SQL as DuckDB takes it."""
        return _PARAMETER.sub(r"$\1", self.sql)


def question(name: str) -> Question:
    """Load a question."""
    sql = Path(__file__).with_name(f"{name}.sql").read_text("utf-8")
    views = tuple(view for view in VIEWS if re.search(rf"(FROM|JOIN) {view}\b", sql))
    return Question(sql, frozenset(_PARAMETER.findall(sql)), views)
