from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.decode.sources import snapshot_file
from drift.simulator import default_cloud, serve
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id
from support.shell import drift
from support.stores import keep

if TYPE_CHECKING:
    from pathlib import Path

THREE = ("rds-1", "rds-2", "rds-3")
BEFORE = a_snapshot(a_database(shards=16), a_database("users"), label="pre")
MOVED = [
    *a_database(shards=16).shards[:12],
    *(a_shard(f"orders_{number:04}", on="rds-3") for number in range(12, 16)),
]
AFTER = a_snapshot(a_database(shards=MOVED), a_database("users"), nodes=THREE, minutes=30, label="post")
PLAN = """\
change = "CHG-123"

[[expect]]
rule = "data-node-added"
name = "rds-3"

[[expect]]
rule = "shard-moved"
database = "orders"
name = "orders_{0012..0015}"
from = "rds-2"
to = "rds-3"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a plan, and with two snapshots in a store and as files between which it is met."""
    keep(tmp_path, BEFORE, AFTER)
    for name, snapshot in {"before.json": BEFORE, "after.json": AFTER}.items():
        (tmp_path / name).write_bytes(snapshot_file.dumps(snapshot))
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path


@pytest.mark.parametrize("pair", [("1", "2"), ("pre", "latest"), ("before.json", "after.json"), ("1", "after.json")])
def test_a_gate_passes_when_the_plan_is_met(folder: Path, pair: tuple[str, str]) -> None:
    """What the plan expects, and nothing else, has happened: 0, and every change is expected."""
    assert drift(folder, "gate", *pair).code == 1
    ended = drift(folder, "gate", *pair, "--plan", "plan.toml", "--format", "json")
    report = json.loads(ended.out)
    assert (ended.code, ended.err, report["verdict"]) == (0, "", "expected")
    assert {change["disposition"] for change in report["changes"]} == {"expected"}
    assert [change["item"] for change in report["changes"]] == [0, 1, 1, 1, 1]
    assert report["plan"]["change"] == "CHG-123"
    assert [(item["status"], item["found"]) for item in report["plan"]["items"]] == [("matched", 1), ("matched", 4)]


@pytest.mark.parametrize("pair", [("1", "2"), ("before.json", "after.json")])
@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("order_0012", "expect[2].name: no such shard (did you mean orders_0012?)"),
        ("orders_{0100..0107}", "expect[2].name: no such shard"),
        ("user*", None),
    ],
)
def test_a_shard_that_could_not_exist_is_an_error(
    folder: Path, pair: tuple[str, str], names: str, told: str | None
) -> None:
    """A shard that is in neither snapshot is a slip; one that is, but hasn't moved, is missing."""
    plan = PLAN.replace("orders_{0012..0015}", names)
    (folder / "plan.toml").write_text(plan if told else plan.replace('database = "orders"', 'database = "users"'))
    ended = drift(folder, "gate", *pair, "--plan", "plan.toml")
    assert ended.code == (2 if told else 1)
    assert (told or "") in ended.err
    assert bool(ended.out) == (told is None)


@pytest.mark.parametrize(
    ("old", "new", "told", "unplanned"),
    [
        ("0015", "0016", "partial, 4 of 5; not seen: orders_0016", ""),
        ("0015", "0014", "3 of 3", "unplanned: 1 change"),
        ('to = "rds-3"', 'to = "rds-1"', "wrong, 0 of 4; 4 elsewhere: orders_0012 … orders_0015 (4) on rds-3", ""),
        ("{0012..0015}", "{0000..0003}", "missing, 0 of 4; not seen: orders_0000 … orders_0003 (4)",
         "unplanned: 4 changes"),
    ],
)  # fmt: skip
def test_a_gate_fails_when_the_plan_is_not_met(folder: Path, old: str, new: str, told: str, unplanned: str) -> None:
    """Partial, wrong, missing and unplanned each fail with 1, and each is told."""
    (folder / "plan.toml").write_text(PLAN.replace(old, new))
    for fmt in ("text", "markdown"):
        ended = drift(folder, "gate", "1", "2", "--plan", "plan.toml", "--format", fmt)
        words = " ".join(ended.out.replace("`", "").split())
        assert ended.code == 1
        assert told in words
        assert ("✘ unplanned: " in words) == bool(unplanned)
        assert unplanned in words


def test_a_diff_can_be_told_against_a_plan(folder: Path) -> None:
    """The same plan in `drift diff`, which ends with 0 unless asked to judge."""
    (folder / "plan.toml").write_text(PLAN.replace("0015", "0016"))
    assert drift(folder, "diff", "1", "2", "--plan", "plan.toml").code == 0
    ended = drift(folder, "diff", "1", "2", "--plan", "plan.toml", "--exit-code", "--format", "markdown")
    assert ended.code == 1
    assert "drift diff 1 2 --plan plan.toml" in ended.out


def test_before_the_migration_the_plan_is_missing(folder: Path) -> None:
    """Where nothing has changed yet, the plan is not met, in words that say so."""
    ended = drift(folder, "gate", "1", "before.json", "--plan", "plan.toml")
    assert ended.code == 1
    assert "plan CHG-123 not met: nothing changed" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[[expect]]\nrule = "shard-moved"\nto = "rds-33"\n', "expect[1].to: no such data node (did you mean rds-3?)"),
        ('[[expect]]\nrule = "shard-move"\n', "expect[1].rule: unknown rule (did you mean shard-moved?)"),
        ("[[expect", "not TOML"),
        ("\0", "not TOML"),
    ],
)
def test_a_wrong_plan_is_no_drift(folder: Path, content: str, told: str) -> None:
    """A slip in a plan is the user's, 2, and never 1."""
    (folder / "plan.toml").write_text(content)
    ended = drift(folder, "gate", "1", "2", "--plan", "plan.toml")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert drift(folder, "gate", "1", "2", "--plan", "nowhere.toml").code == 2


@pytest.mark.parametrize("fmt", ["text", "markdown", "json"])
def test_a_plan_written_from_a_diff_passes(folder: Path, fmt: str) -> None:
    """`from-diff` writes a plan with which the gate passes; reversed, it passes on the way back."""
    written = drift(folder, "plan", "from-diff", "1", "2", "--change", "CHG-9")
    assert written.out.count("[[expect]]") == 2
    (folder / "new.toml").write_text(written.out)
    assert drift(folder, "gate", "1", "2", "--plan", "new.toml", "--format", fmt, "--fail-on", "info").code == 0
    assert drift(folder, "plan", "reverse", "new.toml", "--output", "back.toml").code == 0
    assert drift(folder, "gate", "2", "1", "--plan", "back.toml", "--format", fmt, "--fail-on", "info").code == 0
    assert drift(folder, "plan", "reverse", "1", "2", "-o", "undo.toml").code == 0
    assert drift(folder, "gate", "2", "1", "--plan", "undo.toml", "--format", fmt, "--fail-on", "info").code == 0


def test_a_plan_is_reversed_from_a_plan_or_two_snapshots(folder: Path) -> None:
    """One snapshot alone can't be undone."""
    ended = drift(folder, "plan", "reverse", "1")
    assert ended.code == 2
    assert "PLAN.toml" in ended.err
    told = drift(folder, "plan", "reverse", "plan.toml", "--change", "ROLLBACK-123").out
    assert 'change = "ROLLBACK-123"' in told
    assert 'rule = "data-node-removed"' in told
    assert 'from = "rds-3"\nto = "rds-2"' in told


def test_a_plan_is_explained_in_words(folder: Path) -> None:
    """Alone, a plan says what is meant; against a snapshot, how much of it can still happen."""
    told = drift(folder, "plan", "show", "plan.toml")
    assert told.code == 0
    assert told.out.splitlines() == [
        "plan CHG-123: 2 expected changes, and nothing else",
        "  1. 1 data node to appear: rds-3",
        '  2. 4 shards of orders to move from rds-2 to rds-3: "orders_{0012..0015}"',
    ]
    before = drift(folder, "plan", "show", "plan.toml", "pre")
    assert before.code == 0
    assert "✔ 4 possible, 4 expected" in before.out
    assert "2 of 2 are possible in pre as it is now" in before.out
    after = drift(folder, "plan", "show", "plan.toml", "after.json")
    assert after.code == 1
    assert "✘ 0 possible, 4 expected; already so: orders_0012 … orders_0015 (4)" in after.out
    assert "0 of 2 are possible in after.json as it is now" in after.out


@pytest.mark.parametrize(
    ("item", "told", "ahead"),
    [
        ('rule = "shard-moved"\nname = "orders_{0014..0017}"', "4 shards to move", "✘ 2 possible, at least 4 expected"),
        ('rule = "shard-added"\ndatabase = "orders"\ncount = 4', "4 shards of orders to appear", "· the matching"),
        ('rule = "database-removed"\nname = "users"', "1 database to disappear: users", "✔ 1 possible, 1 expected"),
        ('rule = "database-resharded"\nname = "users"\nwas = { shard_count = 8 }',
         '1 database to change shard mode or shard count: users, was {"shard_count":8}',
         "✘ 0 possible, 1 expected; not possible: users"),
        ('rule = "database-resharded"\nname = "users"\nbecomes = { shard_count = 4 }', "1 database to change",
         "✘ 0 possible, 1 expected; already so: users"),
        ('rule = "shard-removed"\ndatabase = "users"\nname = "users_{0003..0004}"', "2 shards of users to disappear",
         "✘ 1 possible, 2 expected; already so: users_0004"),
        ('rule = "shard-moved"\ndatabase = "users"\nto = "rds-1"', "at least 1 shards of users to move to rds-1",
         "✔ 2 possible, at least 1 expected; already so: users_0000, users_0001"),
        ('rule = "data-node-engine-changed"\nname = "rds-*"\ncount = "1.."',
         "at least 1 data nodes to change engine or major version", "✔ 2 possible, at least 1 expected"),
        ('rule = "shard-added"\ndatabase = "users"\nname = "users_{0003..0004}"', "2 shards of users to appear",
         "✘ 1 possible, 2 expected; already so: users_0003"),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_explained(folder: Path, item: str, told: str, ahead: str) -> None:
    """What is expected of whom, and whether it can happen, for additions, removals, moves and values."""
    (folder / "plan.toml").write_text(f"[[expect]]\n{item}\n")
    out = drift(folder, "plan", "show", "plan.toml", "pre").out
    assert told in out
    assert ahead in out


@pytest.mark.parametrize(
    ("items", "ahead"),
    [
        (('name = "orders_*"\ncount = 12', 'name = "orders_{0012..0015}"'),
         ["✔ 12 possible, 12 expected", "✔ 4 possible, 4 expected"]),
        (('name = "orders_*"\ncount = 14', 'name = "orders_{0012..0015}"'),
         ["✔ 14 possible, 14 expected", "✘ 2 possible, 4 expected"]),
        (('name = "orders_000?"', 'name = "orders_{0000..0001}"'),
         ["✔ 8 possible, at least 1 expected", "✔ 2 possible, 2 expected"]),
    ],
)  # fmt: skip
def test_a_change_is_possible_for_one_item_only(folder: Path, items: tuple[str, ...], ahead: list[str]) -> None:
    """What can happen is counted as the gate counts what has: each change for one item, as many as possible met."""
    tables = [f'[[expect]]\nrule = "shard-moved"\ndatabase = "orders"\nto = "rds-9"\n{item}\n' for item in items]
    (folder / "plan.toml").write_text("\n".join(['[[expect]]\nrule = "data-node-added"\nname = "rds-9"\n', *tables]))
    told = drift(folder, "plan", "show", "plan.toml", "pre").out
    assert [line.strip() for line in told.splitlines() if " possible, " in line][1:] == ahead


@pytest.mark.parametrize(
    ("content", "gaps", "code"),
    [
        (PLAN, {}, 1),
        (PLAN, {"database users": "500"}, 4),
        (PLAN + '[[expect]]\nrule = "shard-removed"\nname = "users_0000"\n', {}, 0),
        ('change = "CHG-1"\n', {}, 0),
    ],
)
def test_a_plan_of_which_nothing_can_happen_is_past(
    tmp_path: Path, content: str, gaps: dict[str, str], code: int
) -> None:
    """It ends with 1, unless the snapshot is no proof: 4. One change that can still happen, or none planned, is 0."""
    after = a_snapshot(a_database(shards=MOVED), a_database("users"), nodes=THREE, gaps=gaps)
    (tmp_path / "after.json").write_bytes(snapshot_file.dumps(after))
    (tmp_path / "plan.toml").write_text(content)
    assert drift(tmp_path, "plan", "show", "plan.toml", "after.json").code == code


def test_a_slip_in_a_plan_is_found_before_the_migration(folder: Path) -> None:
    """`drift plan show` knows what doesn't exist, as the gate will."""
    (folder / "plan.toml").write_text(PLAN.replace('from = "rds-2"', 'from = "rds-22"'))
    ended = drift(folder, "plan", "show", "plan.toml", "pre")
    assert (ended.code, "did you mean rds-2?" in ended.err) == (2, True)


RENAMED = msgspec.structs.replace(a_node("rds-2"), name="rds-2-new")
OTHERS = a_snapshot(
    a_database(shards=[a_shard("orders_0000", on="rds-9"), a_shard("orders_0001", on="rds-2")]),
    nodes=[a_node("rds-9"), RENAMED],
    minutes=30,
)
WERE = a_snapshot(a_database(shards=2), a_database("users", shards=2))
"""Before `OTHERS`: rds-1 is replaced by rds-9, rds-2 gets another name, and users is dropped."""


def test_a_plan_that_drift_wrote_can_be_shown_before_and_after(tmp_path: Path) -> None:
    """Whatever it removes or renames: all is possible before (0), nothing after (1), and `begin` warns of nothing."""
    for name, snapshot in {"before.json": WERE, "after.json": OTHERS}.items():
        (tmp_path / name).write_bytes(snapshot_file.dumps(snapshot))
    assert drift(tmp_path, "plan", "from-diff", "before.json", "after.json", "-o", "plan.toml").code == 0
    assert drift(tmp_path, "plan", "reverse", "plan.toml", "-o", "back.toml").code == 0
    for plan, one, other in (("plan", "before", "after"), ("back", "after", "before")):
        shown = drift(tmp_path, "plan", "show", f"{plan}.toml", f"{one}.json")
        assert (shown.code, "✘" in shown.out, shown.err) == (0, False, "")
        past = drift(tmp_path, "plan", "show", f"{plan}.toml", f"{other}.json")
        assert (past.code, "✔" in past.out, "not possible" in past.out, past.err) == (1, False, False, "")
        assert drift(tmp_path, "gate", f"{one}.json", f"{other}.json", "--plan", f"{plan}.toml").code == 0
    begun = drift(tmp_path, "begin", "CHG-1", "orders-prod", "--from-file", "before.json", "--plan", "plan.toml")
    assert "no such" not in begun.err
    assert drift(tmp_path, "end", "CHG-1", "--from-file", "after.json").code == 0


@pytest.mark.parametrize("item", ["", 'name = "rds-2"\n', 'name = "rds-2-new"\n', f'name = "{node_id("rds-2")}"\n'])
def test_a_plan_calls_a_renamed_data_node_by_either_name(tmp_path: Path, item: str) -> None:
    """Before the change and after it; where it did not happen, it is missing (1) and no slip."""
    for name, node in {"before.json": a_node("rds-2"), "after.json": RENAMED}.items():
        (tmp_path / name).write_bytes(snapshot_file.dumps(a_snapshot(nodes=[node])))
    values = 'was = { name = "rds-2" }\nbecomes = { name = "rds-2-new" }\n'
    more = "".join(f'[[expect]]\nrule = "shard-moved"\nto = "{name}"\ncount = 0\n' for name in ("rds-2", "rds-2-new"))
    (tmp_path / "plan.toml").write_text(f'[[expect]]\nrule = "data-node-renamed"\n{item}{values}{more}')
    ended = drift(tmp_path, "gate", "before.json", "before.json", "--plan", "plan.toml")
    assert (ended.code, ended.err) == (1, "")
    for file, told in (
        ("before.json", "✔ 1 possible, 1 expected"),
        ("after.json", "✘ 0 possible, 1 expected; already"),
    ):
        shown = drift(tmp_path, "plan", "show", "plan.toml", file)
        assert shown.err == ""
        assert told.replace("1 expected", "1 expected" if item else "at least 1 expected") in shown.out
    slip = (tmp_path / "plan.toml").read_text().replace('to = "rds-2-new"', 'to = "rds-2-now"')
    (tmp_path / "plan.toml").write_text(slip)
    assert drift(tmp_path, "plan", "show", "plan.toml", "before.json").code == 2


JOB = {
    "original_shard_num": "16",
    "after_shard_num": 16,
    "original_dn_info_list": [{"dn_instance_id": node_id(name), "dn_instance_name": name} for name in THREE[:2]],
    "after_dn_info_list": [{"dn_instance_id": node_id(name), "dn_instance_name": name} for name in THREE],
}


def test_a_plan_is_made_of_a_saved_job(folder: Path) -> None:
    """What a job says is expected, and that it says no more is said; the migration that it was meets it."""
    (folder / "job.json").write_text(json.dumps(JOB))
    told = drift(folder, "plan", "from-job", "job.json", "--database", "orders", "--change", "CHG-123")
    assert told.code == 0
    assert "doesn't say which shard goes where" in told.out
    (folder / "job.toml").write_text(told.out)
    assert drift(folder, "gate", "1", "2", "--plan", "job.toml").code == 0
    assert drift(folder, "gate", "1", "1", "--plan", "job.toml").code == 1


@pytest.mark.parametrize(
    ("content", "arguments", "told"),
    [
        (JOB, (), "--database NAME"),
        ({**JOB, "after_shard_num": "many"}, ("--database", "orders"), "job.after_shard_num"),
        ({**JOB, "after_dn_info_list": []}, ("--database", "orders"), "job.after_dn_info_list"),
        ({**JOB, "after_dn_info_list": [{"id": 1}]}, ("--database", "orders"), "job.after_dn_info_list[0]"),
        ([], ("--database", "orders"), "the detail of a migration job"),
    ],
)
def test_what_is_no_job_is_refused(folder: Path, content: object, arguments: tuple[str, ...], told: str) -> None:
    """A file that isn't the detail of a migration can't be read, 4, and the place is named."""
    (folder / "job.json").write_text(json.dumps(content))
    ended = drift(folder, "plan", "from-job", "job.json", *arguments)
    assert (ended.code, ended.out) == (4, "")
    assert told in ended.err


@pytest.mark.parametrize(("shards", "nodes"), [(None, ("rds-orders-9",)), (32, ()), (32, ("rds-orders-9",))])
def test_a_plan_of_a_job_is_met_by_its_migration(tmp_path: Path, shards: int | None, nodes: tuple[str, ...]) -> None:
    """Each of DDM's three methods, in the simulated cloud: the plan of the job is met by what the job did."""
    cloud = default_cloud()
    instance = cloud.instance("orders-prod")
    with serve(cloud) as server:
        live = cloud.variables(server.url, instance)
        assert drift(tmp_path, "export", "live", "--output", "before.json", **live).code == 0
        job = (
            instance.scale_out(*nodes, databases=["orders"])[0]
            if shards is None
            else instance.reshard("orders", shards, *nodes)
        )
        assert drift(tmp_path, "plan", "from-job", job, "-o", "plan.toml", **live).code == 0
        assert drift(tmp_path, "gate", "before.json", "live", "--plan", "plan.toml", **live).code == 0
        assert drift(tmp_path, "plan", "from-job", "0" * 8, **live).code == 2
