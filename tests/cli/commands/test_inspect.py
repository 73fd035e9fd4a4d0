from __future__ import annotations

import json
from typing import TYPE_CHECKING

from support.file_kinds import NODES, TEXT, an_export
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_cannot_be_read_shows_its_structure(tmp_path: Path) -> None:
    """The outline goes to stdout, the error to stderr, and the end is 4."""
    (tmp_path / "r.json").write_text(json.dumps({"data": an_export([{"zone": "z", "pieces": ["a", "b"]}])}))
    ended = drift(tmp_path, "inspect", "r.json")
    assert ended.code == 4
    assert "in it       an answer wrapped by another tool, in data\n" in ended.out
    assert "compressed_databases_info[].pieces[]" in ended.out
    assert "no shard is recognised" in ended.err


def test_a_file_without_json_has_its_error_alone(tmp_path: Path) -> None:
    """What is no JSON has no structure."""
    (tmp_path / "r.json").write_text("<html></html>")
    ended = drift(tmp_path, "inspect", "r.json")
    assert (ended.code, ended.out) == (4, "")
    assert "neither JSON nor base64" in ended.err


def test_an_anonymous_copy_can_be_handed_on(tmp_path: Path) -> None:
    """The copy is read as the original is, and has none of its names; `-` is stdout."""
    (tmp_path / "r.json").write_text(TEXT)
    assert drift(tmp_path, "inspect", "r.json", "--anonymize", "copy.json").code == 0
    copy = (tmp_path / "copy.json").read_text()
    assert drift(tmp_path, "inspect", "r.json", "--anonymize", "-").out == copy
    shown = drift(tmp_path, "show", "copy.json", "--shards")
    assert shown.code == 0
    assert not {"orders", "rds-a", NODES[0]["instance_id"], NODES[0]["access_host"]} & set(shown.out.split())
    assert shown.out.count("_0003") == 1


def test_nothing_is_confirmed_and_anonymized_at_once(tmp_path: Path) -> None:
    """The two flags exclude each other, 2, rather than that one of them is dropped without a word."""
    (tmp_path / "r.json").write_text(TEXT)
    ended = drift(tmp_path, "inspect", "r.json", "orders", "--confirm", "--anonymize", "copy.json")
    assert (ended.code, (tmp_path / "copy.json").exists()) == (2, False)
    assert "--confirm and --anonymize exclude each other" in ended.err
