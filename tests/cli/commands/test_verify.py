from __future__ import annotations

import html
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from drift.decode.sources import snapshot_file
from drift.reports.formats import VERIFY_FORMATS
from drift.store import Store
from support.builders import a_database, a_node, a_snapshot
from support.data_nodes import PASSWORD, claim, make
from support.mariadb import NEEDS_MARIADB
from support.schemas import violations
from support.shell import drift

if TYPE_CHECKING:
    from support.mariadb import Server, Servers
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
    assert violations("report", json.loads(reports["json"])) == []


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


def test_drift_waive_accepts_a_finding_on_data_nodes(folder: Path, mariadb: Servers) -> None:
    """The fingerprint is that of the last verification that the store keeps; two snapshots are not needed."""
    drift(folder, "import", "claim.json")
    mariadb[0].run("CREATE DATABASE orders_0009")
    mark = json.loads(verify(folder, "--format", "json").out)["findings"][0]["fingerprint"]
    ended = drift(folder, "waive", mark, "--reason", "dropped on Monday", "--expires", "2099-12-31")
    assert (ended.code, ended.out) == (0, f"wrote 1 waiver to {folder / 'drift.toml'}\n")
    assert "dropped on Monday" in verify(folder).out
    assert 'rule = "shard-unclaimed"' in (folder / "drift.toml").read_text("utf-8")
    assert "Waivers" not in drift(folder, "gate", "1", "./claim.json").out  # it is for no change, so it isn't unused
    drift(folder, "waive", mark, "--reason", "on Tuesday", "--expires", "2099-12-31")
    assert (folder / "drift.toml").read_text("utf-8").count("[[waivers]]") == 1
    assert drift(folder, "waive", "v1:0123456789ab", "--reason", "x", "--expires", "30d").code in {2, 4}


def test_an_account_is_needed(folder: Path) -> None:
    """Without a user, the command says where to name one."""
    (folder / "drift.toml").write_text("", "utf-8")
    ended = verify(folder)
    assert ended.code == 2
    assert "DRIFT_VERIFY_USER" in ended.err


def test_a_gate_judges_the_data_nodes_too(folder: Path, mariadb: Servers) -> None:
    """With --verify, a gate without any change fails where a shard is gone, and is inconclusive where one is unseen."""
    arguments = ("gate", "./claim.json", "./claim.json", "--format", "json")
    secret = {"DRIFT_VERIFY_PASSWORD": PASSWORD}
    assert drift(folder, *arguments, "--verify", **secret).code == 0
    mariadb[0].run("DROP DATABASE orders_0001")
    assert drift(folder, *arguments).code == 0
    ended = drift(folder, *arguments, "--verify", **secret)
    document = json.loads(ended.out)
    assert violations("report", document) == []
    assert (ended.code, document["verdict"], document["changes"]) == (1, "drift", [])
    assert [each["rule"] for each in document["verification"]["findings"]] == ["shard-absent"]
    mariadb[0].run("DROP USER 'drift'@'%'")
    told = drift(folder, *arguments[:3], "--verify", **secret)
    assert told.code == 4
    assert "1 part of data nodes not checked" in " ".join(told.out.split())


def test_each_format_of_a_gate_tells_of_data_nodes(folder: Path, mariadb: Servers) -> None:
    """A gate's report has the findings on data nodes in every format and both languages; so has a check's."""
    mariadb[0].run("DROP DATABASE orders_0001")
    for command in (("gate", "./claim.json", "./claim.json"), ("check", "./claim.json")):
        for lang in ("en", "zh"):
            outputs = [word for fmt in VERIFY_FORMATS for word in ("--output", f"{fmt}={lang}.{fmt}")]
            ended = drift(folder, *command, "--verify", *outputs, "--lang", lang, DRIFT_VERIFY_PASSWORD=PASSWORD)
            assert ended.code == 1
            texts = {fmt: (folder / f"{lang}.{fmt}").read_text("utf-8") for fmt in VERIFY_FORMATS}
            assert [fmt for fmt, text in texts.items() if "shard-absent" not in text or "orders_0001" not in text] == []
        assert violations("report", json.loads(texts["json"])) == []


def test_a_change_doesnt_begin_on_a_false_claim(folder: Path, mariadb: Servers) -> None:
    """With --verify, `begin` refuses where the data nodes hold something else, and `end` judges them again."""
    secret = {"DRIFT_VERIFY_PASSWORD": PASSWORD}
    source = ("--from-file", "claim.json")
    mariadb[0].run("DROP DATABASE orders_0001")
    refused = drift(folder, "begin", "CHG-1", "orders-prod", *source, "--verify", **secret)
    assert refused.code == 1
    assert "CHG-1 has not begun" in refused.err
    mariadb[0].run("CREATE DATABASE orders_0001")
    assert drift(folder, "begin", "CHG-1", "orders-prod", *source, "--verify", **secret).code == 0
    mariadb[2].run("CREATE DATABASE orders_0001")
    assert drift(folder, "end", "CHG-1", *source, "--verify", **secret).code == 1
    mariadb[2].run("DROP DATABASE orders_0001")
    assert drift(folder, "end", "CHG-1", *source, "--verify", **secret).code == 0


def test_what_was_found_is_kept(folder: Path, mariadb: Servers) -> None:
    """Where the store has the instance, each verification is kept with its verdict; the account's grants are not."""
    assert drift(folder, "snapshot", "orders-prod", "--from-file", "claim.json").code == 0
    verify(folder)
    mariadb[0].run("DROP DATABASE orders_0001")
    verify(folder)
    with Store.open(folder / "snapshots/drift.db") as store:
        kept = store.verifications.newest("orders-prod", 9)
    assert [each.verdict for each in kept] == ["broken", "sound"]
    content = (folder / "snapshots/drift.db").read_bytes()
    assert not [word for word in (b"IDENTIFIED", b"USAGE", PASSWORD.encode()) if word in content]


@pytest.fixture
def unlike(folder: Path, mariadb: Servers) -> Path:
    """The folder above, and on the servers a table that lacks an index in one shard, whose name is hostile."""
    for number in range(3):
        mariadb[number].run("GRANT REFERENCES ON *.* TO 'drift'@'%'")
        for shard in (2 * number, 2 * number + 1):
            index = "" if shard == 5 else ", KEY `a|b` (a)"
            mariadb[number].run(f"CREATE TABLE orders_{shard:04}.`<t>` (id INT PRIMARY KEY, a INT{index})")
    mariadb[0].run("CREATE TABLE orders_0000.settings (id INT)")
    return folder


def test_tables_are_compared_where_asked(unlike: Path) -> None:
    """Without --structure no table is looked at; with it, the odd shard is named, and what is alike is folded."""
    assert verify(unlike).code == 0
    ended = verify(unlike, "--structure", "--fail-on", "warning")
    assert ended.code == 1
    text = " ".join(ended.out.split())
    assert 'index-differs (warning): "orders.<t>": index "a|b" is missing in 1 of 6 shards; the others have (a)' in text
    assert '"orders.<t>": 5 of 6 shards alike' in text
    assert "orders: in the first shard alone, unsharded: settings" in text
    assert "Without --deep" in text
    assert "Without --deep" not in verify(unlike, "--deep").out


def test_each_format_tells_of_tables_in_each_language(unlike: Path) -> None:
    """Every format has the finding on a table and its shard, and any name of a table is data."""
    for lang in ("en", "zh"):
        outputs = [word for fmt in VERIFY_FORMATS for word in ("--output", f"{fmt}={lang}.{fmt}")]
        assert verify(unlike, "--structure", *outputs, "--lang", lang).code == 1
        reports = {fmt: (unlike / f"{lang}.{fmt}").read_text("utf-8") for fmt in VERIFY_FORMATS}
        assert [fmt for fmt, text in reports.items() if "index-differs" not in text or "orders_0005" not in text] == []
        assert "<t>" not in reports["html"]
        document = json.loads(reports["json"])
        assert violations("report", document) == []
        assert document["tables"]["databases"][0]["differing"] == [{"table": "<t>", "alike": 5, "of": 6}]


def test_a_finding_on_a_table_is_waived_for_these_shards_alone(unlike: Path, mariadb: Servers) -> None:
    """A waiver holds for the table, the part and the shards that it was written for."""
    document = json.loads(verify(unlike, "--structure", "--format", "json").out)
    mark = document["findings"][0]["fingerprint"]
    waiver = f'[[waivers]]\nfingerprint = "{mark}"\nreason = "built tonight"\nexpires = 2099-12-31\n'
    with (unlike / "drift.toml").open("a", encoding="utf-8") as file:
        file.write(waiver)
    assert verify(unlike, "--structure").code == 0
    mariadb[2].run("ALTER TABLE orders_0004.`<t>` DROP KEY `a|b`")
    assert verify(unlike, "--structure").code == 1


def printed(server: Server, script: str) -> str:
    """What MySQL's client prints for the script in batch mode."""
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    statements = filter(None, (each.strip() for each in "\n".join(lines).split(";")))
    with closing(server.connect("drift", password=PASSWORD)) as connection, connection.cursor() as cursor:
        text = ""
        for statement in statements:
            cursor.execute(statement)
            text += "".join("\t".join(map(str, row)) + "\n" for row in cursor.fetchall())
    return text


def test_what_was_printed_by_hand_is_judged_alike(folder: Path, mariadb: Servers) -> None:
    """The script's output, from each data node, gives the findings that a session there gives; a missing file none."""
    mariadb[0].run("DROP DATABASE orders_0001")
    mariadb[1].run("CREATE DATABASE orders_0001")
    written = drift(folder, "verify", "./claim.json", "--script")
    assert written.code == 0
    (folder / "results").mkdir()
    for number in range(3):
        (folder / "results" / f"rds-{number + 1}.tsv").write_text(printed(mariadb[number], written.out), "utf-8")
        assert f"into rds-{number + 1}.tsv" in written.out
    by_hand = drift(folder, "verify", "./claim.json", "--from-results", "results", "--format", "json")
    asked = verify(folder, "--format", "json")
    assert by_hand.code == asked.code == 1
    keys = ("verdict", "findings", "not_checked", "data_nodes")
    assert [json.loads(by_hand.out)[key] for key in keys] == [json.loads(asked.out)[key] for key in keys]
    old = (folder / "results" / "rds-2.tsv").read_text("utf-8")
    stamp = next(line for line in old.splitlines() if line.startswith("read\t"))
    (folder / "results" / "rds-2.tsv").write_text(old.replace(stamp, "read\t2026-05-01 02:00:00"), "utf-8")
    told = drift(folder, "verify", "./claim.json", "--from-results", "results").out
    assert "read 2026-05-01 02:00:00 UTC" in told  # the oldest of them, and not the time of the judgement
    (folder / "results" / "rds-1.tsv").rename(folder / "results" / "other.tsv")
    ended = drift(folder, "verify", "./claim.json", "--from-results", "results")
    assert (ended.code, "there is no result of it: rds-1.tsv" in " ".join(ended.out.split())) == (1, True)
    assert "other.tsv: no data node is called so" in ended.err
    assert drift(folder, "verify", "./claim.json", "--from-results", "nowhere").code == 4


def test_the_script_names_what_its_results_are_judged_against(tmp_path: Path) -> None:
    """The command is on one line of comment, for the same snapshot and store, whatever the file is called."""
    (tmp_path / "my\nclaim.json").write_bytes(snapshot_file.dumps(a_snapshot(a_database(), nodes=[a_node("rds-1")])))
    assert drift(tmp_path, "snapshot", "--from-file", "my\nclaim.json", "--store", "o p.db").code == 0
    told = drift(tmp_path, "verify", "latest", "--store", "o p.db", "--script").out
    assert "-- Then, where drift is: drift verify 1 --from-results RESULTS --store 'o p.db'\n" in told
    told = drift(tmp_path, "verify", "./my\nclaim.json", "--script").out
    assert all(line.startswith("--") for line in told.partition("\n\n")[0].splitlines())


def test_each_data_node_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Of data nodes of one name, also in other letters, the files are called by their ids: none is read for another."""
    names = ("rds", "RDS", "other")
    nodes = [replace(a_node(f"n{number}"), name=name) for number, name in enumerate(names)]
    snapshot = a_snapshot(a_database("orders", shards=2, on=["n0"]), nodes=nodes)
    (tmp_path / "claim.json").write_bytes(snapshot_file.dumps(snapshot))
    out = drift(tmp_path, "verify", "./claim.json", "--script").out
    files = [line.rsplit(" ", 1)[1] for line in out.splitlines() if ": into " in line]
    assert sorted(files) == sorted([f"{nodes[0].id}.tsv", f"{nodes[1].id}.tsv", "other.tsv"])


@pytest.mark.parametrize(
    "flags", ["--structure", "--size", "--from-results .", "--format json", "--output json=x.json"]
)
def test_the_script_goes_with_no_report(tmp_path: Path, flags: str) -> None:
    """What --script would pass over is refused."""
    ended = drift(tmp_path, "verify", "./claim.json", "--script", *flags.split())
    assert (ended.code, "error: --script only prints SQL" in ended.err) == (2, True)


def test_the_demo_shows_a_migration_that_stopped(tmp_path: Path) -> None:
    """On real servers: so at first, in flight while it runs, and what its failed clean-up left, in a report."""
    ended = drift(tmp_path, "demo", "--verify")
    assert ended.code == 0
    steps = ended.out.split("$ drift verify")[1:]
    codes = [step.partition("exit code ")[2][:1] for step in steps]
    assert codes == ["0", "0", "1"]
    assert "In flight, so not judged" in steps[1]
    rules = ("shard-absent", "shard-misplaced", "shard-on-two-nodes")
    assert [rule for rule in rules if f"{rule} (error): orders: 1 shard" not in " ".join(steps[2].split())] == []
    report = Path(steps[2].partition("markdown=")[2].split()[0])
    assert "orders_0012" in report.read_text("utf-8")
    assert not (report.parent / "data-nodes").exists()


def test_plain_logins_over_a_network_are_told(folder: Path) -> None:
    """With tls = "off", drift warns before a password goes to another machine; on loopback there is nothing to tell."""
    nodes = "".join(f'[data_nodes."rds-{number}"]\nhost = "no-such-host.invalid"\n' for number in (1, 2, 3))
    (folder / "drift.toml").write_text(f'[verify]\nuser = "drift"\ntls = "off"\nconnect_timeout = 1\n{nodes}', "utf-8")
    ended = verify(folder)
    assert ended.code == 4
    assert "tls is off: the login at no-such-host.invalid" in ended.err


STATISTICS = (
    "UPDATE mysql.innodb_table_stats SET n_rows = 7, clustered_index_size = {pages}"
    " WHERE database_name = 'orders_{shard:04}'"
)


@pytest.fixture
def sized(folder: Path, mariadb: Servers) -> Path:
    """The folder above with a store, and statistics by which one data node holds nearly all."""
    for number in range(3):
        mariadb[number].run("GRANT SELECT ON mysql.innodb_table_stats TO 'drift'@'%'")
        for shard in (2 * number, 2 * number + 1):
            pages = 100_000 if number == 0 else 10
            mariadb[number].run(
                f"CREATE TABLE orders_{shard:04}.t (id INT PRIMARY KEY)",
                STATISTICS.format(pages=pages, shard=shard),
            )
    assert drift(folder, "import", "claim.json").code == 0
    return folder


def test_sizes_are_judged_and_kept(sized: Path, mariadb: Servers) -> None:
    """An uneven spread of bytes is a finding that says about how much; the next report tells the growth."""
    first = verify(sized, "--size", "--fail-on", "warning")
    text = " ".join(first.out.split())
    assert first.code == 1
    assert "balance-by-size (warning): orders: by size, the fullest data node holds about 3 times the mean" in text
    assert "InnoDB's estimates" in text
    mariadb[1].run(STATISTICS.format(pages=65546, shard=2))
    document = json.loads(verify(sized, "--size", "--format", "json").out)
    assert violations("report", document) == []
    before = document["sizes"]["before"]["databases"]["orders"]
    assert document["sizes"]["total"]["bytes"] - before == 65536 * 16384
    assert "+0 B" in verify(sized, "--size").out
    for lang in ("en", "zh"):
        outputs = [word for fmt in VERIFY_FORMATS for word in ("--output", f"{fmt}=size.{lang}.{fmt}")]
        assert verify(sized, "--size", *outputs, "--lang", lang, "--fail-on", "warning").code == 1
        reports = {fmt: (sized / f"size.{lang}.{fmt}").read_text("utf-8") for fmt in VERIFY_FORMATS}
        assert [fmt for fmt, text in reports.items() if "balance-by-size" not in text] == []


def test_sizes_that_were_read_in_part_are_lower_bounds(sized: Path, mariadb: Servers) -> None:
    """What one data node lacks makes no shrinking and no growth, and no sum that seems to be all."""
    sized.joinpath("drift.toml").write_text('[verify]\nuser = "drift"\n[severities]\nbalance-by-size = "info"\n')
    assert verify(sized, "--size").code == 0
    mariadb[0].run("REVOKE SELECT ON mysql.innodb_table_stats FROM 'drift'@'%'")
    rows = [
        line.split("  ") for line in verify(sized, "--size").out.splitlines() if line.startswith(("all ", "orders "))
    ]
    assert [(row[0], [cell.strip() for cell in row[1:] if cell]) for row in rows] == [
        ("all databases", ["≥ 640.0 KiB", "≥ 28"]),
        ("orders", ["≥ 640.0 KiB", "≥ 28"]),
    ]
    mariadb[0].run("GRANT SELECT ON mysql.innodb_table_stats TO 'drift'@'%'")
    assert "+" not in verify(sized, "--size").out.partition("DATA NODE")[0]
    history = drift(sized, "history", "orders").out
    assert history.count("about ") == 2


def test_sizes_that_may_not_be_read_are_not_checked(folder: Path) -> None:
    """Without the grant on the statistics a report has it, and ends with 4 where the rule counts."""
    ended = verify(folder, "--size", "--fail-on", "warning")
    assert ended.code == 4
    assert "GRANT SELECT ON mysql.innodb_table_stats TO 'drift'@'%';" in ended.out
    assert "sizes: the account may not see it" in " ".join(ended.out.split())


def test_kept_sizes_are_in_history_and_check(sized: Path, mariadb: Servers) -> None:
    """What --size estimated, the history of each thing tells over time, and a check beside the balance by count."""
    verify(sized, "--size")
    mariadb[1].run(STATISTICS.format(pages=65546, shard=2))
    verify(sized, "--size")
    for entity, first, grown in (("orders_0002", "160.0 KiB", "+1.0 GiB"), ("orders", "3.1 GiB", "+1.0 GiB")):
        text = " ".join(drift(sized, "history", entity).out.split())
        assert f"about {first}" in text
        assert grown in text
    document = json.loads(drift(sized, "history", "rds-2", "--format", "json").out)
    assert violations("history", document) == []
    assert [each["bytes"] for each in document["sizes"]] == [20 * 16384, (65546 + 10) * 16384]
    told = " ".join(drift(sized, "check").out.split())
    assert "and not judged here" in told
    assert "+1.0 GiB" in told
    check = json.loads(drift(sized, "check", "--format", "json").out)
    assert violations("report", check) == []
    assert check["sizes"]["total"]["bytes"] == document["sizes"][1]["bytes"] + (200_000 + 20) * 16384
    for command in (("history", "orders"), ("check",)):
        outputs = [word for fmt in ("markdown", "html") for word in ("--output", f"{fmt}={command[0]}.{fmt}")]
        drift(sized, *command, *outputs)
        reports = [(sized / f"{command[0]}.{fmt}").read_text("utf-8") for fmt in ("markdown", "html")]
        assert ["1.0 GiB" in each for each in reports] == [True, True]
