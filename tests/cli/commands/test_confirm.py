from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from drift.decode.sources import snapshot_file
from drift.simulator import default_cloud, serve
from drift.store import Store
from support.builders import a_database, a_snapshot
from support.shell import drift, spawn
from support.stores import keep

WHOLE = a_snapshot(a_database("orders", shards=8), a_database("users"), label="before")
EMPTY = a_snapshot(minutes=10, label="after")
LOST = a_snapshot(a_database("users"), minutes=10, label="after")


@pytest.fixture(scope="module", params=[EMPTY, LOST], ids=["empty", "lost"])
def made(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    made = tmp_path_factory.mktemp("made")
    (made / "after.json").write_bytes(snapshot_file.dumps(request.param))
    (made / "before.json").write_bytes(snapshot_file.dumps(WHOLE))
    return keep(made, WHOLE, request.param)


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """A folder with a store of a whole snapshot and a suspect one; the suspect one is also in a file."""
    return Path(shutil.copytree(made, tmp_path, dirs_exist_ok=True))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("gate", 4),
        ("gate before after", 4),
        ("gate after before", 4),
        ("gate before.json after.json", 4),
        ("gate before after.json", 4),
        ("gate --fail-on error", 4),
        ("gate --report-only", 4),
        ("diff before after", 0),
        ("diff before after --exit-code", 4),
        ("check", 4),
        ("check before", 0),
        ("show", 0),
        ("log", 0),
        ("history users", 0),
        ("export", 0),
        ("confirm before", 2),
        ("confirm after.json", 2),
        ("confirm live", 2),
        ("confirm 9", 4),
        ("confirm", 2),
        ("confirm latest --reason dropped", 0),
        ("confirm latest", 0),
        ("confirm latest --undo", 0),
    ],
)
def test_how_a_command_ends_on_a_suspect_snapshot(folder: Path, line: str, code: int) -> None:
    """What judges ends with 4; what shows, shows; only a suspect snapshot can be confirmed."""
    assert drift(folder, *line.split()).code == code


@pytest.mark.parametrize("line", ["gate", "check", "show", "log", "history users", "export", "diff before after"])
@pytest.mark.parametrize("fmt", ["text", "markdown", "json", "html", "junit", "sarif", "github", "gitlab"])
def test_every_command_says_that_it_is_suspect(folder: Path, line: str, fmt: str) -> None:
    """In every format, on stdout."""
    ended = drift(folder, *line.split(), "--format", fmt)
    if ended.code == 2:
        assert "is not one of" in ended.err or "No such option" in ended.err
        ended = drift(folder, *line.split())
    assert "suspect" in ended.out.lower()


def test_every_command_says_it_in_chinese(folder: Path) -> None:
    """The word is that of the Chinese pages."""
    for line in ("gate", "check", "show", "log", "history users"):
        assert "存疑" in drift(folder, "--lang", "zh", *line.split()).out


def test_a_history_tells_no_drop_before_it_is_confirmed(folder: Path) -> None:
    """The suspect snapshot is left out, and named; once it is confirmed it counts."""
    doubted = drift(folder, "history", "orders").out
    assert "database-dropped" not in doubted
    assert "drift confirm 2" in doubted
    drift(folder, "confirm", "2", "--reason", "CHG-1 dropped it", "--by", "anna")
    believed = drift(folder, "history", "orders").out
    assert "database-dropped" in believed
    assert "suspect" not in believed.lower()


def test_a_confirmed_snapshot_is_judged(folder: Path) -> None:
    """What it lost is drift then, with the reason, the person and the time; undone, it is suspect again."""
    assert drift(folder, "confirm", "after", "--reason", "CHG-1 dropped it", "--by", "anna").code == 0
    ended = drift(folder, "gate", "--format", "json")
    assert ended.code == 1
    confirmed = json.loads(ended.out)["after"]["suspect"]["confirmed"]
    assert (confirmed["reason"], confirmed["by"]) == ("CHG-1 dropped it", "anna")
    assert "anna" in drift(folder, "show").out
    assert drift(folder, "confirm", "after", "--undo").code == 0
    assert drift(folder, "gate").code == 4


def test_a_reason_may_follow(folder: Path) -> None:
    """What is given to a confirmation later is kept with it, and what was given stays; --undo takes neither."""

    def confirmed(*words: str) -> tuple[str, str]:
        assert drift(folder, "confirm", "2", *words).code == 0
        found = json.loads(drift(folder, "gate", "before", "after", "--format", "json").out)["after"]["suspect"][
            "confirmed"
        ]
        return found["reason"], found["by"]

    assert confirmed("--by", "anna") == ("", "anna")
    assert confirmed("--reason", "CHG-1 dropped it") == ("CHG-1 dropped it", "anna")
    assert confirmed("--by", "bela") == ("CHG-1 dropped it", "bela")
    assert confirmed() == ("CHG-1 dropped it", "bela")
    assert drift(folder, "confirm", "2", "--undo", "--reason", "no").code == 2


def test_the_night_stays_red_until_it_is_settled(tmp_path: Path) -> None:
    """A second capture of the same kind is no reason for a green gate; a whole one is."""
    keep(tmp_path, WHOLE, EMPTY)
    assert drift(tmp_path, "gate", "latest~1", "latest").code == 4
    keep(tmp_path, a_snapshot(minutes=20))
    assert drift(tmp_path, "gate", "latest~1", "latest").code == 4
    keep(tmp_path, a_snapshot(a_database("orders", shards=8), a_database("users"), minutes=30))
    assert drift(tmp_path, "gate", "latest~1", "latest").code == 0


def test_the_code_is_that_of_the_process(tmp_path: Path) -> None:
    """What the command line decides is what a pipeline sees."""
    assert spawn(keep(tmp_path, WHOLE, EMPTY), "gate").code == 4


def test_a_plan_is_no_proof(folder: Path) -> None:
    """A stored suspect snapshot is not judged by a plan that expects it; the report says what to do."""
    drift(folder, "plan", "from-diff", "before", "after", "--output", "plan.toml")
    ended = drift(folder, "gate", "--plan", "plan.toml")
    assert ended.code == 4
    assert "drift confirm 2" in ended.out
    drift(folder, "confirm", "2")
    assert drift(folder, "gate", "--plan", "plan.toml").code == 0


def test_a_doubt_goes_with_the_file(folder: Path) -> None:
    """An exported suspect snapshot is suspect wherever it is read, and confirmed where it was confirmed."""
    drift(folder, "export", "2", "--output", "doubted.json")
    assert drift(folder, "gate", "doubted.json", "before.json").code == 4
    drift(folder, "confirm", "2")
    assert "wrote" in drift(folder, "export", "2", "--output", "doubted.json").err
    assert drift(folder, "gate", "before.json", "doubted.json").code == 1
    assert drift(folder, "--store", "other.db", "import", "before.json", "doubted.json").code == 0
    assert "confirmed" in drift(folder, "--store", "other.db", "log").out


def test_an_instance_that_is_empty_from_the_first_on_is_sound(tmp_path: Path) -> None:
    """Nothing is gone where nothing was."""
    keep(tmp_path, a_snapshot(), a_snapshot(minutes=1))
    assert (drift(tmp_path, "check").code, drift(tmp_path, "gate").code) == (0, 0)


def test_a_service_that_lost_everything_is_not_believed_until_a_second_source_says_so(tmp_path: Path) -> None:
    """No live command judges by it, begins on it or takes it as a baseline; what both sources say is drift."""
    cloud = default_cloud()
    instance = cloud.instance("orders-prod")
    token = {"DRIFT_TOKEN": cloud.issue_token()}
    with serve(cloud) as server:
        (tmp_path / "drift.toml").write_text(
            f'[defaults]\nendpoint = "{server.url}"\nproject_id = "{cloud.project_id}"\n'
            f'[instances.orders-prod]\ninstance_id = "{instance.id}"\n'
        )
        assert drift(tmp_path, "snapshot", **token).code == 0
        instance.drop_everything()
        for line in ("check live", "gate latest live", "watch --once", "watch --once --accept", "begin CHG-1"):
            ended = drift(tmp_path, *line.split(), **token)
            assert (line, ended.code) == (line, 4)
            assert "suspect" in (ended.out + ended.err).lower()
        with Store.open(tmp_path / "snapshots/drift.db") as store:
            assert (store.baseline("orders-prod"), store.change_windows()) == (None, [])
        assert drift(tmp_path, "snapshot", "--source", "both", **token).code == 0
        judged = drift(tmp_path, "gate", **token)
    assert judged.code == 1
    assert "capture again" not in judged.out
