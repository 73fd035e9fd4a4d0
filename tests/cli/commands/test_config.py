from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from drift.config.definition import Provider, Topic
from drift.config.settings_table import SETTINGS
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "qX7vB2mK9pL4wZ8nR3tY"
FILE = """
store = "history.db"
[severities]
shard-moved = "error"
[limits]
records = 9
[defaults]
region = "eu-de"
access_key = "AKOFTHEFILE"
[instances.orders]
instance_id = "1f5c9fd6cd984056ba89c8c87cc03278in09"
[instances.payments]
instance_id = "3d6e0b9f2c8a4715e1f4a7c05b92d683in09"
region = "cn-north-4"
"""


def rows(text: str) -> dict[str, tuple[str, str]]:
    """Value and source of each setting of what `drift config --format json` prints, by `instance.setting`."""
    content = json.loads(text)
    found = {each["setting"]: (each["value"], each["source"]) for each in content["settings"]}
    for instance in content["instances"]:
        found |= {
            f"{instance['name']}.{each['setting']}": (each["value"], each["source"]) for each in instance["settings"]
        }
    return found


def test_every_setting_is_shown_with_its_source(tmp_path: Path) -> None:
    """Each value is there with the flag, variable, file and table or default that gave it."""
    (tmp_path / "drift.toml").write_text(FILE)
    ended = drift(
        tmp_path, "config", "--format", "json", "--source", "both", DRIFT_SECRET_KEY=SECRET, DRIFT_FAIL_ON="error",
        HW_REGION_NAME="cn-east-3", HUAWEICLOUD_SDK_PROJECT_ID="619d3e78f61b4be68bc5aa0b59edcf7b",
    )  # fmt: skip
    assert ended.code == 0, ended
    found = rows(ended.out)
    assert found["config"] == (str(tmp_path / "drift.toml"), "found from the working folder upwards")
    assert found["store"] == (str(tmp_path / "history.db"), "drift.toml")
    assert found["fail_on"] == ("error", "DRIFT_FAIL_ON")
    assert found["timeout"] == ("120", "default")
    assert found["severities.shard-moved"] == ("error", "drift.toml [severities]")
    assert (found["limits.records"], found["limits.nesting"]) == (("9", "drift.toml [limits]"), ("64", "default"))
    assert found["orders.source"] == ("both", "--source")
    assert found["orders.auth"] == ("access-key", "as there is access_key")
    assert found["orders.access_key"] == ("AKOFTHEFILE", "drift.toml [defaults]")
    assert found["orders.secret_key"] == ("***", "DRIFT_SECRET_KEY")
    assert found["orders.region"] == ("eu-de", "drift.toml [defaults]")
    assert found["orders.endpoint"] == ("https://ddm.eu-de.otc.t-systems.com", "drift.toml [defaults], by its region")
    assert found["orders.project_id"] == ("619d3e78f61b4be68bc5aa0b59edcf7b", "HUAWEICLOUD_SDK_PROJECT_ID")
    assert found["payments.endpoint"][0] == "https://ddm.cn-north-4.myhuaweicloud.com"


def test_it_works_without_a_file_and_says_what_is_missing(tmp_path: Path) -> None:
    """With nothing set the defaults are in force, and what a capture would lack goes to stderr."""
    ended = drift(tmp_path, "config")
    assert ended.code == 0
    assert "store" in ended.out
    assert "snapshots/drift.db" in ended.out
    assert "no endpoint: set --endpoint" in ended.err
    assert "no way to sign in" in ended.err
    assert drift(tmp_path, "config", "-q").err == ""


def test_one_instance_can_be_asked_for(tmp_path: Path) -> None:
    """Named instances are shown, in columns; an unknown one is an error with a suggestion."""
    (tmp_path / "drift.toml").write_text(FILE)
    out = drift(tmp_path, "config", "payments").out
    assert "payments:\n" in out
    assert "orders:" not in out
    ended = drift(tmp_path, "config", "paymets")
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean payments?" in ended.err


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Wrong variables of every kind end in one error, without the values; so do wrong keys of the file."""
    (tmp_path / "drift.toml").write_text(FILE)
    ended = drift(
        tmp_path, "config", DRIFT_TIMEOUT=SECRET, DRIFT_FAIL_ON=SECRET, DRIFT_SCOPE=SECRET, DRIFT_ENDPOINT=SECRET,
        DRIFT_USER_NAME="ana", DRIFT_PROFILE="\n",
    )  # fmt: skip
    assert (ended.code, ended.out) == (2, "")
    assert all(name in ended.err for name in ("DRIFT_TIMEOUT:", "DRIFT_FAIL_ON:", "DRIFT_SCOPE:", "DRIFT_ENDPOINT:"))
    assert ended.err.count("DRIFT_ENDPOINT:") == 1
    assert SECRET not in ended.err
    (tmp_path / "drift.toml").write_text('fail_on = "x"\n[defaults]\nscope = "y"\nregoin = "z"\n')
    ended = drift(tmp_path, "config")
    assert ended.code == 2
    assert "3 problems" in ended.err
    assert "did you mean region?" in ended.err


SECRET_VARIABLES = [
    (variable, name.name)
    for name in SETTINGS.values()
    if name.is_secret
    for family in Provider
    for variable in name.variables(family)
]


@pytest.mark.parametrize(("variable", "setting"), SECRET_VARIABLES)
def test_no_part_of_a_secret_is_shown(tmp_path: Path, variable: str, setting: str) -> None:
    """Whichever variable has it, a secret is three asterisks."""
    # A security token goes with a secret key.
    beside = {key: "x" for key, name in SECRET_VARIABLES if name == "secret_key" and setting == "security_token"}
    family = variable.partition("_")[0]
    others = {key: value for key, value in beside.items() if key.startswith(family)}
    ended = drift(tmp_path, "config", "--format", "json", **others, **{variable: SECRET})
    assert ended.code == 0
    place = setting if SETTINGS[setting].topic is Topic.VERIFY else f"None.{setting}"
    assert rows(ended.out)[place] == ("***", variable)
    assert not any(SECRET[start : start + 5] in ended.out + ended.err for start in range(len(SECRET) - 5))


def test_the_settings_for_data_nodes_are_shown(tmp_path: Path) -> None:
    """What [verify] says and what it leaves out is there, and what is wrong in it ends the command."""
    (tmp_path / "drift.toml").write_text('[verify]\nuser = "reader"\njobs = 3\n')
    found = rows(drift(tmp_path, "config", "--format", "json").out)
    assert (found["verify_user"][0], found["verify_jobs"][0]) == ("reader", "3")
    assert found["verify_deadline"] == ("30", "default")
    ended = drift(tmp_path, "config", DRIFT_VERIFY_JOBS="many")
    assert ended.code == 2
    assert "DRIFT_VERIFY_JOBS:" in ended.err


def test_a_path_that_is_a_token_is_not_shown(tmp_path: Path) -> None:
    """Where a secret was put for the path of its file, it is still one."""
    ended = drift(tmp_path, "config", DRIFT_TOKEN_FILE="MIIFvTokenThatNobodyMaySee")
    assert ended.code == 0
    assert "MIIFv" not in ended.out + ended.err
