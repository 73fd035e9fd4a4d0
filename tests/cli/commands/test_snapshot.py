from __future__ import annotations

import base64
import gzip
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from drift.simulator import Fault, default_cloud
from drift.store import Store
from support.shell import Ended, drift

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot
    from drift.simulator import Cloud, Server
    from drift.simulator.web import Request, Response

COUNTS = "2 data nodes, 3 databases, 25 shards"


def stored(folder: Path, number: int = 1, store: str = "snapshots/drift.db") -> Snapshot:
    with Store.open(folder / store) as opened:
        return opened.load(number)


def as_variables(cloud: Cloud, server: Server) -> dict[str, str]:
    """What to set for the default cloud, a ready token included."""
    return {
        "DRIFT_ENDPOINT": server.url,
        "DRIFT_PROJECT_ID": cloud.project_id,
        "DRIFT_INSTANCE_ID": cloud.instance("orders-prod").id,
        "DRIFT_TOKEN": cloud.issue_token(),
    }


def test_variables_alone_are_enough(tmp_path: Path, cloud: Cloud, server: Server) -> None:
    """Endpoint, project, instance and token from the environment make a capture; the id is then the name."""
    ended = drift(tmp_path, "snapshot", **as_variables(cloud, server))
    instance = cloud.instance("orders-prod").id
    assert ended == Ended(0, f"snapshot 1 of {instance}: {COUNTS}\n", "")
    snapshot = stored(tmp_path)
    assert (snapshot.instance.name, snapshot.instance.instance_id) == (instance, instance)
    assert (snapshot.source, snapshot.complete) == ("export", True)


def test_flags_win_over_variables(tmp_path: Path, cloud: Cloud, server: Server) -> None:
    """A flag says what holds, whatever the environment says; a name for the instance may come along."""
    wrong = {"DRIFT_ENDPOINT": "https://nowhere.example", "DRIFT_PROJECT_ID": "none", "DRIFT_STORE": "none.db"}
    variables = as_variables(cloud, server)
    flags = ("--endpoint", server.url, "--project-id", cloud.project_id, "--store", "kept.db")
    instance = ("--instance-id", variables["DRIFT_INSTANCE_ID"])
    ended = drift(tmp_path, "snapshot", "mine", *flags, *instance, **{**variables, **wrong})
    assert ended == Ended(0, f"snapshot 1 of mine: {COUNTS}\n", "")
    assert stored(tmp_path, store="kept.db").instance.endpoint == server.url
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".db"] == ["kept.db"]


def test_a_password_signs_in_for_a_real_token(tmp_path: Path, cloud: Cloud, server: Server) -> None:
    """An IAM user's name and password are exchanged for a token, on the same host where that is loopback."""
    variables = as_variables(cloud, server)
    del variables["DRIFT_TOKEN"]
    cloud.expire_tokens()
    (tmp_path / "secret").write_text(f"{cloud.passwords['dba']}\n")
    flags = ("--user-name", "dba", "--domain-name", cloud.domain_name, "--password-file", "secret")
    assert drift(tmp_path, "snapshot", *flags, **variables).code == 0
    assert len(cloud.tokens) == 1


def configuration(cloud: Cloud, server: Server, *, broken: bool = False) -> str:
    """A drift.toml with two instances of the cloud; the first of them is none where it is `broken`."""
    first = "0123456789abcdef0123456789abcdefin09" if broken else cloud.instance("orders-prod").id
    return f"""
        store = "history.db"
        [defaults]
        endpoint = "{server.url}"
        project_id = "{cloud.project_id}"
        token_file = "token"
        [instances.orders-prod]
        instance_id = "{first}"
        [instances.users-prod]
        instance_id = "{cloud.instance("users-prod").id}"
    """


@pytest.fixture
def project(tmp_path: Path, cloud: Cloud, server: Server) -> Path:
    """A folder with a drift.toml of two instances and a file with a token."""
    users = cloud.add_instance("users-prod")
    users.add_node("rds-users-1")
    users.create_database("users", 4)
    (tmp_path / "drift.toml").write_text(configuration(cloud, server))
    (tmp_path / "token").write_text(cloud.issue_token())
    return tmp_path


def test_a_configuration_is_found_from_below(project: Path) -> None:
    """drift.toml holds for every folder below it, and its paths are relative to itself."""
    below = project / "deep" / "down"
    below.mkdir(parents=True)
    ended = drift(below, "snapshot", "users-prod", "--label", "pre-change")
    assert ended == Ended(0, "snapshot 1 (pre-change) of users-prod: 1 data node, 1 database, 4 shards\n", "")
    assert stored(project, store="history.db").label == "pre-change"
    assert not list(below.iterdir())


def test_all_means_every_instance(project: Path) -> None:
    """--all captures what drift.toml lists, and tells of each in that order, whichever was ready first."""
    ended = drift(project, "snapshot", "--all", "--label", "nightly", "--quiet")
    rows = [line.split() for line in ended.out.splitlines()]
    assert [row[:2] for row in rows[1:3]] == [["orders-prod", "captured"], ["users-prod", "captured"]]
    assert all("(nightly)" in row for row in rows[1:3])
    assert ended.out.endswith("\n\n2 instances: 2 captured\n")
    assert (ended.code, ended.err) == (0, "")


def test_several_instances_are_captured_by_name(project: Path) -> None:
    """More than one name may be given, in any order; one that is given twice is captured once."""
    ended = drift(project, "snapshot", "users-prod", "orders-prod", "users-prod")
    assert [line.split()[0] for line in ended.out.splitlines()[1:3]] == ["users-prod", "orders-prod"]
    assert "[1/2] " in ended.err
    assert "[2/2] " in ended.err


def test_one_instance_in_trouble_does_not_hold_up_the_others(project: Path, cloud: Cloud, server: Server) -> None:
    """The others are captured all the same; the error names the one that failed, and the end is its code."""
    (project / "drift.toml").write_text(configuration(cloud, server, broken=True))
    ended = drift(project, "snapshot", "--all")
    assert ended.code == 3
    assert "users-prod   captured  snapshot 1 of users-prod: 1 data node, 1 database, 4 shards\n" in ended.out
    assert ended.out.endswith("2 instances: 1 captured, 1 error\n")
    assert "orders-prod: " in ended.err
    assert "DBS.200002" in ended.err


def test_a_name_that_is_nearly_right_is_suggested(project: Path) -> None:
    """A slip in an instance's name is answered with the name that was meant."""
    ended = drift(project, "snapshot", "order-prod")
    assert ended.code == 2
    assert "orders-prod" in ended.err


def test_which_of_several_has_to_be_said(project: Path) -> None:
    """Without a name and with more than one instance nothing is guessed."""
    ended = drift(project, "snapshot")
    assert (ended.code, ended.out) == (2, "")
    assert "orders-prod" in ended.err
    assert "users-prod" in ended.err


def test_all_excludes_names(project: Path) -> None:
    """--all together with a name is a contradiction."""
    assert drift(project, "snapshot", "--all", "users-prod").code == 2


def test_verbose_says_where_it_captures_and_where_it_keeps(project: Path, server: Server) -> None:
    """-v tells on stderr what is asked and where it goes; stdout stays the same."""
    ended = drift(project, "snapshot", "users-prod", "-v")
    assert ended.out == "snapshot 1 of users-prod: 1 data node, 1 database, 4 shards\n"
    assert server.url in ended.err
    assert "history.db" in ended.err


def test_an_unchanged_capture_is_kept_as_such(project: Path) -> None:
    """Each capture is a snapshot of its own, and the log says where nothing changed."""
    for _ in range(2):
        assert drift(project, "snapshot", "orders-prod").code == 0
    last = drift(project, "log").out.splitlines()
    assert last[1].endswith("unchanged")
    assert not last[2].endswith("unchanged")


@pytest.mark.parametrize("kind", ["truncated", "wrong-json"])
def test_an_answer_that_can_not_be_read_is_not_kept(project: Path, cloud: Cloud, kind: Any) -> None:  # noqa: ANN401 - a fault's kind
    """A payload that is cut off or is no export ends with 4 and leaves no store."""
    cloud.fail(Fault(kind=kind))
    ended = drift(project, "snapshot", "orders-prod")
    assert (ended.code, ended.out) == (4, "")
    assert not (project / "history.db").exists()


@pytest.mark.parametrize("source", ["export", "details", "both"])
def test_each_source_is_captured_and_means_the_same(tmp_path: Path, cloud: Cloud, server: Server, source: str) -> None:
    """Whatever calls a capture reads, it is kept as what it is, and nothing is said to have changed."""
    variables = as_variables(cloud, server)
    assert drift(tmp_path, "snapshot", "orders", **variables).code == 0
    ended = drift(tmp_path, "snapshot", "orders", "--source", source, **variables)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"snapshot 2 of orders: {COUNTS}")
    assert stored(tmp_path, 2).source == source
    assert drift(tmp_path, "gate", "1", "2").code == 0
    assert drift(tmp_path, "gate", "2", "1").code == 0
    assert drift(tmp_path, "gate", "1", "orders:live", "--source", source, **variables).code == 0
    assert "read the same" in drift(tmp_path, "reread", "2").out
    assert drift(tmp_path, "verify-store").code == 0


def test_a_source_may_stand_in_the_configuration(project: Path) -> None:
    """drift.toml says which calls are read, for all instances or for one."""
    (project / "drift.toml").write_text((project / "drift.toml").read_text() + 'source = "details"\n')
    assert drift(project, "snapshot", "--all").code == 0
    found = [stored(project, number, "history.db") for number in (1, 2)]
    assert {each.instance.name: each.source for each in found} == {"orders-prod": "export", "users-prod": "details"}
    assert drift(project, "snapshot", "users-prod", DRIFT_SOURCE="exports").code == 2


def test_a_database_that_can_not_be_read_is_a_gap(tmp_path: Path, cloud: Cloud, server: Server) -> None:
    """The rest is kept as a partial snapshot, which a gate can't judge; with --strict nothing is, and the end is 3."""
    variables = as_variables(cloud, server) | {"DRIFT_SOURCE": "details", "DRIFT_INSTANCE_ID": ""}
    flags = ("--instance-id", cloud.instance("orders-prod").id)
    database = cloud.instance("orders-prod").topology.databases[0].name
    broken = [Fault(kind="error", status=400, path=f"*/databases/{database}") for _ in range(4)]
    drift(tmp_path, "snapshot", "orders", *flags, **variables)
    cloud.fail(*broken)
    ended = drift(tmp_path, "snapshot", "orders", *flags, **variables)
    assert ended.code == 0
    assert "2 databases" in ended.out
    assert ended.out.endswith("partial\n")
    assert f"not read: database {database}: 127.0.0.1" in ended.err
    assert drift(tmp_path, "gate").code == 4
    ended = drift(tmp_path, "snapshot", "orders", "--strict", *flags, **variables)
    assert (ended.code, ended.out) == (3, "")
    assert f"database {database}" in ended.err


def test_a_comparison_says_what_only_one_source_tells(tmp_path: Path, cloud: Cloud, server: Server) -> None:
    """Between an export and the details some things can't be compared, and that isn't passed over in silence."""
    for source in ("export", "details", "details"):
        assert drift(tmp_path, "snapshot", "--source", source, **as_variables(cloud, server)).code == 0
    assert "not compared" in drift(tmp_path, "diff", "1", "2").err
    assert drift(tmp_path, "diff", "2", "3").err == ""


def test_no_database_at_all_is_no_snapshot(tmp_path: Path, cloud: Cloud, server: Server) -> None:
    """Where no detail may be read, that is an error and no empty topology."""
    cloud.fail(*[Fault(kind="error", status=403, path="*/databases/*") for _ in range(99)])
    ended = drift(tmp_path, "snapshot", "--source", "details", **as_variables(cloud, server))
    assert (ended.code, ended.out) == (3, "")
    assert "403" in ended.err


def test_sources_that_disagree_make_an_inconsistent_snapshot(tmp_path: Path, cloud: Cloud, server: Server) -> None:
    """A shard that moves between the two reads is named with both places; the gate ends with 4, --strict with 3."""
    first, second = (node.id.encode() for node in cloud.instance("orders-prod").topology.nodes)
    honest = server.app

    def lying(request: Request) -> Response:
        said = honest(request)
        if not request.path.endswith("/databases/orders"):
            return said
        return replace(said, body=said.body.replace(b'"data_node_id":"' + first, b'"data_node_id":"' + second, 1))

    variables = as_variables(cloud, server)
    assert drift(tmp_path, "snapshot", "orders", **variables).code == 0
    server.app = lying
    ended = drift(tmp_path, "snapshot", "orders", "--source", "both", **variables)
    told = (
        f"shard orders_0000 of orders: data_node_id is {first.decode()} in the export, {second.decode()} in the details"
    )
    assert (ended.code, ended.err) == (0, f"warning: {told}\n")
    assert ended.out.endswith(", inconsistent\n")
    assert "inconsistent: 1 disagreement" in drift(tmp_path, "log").out
    assert told in drift(tmp_path, "show").out
    ended = drift(tmp_path, "gate")
    assert ended.code == 4
    assert first.decode() in ended.out
    ended = drift(tmp_path, "snapshot", "orders", "--source", "both", "--strict", **variables)
    assert (ended.code, ended.out) == (3, "")


def payload(export: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(gzip.decompress(base64.b64decode(export["compressed_databases_info"])))


def files() -> dict[str, bytes]:
    """One topology in every form in which a file may hold it."""
    export = json.loads(default_cloud().instance("orders-prod").export())
    text = str(export["compressed_databases_info"])
    inner = payload(export)
    decoded = {"databases": inner, "data_nodes": export["data_nodes"]}
    forms = {
        "response": json.dumps(export, separators=(",", ":")),
        "pretty": json.dumps(export, indent=2),
        "with-bom": "\ufeff" + json.dumps(export),
        "payload": text,
        "payload-with-line-end": text + "\n",
        "payload-in-lines": "\n".join(text[at : at + 76] for at in range(0, len(text), 76)),
        "payload-quoted": json.dumps(text),
        "decoded": json.dumps(decoded, indent=1),
        "decoded-alone": json.dumps(inner),
        "undone-in-place": json.dumps({**export, "compressed_databases_info": inner}),
    }
    return {name: form.encode() for name, form in forms.items()}


PARTIAL = {"payload", "payload-with-line-end", "payload-in-lines", "payload-quoted", "decoded-alone"}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("form", sorted(files()))
def test_files_of_every_form_are_captures(tmp_path: Path, form: str, *, compressed: bool) -> None:
    """A saved file needs no configuration; one without data nodes is partial, and says so."""
    content = files()[form]
    path = tmp_path / ("saved.gz" if compressed else "saved")
    path.write_bytes(gzip.compress(content) if compressed else content)
    ended = drift(tmp_path, "snapshot", "orders", "--from-file", path.name, "--label", "saved")
    snapshot = stored(tmp_path)
    assert ended.code == 0
    assert (snapshot.shard_count, snapshot.instance.name, snapshot.label) == (25, "orders", "saved")
    assert snapshot.source == "file"
    assert snapshot.complete == (form not in PARTIAL)
    assert ended.out.endswith("partial, layout unconfirmed\n") == (form in PARTIAL)
    assert ("not read: data-nodes" in ended.err) == (form in PARTIAL)


def test_all_whole_forms_hold_the_same(tmp_path: Path) -> None:
    """However a topology was saved, it is the same topology."""
    for form in sorted(files().keys() - PARTIAL):
        (tmp_path / form).write_bytes(files()[form])
        assert drift(tmp_path, "snapshot", "orders", "--from-file", form).code == 0
    log = json.loads(drift(tmp_path, "log", "--format", "json").out)
    assert len({entry["content_hash"] for entry in log}) == 1


def save(folder: Path, content: bytes, hours: int = 0) -> None:
    """A file that was modified so many hours after another."""
    (folder / "saved").write_bytes(content)
    os.utime(folder / "saved", (1_770_000_000 + 3600 * hours,) * 2)


def wholes() -> dict[str, bytes]:
    """Files with all of a topology, bare and wrapped, and one that says itself when it was captured."""
    response = files()["response"]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    dated = head + b"Date: Mon, 02 Feb 2026 01:00:00 GMT\r\n\r\n" + response
    wrapped = {"gz": gzip.compress(response, mtime=0), "http": head + b"\r\n" + response, "dated": dated}
    return {form: content for form, content in files().items() if form not in PARTIAL} | wrapped


@pytest.mark.parametrize("form", sorted(wholes()))
def test_a_file_with_the_same_bytes_is_kept_and_told_alike(tmp_path: Path, form: str) -> None:
    """Nobody can see whether it had to be read again: the same is said, and the same is kept, at its own time."""
    ends = []
    for hours in range(3):
        save(tmp_path, wholes()[form], hours)
        ends.append(drift(tmp_path, "snapshot", "orders", "--from-file", "saved"))
    first, *others = (stored(tmp_path, number) for number in (1, 2, 3))
    for hours, (ended, other) in enumerate(zip(ends[1:], others, strict=True), 1):
        assert ended.err == ends[0].err.replace("02:40:00", f"0{2 + hours}:40:00")
        assert ended.out == ends[0].out.replace("snapshot 1", f"snapshot {hours + 1}").replace("\n", ", unchanged\n")
        assert other.taken_at.hour == (1 if form == "dated" else 2 + hours)
        assert other == replace(first, number=other.number, taken_at=other.taken_at, judged=True)
    assert drift(tmp_path, "verify-store").code == 0


def test_a_bare_file_with_the_bytes_of_the_last_one_is_not_read(tmp_path: Path) -> None:
    """Limits under which it could not be read don't matter: what it holds is known. The notes are those of a file."""
    save(tmp_path, files()["response"])
    assert drift(tmp_path, "snapshot", "orders", "--from-file", "saved").code == 0
    (tmp_path / "drift.toml").write_text("[limits]\nnesting = 1\n")
    given = ("snapshot", "orders", "--from-file", "saved", "--label", "again", "--taken-at", "2026-01-01T00:00Z")
    ended = drift(tmp_path, *given)
    assert (ended.code, ended.out.split(":")[0]) == (0, "snapshot 2 (again) of orders")
    assert ended.err.startswith("taken 2026-01-01 00:00:00 UTC, by --taken-at\nolder than snapshot 1 of 2026-02-02")
    save(tmp_path, files()["pretty"])
    assert "nested more than 1 levels deep" in drift(tmp_path, "snapshot", "orders", "--from-file", "saved").err


def test_an_exported_file_keeps_its_time_and_takes_a_new_name(tmp_path: Path) -> None:
    """`drift export` files say when they were taken; the name given wins over the file's."""
    (tmp_path / "saved.json").write_bytes(files()["response"])
    drift(tmp_path, "snapshot", "orders", "--from-file", "saved.json", "--label", "old")
    drift(tmp_path, "export", "1", "--output", "exported.json")
    assert drift(tmp_path, "snapshot", "copy", "--from-file", "exported.json").code == 0
    assert drift(tmp_path, "snapshot", "--from-file", "exported.json", "--label", "new").code == 0
    first, copy, again = (stored(tmp_path, number) for number in (1, 2, 3))
    assert first.taken_at == copy.taken_at == again.taken_at
    assert first.content_hash == copy.content_hash == again.content_hash
    assert [each.instance.name for each in (first, copy, again)] == ["orders", "copy", "orders"]
    assert [each.label for each in (first, copy, again)] == ["old", "old", "new"]


def test_strict_keeps_nothing_partial(tmp_path: Path) -> None:
    """With --strict what could not be read whole ends with 3, says what is missing, and is not kept."""
    (tmp_path / "payload").write_bytes(files()["payload"])
    ended = drift(tmp_path, "snapshot", "orders", "--from-file", "payload", "--strict")
    assert (ended.code, ended.out) == (3, "")
    assert "data-nodes" in ended.err
    assert not (tmp_path / "snapshots").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("a", "b", "--from-file", "saved"), "one INSTANCE"),
        (("a:b", "--from-file", "saved"), "a:b"),
        (("a/b", "--from-file", "saved"), "a/b"),
        (("\udcff", "--from-file", "saved"), "name"),
        (("a", "--from-file", "saved", "--label", "latest"), "latest"),
        (("a", "--from-file", "saved", "--label", "12"), "12"),
        (("a", "--from-file", "saved", "--label", "x.json"), "a file"),
        (("a", "--from-file", "saved", "--label", ""), "label"),
        (("a", "--from-file", "saved", "--label", "\udcff"), "label"),
    ],
)
def test_names_and_labels_can_be_told_from_references(tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    """What could not be referred to afterwards is refused before anything is kept."""
    (tmp_path / "saved").write_bytes(files()["response"])
    ended = drift(tmp_path, "snapshot", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert word in ended.err
    assert not (tmp_path / "snapshots").exists()


def test_a_store_that_can_not_be_looked_at_is_an_error_in_words(tmp_path: Path) -> None:
    """A store's name that the system refuses is no bug of drift's."""
    (tmp_path / "saved").write_bytes(files()["response"])
    ended = drift(tmp_path, "snapshot", "orders", "--from-file", "saved", "--store", "n" * 300)
    assert ended.code == 4
    assert "too long" in ended.err
