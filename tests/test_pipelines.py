"""The sample pipelines: held against their ecosystems' schemas and linters, and run against a simulated cloud."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import jsonschema
import kubernetes_validate
import pytest
from junitparser import JUnitXml
from ruamel.yaml import YAML
from sarif_kit.validate import validation_errors

from drift.simulator import Fault, default_cloud, serve
from drift.simulator.fault import ALWAYS
from drift.store import Store
from support.forge import LONGEST_COMMENT, TOKEN, Forge, forge
from support.pipelines import (
    AZURE,
    CI,
    CODEARTS,
    GITEA,
    GITLAB,
    GITLAB_FLEET,
    JENKINSFILE,
    KUBERNETES,
    NIGHTLY,
    WORKFLOWS,
    Workflow,
    azure_steps,
    bash,
    codearts_scripts,
    codearts_steps,
    cron_jobs,
    document,
    gitlab_job,
    groovy,
    jenkins_scripts,
    kubernetes_job,
    scripts,
)
from support.schemas import violations_of
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.simulator import Cloud

TOOLS = Path(sysconfig.get_path("scripts"))
MARKER = "<!-- drift-report:orders-prod:diff -->"
FORK = "someone/topology"
needs_curl_and_jq = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq, which the steps run, are not installed"
)


class Site(NamedTuple):
    """A repository whose drift.toml leads to a served cloud, and the forge that its pipelines run on."""

    folder: Path
    cloud: Cloud
    forge: Forge

    def drift_to(self) -> None:
        """Shards move."""
        self.cloud.instance("orders-prod").scale_out("rds-orders-3")

    def breaks(self) -> None:
        """The service refuses every export from now on."""
        self.cloud.fail(Fault(kind="error", status=403, times=ALWAYS))

    def workflow(
        self, name: str, head: str = "acme/topology", *, job: str | None = None, part: str = "", **inputs: str
    ) -> Workflow:
        """A run of a workflow's job, for a pull request from that repository or with these inputs."""
        context = {
            "github.token": TOKEN,
            "github.repository": "acme/topology",
            "github.event.pull_request.number": "7",
            "github.event.pull_request.head.repo.full_name": head,
            "inputs.plan": "",
            "matrix.part": part,
            "strategy.job-total": "4",
            **{f"inputs.{key}": value for key, value in inputs.items()},
        }
        variables = {
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_REPOSITORY": "acme/topology",
            "GITHUB_REF_NAME": "main",
            "GITHUB_RUN_ID": "1",
        }
        if head != FORK:
            variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{self.forge.url}/id-token?api-version=2.0"
            variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = TOKEN
        return Workflow(name, self.folder, context, variables, job)

    def gitlab(self, job: str, **variables: str) -> tuple[int, str]:
        """Run a job of GitLab CI: its exit code, and its log."""
        known = {
            "CI_API_V4_URL": self.forge.url,
            "CI_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_PIPELINE_URL": "https://gitlab.example.com/p/1",
            "DRIFT_ID_TOKEN": self.cloud.id_token,
        }
        ended = gitlab_job(job, self.folder, **known, **variables)
        return ended.code, ended.out + ended.err


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    cloud = default_cloud()
    with serve(cloud) as server, forge(cloud.id_token) as hosted:
        (tmp_path / "drift.toml").write_text(
            "rate = 1000\n"
            f'[defaults]\nendpoint = "{server.url}"\nsts_endpoint = "{server.url}"\nproject_id = "{cloud.project_id}"\n'
            'provider_urn = "iam::a:oidc-provider:ci"\nagency_urn = "iam::a:agency:reader"\n'
            f'[instances.orders-prod]\ninstance_id = "{cloud.instance("orders-prod").id}"\n'
        )
        yield Site(tmp_path, cloud, hosted)


@pytest.fixture
def baseline(site: Site) -> Site:
    """The site, with a baseline in the repository."""
    ended = drift(site.folder, "export", "live", "--output", "baseline.json", DRIFT_ID_TOKEN=site.cloud.id_token)
    assert ended.code == 0, ended.err
    return site


def linted(*command: str | Path, text: str | None = None) -> str:
    """What a linter finds fault with."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)
    assert not done.returncode or done.stdout, done.stderr
    return done.stdout


def schema(name: str) -> jsonschema.Draft7Validator:
    """A schema of SchemaStore's, as check-jsonschema brings it."""
    found = resources.files("check_jsonschema.builtin_schemas.vendor").joinpath(f"{name}.json")
    return jsonschema.Draft7Validator(json.loads(found.read_text("utf-8")))


@pytest.mark.parametrize("path", [*WORKFLOWS, GITEA], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_workflow_is_one_to_github(path: Path) -> None:
    """The schema of workflows takes it, and actionlint has nothing to say."""
    assert violations_of(schema("github-workflows"), document(path)) == []
    assert not linted(TOOLS / "actionlint", "-shellcheck", TOOLS / "shellcheck", path)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_no_more_than_it_must(path: Path) -> None:
    """Permissions are given job by job, none writes code, and all actions are GitHub's own, at a major version."""
    read = document(path)
    assert read["permissions"] == {}
    for job in read["jobs"].values():
        assert job["permissions"]["contents"] == "read"
        for step in job["steps"]:
            action, _, version = step.get("uses", "actions/none@v1").partition("@")
            assert action.split("/")[0] in {"actions", "github"}
            assert version[1:].isdigit()
            assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("path", [GITLAB, GITLAB_FLEET], ids=lambda path: path.name)
def test_the_gitlab_pipeline_is_one_to_gitlab(path: Path) -> None:
    """The schema of GitLab CI takes it."""
    assert violations_of(schema("gitlab-ci"), document(path)) == []


def test_the_azure_pipeline_is_one_to_azure() -> None:
    """The schema of Azure Pipelines takes it, and each secret is handed to the one step that needs it."""
    # To Azure, every scalar is a string.
    assert violations_of(schema("azure-pipelines"), YAML(typ="base", pure=True).load(AZURE.read_text("utf-8"))) == []
    assert [name for name, step in azure_steps().items() if "env" in step] == ["Gate"]


def test_the_build_is_one_to_codearts() -> None:
    """It has the version, the stages, the keywords and the members that CodeArts Build documents."""
    read = document(CODEARTS)
    assert (read["version"], list(read), list(read["steps"])) == (
        2.0,
        ["version", "params", "steps"],
        ["PRE_BUILD", "BUILD"],
    )
    assert [keyword for keyword, _ in codearts_steps()] == ["checkout", "sh", "upload_artifact", "sh"]
    assert all(step.keys() <= {"name", "image", "inputs"} for _, step in codearts_steps())


def test_the_jobs_are_ones_to_kubernetes() -> None:
    """Its strict schema takes them, and there are as many parts as pods."""
    documents = list(YAML(typ="safe", pure=True).load_all(KUBERNETES.read_text("utf-8")))
    for each in documents:
        kubernetes_validate.validate(each, "1.37", strict=True)
    job, (container,) = documents[0]["spec"]["jobTemplate"]["spec"], [cron_jobs()["drift-capture"]]
    parts = next(int(each["value"]) for each in container["env"] if each["name"] == "PARTS")
    assert job["completions"] == job["parallelism"] == parts


def test_the_jenkinsfile_is_groovy() -> None:
    """It is well-formed, which it is not with a brace less, and publishes what its script leaves."""
    text = JENKINSFILE.read_text("utf-8")
    assert not groovy(text).has_error
    assert groovy(text.removesuffix("}\n")).has_error
    (script,) = jenkins_scripts()
    assert "--output junit=reports/drift.junit.xml" in script
    assert "junit testResults: 'reports/drift.junit.xml'" in text


@pytest.mark.parametrize("place", scripts())
def test_shellcheck_finds_nothing(place: str) -> None:
    """Every script of every sample passes the strictest of its checks that are on by default."""
    assert not linted(TOOLS / "shellcheck", "--shell=bash", "--severity=style", "-", text=scripts()[place])


def test_the_cron_line_runs_the_script() -> None:
    """There is one job, at a time of five fields, with the script that stands beside it."""
    lines = (CI / "cron" / "crontab").read_text("utf-8").splitlines()
    (job,) = [line.split() for line in lines if line[:1].isdigit()]
    assert [field for field in job[:5] if field != "*"] == ["17", "3"]
    assert Path(job[5]).name == NIGHTLY.name
    assert os.access(NIGHTLY, os.X_OK)


@needs_curl_and_jq
def test_github_gate(baseline: Site) -> None:
    """A comment is made once and then changed in place, whatever the run comes to; the code is drift's."""
    site = baseline
    for number in range(100):
        site.forge.say(f"{number}: {MARKER}")
    site.forge.say(f"{MARKER}\nquoted", {"login": "reviewer", "id": 1})
    first = site.workflow("drift-gate")
    assert {name: ended.code for name, ended in first.run().items()} == {"Sign in": 0, "Gate": 0, "Comment": 0}
    assert site.forge.audiences == ["https://iam.myhuaweicloud.com"]
    assert "**Nothing changed in" in site.forge.comments[101]["body"]
    assert first.summary().startswith(MARKER)
    assert first.outputs()["verdict"] == "in-sync"

    site.drift_to()
    second = site.workflow("drift-gate")
    ended = second.run()
    assert (ended["Gate"].code, ended["Comment"].code) == (1, 0)
    assert "::error" in ended["Gate"].out
    assert second.outputs()["verdict"] == "drift"
    assert not validation_errors(json.loads((site.folder / "drift.sarif").read_text()))
    assert len(site.forge.comments) == 102
    assert site.forge.comments[101]["body"].startswith(f"{MARKER}\n\n**Drift in")

    site.breaks()
    (site.folder / "report.md").unlink()  # each run has a folder of its own
    ended = site.workflow("drift-gate").run()
    assert (ended["Gate"].code, ended["Comment"].code) == (3, 0)
    assert site.forge.comments[101]["body"].startswith(f"{MARKER}\n\n**Not judged**")
    assert len(site.forge.comments) == 102


@needs_curl_and_jq
def test_github_gate_of_a_fork(baseline: Site) -> None:
    """A fork's pull request has no id token, which is told and passes for nothing."""
    ended = baseline.workflow("drift-gate", FORK).run()
    assert {name: each.code for name, each in ended.items()} == {"Sign in": 3}
    assert "::error title=drift::no id token" in ended["Sign in"].out
    assert not baseline.forge.comments


@needs_curl_and_jq
def test_github_signs_in_or_fails(baseline: Site) -> None:
    """Where no id token is given, the step fails, and not as if there were drift."""
    workflow = baseline.workflow("drift-gate")
    workflow.variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "expired"
    assert workflow.run()["Sign in"].code == 3


@needs_curl_and_jq
def test_the_largest_report_fits_into_a_comment(baseline: Site) -> None:
    """What the report leaves out is enough for GitHub to take it as a comment."""
    for number in range(300):
        baseline.cloud.instance("orders-prod").create_database(f"{'quite_a_long_name_' * 2}{number}", 2)
    assert baseline.workflow("drift-gate").run()["Comment"].code == 0
    (comment,) = baseline.forge.comments
    assert LONGEST_COMMENT * 0.9 < len(comment["body"]) <= LONGEST_COMMENT


@needs_curl_and_jq
def test_github_migration(site: Site) -> None:
    """The store goes from the run before to the run after as an artifact; what drifted is judged by it."""
    early = site.workflow("drift-migration", phase="end", change="CHG-1").run()
    assert early["Fetch the store"].code == 4
    begun = site.workflow("drift-migration", phase="begin", change="CHG-1").run()
    assert {name: ended.code for name, ended in begun.items()} == dict.fromkeys(begun, 0)
    site.forge.keep("drift-store-CHG-1", site.folder / "snapshots" / "drift.db")
    site.forge.keep("drift-store-CHG-1", site.folder / "drift.toml", head_repository_id=2)  # a fork's
    shutil.rmtree(site.folder / "snapshots")
    site.drift_to()
    ended = site.workflow("drift-migration", phase="end", change="CHG-1")
    assert ended.run()["Capture and judge"].code == 1
    assert "scale-out" in ended.summary()


@needs_curl_and_jq
def test_github_nightly(site: Site) -> None:
    """The first night has no baseline; the next ones are judged against the artifact of the night before."""
    codes = []
    for happens in (lambda: None, site.drift_to, site.breaks):
        happens()
        ended = site.workflow("drift-nightly").run()
        codes.append([ended[name].code for name in ("Fetch the store", "Capture", "Judge")])
        site.forge.keep("drift-store", site.folder / "snapshots" / "drift.db")
        shutil.rmtree(site.folder / "snapshots")
    assert codes == [[0, 0, 4], [0, 0, 1], [0, 3, 1]]


@needs_curl_and_jq
def test_gitlab_merge_request(baseline: Site) -> None:
    """The gate's code is drift's, its reports are there, and the note is made once and then changed in place."""
    site = baseline
    assert site.gitlab("drift-gate")[0] == 0
    assert site.gitlab("drift-note") == (0, "no note: DRIFT_GITLAB_TOKEN is not set\n")
    site.forge.say(f"{MARKER}\nquoted", {"login": "reviewer", "id": 1})
    assert site.gitlab("drift-note", DRIFT_GITLAB_TOKEN=TOKEN)[0] == 0
    site.drift_to()
    assert site.gitlab("drift-gate")[0] == 1
    assert JUnitXml.fromfile(str(site.folder / "drift.junit.xml")).failures
    assert json.loads((site.folder / "gl-code-quality-report.json").read_text())
    assert site.gitlab("drift-note", DRIFT_GITLAB_TOKEN=TOKEN)[0] == 0
    assert [note["body"].startswith(f"{MARKER}\nquoted") for note in site.forge.comments] == [True, False]
    assert site.forge.comments[1]["body"].startswith(f"{MARKER}\n\n**Drift in")
    site.breaks()
    assert site.gitlab("drift-gate")[0] == 3
    assert JUnitXml.fromfile(str(site.folder / "drift.junit.xml")).errors


def test_gitlab_migration_and_nightly(site: Site) -> None:
    """Before and after a migration, and night after night, a job ends with what drift makes of it."""
    assert site.gitlab("drift-begin", CHANGE="CHG-1")[0] == 0
    assert site.gitlab("drift-nightly")[0] == 0
    site.drift_to()
    assert site.gitlab("drift-end", CHANGE="CHG-1")[0] == 1
    site.breaks()
    assert site.gitlab("drift-nightly")[0] == 3


PUBLISHED = {"drift.html", "drift.junit.xml", "drift.md"}


def test_jenkins(baseline: Site) -> None:
    """The script ends with drift's code and leaves what the build publishes, and nothing of the build before."""
    site = baseline
    (script,) = jenkins_scripts()
    known = {"INSTANCE": "orders-prod", "WORKSPACE": str(site.folder), "DRIFT_ID_TOKEN": site.cloud.id_token}
    assert bash(site.folder, script, **known).code == 0
    site.drift_to()
    assert bash(site.folder, script, **known).code == 1
    assert JUnitXml.fromfile(str(site.folder / "reports" / "drift.junit.xml")).failures
    site.breaks()
    assert bash(site.folder, script, **known).code == 3
    assert "Nothing changed" not in (site.folder / "reports" / "drift.md").read_text()
    assert {path.name for path in (site.folder / "reports").iterdir()} == PUBLISHED


@pytest.fixture
def keys(baseline: Site) -> dict[str, str]:
    """The site with a baseline, in which an access key signs in: the variables that hold it."""
    path = baseline.folder / "drift.toml"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "_urn" not in line))
    return {"DRIFT_ACCESS_KEY": baseline.cloud.access_key, "DRIFT_SECRET_KEY": baseline.cloud.secret_key}


def test_gitea(baseline: Site, keys: dict[str, str]) -> None:
    """The step ends with drift's code, and the run's summary is the report, or says why there is none."""
    codes, summaries = [], []
    for happens in (lambda: None, baseline.drift_to, baseline.breaks):
        happens()
        workflow = baseline.workflow("gitea", FORK)
        workflow.context = {**workflow.context, **{f"secrets.{name}": value for name, value in keys.items()}}
        (baseline.folder / "report.md").unlink(missing_ok=True)
        codes.append(workflow.run()["Gate"].code)
        summaries.append(workflow.summary())
    assert codes == [0, 1, 3]
    assert all(summary.startswith(MARKER) for summary in summaries)
    assert ["Not judged" in summary for summary in summaries] == [False, False, True]


def test_azure(baseline: Site, keys: dict[str, str]) -> None:
    """The step ends with drift's code, says why in the run's list of issues, and hands the report to its summary."""
    step = azure_steps()["Gate"]
    variables = {name: keys[value.strip("$()")] for name, value in step["env"].items()}
    told = []
    for happens in (lambda: None, baseline.drift_to, baseline.breaks):
        happens()
        shutil.rmtree(baseline.folder / "reports", ignore_errors=True)
        ended = bash(baseline.folder, step["bash"], INSTANCE="orders-prod", **variables)
        orders = [line for line in ended.out.splitlines() if line.startswith("##vso")]
        told.append((ended.code, ["uploadsummary" in order for order in orders]))
    assert told == [(0, [True]), (1, [True, False]), (3, [True, False])]
    assert JUnitXml.fromfile(str(baseline.folder / "reports" / "drift.junit.xml")).errors


def test_codearts(baseline: Site, keys: dict[str, str]) -> None:
    """The gate leaves its reports in Chinese to be uploaded, and the last step ends with drift's code."""
    known = {each["name"]: each["value"] for each in document(CODEARTS)["params"]}
    codes = []
    for happens in (lambda: None, baseline.drift_to, baseline.breaks):
        happens()
        ended = [bash(baseline.folder, text, **known, **keys).code for text in codearts_scripts().values()]
        codes.append(ended)
        if ended[-1] == 1:
            assert "漂移" in (baseline.folder / "reports" / "drift.md").read_text("utf-8")
    assert codes == [[0, 0], [0, 1], [0, 3]]
    assert "未判定" in (baseline.folder / "reports" / "drift.md").read_text("utf-8")
    assert {path.name for path in (baseline.folder / "reports").iterdir()} == PUBLISHED


def test_cron(site: Site) -> None:
    """Nothing is said in a night without news; the code and the mail tell drift from trouble; the log has it all."""
    if not shutil.which("flock"):
        pytest.skip("flock, which the script runs, is not installed")
    nights = []
    for happens in (lambda: None, site.drift_to, lambda: None):
        happens()
        nights.append(bash(site.folder, f"{NIGHTLY} {site.folder}", DRIFT_ID_TOKEN=site.cloud.id_token))
    assert [night.code for night in nights] == [4, 1, 0]
    assert "scale-out" in nights[1].out
    assert (nights[2].out, nights[2].err) == ("", "")
    held = bash(site.folder, f"exec 8> .drift-nightly.lock; flock 8; {NIGHTLY} {site.folder}")
    assert (held.code, held.out) == (75, "drift-nightly: the run before is still at work\n")
    assert (site.folder / "drift.log").read_text().count("exit code") == 3


@pytest.fixture
def fleet(site: Site) -> Site:
    """The site, with all instances of the cloud in drift.toml."""
    with (site.folder / "drift.toml").open("a") as file:
        for instance in site.cloud.instances.values():
            if instance.name != "orders-prod":
                file.write(f'[instances.{instance.name}]\ninstance_id = "{instance.id}"\n')
    return site


def captured(path: Path) -> list[str]:
    """The instances of a store, once for each of their snapshots."""
    with Store.open(path) as store:
        return sorted(entry.instance for entry in store.log())


@needs_curl_and_jq
def test_github_fleet(fleet: Site) -> None:
    """The runners capture each instance once; their stores are merged into that of the night before, and judged."""
    parts = [fleet.workflow("drift-fleet", part=str(part)).run()["Capture"].code for part in (1, 2, 3, 4)]
    first = fleet.workflow("drift-fleet", job="judge").run()
    assert (parts, first["Merge"].code, first["Judge"].code) == ([0] * 4, 0, 4)
    names = sorted(fleet.cloud.instances)
    assert captured(fleet.folder / "snapshots/drift.db") == names
    fleet.forge.keep("drift-store", fleet.folder / "snapshots/drift.db")
    for folder in ("snapshots", "parts"):
        shutil.rmtree(fleet.folder / folder)
    fleet.drift_to()
    for part in (1, 2, 3, 4):
        fleet.workflow("drift-fleet", part=str(part)).run()
    second = fleet.workflow("drift-fleet", job="judge").run()
    assert {name: ended.code for name, ended in second.items()} == {"Fetch the store": 0, "Merge": 0, "Judge": 1}
    assert captured(fleet.folder / "snapshots/drift.db") == sorted(names * 2)


def test_gitlab_fleet(fleet: Site) -> None:
    """The parts of the matrix are all instances, and the job after them has one store of all."""
    known = {"path": GITLAB_FLEET, "DRIFT_ID_TOKEN": fleet.cloud.id_token}
    (matrix,) = document(GITLAB_FLEET)["drift-part"]["parallel"]["matrix"]
    for part in matrix["PART"]:
        assert gitlab_job("drift-part", fleet.folder, PART=part, **known).code == 0
    assert gitlab_job("drift-fleet", fleet.folder, **known).code == 4  # there is no night before
    assert captured(fleet.folder / "snapshots/drift.db") == sorted(fleet.cloud.instances)


def test_kubernetes_fleet(fleet: Site) -> None:
    """The pods of the indexed job capture each instance once, and the one after them measures all."""
    (fleet.folder / "stores").mkdir()
    known = {"DRIFT_FOLDER": ".", "STORES": "stores", "DRIFT_ID_TOKEN": fleet.cloud.id_token}
    for index in range(4):
        ended = kubernetes_job("drift-capture", fleet.folder, JOB_COMPLETION_INDEX=str(index), **known)
        assert ended.code == 0, ended.err
    assert kubernetes_job("drift-merge", fleet.folder, **known).code == 0
    names = sorted(fleet.cloud.instances)
    assert captured(fleet.folder / "stores/all.db") == names
    measured = (fleet.folder / "stores/drift.prom").read_text()
    assert all(f'name="{name}"' in measured for name in names)
