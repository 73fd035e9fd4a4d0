from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud.instance_list import ListedInstance, listed_instances
from drift.config import file as config_file
from drift.config.edit_instances import named, with_instances
from drift.core import validators
from drift.core.errors import PayloadError
from drift.simulator import Fault
from support.fleet import COUNT, NAMES, a_cloud
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

    from drift.simulator import Cloud, Server

FILE = """# ours
fail_on = "info"  # strict

[instances.first] # the first one
instance_id = "{}"

# what matters
[severities]
shard-moved = "error"
"""


@pytest.fixture
def cloud() -> Cloud:
    return a_cloud()


@pytest.fixture
def variables(cloud: Cloud, server: Server) -> dict[str, str]:
    return {"DRIFT_ENDPOINT": server.url, "DRIFT_PROJECT_ID": cloud.project_id, "DRIFT_TOKEN": cloud.issue_token()}


def a_holding(name: str, number: int) -> ListedInstance:
    return ListedInstance(name=name, instance_id=f"{number:032}in09", project_id="p", status="RUNNING", version="3")


def test_everything_that_a_project_holds_is_listed(tmp_path: Path, variables: dict[str, str]) -> None:
    """Without a drift.toml, all instances are listed by name, in text and in JSON."""
    text = drift(tmp_path, "instances", **variables)
    assert (text.code, text.err) == (0, "")
    assert [line.split()[0] for line in text.out.splitlines()] == ["NAME", *NAMES]
    listed = json.loads(drift(tmp_path, "instances", "--format", "json", **variables).out)
    assert [each["name"] for each in listed] == NAMES
    assert set(listed[0]) == {"name", "instance_id", "project_id", "status", "version", "known_as"}


@pytest.mark.parametrize("offset", ["item", "page"])
def test_pages_are_read_to_the_last(
    tmp_path: Path, cloud: Cloud, variables: dict[str, str], offset: Literal["item", "page"]
) -> None:
    """More instances than a page has are all listed once, whatever an offset counts."""
    cloud.offset = offset
    for number in range(300):
        cloud.add_instance(f"more-{number:03}")
    listed = json.loads(drift(tmp_path, "instances", "--format", "json", **variables).out)
    assert len(listed) == len({each["instance_id"] for each in listed}) == COUNT + 300


def test_a_list_cut_short_is_an_error(tmp_path: Path, cloud: Cloud, variables: dict[str, str]) -> None:
    """Fewer instances than the service announces are not listed as all."""
    cloud.fail(Fault(kind="short-list", path="/v1/*/instances", times=0))
    ended = drift(tmp_path, "instances", **variables)
    assert (ended.code, ended.out) == (4, "")
    assert f"the list of instances: only {COUNT - 1} of {COUNT} came\nhint: Try again" in ended.err


def test_what_is_written_can_be_captured(tmp_path: Path, cloud: Cloud, variables: dict[str, str]) -> None:
    """--write leaves all that is in the file as it is, adds what isn't, and `snapshot --all` takes it from there."""
    before = FILE.format(cloud.instance(NAMES[0]).id)
    (tmp_path / "drift.toml").write_text(before)
    ended = drift(tmp_path, "instances", "--write", **variables)
    assert ended.code == 0, ended
    assert f"wrote {COUNT - 1} instances" in ended.err
    after = (tmp_path / "drift.toml").read_text()
    assert after.startswith(before)
    tables = tomllib.loads(after)["instances"]
    assert list(tables) == ["first", *NAMES[1:]]
    assert tables[NAMES[1]]["endpoint"] == variables["DRIFT_ENDPOINT"]
    again = drift(tmp_path, "instances", "--write", **variables)
    assert "first" in again.out
    assert (again.code, (tmp_path / "drift.toml").read_text()) == (0, after)
    token = {"DRIFT_TOKEN": variables["DRIFT_TOKEN"], **{key: variables[key] for key in ("DRIFT_ENDPOINT",)}}
    ended = drift(tmp_path, "snapshot", "--all", **token, DRIFT_PROJECT_ID=cloud.project_id)
    assert ended.out.endswith(f"{COUNT} instances: {COUNT} captured\n"), ended


def test_what_leads_to_one_leads_to_the_others(tmp_path: Path, cloud: Cloud, variables: dict[str, str]) -> None:
    """With INSTANCE, its settings find the others, and are written into their tables."""
    (tmp_path / "token").write_text(variables["DRIFT_TOKEN"])
    keys = f'endpoint = "{variables["DRIFT_ENDPOINT"]}"\nproject_id = "{cloud.project_id}"\ntoken_file = "token"\n'
    first = f'instance_id = "{cloud.instance(NAMES[0]).id}"\n'
    (tmp_path / "drift.toml").write_text(f"[instances.first]\n{first}{keys}")
    assert drift(tmp_path, "instances", "first", "--write").code == 0
    ended = drift(tmp_path, "snapshot", "--all")
    assert ended.out.endswith(f"{COUNT} instances: {COUNT} captured\n"), ended


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        (None, ("--write",), "there is no drift.toml to write instances to"),
        ("instances = {a = {instance_id = 'b'}}\n", ("--write",), "expected [instances.NAME] tables"),
        ("[instances.orders]\ninstance_id = 'b'\n", ("order",), "has no instance 'order' (did you mean orders?)"),
    ],
)
def test_a_slip_changes_nothing(
    tmp_path: Path, variables: dict[str, str], text: str | None, arguments: tuple[str, ...], told: str
) -> None:
    """What can't be written or is not there ends with 2, and the file stays as it is."""
    if text is not None:
        (tmp_path / "drift.toml").write_text(text)
    ended = drift(tmp_path, "instances", *arguments, **variables)
    assert (ended.code, told in ended.err) == (2, True), ended
    assert text is None or (tmp_path / "drift.toml").read_text() == text


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """With nothing set, everything but an instance is asked for."""
    ended = drift(tmp_path, "instances")
    assert ended.code == 2
    assert "no endpoint" in ended.err
    assert "no way to sign in" in ended.err
    assert "instance_id" not in ended.err


def test_an_instance_without_an_id_is_none() -> None:
    """What the list can't be understood by is an error that names the place; all else is read leniently."""
    with pytest.raises(PayloadError, match=r"instances\[1\]"):
        listed_instances([{"id": "a", "status": 7}, {"name": "b"}], "p")
    assert listed_instances([{"id": "a", "status": 7}], "p")[0].name == "a"


@given(st.lists(st.text(max_size=8), max_size=8), st.sets(st.sampled_from(["a", "b", "ddm-"])))
def test_each_gets_a_name_of_its_own(names: list[str], taken: set[str]) -> None:
    """Whatever the cloud calls them, each instance gets a name that drift can use and nobody else has."""
    found = named([a_holding(name, number) for number, name in enumerate(names)], taken)
    assert len(found) == len(names)
    assert not found.keys() & taken
    assert all(validators.instance_name(name) for name in found)


@given(
    st.lists(st.text(max_size=8), min_size=1, max_size=4), st.sampled_from(["", "# c", FILE.format("x"), "rate = 2\n"])
)
def test_what_is_written_is_read_again(names: list[str], text: str) -> None:
    """Any name, behind any file: what was there holds as before, and the new instances hold beside it."""
    from pathlib import Path  # noqa: PLC0415 - its types alone are imported above

    tables = named([a_holding(name, number) for number, name in enumerate(names)], ["first"])
    keys = {name: {"instance_id": holding.instance_id} for name, holding in tables.items()}
    written = with_instances(text, keys, like=None)
    before, after = (config_file.parse(each, Path("drift.toml")) for each in (text, written))
    assert written.startswith(text.rstrip())
    assert {name: after.instances[name]["instance_id"] for name in keys} == {
        name: key["instance_id"] for name, key in keys.items()
    }
    assert (before.severities, before.rate, len(after.instances)) == (
        after.severities, after.rate, len(before.instances) + len(keys),
    )  # fmt: skip
