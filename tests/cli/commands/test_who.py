# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcts.v3 import CtsClient, ListTracesRequest

from drift.simulator import Fault, default_cloud, serve
from drift.store import Store
from support.schemas import violations
from support.shell import Ended, drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.simulator import Cloud, Server


class Site:
    """A simulated cloud, and a drift.toml by which captures read its audit; snapshot 1 is of the cloud as it begins."""

    def __init__(self, folder: Path, cloud: Cloud, server: Server) -> None:
        self.folder, self.cloud, self.server = folder, cloud, server
        self.orders = cloud.instance("orders-prod")
        (folder / "token").write_text(cloud.issue_token())
        self.configure()

    def configure(self, more: str = "", *, capture: str = "[capture]\naudit = true\n") -> None:
        """Write drift.toml, with `more` before its tables."""
        (self.folder / "drift.toml").write_text(
            f'{more}\n{capture}[defaults]\nendpoint = "{self.server.url}"\nproject_id = "{self.cloud.project_id}"\n'
            f'token_file = "token"\n[instances.orders-prod]\ninstance_id = "{self.orders.id}"\n'
        )

    def run(self, *words: str) -> Ended:
        """Run drift."""
        return drift(self.folder, *words)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    cloud = default_cloud()
    with serve(cloud) as server:
        found = Site(tmp_path, cloud, server)
        found.orders.audited.clear()  # as if all had been called long ago
        assert found.run("snapshot").code == 0
        yield found


def test_who_did_it_is_said_and_what_nobody_called_for(site: Site) -> None:
    """A scale-out is by whoever called for it; a shard that was moved by hand has no trace; JSON has its schema."""
    site.orders.scale_out("rds-orders-3")
    site.orders.move_shard("audit", "rds-orders-3")
    site.orders.change_node("rds-orders-1", engine_version="8.1")
    site.orders.audited.pop()
    assert site.run("snapshot").code == 0
    told = site.run("who", "1", "2").out
    assert "by dba (console, 10.0.0.7) at " in told
    assert "migrateLogicDB of orders" in told
    assert "no trace for database audit" in told
    assert "no trace: by hand on the data nodes" in told
    assert "dba（控制台、10.0.0.7）" in site.run("who", "1", "2", "--lang", "zh").out
    written = site.run("who", "1", "2", "--format", "markdown").out
    assert "`migrateLogicDB`" in written
    assert written.startswith("<!-- drift-report:orders-prod:who -->\n")  # a bot keeps it apart from the diff
    found = json.loads(site.run("who", "1", "2", "--format", "json").out)
    assert violations("who", found) == []
    assert [len(event["traces"]) > 0 for event in found["events"]] == [True, False]
    assert found["unread"] == []


def test_nothing_is_said_of_the_calls_from_a_newer_snapshot_to_an_older_one(site: Site) -> None:
    """It is no proof of work by hand that nobody called for the way back; every report says why no call is named."""
    site.orders.scale_out("rds-orders-3")
    assert site.run("snapshot").code == 0
    for words in (("who", "2", "1"), ("diff", "2", "1")):
        told = site.run(*words).out
        assert "the second snapshot is the older one" in " ".join(told.split())
        assert "no trace" not in told
    found = json.loads(site.run("who", "2", "1", "--format", "json").out)
    assert violations("who", found) == []
    assert (found["reversed"], found["unread"]) == (True, [])
    assert violations("report", json.loads(site.run("diff", "2", "1", "--format", "json").out)) == []


def test_what_limits_the_answer_is_said(site: Site) -> None:
    """What was not read, or is suspect, is named; "nothing changed" is said only of what was checked."""
    for version in ("v1", "v3"):
        site.cloud.fail(Fault(kind="error", status=404, path=f"/{version}/*/databases/orders", times=0))
    assert site.run("snapshot", "--source", "details").code == 0
    told = site.run("who", "1", "2").out
    assert "Nothing changed in what was checked" in told
    assert "Not checked: database orders: " in told
    found = json.loads(site.run("who", "1", "2", "--format", "json").out)
    assert violations("who", found) == []
    assert [each["scope"] for each in found["not_checked"]] == ["database orders"]
    site.orders.drop_database("orders")
    assert "Suspect: snapshot 3 lacks" in site.run("snapshot").err
    assert "Suspect: snapshot 3 lacks" in site.run("who", "1", "3").out


def test_two_instances_have_no_calls_between_them(site: Site, tmp_path: Path) -> None:
    """That the audit of one instance says nothing about another is said, and not that it was never read."""
    (tmp_path / "other.json").write_bytes(site.orders.export())
    assert site.run("snapshot", "--from-file", "other.json", "other").code == 0
    site.orders.move_shard("audit", "rds-orders-2")
    assert site.run("snapshot").code == 0
    told = " ".join(site.run("who", "2", "3").out.split())
    assert "these are two instances" in told


@pytest.mark.parametrize("fmt", ["text", "markdown", "html", "junit", "sarif", "gitlab"])
def test_every_report_says_it(site: Site, fmt: str) -> None:
    """The reports for people and for CI services say who did what, as soon as a live capture has read it."""
    site.orders.drop_database("audit")
    told = site.run("diff", "1", "live", "--format", fmt).out
    assert "deleteLogicDB" in told
    report = json.loads(site.run("diff", "1", "live", "--format", "json").out)
    assert violations("report", report) == []
    assert [each["name"] for each in report["audit"]["events"][0]["traces"]] == ["deleteLogicDB"]


def test_a_gate_can_ask_for_a_trace_of_each_change(site: Site) -> None:
    """With require_trace, what nobody called for is a finding that fails the gate, even where the change would pass."""
    site.configure('severities = { shard-moved = "info" }\nrequire_trace = true')
    site.orders.move_shard("audit", "rds-orders-2")
    gated = site.run("gate", "1", "live")
    assert (gated.code, "change-untraced" in gated.out) == (1, True)
    assert site.run("diff", "1", "live", "--exit-code").code == 0
    site.configure('severities = { shard-moved = "info" }')
    assert site.run("gate", "1", "live").code == 0


def test_without_the_audit_everything_else_goes_on(site: Site) -> None:
    """A refusal is a note and a gap that is named; the capture is whole. Without the setting, nothing is asked."""
    site.cloud.fail(Fault(kind="error", status=403, path="*/traces", times=0))
    ended = site.run("snapshot")
    assert (ended.code, "could not read all of the audit: " in ended.err) == (0, True)
    site.orders.drop_database("audit")
    told = site.run("who", "1", "live").out
    assert "no trace in what was read of the audit" in told
    assert "The audit was not read from " in told
    site.configure(capture="")
    assert "audit" not in site.run("snapshot").err


def test_what_was_never_read_is_said(site: Site, tmp_path: Path) -> None:
    """Where no capture has read the audit, the way to have it read is named."""
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_bytes(site.orders.export())
    told = site.run("who", "1.json", "2.json", "--store", "none.db").out
    assert "`audit = true` in [capture]" in told


def test_an_endpoint_that_nobody_knows_is_asked_for(site: Site) -> None:
    """Where the endpoint of the audit can't be derived, the setting for it is named before any call."""
    text = (site.folder / "drift.toml").read_text().replace(site.server.url, "https://10.0.0.1")
    (site.folder / "drift.toml").write_text(text)
    ended = site.run("snapshot")
    assert (ended.code, "cts_endpoint" in ended.err) == (2, True)


def test_what_is_kept_is_sound_forgotten_and_renamed_with_its_instance(site: Site) -> None:
    """No password is kept; a second reading adds nothing; damage is found; another name takes the audit along."""
    site.orders.drop_database("audit")
    for _ in range(2):
        assert site.run("snapshot").code == 0
    path = site.folder / "snapshots" / "drift.db"
    assert b"a-password-in-a-request" not in path.read_bytes()
    assert site.run("rename-instance", "orders-prod", "orders", "--yes").code == 0
    with Store.open(path) as store:
        assert [trace.name for trace in store.audit_log.load("orders").traces] == ["deleteLogicDB"]
        assert store.verify() == []
    assert site.run("forget", "orders", "--yes").code == 0
    with Store.open(path) as store:
        assert store.audit_log.load("orders").windows == ()


@pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")
def test_the_sdk_reads_the_same_traces(site: Site) -> None:
    """The official SDK, with its own signature, is the witness of the simulated audit and of how drift asks it."""
    site.orders.drop_database("audit")
    assert site.run("snapshot").code == 0
    credentials = BasicCredentials(site.cloud.access_key, site.cloud.secret_key, site.cloud.project_id)
    client: Any = CtsClient.new_builder().with_credentials(credentials).with_endpoint(site.server.url).build()
    request = ListTracesRequest(trace_type="system", service_type="DDM", limit=200)
    listed = client.list_traces(request).traces
    with Store.open(site.folder / "snapshots" / "drift.db") as store:
        kept = store.audit_log.load("orders-prod").traces
    assert [(trace.trace_id, trace.trace_name, trace.user.name, trace.source_ip) for trace in listed] == [
        (trace.id, trace.name, trace.user, trace.address) for trace in kept
    ]
