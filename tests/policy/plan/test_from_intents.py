from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from drift.core.errors import PayloadError
from drift.decode.intents import read_intents
from support.builders import node_id
from support.file_kinds import SECRET, TEXT, a_schema, a_state, a_terraform_plan, an_export, shown_state
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

NODES = [node_id("rds-a"), node_id("rds-b")]


def shards(name: str, count: int) -> dict[str, Any]:
    """A database with its shards on both data nodes."""
    rows = [{"name": f"{name}_{i:04}", "data_node_id": NODES[i % 2]} for i in range(count)]
    return {"name": name, "shard_mode": "cluster", "shard_number": count, "shards": rows}


BEFORE = an_export([shards("orders", 4)])
GROWN = an_export([shards("orders", 8)])
NEW = an_export([shards("orders", 4), shards("users", 2)])
NONE = an_export([])
TABLE = [
    ("a state with a new schema", a_state(a_schema(), a_schema("users", shards=2)), BEFORE, NEW),
    ("a state with more shards", a_state(a_schema(shards=8)), BEFORE, GROWN),
    ("a state that is so already", a_state(a_schema()), BEFORE, BEFORE),
    ("a state as JSON", shown_state(a_schema("users", shards=2)), BEFORE, NEW),
    ("a plan that makes a schema", a_terraform_plan((None, a_schema("users", shards=2))), BEFORE, NEW),
    ("a plan that replaces a schema", a_terraform_plan((a_schema(), a_schema(shards=8))), BEFORE, GROWN),
    (
        "a plan that renames a schema",
        a_terraform_plan((a_schema("users", shards=2), a_schema("people", shards=2))),
        NEW,
        an_export([shards("orders", 4), shards("people", 2)]),
    ),
    ("a plan that deletes a schema", a_terraform_plan((a_schema("users", shards=2), None)), NEW, BEFORE),
    ("a plan that leaves a schema", a_terraform_plan((a_schema(), a_schema())), BEFORE, BEFORE),
]


@pytest.mark.parametrize(("document", "before", "after"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_terraform_means_to_change_passes(
    tmp_path: Path, document: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> None:
    """The plan passes just the change that Terraform means; that nothing happened, or the way back, doesn't pass."""
    for name, content in (("tf", document), ("before", before), ("after", after)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    made = drift(tmp_path, "plan", "from-tfstate", "tf.json", "before.json", "--output", "plan.toml")
    assert made.code == 0, made.err
    assert SECRET not in (tmp_path / "plan.toml").read_text()
    ended = drift(tmp_path, "gate", "before.json", "after.json", "--plan", "plan.toml")
    assert ended.code == 0, ended.out + ended.err
    if before != after:
        assert drift(tmp_path, "gate", "before.json", "before.json", "--plan", "plan.toml").code in {1, 2}
        assert drift(tmp_path, "gate", "after.json", "before.json", "--plan", "plan.toml").code in {1, 2}


def test_a_schema_that_goes_to_another_instance_leaves_this_one() -> None:
    """For each of the two instances, its own half of the replacement is meant."""
    document = a_terraform_plan((a_schema("users", shards=2), a_schema("users", shards=2, instance="i2")))
    (left,), (came,) = (read_intents(document, instance, ()) for instance in ("i1", "i2"))
    assert (left.after, came.before) == (None, None)


def test_a_plan_of_no_change_says_so(tmp_path: Path) -> None:
    """An empty plan is one, and not a silent mistake."""
    (tmp_path / "tf.json").write_text(json.dumps(a_terraform_plan((a_schema(), a_schema()))))
    assert "the plan expects no change" in drift(tmp_path, "plan", "from-tfstate", "tf.json").err


def test_a_state_alone_makes_everything(tmp_path: Path) -> None:
    """Without a snapshot before, all of a state is expected to be new."""
    for name, content in (("tf", a_state(a_schema())), ("before", NONE), ("after", BEFORE)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    assert drift(tmp_path, "plan", "from-tfstate", "tf.json", "--output", "plan.toml").code == 0
    assert drift(tmp_path, "gate", "before.json", "after.json", "--plan", "plan.toml").code == 0


def test_schemas_of_several_instances_need_a_choice() -> None:
    """The instance of the snapshot decides which schemas are meant; without one it is an error."""
    document = a_state(a_schema("a"), a_schema("b", instance="i2"))
    with pytest.raises(PayloadError, match="the schemas of 2 DDM instances: i1, i2"):
        read_intents(document, None, ())
    (change,) = read_intents(document, "i2", ())
    assert change.after
    assert change.after.name == "b"


@pytest.mark.parametrize(
    ("schemas", "says"),
    [
        ([a_schema("a")], "the schemas of 1 DDM instance: i1; the snapshot is of i9"),
        (
            [a_schema("a"), a_schema("b", instance="i2")],
            "the schemas of 2 DDM instances: i1, i2; the snapshot is of i9",
        ),
    ],
    ids=["one", "several"],
)
def test_a_state_of_other_instances_is_refused(schemas: list[dict[str, Any]], says: str) -> None:
    """A snapshot of an instance that the state has no schema of is not the one that it means; the error names both."""
    for document in (a_state(*schemas), a_terraform_plan(*((None, schema) for schema in schemas))):
        with pytest.raises(PayloadError, match=says):
            read_intents(document, "i9", ())


def test_another_file_is_no_state(tmp_path: Path) -> None:
    """A file of another kind is refused with the commands that write a state or a plan."""
    (tmp_path / "r.json").write_text(TEXT)
    ended = drift(tmp_path, "plan", "from-tfstate", "r.json")
    assert ended.code == 4
    assert "r.json: not a Terraform state" in ended.err
    assert "terraform show -json" in ended.err
