"""The sample pipelines, taken apart and run as their runners do: each step by bash, in order, while none fails."""

from __future__ import annotations

import re
import subprocess
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tree_sitter
import tree_sitter_groovy
from ruamel.yaml import YAML

from support.paths import SAMPLE_CONFIGS
from support.shell import DRIFT, Ended, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CI = SAMPLE_CONFIGS / "ci"
WORKFLOWS = sorted(CI.glob("github/*.yml"))
GITEA = CI / "gitea" / "drift-gate.yml"
AZURE = CI / "azure" / "azure-pipelines.yml"
CODEARTS = CI / "codearts" / "build.yml"
GITLAB = CI / "gitlab" / ".gitlab-ci.yml"
GITLAB_FLEET = CI / "gitlab" / "fleet.gitlab-ci.yml"
KUBERNETES = SAMPLE_CONFIGS / "kubernetes" / "drift-fleet.yaml"
JENKINSFILE = CI / "jenkins" / "Jenkinsfile"
NIGHTLY = CI / "cron" / "drift-nightly"
INSTALLING = re.compile(r"pip install|apk add")


@cache
def document(path: Path) -> Any:  # noqa: ANN401 - any YAML value
    """A YAML file as JSON has it: `on` is a word."""
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


def bash(folder: Path, script: str, *arguments: str, **variables: str) -> Ended:
    """Run a script as runners do, with a `drift` on the path."""
    tools = folder / ".tools"
    tools.mkdir(exist_ok=True)
    (tools / "drift").write_text(f'#!/bin/sh\nexec {" ".join(DRIFT)} "$@"\n')
    (tools / "drift").chmod(0o755)
    where = environment(folder, **variables)
    where["PATH"] = f"{tools}:{where['PATH']}"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, "bash", *arguments],  # noqa: S607
        cwd=folder, env=where, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=120,
        check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


class Workflow:
    """A job of a workflow of GitHub Actions, in a folder that stands for the runner's; it may be the only one."""

    def __init__(
        self, name: str, folder: Path, context: Mapping[str, str], variables: Mapping[str, str], job: str | None = None
    ) -> None:
        self.read = document(GITEA if name == "gitea" else CI / "github" / f"{name}.yml")
        self.job = self.read["jobs"][job or next(iter(self.read["jobs"]))]
        self.folder, self.context = folder, context
        self.variables = dict(variables)
        for variable in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            self.variables[variable] = str(folder / variable)
            (folder / variable).write_text("")

    def run(self) -> dict[str, Ended]:
        """How each step with a script ended that was run, by its name."""
        ended: dict[str, Ended] = {}
        for step in self.job["steps"]:
            if "run" not in step or INSTALLING.search(step["run"]) or not self._is_due(step, ended):
                continue
            stated = {**self.read.get("env", {}), **self.job.get("env", {}), **step.get("env", {})}
            values = {name: self._filled(value) for name, value in stated.items()}
            ended[step["name"]] = bash(self.folder, step["run"], **self._handed_on(), **values)
        return ended

    def summary(self) -> str:
        """What the run shows."""
        return Path(self.variables["GITHUB_STEP_SUMMARY"]).read_text("utf-8")

    def outputs(self) -> dict[str, str]:
        """What the steps hand on, as a runner reads it."""
        lines = Path(self.variables["GITHUB_OUTPUT"]).read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _handed_on(self) -> dict[str, str]:
        lines = Path(self.variables["GITHUB_ENV"]).read_text("utf-8").splitlines()
        return {**self.variables, **dict(line.split("=", 1) for line in lines)}

    def _is_due(self, step: dict[str, Any], ended: dict[str, Ended]) -> bool:
        terms = re.sub(r"^\$\{\{|\}\}$", "", step.get("if", "")).split("&&")
        has_failed = any(each.code for each in ended.values()) and not any("!cancelled()" in term for term in terms)
        return not has_failed and all(self._holds(term.strip()) for term in terms)

    def _holds(self, term: str) -> bool:
        if term in {"", "!cancelled()"}:
            return True
        if match := re.fullmatch(r"hashFiles\('(.*)'\) != ''", term):
            return (self.folder / match[1]).exists()
        left, right = term.split(" == ")
        return self.context[left] == self.context[right]

    def _filled(self, value: object) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: self.context[match[1]], str(value))


def gitlab_job(name: str, folder: Path, *, path: Path = GITLAB, **variables: str) -> Ended:
    """Run a job of GitLab CI: its lines are one script, which ends where one fails."""
    read = document(path)
    return bash(folder, "\n".join(read[name]["script"]), **{**read["variables"], **variables})


def azure_steps() -> dict[str, dict[str, Any]]:
    """The steps of Azure's pipeline that run a script, by their names."""
    (job,) = document(AZURE)["jobs"]
    return {step["displayName"]: step for step in job["steps"] if "bash" in step}


def codearts_steps() -> list[tuple[str, dict[str, Any]]]:
    """The steps of CodeArts' build in order, each with its keyword."""
    stages = document(CODEARTS)["steps"]
    return [
        (keyword, step) for stage in ("PRE_BUILD", "BUILD") for each in stages[stage] for keyword, step in each.items()
    ]


def codearts_scripts() -> dict[str, str]:
    """The scripts of CodeArts' build, by their names; without the lines that install."""
    commands = {step["name"]: step["inputs"]["command"] for keyword, step in codearts_steps() if keyword == "sh"}
    return {
        name: "\n".join(line for line in text.splitlines() if not INSTALLING.search(line))
        for name, text in commands.items()
    }


def cron_jobs() -> dict[str, Any]:
    """The containers of Kubernetes' CronJobs, by name."""
    documents = YAML(typ="safe", pure=True).load_all(KUBERNETES.read_text("utf-8"))
    return {
        each["metadata"]["name"]: each["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
        for each in documents
    }


def kubernetes_job(name: str, folder: Path, **variables: str) -> Ended:
    """Run the container of a CronJob, with its variables but for those that are given."""
    container = cron_jobs()[name]
    stated = {each["name"]: each["value"] for each in container["env"]}
    return bash(folder, container["args"][0], **{**stated, **variables})


def jenkins_scripts() -> list[str]:
    """The scripts of several lines in the Jenkinsfile, as its `sh` steps get them."""
    texts = [
        node.text.decode() for node in _every(groovy(JENKINSFILE.read_text("utf-8"))) if node.type == "string_literal"
    ]
    return [textwrap.dedent(text[3:-3]) for text in texts if text.startswith("'''")]


def groovy(text: str) -> tree_sitter.Node:
    """The root of a Groovy text's syntax tree."""
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_groovy.language())).parse(text.encode()).root_node


def _every(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _every(child)


def scripts() -> dict[str, str]:
    """Every shell script of the samples, by where it stands."""
    github = {
        f"{path.parent.name}/{path.name}: {step['name']}": step["run"]
        for path in (*WORKFLOWS, GITEA)
        for job in document(path)["jobs"].values()
        for step in job["steps"]
        if "run" in step
    }
    gitlab = {
        f"{path.name}: {name}": "\n".join(job["script"])
        for path in (GITLAB, GITLAB_FLEET)
        for name, job in document(path).items()
        if "script" in job
    }  # fmt: skip
    jenkins = {f"Jenkinsfile {number}": text for number, text in enumerate(jenkins_scripts())}
    kubernetes = {f"{KUBERNETES.name}: {name}": each["args"][0] for name, each in cron_jobs().items()}
    azure = {f"{AZURE.name}: {name}": step["bash"] for name, step in azure_steps().items()}
    codearts = {f"{CODEARTS.name}: {name}": text for name, text in codearts_scripts().items()}
    others = {**azure, **codearts, **kubernetes}
    return {**github, **gitlab, **jenkins, **others, NIGHTLY.name: NIGHTLY.read_text("utf-8")}
