"""What drift gives to the tests of others, as a library and as a plugin of a real pytest."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from drift import DriftError, diff, load, testing
from drift.core.traces import Audit, AuditWindow, Trace, stamp
from drift.decode.sources import snapshot_file
from drift.policy.plan import file as plan_file
from drift.simulator import Fault, default_cloud
from drift.store import Store
from drift.testing import assert_no_drift, simulator
from support.builders import a_database, a_shard, a_snapshot
from support.doc_pages import blocks
from support.paths import ROOT

pytest_plugins = ["pytester"]

BEFORE = a_snapshot(a_database(shards=[a_shard(on="rds-1")]), label="pre")
AFTER = a_snapshot(a_database(shards=[a_shard(on="rds-2")]), minutes=5, label="post")
MOVE = {"expect": [{"rule": "shard-moved", "name": "orders_0000", "to": "rds-2"}]}
WAIVER = """
[[waivers]]
rule = "shard-moved"
name = "orders_0000"
to = "rds-2"
reason = "agreed"
expires = {day}
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder without a drift.toml above it."""
    monkeypatch.chdir(tmp_path)


def test_the_same_is_no_drift() -> None:
    """The same topology passes in silence, whatever else differs between two captures of it."""
    assert_no_drift(BEFORE, a_snapshot(*BEFORE.databases, minutes=60))


def test_drift_fails_with_the_report() -> None:
    """What fails says what changed, in the words of the text report, and proposes no command."""
    with pytest.raises(AssertionError) as failed:
        assert_no_drift(BEFORE, AFTER)
    told = str(failed.value)
    assert told.startswith("Drift in orders-prod")
    assert "orders_0000" in told
    assert "rds-1" in told
    assert "drift waive" not in told


def test_what_is_planned_is_no_drift(tmp_path: Path) -> None:
    """A plan as a dict, as a file by either kind of path, and as one that is read already."""
    path = tmp_path / "plan.toml"
    path.write_text('[[expect]]\nrule = "shard-moved"\nname = "orders_0000"\nto = "rds-2"\n')
    for each in (MOVE, path, str(path), plan_file.parse(path.read_text(), path)):
        assert_no_drift(BEFORE, AFTER, plan=each)


def test_a_plan_that_is_not_met_fails() -> None:
    """What was meant to change and did not is told as the gate tells it."""
    with pytest.raises(AssertionError, match="Plan: not met"):
        assert_no_drift(BEFORE, BEFORE, plan=MOVE)


def test_a_wrong_plan_is_no_assertion() -> None:
    """A plan that can't be read is an error of drift's own kind, so that no test fails for a wrong reason."""
    with pytest.raises(DriftError, match=r"expect\[1\]\.rule: unknown rule"):
        assert_no_drift(BEFORE, AFTER, plan={"expect": [{"rule": "shard-mooved"}]})


def test_the_threshold_may_be_given() -> None:
    """What is below it passes."""
    assert_no_drift(BEFORE, AFTER, fail_on="error")


def test_part_of_the_truth_is_not_accepted() -> None:
    """A capture that is partial fails, and says what was not read."""
    partial = a_snapshot(minutes=5, gaps={"database orders": "500 DBS.300128"})
    with pytest.raises(AssertionError, match=r"DBS\.300128"):
        assert_no_drift(BEFORE, partial)


@pytest.mark.parametrize(("day", "passes"), [("9999-01-31", True), ("2020-01-31", False)])
def test_a_configuration_says_what_matters(tmp_path: Path, day: str, passes: bool) -> None:  # noqa: FBT001 - a row of a table
    """Waivers and severities of a drift.toml hold, the one given or the one that is found; expired waivers don't."""
    config = tmp_path / "other.toml"
    config.write_text(WAIVER.format(day=day))
    if passes:
        assert_no_drift(BEFORE, AFTER, config=config)
        assert_no_drift(BEFORE, AFTER, config=str(config.rename(tmp_path / "drift.toml")))
        assert_no_drift(BEFORE, AFTER)
    else:
        with pytest.raises(AssertionError):
            assert_no_drift(BEFORE, AFTER, config=config)


def test_unconfirmed_snapshots_are_refused_as_by_the_gate(tmp_path: Path) -> None:
    """With require_confirmed, an unconfirmed layout is an error, until the store knows it to be confirmed."""
    Path("drift.toml").write_text('store = "s.db"\nrequire_confirmed = true\n')
    path = tmp_path / "export.json"
    path.write_bytes(default_cloud().instance("orders-prod").export())
    unconfirmed = load(path)
    with pytest.raises(DriftError, match="require_confirmed") as failed:
        assert_no_drift(path, unconfirmed)
    assert failed.value.exit_code == 4
    assert_no_drift(BEFORE, BEFORE)
    with Store.open(tmp_path / "s.db", create=True) as store:
        store.save(BEFORE)
        store.confirm_layout("orders-prod", unconfirmed.layout or "", "person", BEFORE.taken_at)
    assert_no_drift(path, unconfirmed)


def test_a_change_needs_a_trace_as_for_the_gate(tmp_path: Path) -> None:
    """With require_trace, a planned change that no call in the store explains fails."""
    Path("drift.toml").write_text('store = "s.db"\nrequire_trace = true\n')
    assert_no_drift(BEFORE, BEFORE)
    with pytest.raises(AssertionError, match="change-untraced"):
        assert_no_drift(BEFORE, AFTER, plan=MOVE)
    start, end = stamp(BEFORE.taken_at), stamp(AFTER.taken_at)
    call = Trace(
        id="t", time=end, service="DDM", name="migrateLogicDB", kind="console", user="dba", resource_name="orders"
    )
    with Store.open(tmp_path / "s.db", create=True) as store:
        store.audit_log.save("orders-prod", Audit(windows=(AuditWindow(since=start, until=end),), traces=(call,)))
    assert_no_drift(BEFORE, AFTER, plan=MOVE)


def test_snapshots_may_be_files_or_references(tmp_path: Path) -> None:
    """A path, a text that is one, a label and a number mean what they mean to the command line."""
    path = tmp_path / "before.json"
    path.write_bytes(snapshot_file.dumps(BEFORE))
    with Store.open(tmp_path / "other.db", create=True) as store:
        store.save(BEFORE)
        store.save(AFTER)
    assert_no_drift(path, str(path))
    assert_no_drift(path, "pre", store=tmp_path / "other.db")
    with pytest.raises(AssertionError, match=r"snapshot 1 \(pre\)"):
        assert_no_drift("1", "latest", store=str(tmp_path / "other.db"))
    with pytest.raises(DriftError, match="no store"):
        assert_no_drift("1", "latest")


def test_the_simulator_is_captured_over_http() -> None:
    """What a capture says follows what happens to the simulated instance, and a fault that passes harms nobody."""
    with simulator() as cloud:
        before = cloud.capture()
        cloud.instance().scale_out("rds-orders-3")
        cloud.fail(Fault(kind="throttled", retry_after="0"))
        after = cloud.capture("orders-prod")
        assert cloud.connection["url"] == cloud.url
    assert before.instance.name == after.instance.name == "orders-prod"
    assert {change.rule for change in diff(before, after).changes} >= {"data-node-added", "shard-moved"}


def test_a_capture_that_fails_is_an_error_of_drift() -> None:
    """As on the command line, and nothing of the user's own takes part."""
    Path("drift.toml").write_text("not = valid = toml")
    with simulator() as cloud:
        assert cloud.capture().databases
        cloud.fail(Fault(kind="error", status=403))
        with pytest.raises(DriftError, match="403") as failed:
            cloud.capture()
    assert failed.value.exit_code == 3


def test_the_example_in_its_docstring_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the documentation shows is what happens."""
    monkeypatch.chdir(ROOT)
    assert doctest.testmod(testing) == (0, 2)


INSTALLED = """
def test_found(assert_no_drift, ddm_simulator):
    before = ddm_simulator.capture()
    assert_no_drift(before, ddm_simulator.capture())

def test_drifts(assert_no_drift, ddm_simulator):
    before = ddm_simulator.capture()
    ddm_simulator.instance().move_shard("orders_0000", "rds-orders-2")
    assert_no_drift(before, ddm_simulator.capture())

import pytest

@pytest.mark.ddm_scenario("small.toml")
def test_scenario(ddm_simulator):
    assert [each.name for each in ddm_simulator.capture().databases] == ["tiny"]
"""
SCENARIO = """
[instances.small.data_nodes.rds-1]
[instances.small.databases.tiny]
shards = 2
"""


RUNBOOK = """
import pytest

@pytest.fixture(autouse=True)
def my_cloud(ddm_simulator):
    global my_runbook
    def my_runbook(url, **connection):
        assert url == ddm_simulator.url
        ddm_simulator.instance().scale_out("rds-orders-3", databases=["orders"])
"""
PLAN = """
[[expect]]
rule = "data-node-added"
name = "rds-orders-3"
[[expect]]
rule = "shard-moved"
database = "orders"
to = "rds-orders-3"
"""


@pytest.fixture
def installed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytest that finds drift's entry point, as where drift is installed."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pytest11"]
    made = pytester.path / "site" / "as_installed-0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: as-installed\nVersion: 0\n")
    lines = [f"{name} = {module}\n" for name, module in points.items()]
    (made / "entry_points.txt").write_text("".join(["[pytest11]\n", *lines]))
    monkeypatch.setenv("PYTHONPATH", f"{made.parent}:{ROOT}")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # each process would compile everything anew
    (example,) = [block.text for block in blocks(ROOT / "docs/testing.md") if block.language == "python"]
    pytester.makepyfile(INSTALLED, test_documented=f"{RUNBOOK}\n{example}")
    (pytester.path / "plan.toml").write_text(PLAN)
    (pytester.path / "small.toml").write_text(SCENARIO)
    return pytester


@pytest.mark.parametrize("options", [["-n0"], ["-n1"]])
def test_the_plugin_gives_its_fixtures(installed: pytest.Pytester, options: list[str]) -> None:
    """Found without being asked for, in this process and in a worker, also by the example of the documentation.

    What drifts fails with the report.
    """
    ended = installed.runpytest_subprocess("--strict-markers", "-Werror", *options)
    ended.assert_outcomes(passed=3, failed=1)
    ended.stdout.re_match_lines([r"E +AssertionError: Drift in orders-prod", r"E .*orders_0000"])
    ended.stdout.no_re_match_line(r".*testing\.py:\d+: AssertionError")


def test_the_plugin_can_be_left_out(installed: pytest.Pytester) -> None:
    """Without it there are no fixtures, and nothing else is missing."""
    ended = installed.runpytest_subprocess("-n0", "-p", "no:ddm-drift")
    ended.assert_outcomes(errors=4)
    ended.stdout.fnmatch_lines(["*fixture 'assert_no_drift' not found"])


def test_the_plugin_says_what_it_offers(installed: pytest.Pytester) -> None:
    """The mark is known, with what it is for."""
    told = installed.runpytest_subprocess("--markers").stdout.str()
    assert re.search(r"^@pytest\.mark\.ddm_scenario\(path\): \w", told, re.MULTILINE)


def loaded(code: str, *names: str) -> list[str]:
    """Which of these modules are there after some code ran in a process of its own."""
    code = f"import sys\n{code}\nprint(*[name for name in {names!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return told.stdout.split()


def test_the_plugin_costs_nothing_until_it_is_used() -> None:
    """A test run that doesn't use it loads drift's bare package, and drift itself never loads pytest."""
    heavy = ("msgspec", "click", "httpx", "sqlite3", "drift.core.model", "drift.cli", "drift.testing.assertions")
    before = loaded("import pytest", *heavy)
    assert loaded("import pytest, drift.testing.pytest_plugin", *heavy) == before
    assert loaded("import drift.testing, drift.cli.main, drift.simulator", "pytest", "_pytest") == []
