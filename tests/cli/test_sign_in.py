from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from drift.simulator import Fault, default_cloud, serve
from support.fleet import NAMES, a_cloud, statuses
from support.paths import ROOT
from support.shell import drift, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.simulator import Cloud


class Site(NamedTuple):
    """A served cloud, and what leads to one of its instances but not in."""

    cloud: Cloud
    url: str
    where: dict[str, str]


@pytest.fixture
def site() -> Iterator[Site]:
    cloud = default_cloud()
    with serve(cloud) as server:
        where = {"DRIFT_ENDPOINT": server.url, "DRIFT_INSTANCE_ID": cloud.instance("orders-prod").id}
        yield Site(cloud, server.url, where)


def ways(site: Site, folder: Path) -> dict[str, dict[str, str]]:
    """Every way in that needs nothing of the machine, by each tool's variables."""
    cloud = site.cloud
    user = next(iter(cloud.passwords))
    password, temporary = cloud.passwords[user], cloud.issue_key(3600)
    (folder / "id-token").write_text(f"{cloud.id_token}\n")
    (folder / "credentials").write_text(f"[basic]\nak = {cloud.access_key}\nsk = {cloud.secret_key}\n")
    return {
        "token": {"DRIFT_TOKEN": cloud.issue_token()},
        "user": {"DRIFT_USER_NAME": user, "DRIFT_PASSWORD": password, "DRIFT_DOMAIN_NAME": cloud.domain_name},
        "user by domain's id": {
            "HW_USER_NAME": user,
            "HW_USER_PASSWORD": password,
            "HW_DOMAIN_ID": cloud.domain_id,
        },
        "key": {"HUAWEICLOUD_SDK_AK": cloud.access_key, "HUAWEICLOUD_SDK_SK": cloud.secret_key},
        "temporary key": {
            "OS_ACCESS_KEY": temporary.access,
            "OS_SECRET_KEY": temporary.secret,
            "OS_SECURITY_TOKEN": str(temporary.security_token),
        },
        "profile": {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "credentials"},
        "identity provider": {
            "HUAWEICLOUD_SDK_IDP_ID": cloud.identity_provider,
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE": "id-token",
        },
        "agency": {
            "HUAWEICLOUD_OIDC_PROVIDER_URN": f"iam::{cloud.domain_id}:oidc-provider:ci",
            "HUAWEICLOUD_OIDC_AGENCY_URN": f"iam::{cloud.domain_id}:agency:reader",
            "HUAWEICLOUD_OIDC_ID_TOKEN": cloud.id_token,
        },
    }


WAYS = (
    "token", "user", "user by domain's id", "key", "temporary key", "profile", "identity provider", "agency",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("project", ["DRIFT_PROJECT_ID", "DRIFT_PROJECT_NAME", "DRIFT_REGION"])
def test_every_way_leads_to_a_snapshot(tmp_path: Path, site: Site, way: str, project: str) -> None:
    """The simulator checks each token and each signature; the project is known by its id, its name or its region."""
    known = {"DRIFT_PROJECT_ID": site.cloud.project_id}.get(project, site.cloud.project_name)
    ended = drift(tmp_path, "show", "live", **site.where, **{project: known}, **ways(site, tmp_path)[way])
    assert (ended.code, ended.err) == (0, "")
    assert "users" in ended.out


@pytest.mark.parametrize("way", [way for way in WAYS if way not in {"token", "key", "temporary key", "profile"}])
def test_what_expired_in_mid_run_is_renewed(tmp_path: Path, site: Site, way: str) -> None:
    """A token, or a temporary key, that is refused is replaced without a word."""
    site.cloud.fail(Fault(kind="expired-token", path="*/schema-metadata"))
    ended = drift(
        tmp_path, "show", "live", DRIFT_REGION=site.cloud.project_name, **site.where, **ways(site, tmp_path)[way]
    )
    assert (ended.code, ended.err) == (0, "")
    assert not site.cloud.faults


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "key": ({"HUAWEICLOUD_SDK_SK": "wrong"}, "15 minutes"),
    "temporary key": ({"OS_SECURITY_TOKEN": "wrong"}, "15 minutes"),
    "identity provider": ({"HUAWEICLOUD_SDK_IDP_ID": "another"}, "identity provider"),
    "agency": ({"HUAWEICLOUD_OIDC_ID_TOKEN": "wrong"}, "id token"),
    "user": ({"DRIFT_DOMAIN_NAME": "another"}, "domain"),
}


@pytest.mark.parametrize("way", WRONG)
def test_wrong_credentials_end_with_3(tmp_path: Path, site: Site, way: str) -> None:
    """Each is refused with what to check."""
    changed, hint = WRONG[way]
    given = {**site.where, "DRIFT_REGION": site.cloud.project_name, **ways(site, tmp_path)[way], **changed}
    ended = drift(tmp_path, "show", "live", **given)
    assert (ended.code, ended.out) == (3, "")
    assert hint in ended.err.partition("hint:")[2]


def test_an_unknown_project_is_told(tmp_path: Path, site: Site) -> None:
    """Where IAM knows none of the name, the error says how to give the id."""
    given = {**site.where, **ways(site, tmp_path)["key"], "DRIFT_PROJECT_NAME": "moon"}
    ended = drift(tmp_path, "show", "live", **given)
    assert ended.code == 3
    assert "knows no projects named moon" in ended.err
    assert "--project-id" in ended.err


def test_instances_with_the_same_credentials_share_one_sign_in(tmp_path: Path) -> None:
    """A run over several instances asks for one token and looks the project up once."""
    cloud = a_cloud()
    with serve(cloud) as server:
        tables = [f"[instances.{name}]\ninstance_id = '{cloud.instance(name).id}'\n" for name in NAMES]
        defaults = f"[defaults]\nendpoint = '{server.url}'\nregion = '{cloud.project_name}'\n"
        (tmp_path / "drift.toml").write_text(defaults + "".join(tables))
        given = ways(Site(cloud, server.url, {}), tmp_path)["user"]
        before = len(cloud.tokens)
        ended = drift(tmp_path, "snapshot", "--all", **given)
    assert (ended.code, statuses(ended.out)) == (0, dict.fromkeys(NAMES, "captured"))
    assert len(cloud.tokens) - before == 1


def test_a_domains_token_is_asked_for_where_that_is_wanted(tmp_path: Path, site: Site) -> None:
    """DDM refuses one, being a service of projects: the error is the service's own."""
    given = {**site.where, "DRIFT_REGION": site.cloud.project_name, **ways(site, tmp_path)["user"]}
    ended = drift(tmp_path, "show", "live", "--scope", "domain", **given)
    assert ended.code == 3
    assert "DBS.200010" in ended.err


@pytest.mark.parametrize("way", WAYS)
def test_no_way_needs_huaweis_sdk(tmp_path: Path, site: Site, way: str) -> None:
    """Where the SDK can't be imported, nobody notices."""
    absent = tmp_path / "absent" / "huaweicloudsdkcore"
    absent.mkdir(parents=True)
    (absent / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'huaweicloudsdkcore'\")\n")
    given = {**site.where, "DRIFT_REGION": site.cloud.project_name, **ways(site, tmp_path)[way]}
    ended = spawn(tmp_path, "show", "live", **given, PYTHONPATH=f"{tmp_path / 'absent'}:{ROOT}")
    assert (ended.code, ended.err) == (0, "")
