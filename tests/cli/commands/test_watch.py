# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from drift.core.references import Latest
from drift.simulator import Fault, default_cloud, serve
from drift.store import Store
from support.builders import a_snapshot
from support.receiver import SECRET, Receiver, receiving
from support.schemas import violations
from support.shell import Ended, drift, environment, spawn, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.simulator import Cloud, Server

OPS = {"DRIFT_OPS_SECRET": SECRET}
CHANNEL = '[notify.ops]\nwebhook = "{url}/hook?team=db"\nsecret_env = "DRIFT_OPS_SECRET"\nallow_private = true\n'


class Site(NamedTuple):
    """A simulated cloud, a drift.toml that knows its instances, and whom drift tells."""

    folder: Path
    cloud: Cloud
    server: Server
    ops: Receiver

    def configure(self, *more: str, notify: str = CHANNEL) -> None:
        """Write a drift.toml with all instances; `more` goes before its tables."""
        tables = [f'[instances.{each.name}]\ninstance_id = "{each.id}"\n' for each in self.cloud.instances.values()]
        defaults = f'[defaults]\nendpoint = "{self.server.url}"\nproject_id = "{self.cloud.project_id}"\n'
        text = "".join([*more, defaults, 'token_file = "token"\n', *tables, notify.format(url=self.ops.url)])
        (self.folder / "drift.toml").write_text(text)

    def watch(self, *words: str) -> Ended:
        """Run `drift watch --once` with the secret of the channel."""
        return drift(self.folder, "watch", "--once", *words, **OPS)


@contextmanager
def a_site(folder: Path) -> Iterator[Site]:
    """Two instances that nobody has watched yet."""
    cloud = default_cloud()
    users = cloud.add_instance("users-prod")
    users.add_node("rds-users-1")
    users.create_database("users", 4)
    with serve(cloud) as server, receiving() as ops:
        found = Site(folder, cloud, server, ops)
        (folder / "token").write_text(cloud.issue_token())
        found.configure()
        yield found


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshots of a first run, which keeps them and tells nobody; every simulated cloud begins with the same."""
    with a_site(tmp_path_factory.mktemp("watched")) as site:
        first = site.watch("--all")
        assert (first.code, first.out, site.ops.take()) == (0, "", [])
    return site.folder / "snapshots"


@pytest.fixture
def site(tmp_path: Path, watched: Path) -> Iterator[Site]:
    """Two instances that have been watched once."""
    shutil.copytree(watched, tmp_path / "snapshots")
    with a_site(tmp_path) as found:
        yield found


def on_a_terminal(folder: Path, typed: str, *words: str, **variables: str) -> tuple[int, str]:
    """Run drift on a terminal where somebody types a line; its exit code, and all that is on the screen."""
    screen, end = pty.openpty()
    command = [sys.executable, "-m", "drift", *words]
    with subprocess.Popen(
        command, cwd=folder, env=environment(folder, **variables), stdin=end, stdout=end, stderr=end
    ) as process:
        os.close(end)
        os.write(screen, f"{typed}\n".encode())
        shown = b""
        with suppress(OSError):  # the terminal is gone when nobody has it open any more
            while part := os.read(screen, 65536):
                shown += part
    os.close(screen)
    return process.returncode, shown.decode()


def scale_out(site: Site) -> None:
    site.cloud.instance("orders-prod").scale_out("rds-orders-3")


def test_only_what_is_new_is_told(site: Site) -> None:
    """What opened is told once, signed and by fingerprint, then nothing, until what was told is accepted."""
    scale_out(site)
    told = site.watch("orders-prod")
    assert told.code == 0
    (opened,) = site.ops.take()
    assert opened.path == "/hook?team=db"
    assert set(opened.turns) == {"opened"}
    fingerprints = {each["fingerprint"] for each in opened.document["data"]["transitions"]}
    ends = "orders-prod:latest~1", "orders-prod:latest"
    gate = json.loads(drift(site.folder, "gate", *ends, "--format", "json").out)
    assert fingerprints == {each["fingerprint"] for each in gate["changes"]}
    assert opened.document["data"]["open"] == len(fingerprints)
    assert told.out.startswith(f"orders-prod: {len(fingerprints)} opened; {len(fingerprints)} open\n")

    again = site.watch("orders-prod")
    assert (again.code, again.out, site.ops.take()) == (0, "", [])

    done = site.watch("orders-prod", "--accept")
    (accepted,) = site.ops.take()
    assert (done.code, set(accepted.turns), accepted.document["data"]["open"]) == (0, {"accepted"}, 0)
    assert done.out.startswith(f"orders-prod: {len(fingerprints)} accepted; 0 open\n")
    assert site.watch("orders-prod").out == ""
    assert site.ops.take() == []


def test_what_is_told_is_as_its_schema_says(site: Site) -> None:
    """Changes and failed captures alike keep to `drift schema notification`."""
    scale_out(site)
    site.watch("orders-prod")
    site.cloud.faults.append(Fault(kind="error", status=403, times=0))
    site.watch("orders-prod")
    got = site.ops.take()
    assert len(got) == 2
    for each in got:
        assert violations("notification", each.document) == []


def test_a_webhook_that_is_down_loses_nothing(site: Site) -> None:
    """What could not be delivered is told by the next run, under the same id; the exit code is 3 until then."""
    scale_out(site)
    site.ops.status = 500
    ended = drift(site.folder, "watch", "--once", "orders-prod", "--timeout", "5", **OPS)
    assert ended.code == 3
    # The last of the attempts may be answered, or cut off when the time is up.
    assert re.search(r"could not notify ops: (no complete answer from )?127\.0\.0\.1", ended.err)
    assert ended.out.startswith("orders-prod: ")
    refused = site.ops.take()
    site.ops.status = 200
    assert site.watch("orders-prod").code == 0
    (arrived,) = site.ops.take()
    assert {each.headers["webhook-id"] for each in refused} == {arrived.headers["webhook-id"]}
    assert arrived.document["data"]["transitions"] == refused[0].document["data"]["transitions"]


@pytest.mark.parametrize("status", [301, 307, 400, 401, 410])
def test_a_refusal_is_final_for_that_run(site: Site, status: int) -> None:
    """What says no is asked once, and a redirect leads nowhere."""
    scale_out(site)
    site.ops.status, site.ops.said = status, json.dumps({"message": f"no {SECRET}"})
    ended = site.watch("orders-prod")
    assert (ended.code, len(site.ops.take())) == (3, 1)
    assert str(status) in ended.err
    assert SECRET not in ended.err


def test_what_passes_is_tried_again_at_once(site: Site) -> None:
    """A webhook that stumbles is asked again within the run."""
    scale_out(site)
    site.ops.answers = [503, 429]
    assert site.watch("orders-prod").code == 0
    assert len({each.headers["webhook-id"] for each in site.ops.take()}) == 1


def test_a_webhook_that_stalls_holds_nobody_up(site: Site) -> None:
    """One that never answers is left alone when its time is up; another channel is told."""
    other = CHANNEL.replace("ops]", "team]").replace("/hook?team=db", "/team")
    with receiving() as team:
        site.configure(notify=CHANNEL.format(url=site.ops.url) + other.format(url=team.url))
        scale_out(site)
        site.ops.status = 0
        ended = drift(site.folder, "watch", "--once", "orders-prod", "--timeout", "5", **OPS)
        assert ended.code == 3
        assert "could not notify ops" in ended.err
        assert [each.path for each in team.take()] == ["/team"]


def test_a_crash_before_it_is_remembered_tells_again(site: Site) -> None:
    """A run that is killed when the notification has just arrived repeats it, with the id by which to drop it."""
    scale_out(site)
    site.ops.answers = [0]
    process = start(site.folder, "watch", "--once", "orders-prod", **OPS)
    with process:
        assert site.ops.arrived.wait(30)
        process.kill()
        process.communicate()
    (first,) = site.ops.take()
    assert site.watch("orders-prod").code == 0
    (second,) = site.ops.take()
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    assert second.document["data"]["transitions"] == first.document["data"]["transitions"]


def test_one_broken_instance_silences_nobody(site: Site) -> None:
    """While an instance can't be captured, that is told once, the others as ever; then that it can be again."""
    broken = Fault(kind="error", status=403, times=0, instance="orders-prod")
    site.cloud.faults.append(broken)
    ended = site.watch("--all")
    assert ended.code == 3
    (failing,) = site.ops.take()
    assert failing.turns == ["capture-failing"]
    assert failing.document["data"]["transitions"][0]["kind"] == "api-403"
    site.cloud.instance("users-prod").create_database("invoices", 2)
    assert site.watch("--all").code == 3
    assert [each.document["data"]["instance"] for each in site.ops.take()] == ["users-prod"]
    site.cloud.faults.clear()
    assert site.watch("--all").code == 0
    (again,) = site.ops.take()
    assert (again.document["data"]["instance"], again.turns) == ("orders-prod", ["capturing-again"])


@pytest.mark.parametrize(
    "more",
    [
        'fail_on = "error"\n',
        "severities = { data-node-added = 'ignore', shard-moved = 'ignore', shard-added = 'ignore' }\n",
    ],
)
def test_what_fails_no_gate_is_not_told(site: Site, more: str) -> None:
    """What is below the threshold, or ignored, is nobody's news."""
    site.configure(more)
    scale_out(site)
    ended = site.watch("orders-prod")
    assert (ended.code, ended.out, site.ops.take()) == (0, "", [])


WAIVERS = """
[[waivers]]
rule = "data-node-added"
name = "rds-orders-3"
becomes = {{ port = 3306 }}
reason = "planned"
expires = 2999-12-31
[[waivers]]
rule = "shard-moved"
database = "*s"
to = "rds-orders-3"
reason = "planned"
expires = 2999-12-31
"""


@pytest.mark.parametrize(
    ("more", "tables", "word"),
    [
        ("", "", "drift"),
        ('fail_on = "error"\n', "", "expected"),
        ("severities = { data-node-added = 'ignore', shard-moved = 'ignore' }\n", "", "expected"),
        ("", WAIVERS, "expected"),
    ],
)
def test_a_run_says_of_an_instance_what_a_gate_does(site: Site, more: str, tables: str, word: str) -> None:
    """The word for an instance is the verdict of `drift gate` on the same pair, and in sync without a change."""
    site.configure(more, notify=tables + CHANNEL)
    assert "orders-prod: in-sync\n" in site.watch("orders-prod").err
    scale_out(site)
    assert f"orders-prod: {word}\n" in site.watch("orders-prod").err
    gate = drift(site.folder, "gate", "orders-prod:latest~1", "orders-prod:latest", "--format", "json")
    assert json.loads(gate.out)["verdict"] == word
    assert "orders-prod: in-sync\n" in site.watch("orders-prod", "--accept").err


def test_what_is_waived_is_not_told(site: Site) -> None:
    """A waiver ends what was open, and says why; its own end opens it again."""
    scale_out(site)
    site.watch("orders-prod")
    (opened,) = site.ops.take()
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    waivers = [
        f'[[waivers]]\nfingerprint = "{each["fingerprint"]}"\nreason = "planned"\nexpires = {day}\n'
        for each in opened.document["data"]["transitions"]
    ]
    site.configure(notify="".join([*waivers, CHANNEL]))
    site.watch("orders-prod")
    (waived,) = site.ops.take()
    assert set(waived.turns) == {"waived"}
    assert waived.document["data"]["transitions"][0]["reason"] == f"until {day}: planned"
    site.configure()
    site.watch("orders-prod")
    (reopened,) = site.ops.take()
    assert set(reopened.turns) == {"opened"}
    assert reopened.headers["webhook-id"] != opened.headers["webhook-id"]


def test_each_channel_has_its_own_share(site: Site) -> None:
    """A channel hears of what it asked for, by instance and severity; a new one hears of all that stands."""
    scale_out(site)
    site.watch("orders-prod")
    (opened,) = site.ops.take()
    late = CHANNEL.replace("ops]", "late]")
    others = late.replace("late]", "others]") + 'instances = ["users-*"]\n'
    severe = late.replace("late]", "severe]") + 'min_severity = "error"\n'
    site.configure(notify=CHANNEL + late + others + severe)
    site.watch("orders-prod")
    (told,) = site.ops.take()
    assert told.document["data"]["channel"] == "late"
    assert told.document["data"]["transitions"] == opened.document["data"]["transitions"]


def test_much_comes_in_pages(tmp_path: Path) -> None:
    """A thousand changes are several notifications, of which those that arrived are not repeated."""
    cloud = default_cloud()
    with serve(cloud) as server, receiving() as ops:
        site = Site(tmp_path, cloud, server, ops)
        (tmp_path / "token").write_text(cloud.issue_token())
        site.configure()
        with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
            nodes = [f"old-{number}" for number in range(1200)]
            store.save(a_snapshot(nodes=nodes, label="approved", instance="orders-prod"))
        ops.answers = [200, 200, 400]
        assert site.watch("orders-prod", "--baseline", "approved").code == 3
        first = ops.take()
        assert site.watch("orders-prod", "--baseline", "approved").code == 0
        rest = ops.take()
        assert first[2].headers["webhook-id"] == rest[0].headers["webhook-id"]
        pages = [*first[:2], *rest]
        told = [each["fingerprint"] for page in pages for each in page.document["data"]["transitions"]]
        assert len(told) == len(set(told)) > 1200
        assert max(len(page.turns) for page in pages) == 500


def test_a_partial_capture_resolves_nothing(site: Site) -> None:
    """What lies in a gap is neither gone nor new."""
    scale_out(site)
    site.watch("orders-prod")
    (opened,) = site.ops.take()
    with Store.open(site.folder / "snapshots/drift.db") as store:
        gap = a_snapshot(gaps={"databases": "500", "data-nodes": "500"}, instance="orders-prod", label="gap")
        number = store.save(gap).number
    ended = site.watch("orders-prod", "--baseline", str(number))
    assert ended.code == 4
    (told,) = site.ops.take()
    assert told.turns == ["capture-failing"]
    assert told.document["data"]["open"] == len(opened.turns)


@pytest.mark.parametrize("baseline", ["approved", "NUMBER", "orders-prod:approved", "./base.json", "{instance}.json"])
def test_a_baseline_may_be_any_reference(site: Site, baseline: str) -> None:
    """A label, a number or a file: what it was then is what it should be now."""
    with Store.open(site.folder / "snapshots/drift.db") as store:
        first = store.resolve(Latest(instance="orders-prod"))
        store.save(msgspec.structs.replace(store.load(first), label="approved", number=None))
    for path in ("base.json", "orders-prod.json"):
        assert drift(site.folder, "export", "orders-prod:approved", "--output", path).code == 0
    scale_out(site)
    assert " accepted; 0 open\n" in site.watch("orders-prod", "--accept").out
    site.ops.take()
    baseline = baseline.replace("NUMBER", str(first))
    told = site.watch("orders-prod", "--baseline", baseline)
    assert told.code == 0
    (opened,) = site.ops.take()
    assert opened.document["data"]["baseline"] == baseline
    assert "data-node-added" in {each["rule"] for each in opened.document["data"]["transitions"]}


def test_a_baseline_that_is_not_there_is_trouble(site: Site) -> None:
    """It is told like a failed capture, and ends with 4."""
    ended = site.watch("orders-prod", "--baseline", "approved")
    assert ended.code == 4
    assert "'approved'" in ended.out
    (told,) = site.ops.take()
    assert told.document["data"]["transitions"][0]["kind"] == "baseline"


def test_what_is_watched_against_is_not_pruned(site: Site) -> None:
    """The baseline stays as long as it is one."""
    scale_out(site)
    for _ in range(2):
        site.watch("orders-prod")
    drift(site.folder, "prune", "orders-prod", "--keep", "1", "--labelled")
    assert site.watch("orders-prod").code == 0
    assert "resolved" not in {turn for each in site.ops.take() for turn in each.turns}


def test_without_a_channel_stdout_is_told(site: Site) -> None:
    """What cron mails is enough for many."""
    site.configure(notify="")
    scale_out(site)
    ended = site.watch("orders-prod", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "  opened (warning, 8 changes): scale-out by DDM's method 1: data node rds-orders-3 (" in ended.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["orders-prod"], "--once"),
        (["--once", "orders-prod", "--accept", "--baseline", "1"], "exclude"),
        (["--once", "orders-prod", "--yes"], "--yes goes with --accept"),
        (["--once", "orders-prod", "--baseline", "live"], "live"),
        (["--once", "--all", "--baseline", "7"], "every instance's"),
        (["--once", "--all", "--baseline", "base.json"], "{instance}"),
        (["--once", "nobody"], "has no instance 'nobody'"),
    ],
)
def test_what_can_not_be_watched_so_is_refused(site: Site, words: list[str], says: str) -> None:
    """Usage errors end with 2 and tell nobody but the user."""
    ended = drift(site.folder, "watch", *words, **OPS)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert site.ops.take() == []


@pytest.mark.parametrize("secret", ["", "short", "whsec_not base64!", "whsec_AAAA"])
def test_a_secret_that_is_none_silences_only_its_channel(site: Site, secret: str) -> None:
    """The others are told; the run ends with 2 and says which one could not be."""
    site.configure(notify=CHANNEL + CHANNEL.replace("ops]", "team]").replace("OPS_SECRET", "TEAM_SECRET"))
    scale_out(site)
    ended = drift(site.folder, "watch", "--once", "orders-prod", **OPS, DRIFT_TEAM_SECRET=secret)
    assert ended.code == 2
    assert "error: team: DRIFT_TEAM_SECRET" in ended.err
    assert not secret or secret not in ended.err
    assert len(site.ops.take()) == 1


def test_a_chat_is_told_through_apprise(site: Site) -> None:
    """Apprise gets a title, and lines in which names are code; a service that refuses is told again."""
    site.configure(notify='[notify.chat]\napprise_file = "chat"\n')
    host = site.ops.url.removeprefix("http://")
    (site.folder / "chat").write_text(f"json://{host}/chat?format=markdown\n")
    scale_out(site)
    site.ops.answers = [500]
    refused = spawn(site.folder, "watch", "--once", "orders-prod", "--quiet")
    assert refused.code == 3
    assert "could not notify chat: Apprise" in refused.err
    assert spawn(site.folder, "watch", "--once", "orders-prod", "--quiet").code == 0
    first, second = (each.document for each in site.ops.got)
    assert second["message"] == f"{first['message']}\nThis may be a repetition: chat did not confirm it before."
    assert re.fullmatch(r"drift: orders-prod: \d+ opened; \d+ open", first["title"])
    assert re.search(r"- `opened \(warning, 8 changes\): scale-out by .* rds-orders-3 .*`", first["message"])
    assert first["type"] == "warning"


def test_apprise_says_nothing_of_its_url(site: Site) -> None:
    """A URL that Apprise doesn't know, or that fails, is shown nowhere."""
    site.configure(notify='[notify.chat]\napprise_env = "CHAT"\n')
    scale_out(site)
    for url in (f"nonsense://{SECRET}", f"json://user:{SECRET}@127.0.0.1:1/", f"json://127.0.0.1:1/ {SECRET}"):
        ended = spawn(site.folder, "watch", "--once", "orders-prod", "-v", CHAT=url)
        assert ended.code in {2, 3}
        assert "chat" in ended.err
        assert "MAECAwQF" not in f"{ended.out}{ended.err}"  # the first bytes of the secret


def test_apprise_is_asked_for_where_it_is_missing(site: Site) -> None:
    """Without the extra, the error says how to get it, and the webhook is told all the same."""
    site.configure(notify=CHANNEL + '[notify.chat]\napprise_env = "CHAT"\n')
    (site.folder / "apprise.py").write_text("raise ImportError")
    scale_out(site)
    ended = spawn(site.folder, "watch", "--once", "orders-prod", **OPS, CHAT="mailto://a:b@example.com")
    assert ended.code == 2
    assert "pip install 'ddm-drift[notify]'" in ended.err
    assert len(site.ops.take()) == 1


def move(site: Site, shard: str = "orders_0007", node: str = "rds-orders-1") -> None:
    site.cloud.instance("orders-prod").move_shard(shard, node)


def told_kinds(site: Site) -> list[str]:
    """What the channel was told since it was asked last."""
    return [turn for each in site.ops.take() for turn in each.turns]


@pytest.mark.parametrize(
    ("more", "words", "kind"),
    [
        ('fail_on = "error"\n', (), "below-threshold"),
        ('severities = { shard-moved = "ignore" }\n', (), "ignored"),
        ("", ("--accept",), "accepted"),
        ("", ("--baseline", "orders-prod:2"), "accepted"),
    ],
)
def test_only_what_was_put_back_is_resolved(site: Site, more: str, words: tuple[str, ...], kind: str) -> None:
    """What is accepted, ignored or below the threshold is told as that, once; the shard is where it was moved to."""
    move(site, node="rds-orders-2")
    site.watch("orders-prod")
    assert told_kinds(site) == ["opened"]
    with Store.open(site.folder / "snapshots/drift.db") as store:
        number = store.resolve(Latest(instance="orders-prod"))
    words = tuple(word.replace("orders-prod:2", str(number)) for word in words)
    site.configure(more)
    assert site.watch("orders-prod", *words).code == 0
    assert told_kinds(site) == [kind]
    assert site.watch("orders-prod", *words).code == 0
    assert told_kinds(site) == []


def test_what_was_put_back_is_resolved(site: Site) -> None:
    """A shard that is on its data node again."""
    move(site, node="rds-orders-2")
    site.watch("orders-prod")
    move(site)
    site.watch("orders-prod")
    assert told_kinds(site) == ["opened", "resolved"]


def test_another_name_of_the_instance_is_no_news(site: Site) -> None:
    """Changes and findings that are open stay so, without a word; what changes after that is told as changed."""
    site.configure("[check]\nmust_not_worsen = true\nmax_skew = 1.0\n")
    move(site, node="rds-orders-2")
    site.watch("orders-prod")
    assert {each["rule"] for each in site.ops.take()[0].document["data"]["transitions"]} >= {
        "shard-moved",
        "balance-skewed",
    }
    path = site.folder / "drift.toml"
    path.write_text(path.read_text().replace("[instances.orders-prod]", "[instances.shop]"))
    assert drift(site.folder, "rename-instance", "orders-prod", "shop", "--yes").code == 0
    ended = site.watch("shop")
    assert (ended.code, ended.out, told_kinds(site)) == (0, "", [])
    site.cloud.instance("orders-prod").add_node("rds-orders-3")
    move(site, node="rds-orders-3")
    site.watch("shop")
    assert "changed" in told_kinds(site)


def test_what_changed_further_is_not_resolved(site: Site) -> None:
    """A shard that moved and then vanished has one open change instead of another."""
    move(site, node="rds-orders-2")
    site.watch("orders-prod")
    site.cloud.instance("orders-prod").drop_shard("orders_0007")
    site.watch("orders-prod")
    assert "superseded" in told_kinds(site)


def test_what_was_refused_is_told_though_it_has_ended(site: Site) -> None:
    """The next run tells the channel of both, in order."""
    move(site, node="rds-orders-2")
    site.ops.status = 400
    assert site.watch("orders-prod").code == 3
    site.ops.take()
    move(site)
    site.ops.status = 204
    assert site.watch("orders-prod").code == 0
    assert told_kinds(site) == ["opened", "resolved"]


def test_the_first_capture_is_accepted_once(site: Site) -> None:
    """Where there is no baseline yet, --accept makes one, and says so in one line."""
    shutil.rmtree(site.folder / "snapshots")
    ended = site.watch("orders-prod", "--accept")
    assert (ended.code, ended.err.count("judged from now on against snapshot 1\n")) == (0, 1)


@pytest.fixture
def lost(site: Site) -> Site:
    """A move was notified, and then the store was repaired without the snapshot that was the baseline."""
    path = site.folder / "snapshots/drift.db"
    assert drift(site.folder, "export", "orders-prod:latest", "--output", "base.json").code == 0
    move(site, node="rds-orders-2")
    site.watch("orders-prod")
    site.ops.take()
    with Store.open(path) as store:
        number = store.baseline("orders-prod")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE snapshot SET label = 'x' WHERE id = ?", (number,))
    assert drift(site.folder, "repair", "--output", "new.db").code == 4
    (site.folder / "new.db").replace(path)
    return site


def test_what_is_open_is_not_accepted_for_want_of_a_baseline(lost: Site) -> None:
    """Where the baseline is lost, that is told once, and each run ends with 4, until somebody accepts what is open."""
    first, second = lost.watch("orders-prod"), lost.watch("orders-prod")
    assert (first.code, second.code, second.out) == (4, 4, "")
    assert "orders-prod has no baseline any more, and of what was notified 1 is open" in first.out
    assert "drift watch --once orders-prod --accept" in first.err
    assert told_kinds(lost) == ["capture-failing"]
    done = lost.watch("orders-prod", "--accept")
    assert (done.code, "more:" in done.out, "orders_0007" in done.out) == (0, False, True)
    assert told_kinds(lost) == ["capturing-again", "accepted"]
    assert (lost.watch("orders-prod").code, told_kinds(lost)) == (0, [])


def test_a_lost_baseline_can_be_given(lost: Site) -> None:
    """With --baseline, what is open is judged by that, and stays open."""
    assert (lost.watch("orders-prod", "--baseline", "./base.json").code, told_kinds(lost)) == (0, [])
    move(lost)
    assert (lost.watch("orders-prod", "--baseline", "./base.json").code, told_kinds(lost)) == (0, ["resolved"])


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 4)])
def test_accepting_without_a_baseline_is_asked_as_well(lost: Site, answer: str, code: int) -> None:
    """What is open is listed first; no leaves it open."""
    ended, shown = on_a_terminal(lost.folder, answer, "watch", "--once", "orders-prod", "--accept", **OPS)
    assert ended == code
    assert 0 < shown.index("orders_0007") < shown.index("Accept this as the baseline of orders-prod? [y/N]")
    assert ("accepted" in told_kinds(lost)) is (code == 0)


def test_nobody_is_told_of_a_baseline_that_was_not_kept(site: Site) -> None:
    """What is accepted is told with the change of the baseline, or not at all: a run may fail in between."""
    scale_out(site)
    site.watch("orders-prod")
    site.ops.take()
    with closing(sqlite3.connect(site.folder / "snapshots/drift.db")) as connection, connection:
        connection.execute("CREATE TRIGGER full BEFORE UPDATE ON watched BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert site.watch("orders-prod", "--accept").code == 4
    with closing(sqlite3.connect(site.folder / "snapshots/drift.db")) as connection, connection:
        connection.execute("DROP TRIGGER full")
    again = site.watch("orders-prod")
    assert (again.code, again.out, site.ops.take()) == (0, "", [])


@pytest.mark.parametrize(("answer", "kinds"), [("y", ["accepted"]), ("n", ["opened"])])
def test_accepting_is_asked_on_a_terminal(site: Site, answer: str, kinds: list[str]) -> None:
    """The list comes first; no means that nothing is accepted."""
    move(site, node="rds-orders-2")
    code, shown = on_a_terminal(site.folder, answer, "watch", "--once", "orders-prod", "--accept", **OPS)
    assert code == 0
    assert "orders_0007" in shown
    assert shown.index("orders_0007") < shown.index("Accept this as the baseline of orders-prod? [y/N]")
    assert told_kinds(site) == kinds


def test_it_is_told_in_the_language_that_is_set(site: Site) -> None:
    """The operation, what is below it, and the title; the JSON's text is the same."""
    site.configure('lang = "zh"\n')
    scale_out(site)
    told = site.watch("orders-prod").out
    assert told.startswith("orders-prod：8 项新出现；共 8 项未了结\n")
    assert "扩容（分片变更方式一" in told
    assert "详情：drift gate" in told
    (opened,) = site.ops.take()
    assert opened.document["data"]["transitions"][0]["text"].startswith("data node rds-orders-3 (")
