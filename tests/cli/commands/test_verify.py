from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from drift.cli import json_schemas
from drift.decode.sources import snapshot_file
from drift.reports.formats import VERIFY_FORMATS
from support.builders import a_database
from support.data_nodes import PASSWORD, claim, make
from support.mariadb import NEEDS_MARIADB
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

    from support.mariadb import Servers
    from support.shell import Ended

pytestmark = NEEDS_MARIADB

ORDERS = a_database("orders", shards=6, on=("rds-1", "rds-2", "rds-3"))


@pytest.fixture
def folder(tmp_path: Path, mariadb: Servers) -> Path:
    """A folder with a snapshot's file that three servers bear out, and a drift.toml that signs in there."""
    snapshot = claim(mariadb, ORDERS)
    make(mariadb, snapshot)
    (tmp_path / "claim.json").write_bytes(snapshot_file.dumps(snapshot))
    (tmp_path / "drift.toml").write_text('[verify]\nuser = "drift"\n', "utf-8")
    return tmp_path


def verify(folder: Path, *arguments: str, **variables: str) -> Ended:
    return drift(folder, "verify", "./claim.json", *arguments, DRIFT_VERIFY_PASSWORD=PASSWORD, **variables)


def test_what_is_so_passes(folder: Path) -> None:
    """Where every shard is on its data node, the report says so and the command ends with 0."""
    ended = verify(folder)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Verified: ")
    assert "Held against 3 of 3 data nodes" in ended.out


def test_what_is_not_so_ends_with_1(folder: Path, mariadb: Servers) -> None:
    """A shard that is gone is named with its data node, and fails."""
    mariadb[0].run("DROP DATABASE orders_0001")
    ended = verify(folder)
    assert ended.code == 1
    assert "shard-absent (error): orders: 1 shard not on rds-1" in ended.out
    assert "orders_0001" in ended.out


def test_what_was_not_checked_ends_with_4(folder: Path, mariadb: Servers) -> None:
    """A data node that refuses the login is not checked, whatever the others show; a finding there counts more."""
    mariadb[0].run("DROP USER 'drift'@'%'")
    ended = verify(folder)
    assert ended.code == 4
    assert "it refused the login: Access denied for user 'drift'@'127.0.0.1'" in " ".join(ended.out.split())
    mariadb[1].run("DROP DATABASE orders_0002")
    assert verify(folder).code == 1


def test_each_format_tells_it_in_each_language(folder: Path, mariadb: Servers) -> None:
    """Every format names the rule, the shard and the GRANT, in English and in Chinese, and never the password."""
    mariadb[0].run("DROP DATABASE orders_0001")
    mariadb[2].run("REVOKE SHOW DATABASES ON *.* FROM 'drift'@'%'")
    for lang in ("en", "zh"):
        outputs = [word for fmt in VERIFY_FORMATS for word in ("--output", f"{fmt}={lang}.{fmt}")]
        assert verify(folder, *outputs, "--lang", lang).code == 1
        reports = {fmt: (folder / f"{lang}.{fmt}").read_text("utf-8") for fmt in VERIFY_FORMATS}
        assert [fmt for fmt, text in reports.items() if "shard-absent" not in text or "orders_0001" not in text] == []
        assert [fmt for fmt, text in reports.items() if PASSWORD in text] == []
        shown = {fmt: html.unescape(reports[fmt]) for fmt in ("text", "markdown", "json", "html")}
        assert [fmt for fmt, text in shown.items() if "GRANT SHOW DATABASES ON *.* TO 'drift'@'%'" not in text] == []
    jsonschema.validate(json.loads(reports["json"]), json_schemas.report())


def test_a_waiver_accepts_what_it_was_written_for(folder: Path, mariadb: Servers) -> None:
    """A finding whose fingerprint is waived passes, with its reason in the report; a greater one fails again."""
    mariadb[0].run("CREATE DATABASE orders_0009")
    document = json.loads(verify(folder, "--format", "json").out)
    mark = document["findings"][0]["fingerprint"]
    waiver = f'[[waivers]]\nfingerprint = "{mark}"\nreason = "dropped on Monday"\nexpires = 2099-12-31\n'
    with (folder / "drift.toml").open("a", encoding="utf-8") as file:
        file.write(waiver)
    ended = verify(folder)
    assert ended.code == 0
    assert "dropped on Monday" in ended.out
    mariadb[0].run("CREATE DATABASE orders_0010")
    assert verify(folder).code == 1


def test_an_account_is_needed(folder: Path) -> None:
    """Without a user, the command says where to name one."""
    (folder / "drift.toml").write_text("", "utf-8")
    ended = verify(folder)
    assert ended.code == 2
    assert "DRIFT_VERIFY_USER" in ended.err
