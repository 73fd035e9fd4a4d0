"""The parts of the documentation that drift itself makes. `cog` calls them from the pages, and they print Markdown.

    cog -P -I docs -r README*.md docs/*.md docs/zh/*.md         # renew them all

A page calls one function per block. Nothing else in a page is made, so prose stays prose.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import tomllib
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec
import tomlkit

import drift
from drift.cli.main import cli
from drift.config.settings_table import TABLE
from drift.decode.evidence import KINDS
from drift.decode.file_kinds.table import KINDS as FILE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).parent.parent
_BEFORE, _AFTER = "snapshots/before-nested.json", "snapshots/after-flat.json"
_TIMES: Final = (("pre-change", "2026-05-01T02:00:04Z"), ("post-change", "2026-05-01T04:10:09Z"))


def usage() -> None:
    """Print `drift --help`."""
    _block(_out("--help"))


def command_list() -> None:
    """Print the commands, with a line each."""
    text = _out("--help")
    _block(text[text.index("Commands:") :].partition("\n\n")[0].partition("\n")[2])


def command_help() -> None:
    """Print a section for each command: its help, without the options that many commands share."""
    shared = {**_common(), **_connection()}
    for name, command in _commands():
        print(f"## drift {name}\n")
        _block(_help(name, command, shared.keys()))
        if any(parameter.name in _connection() for parameter in command.params):
            print("\nIt also takes the [connection options](#connection-options).")
        print()


def shared_options(kind: str) -> None:
    """Print the options that every command takes (`common`), or those that lead to an instance (`connection`)."""
    options = {"common": _common, "connection": _connection}[kind]()
    context = _context("drift", cli)
    formatter = context.make_formatter()
    formatter.write_dl([record for option in options.values() if (record := option.get_help_record(context))])
    _block(formatter.getvalue())


def rules() -> None:
    """Print the table of rules with their standard severities."""
    print(_out("rules", "--config", "sample_configs/minimal.toml", "--format", "markdown").rstrip())


def settings(topic: str) -> None:
    """Print the table of the settings of a topic."""
    print("| setting | meaning | flag | variable | other tools' variables |")
    print("|---|---|---|---|---|")
    for row in TABLE:
        if row.topic == topic:
            flag = f"`{row.flag}`" if row.flag else "none: a secret" if row.is_secret else "none"
            others = ", ".join(f"`{other}`" for other in (*row.huawei, *row.terraform, *row.openstack))
            meaning = row.help.replace("|", "\\|")
            print(f"| `{row.name}` | {meaning} | {flag} | `{row.variable}` | {others} |")


def configuration() -> None:
    """Print the drift.toml that `drift init` writes."""
    with tempfile.TemporaryDirectory() as folder:
        _run("init", f"{folder}/drift.toml")
        _block(Path(folder, "drift.toml").read_text("utf-8"), "toml")


def report(*options: str, begin: str, end: str | None = None) -> None:
    """Print the text report on the sample files, from its first line that begins with `begin`."""
    text = _out("diff", _BEFORE, _AFTER, *options)
    text = text[text.index(begin) :]
    _block(text if end is None else text.partition(end)[0])


def topology() -> None:
    """Print what `drift show` says of a sample file."""
    text = _out("show", _AFTER)
    _block(text[text.index("DATA NODE") :])


def reviewed(name: str) -> None:
    """Print the text report, and the Markdown report, on a scenario of the catalogue."""
    scenario = tomllib.loads(Path(ROOT, "tests/scenarios", f"{name}.toml").read_text("utf-8"))
    expected = scenario["expect"][0]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        text, markdown = _judged(folder, name, expected.get("plan"), expected["exit_code"])
    planned = ", against a plan" if "plan" in expected else ""
    print(f"## {scenario['title']}\n")
    print(f"The verdict{planned}: **{expected['verdict']}**, exit code {expected['exit_code']}.\n")
    print("In a terminal:\n")
    _block(text)
    print("\nIn a merge request:\n")
    lines = (line for line in markdown.strip().splitlines() if line != "---")  # a rule can't stand in a quotation
    print("\n".join(f"> {line}".rstrip() for line in lines), end="\n\n")


def notification() -> None:
    """Print what a run of `drift watch` says of a scale-out on stdout."""
    _block(_watched()[0], "text")


def notification_document() -> None:
    """Print the document that a webhook got in the same run, with two of its transitions."""
    content = json.loads(_watched()[1])
    content["timestamp"] = "2026-05-01T02:05:00Z"
    transitions = content["data"]["transitions"]
    content["data"]["transitions"] = transitions[:1] + transitions[-1:]
    _block(json.dumps(content, indent=2, ensure_ascii=False), "json")


@cache
def _watched() -> tuple[str, bytes]:
    """Watch a simulated instance before and after a scale-out; return stdout, and what a webhook got."""
    from drift.simulator import load_scenario, serve

    cloud, got = load_scenario(ROOT / "tests/scenarios/method-1.toml"), []
    with tempfile.TemporaryDirectory() as name, serve(cloud) as server, _receiving(got) as webhook:
        folder = Path(name)
        settings = {
            "defaults": {"endpoint": server.url, "project_id": cloud.project_id},
            "instances": {each.name: {"instance_id": each.id} for each in cloud.instances.values()},
            "notify": {"inventory": {"webhook": webhook, "secret_env": "HOOK_SECRET", "allow_private": True}},
        }
        (folder / "drift.toml").write_text(tomlkit.dumps(settings), "utf-8")
        secrets = {"DRIFT_TOKEN": cloud.issue_token(), "HOOK_SECRET": f"whsec_{'A' * 43}="}
        _run("watch", "--once", folder=folder, **secrets)
        return _run("watch", "--once", folder=folder, **secrets).stdout, got[-1]


@contextmanager
def _receiving(got: list[bytes]) -> Iterator[str]:
    """Serve a webhook on loopback, and collect what it gets."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/drift"
        finally:
            server.shutdown()


def _judged(folder: Path, name: str, plan: list[dict[str, object]] | None, code: int) -> tuple[str, str]:
    _keep(folder, name)
    command = ["gate", "pre-change", "post-change", "--output", "markdown=report.md"]
    if plan is not None:
        (folder / "plan.toml").write_text(tomlkit.dumps({"change": "CHG-123", "expect": plan}), "utf-8")
        command += ["--plan", "plan.toml"]
    ended = _run(*command, folder=folder, code=code)
    return ended.stdout, (folder / "report.md").read_text("utf-8").partition("\n")[2]


def _keep(folder: Path, name: str) -> None:
    """Store a scenario's instance before and after its steps, as two snapshots with fixed times."""
    from drift.simulator import load_scenario

    (instance,) = load_scenario(ROOT / "tests/scenarios" / f"{name}.toml").instances.values()
    with drift.Store.open(folder / "snapshots/drift.db", create=True) as store:
        for label, taken_at in _TIMES:
            (folder / "response.json").write_bytes(instance.export())
            store.save(
                msgspec.structs.replace(
                    drift.load(folder / "response.json"),
                    instance=drift.Instance(name=instance.name),
                    taken_at=datetime.fromisoformat(taken_at),
                    source="export",
                    label=label,
                )
            )


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = _context("drift", cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        yield name, command
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                yield f"{name} {below}", command.get_command(context, below)


def _context(name: str, command: click.Command) -> click.Context:
    return click.Context(command, info_name=name, terminal_width=100, max_content_width=100)


def _help(name: str, command: click.Command, without: Iterable[str]) -> str:
    context = _context(f"drift {name}", command)
    formatter = context.make_formatter()
    command.format_usage(context, formatter)
    command.format_help_text(context, formatter)
    options = [each for each in command.params if isinstance(each, click.Option) and each.name not in without]
    if records := [record for option in options if (record := option.get_help_record(context))]:
        with formatter.section("Options"):
            formatter.write_dl(records)
    if isinstance(command, click.Group):
        command.format_commands(context, formatter)
    return formatter.getvalue()


def _common() -> dict[str, click.Parameter]:
    return {option.name: option for option in dict(_commands())["init"].params if option.name not in {"path", "force"}}


def _connection() -> dict[str, click.Parameter]:
    return {
        option.name: option
        for option in dict(_commands())["jobs"].params
        if isinstance(option, click.Option) and option.name not in {*_common(), "only_open", "format", "fmt"}
    }


def _out(*arguments: str) -> str:
    return _run(*arguments).stdout


def _run(*arguments: str, folder: Path = ROOT, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """Run drift as somebody would who has set `more` variables at most, and expect that exit code."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "HOME": str(folder), **more}
    command = [sys.executable, "-m", "drift", *arguments]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != code:
        raise SystemExit(f"{command} ended with {ended.returncode}:\n{ended.stderr}")
    return ended


def _block(text: str, language: str = "text") -> None:
    print(f"```{language}\n{text.rstrip()}\n```")


def evidence() -> None:
    """Print the table of the kinds of evidence."""
    print("| kind | weight | evidence |")
    print("|---|---|---|")
    for kind in KINDS:
        print(f"| `{kind.id}` | {kind.weight} | {kind.summary} |")


def file_kinds() -> None:
    """Print the table of the kinds of files."""
    print("| kind | recognised by | read |")
    print("|---|---|---|")
    for kind in FILE_KINDS:
        print(f"| {kind.name} | {kind.mark} | {kind.part} |")
