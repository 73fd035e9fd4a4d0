"""`-`: standard input for any file that is read, standard output for any file that is written."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from support.file_kinds import READABLE, TEXT
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

PLAN = '[[expect]]\nrule = "shard-moved"\nname = "orders_0000"\n'
JOB = {
    "database_name": "orders",
    "original_shard_num": 4,
    "after_shard_num": 8,
    "original_dn_info_list": [{"dn_instance_id": "a"}],
    "after_dn_info_list": [{"dn_instance_id": "a"}, {"dn_instance_id": "b"}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a saved answer, a snapshot of it, and nothing on standard input."""
    (tmp_path / "r.json").write_text(TEXT)
    assert drift(tmp_path, "snapshot", "orders", "--from-file", "r.json").code == 0
    type_in(monkeypatch, b"")
    return tmp_path


def type_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Put this on standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        (TEXT.encode(), ("show", "-")),
        (READABLE["curl -i in PowerShell"], ("show", "-")),
        (TEXT.encode(), ("check", "-", "--fail-on", "error")),
        (TEXT.encode(), ("diff", "r.json", "-")),
        (TEXT.encode(), ("gate", "-", "r.json")),
        (TEXT.encode(), ("inspect", "-")),
        (TEXT.encode(), ("snapshot", "orders", "--from-file", "-")),
        (TEXT.encode(), ("plan", "from-diff", "r.json", "-")),
        (PLAN.encode(), ("plan", "show", "-")),
        (PLAN.encode("utf-16"), ("plan", "show", "-")),
        (PLAN.encode(), ("plan", "reverse", "-")),
        (PLAN.encode(), ("begin", "C-1", "orders", "--plan", "-", "--from-file", "r.json")),
        (json.dumps(JOB).encode(), ("plan", "from-job", "-")),
        (b'[nodes]\n"rds-a" = "rds-a"\n"rds-b" = "rds-b"\n', ("diff", "r.json", "r.json", "--map-nodes", "-")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_any_file_that_is_read_may_be_standard_input(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, arguments: tuple[str, ...]
) -> None:
    """`-` is standard input, wherever a file is read."""
    type_in(monkeypatch, content)
    ended = drift(folder, *arguments)
    assert ended.code == 0, ended.err


def test_an_exported_snapshot_goes_through_a_pipe(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`drift export --output - | drift import -` loses nothing, and leaves no file of that name."""
    exported = drift(folder, "export", "--output", "-")
    type_in(monkeypatch, exported.out.encode())
    assert "already stored" in drift(folder, "import", "-").err
    assert not (folder / "-").exists()


def test_standard_input_can_be_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files can't both be standard input, and the error says so."""
    type_in(monkeypatch, TEXT.encode())
    ended = drift(folder, "diff", "-", "-")
    assert ended.code == 2
    assert "can be read once" in ended.err


@pytest.mark.parametrize("arguments", [("diff", "r.json", "r.json"), ("check", "r.json")])
def test_an_output_to_standard_output_is_the_report_there(folder: Path, arguments: tuple[str, ...]) -> None:
    """`--output FORMAT=-` is what --format FORMAT is; with another --format it is refused."""
    wanted = drift(folder, *arguments, "--format", "markdown").out
    assert drift(folder, *arguments, "--output", "markdown=-").out == wanted
    assert drift(folder, *arguments, "--output", "markdown=-", "--format", "json").code == 2
    assert not (folder / "-").exists()


def test_a_plan_goes_to_standard_output(folder: Path) -> None:
    """`drift plan … --output -` writes to stdout and leaves no file of that name."""
    assert drift(folder, "plan", "from-diff", "r.json", "r.json", "--output", "-").out.startswith("# What changed")
    assert not (folder / "-").exists()
