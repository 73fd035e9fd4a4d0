"""The cloud that the settings lead to, with Huawei's SDK as the witness: no secret may reach another one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from huaweicloudsdkcore.auth import endpoint as official
from huaweicloudsdkcore.auth.provider import EnvCredentialProvider, ProfileCredentialProvider
from huaweicloudsdkcore.region.cache import ProfileRegionCache
from huaweicloudsdkcore.region.provider import EnvRegionProvider

from drift.cloud import endpoints
from drift.cloud.credentials import FederatedCredentials, KeyCredentials, PasswordCredentials, Project, Scope
from drift.config.connection import connection
from drift.config.file import Config
from drift.config.target import resolve_target
from drift.core.errors import ConfigError, UsageError
from drift.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from drift.cloud.access import Target

PROJECT, INSTANCE = "619d3e78f61b4be68bc5aa0b59edcf7b", "1f5c9fd6cd984056ba89c8c87cc03278in09"
IDS = {"DRIFT_PROJECT_ID": PROJECT, "DRIFT_INSTANCE_ID": INSTANCE}
SDK_KEY = {"HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": "sk"}
HW_KEY = {"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "sk", "HW_REGION_NAME": "cn-north-4"}
CN4 = "https://ddm.cn-north-4.myhuaweicloud.com"


def a_target(environ: Mapping[str, str]) -> Target:
    return resolve_target(connection({}, {**IDS, **environ}, Config(), None), 120.0)


# --- regions --------------------------------------------------------------------------------------------------------

_REGION_FILES = {
    "one endpoint": ("DDM: [{id: cn-north-4, endpoint: 'https://ddm.private.example'}]", "https://ddm.private.example"),
    "without a scheme": ("DDM: [{id: cn-north-4, endpoint: ddm.private.example}]", "https://ddm.private.example"),
    "in any case": ("Ddm:\n- id: cn-north-4\n  endpoint: https://ddm.private.example\n", "https://ddm.private.example"),
    "several": ("DDM: [{id: cn-north-4, endpoints: ['https://a.example', 'https://b.example']}]", "https://a.example"),
    "both keys": (
        "DDM: [{id: cn-north-4, endpoint: 'https://a.example', endpoints: ['https://b.example']}]",
        "https://b.example",
    ),
    "twice": (
        "DDM: [{id: cn-north-4, endpoint: 'https://a.example'}, {id: cn-north-4, endpoint: 'https://b.example'}]",
        "https://b.example",
    ),
    "another region": ("DDM: [{id: cn-north-1, endpoint: 'https://ddm.private.example'}]", CN4),
    "another case of the region": ("DDM: [{id: CN-NORTH-4, endpoint: 'https://ddm.private.example'}]", CN4),
    "another service": ("RDS: [{id: cn-north-4, endpoint: 'https://rds.private.example'}]", CN4),
    "without an endpoint": ("DDM: [{id: cn-north-4}]", CN4),
}


@pytest.mark.parametrize(("text", "expected"), _REGION_FILES.values(), ids=_REGION_FILES.keys())
@pytest.mark.parametrize("is_named", [True, False])
def test_a_region_is_where_the_sdk_s_file_says(
    tmp_path: Path, text: str, expected: str, monkeypatch: pytest.MonkeyPatch, *, is_named: bool
) -> None:
    """`regions.yaml`, in its place or named, leads where it leads the SDK; other regions are where they were."""
    path = tmp_path / ".huaweicloud/regions.yaml"
    path.parent.mkdir()
    path.write_text(text)
    where = {"HUAWEICLOUD_SDK_REGIONS_FILE": str(path)} if is_named else {"HOME": str(tmp_path)}
    assert a_target({**SDK_KEY, **where, "DRIFT_REGION": "cn-north-4"}).endpoint == expected
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGIONS_FILE", str(path))
    theirs = ProfileRegionCache._resolve_profile().get("DDMcn-north-4")  # noqa: SLF001 - the cache reads but once
    assert (theirs.endpoints[0].removeprefix("https://") if theirs else None) == (
        None if expected == CN4 else expected.removeprefix("https://")
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DDM: {cn-north-4: x}", "expected `DDM:` with a list"),
        ("- DDM", "expected `DDM:` with a list"),
        ("DDM: [", "expected `DDM:` with a list"),
        ("DDM: [{id: cn-north-4, endpoint: 'https://ddm.private.example/v3'}]", "expected a URL without a path"),
        (None, "can't be read"),
    ],
)
def test_a_regions_file_that_can_not_be_read_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    """Where the file may name another cloud, the region's own endpoint is no answer."""
    path = tmp_path / "regions.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=rf"regions\.yaml: .*{words}"):
        a_target({**SDK_KEY, "HUAWEICLOUD_SDK_REGIONS_FILE": str(path), "DRIFT_REGION": "cn-north-4"})
    explicit = {"DRIFT_ENDPOINT": CN4, "HUAWEICLOUD_SDK_REGIONS_FILE": str(path)}
    assert a_target({**SDK_KEY, **explicit}).endpoint == CN4


def test_a_regions_file_without_its_reader_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the error names the command that adds it."""
    path = tmp_path / "regions.yaml"
    path.write_text("{}")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(UsageError) as caught:
        a_target({**SDK_KEY, "HUAWEICLOUD_SDK_REGIONS_FILE": str(path), "DRIFT_REGION": "cn-north-4"})
    assert "pip install 'ddm-drift[huaweicloud]'" in str(caught.value.hint)


@pytest.mark.parametrize("given", ["ddm.private.example", "https://ddm.private.example,https://b.example", " ddm.a.b "])
def test_an_endpoint_of_the_sdk_s_variable_needs_no_scheme(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`HUAWEICLOUD_SDK_REGION_DDM_…` leads where it leads the SDK, which adds https."""
    region = f"moon-{abs(hash(given))}"
    variable = endpoints.override(region)
    monkeypatch.setenv(variable, given)
    theirs = EnvRegionProvider("DDM").get_region(region).endpoints[0].strip()
    ours = a_target({**SDK_KEY, "DRIFT_REGION": region, variable: given}).endpoint
    assert ours.removeprefix("https://") == theirs.removeprefix("https://")
    assert ours.startswith("https://")


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({"HW_CLOUD": "hcso.example.com"}, "https://ddm.cn-north-4.hcso.example.com"),
        ({"HW_CLOUD": "myhuaweicloud.com"}, CN4),
        ({"HW_CLOUD": ""}, CN4),
        ({"DRIFT_CLOUD": "hcso.example.com"}, "https://ddm.cn-north-4.hcso.example.com"),
        ({"HW_CLOUD": "hcso.example.com", "DRIFT_ENDPOINT": "https://ddm.own.example"}, "https://ddm.own.example"),
        (
            {"HW_CLOUD": "hcso.example.com", "HUAWEICLOUD_SDK_REGION_DDM_CN_NORTH_4": "ddm.private.example"},
            "https://ddm.cn-north-4.hcso.example.com",
        ),
    ],
)
def test_terraform_s_cloud_is_where_its_key_goes(environ: dict[str, str], endpoint: str) -> None:
    """A region is one of the cloud that `HW_CLOUD` names, and IAM is beside it."""
    target = a_target({**HW_KEY, **environ, "DRIFT_PROJECT_ID": "", "HW_PROJECT_NAME": "shop"})
    assert target.endpoint == endpoint
    assert target.project == Project("shop", endpoint.replace("ddm.", "iam.", 1))


def test_terraform_s_cloud_moves_no_other_key() -> None:
    """The cloud of one tool says nothing of the key of another."""
    assert a_target({**SDK_KEY, "DRIFT_REGION": "cn-north-4", "HW_CLOUD": "hcso.example.com"}).endpoint == CN4


@pytest.mark.parametrize("word", ["https://hcso.example.com", "hcso", "hcso.example.com/v3", "hcso.example.com:99"])
def test_what_is_no_cloud_is_told(word: str) -> None:
    """A cloud is a domain."""
    with pytest.raises(UsageError, match=r"HW_CLOUD: expected a domain, such as myhuaweicloud.com"):
        a_target({**HW_KEY, "HW_CLOUD": word})


@pytest.mark.parametrize(
    ("environ", "is_refused"),
    [
        ({"HW_REGION_NAME": "cn-north-4", "HW_AUTH_URL": "https://iam.hcso.example.com/v3"}, True),
        ({"HW_REGION_NAME": "cn-north-4", "HW_AUTH_URL": "https://iam.myhuaweicloud.com/v3"}, False),
        ({"HW_REGION_NAME": "eu-west-101", "HW_AUTH_URL": "https://iam.myhuaweicloud.com/v3"}, False),
        (
            {
                "HW_REGION_NAME": "cn-north-4",
                "HW_AUTH_URL": "https://iam.hcso.example.com",
                "HW_CLOUD": "hcso.example.com",
            },
            False,
        ),
    ],
)
def test_iam_and_region_are_of_one_cloud(environ: dict[str, str], *, is_refused: bool) -> None:
    """What one cloud's IAM issues is not sent to another cloud because a region is named as one of its is."""
    user = {"HW_USER_NAME": "ana", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d"}
    if is_refused:
        with pytest.raises(UsageError, match=r"HW_AUTH_URL: of another cloud than https://ddm.cn-north-4"):
            a_target({**user, **environ})
    else:
        assert a_target({**user, **environ})


@pytest.mark.parametrize("region", endpoints.ENDPOINTS)
def test_an_id_token_goes_to_the_sts_that_the_sdk_knows(region: str) -> None:
    """Each region of Huawei's own cloud has an STS in the SDK's table, or its default; others need to name one."""
    agency = {
        "HUAWEICLOUD_OIDC_PROVIDER_URN": "u",
        "HUAWEICLOUD_OIDC_AGENCY_URN": "a",
        "HUAWEICLOUD_OIDC_ID_TOKEN": "t",
    }
    environ = {**agency, "DRIFT_REGION": region}
    if region in {"eu-de", "eu-west-101"}:
        with pytest.raises(UsageError, match="no sts_endpoint: set HUAWEICLOUD_SDK_STS_ENDPOINT"):
            a_target(environ)
        return
    found: Any = a_target(environ).credentials
    assert found.sts_endpoint == official.get_sts_endpoint_by_id(region, "https://sts.cn-north-4.myhuaweicloud.com")


# --- id tokens, profiles, variables ---------------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["HUAWEICLOUD_OIDC_TOKEN_FILE", "HUAWEICLOUD_OIDC_ID_TOKEN"])
def test_an_identity_provider_gets_its_own_id_token(
    tmp_path: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `HUAWEICLOUD_SDK_IDP_ID` only the token of that way counts, as for the SDK; one of the agency's is none."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_text("eyJ.ours")
    theirs.write_text("eyJ.theirs")
    environ = {
        "HUAWEICLOUD_SDK_IDP_ID": "ci",
        "HUAWEICLOUD_SDK_PROJECT_ID": PROJECT,
        other: str(theirs) if other.endswith("FILE") else "eyJ.theirs",
        "DRIFT_REGION": "cn-north-4",
    }
    with pytest.raises(UsageError, match="no id_token: set HUAWEICLOUD_SDK_ID_TOKEN_FILE, because HUAWEICLOUD_SDK_IDP"):
        a_target(environ)
    environ["HUAWEICLOUD_SDK_ID_TOKEN_FILE"] = str(ours)
    found = a_target(environ).credentials
    assert isinstance(found, FederatedCredentials)
    assert (found.idp_id, found.id_token) == ("ci", Secret("eyJ.ours"))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    witness: Any = EnvCredentialProvider.get_basic_credential_env_provider().get_credentials()
    assert (witness.idp_id, witness.id_token_file) == ("ci", str(ours))


@pytest.mark.parametrize("written", ["a%%b", "%%", "%%%%", "a%%%%b", "100%%sure", "%%(x)s"])
def test_two_percent_signs_of_the_profile_are_one(
    tmp_path: Path, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret key that was written for the SDK is the one that the SDK reads."""
    path = tmp_path / "credentials"
    path.write_text(f"[basic]\nak = AK\nsk = {written}\n")
    monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(path))
    theirs = ProfileCredentialProvider.get_basic_credential_profile_provider().get_credentials()
    ours = a_target({"DRIFT_REGION": "cn-north-4", "DRIFT_CREDENTIALS_FILE": str(path)}).credentials
    assert ours == KeyCredentials(access_key="AK", secret_key=Secret(theirs.sk))


def test_a_value_that_stands_for_another_is_refused(tmp_path: Path) -> None:
    """The SDK fills such a value in; signing with it as it is written would only count as a refusal."""
    path = tmp_path / "credentials"
    path.write_text("[basic]\nak = AK\nsk = %(ak)s\n")
    with pytest.raises(ConfigError, match=r"found a %.name.s that stands for another") as caught:
        a_target({"DRIFT_REGION": "cn-north-4", "DRIFT_CREDENTIALS_FILE": str(path)})
    assert "ak)s" not in caught.value.message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_a_line_end_behind_a_variable_is_no_part_of_it(end: str) -> None:
    """A secret that was made with `echo` is the secret, and so is an id."""
    variables = {**IDS, "DRIFT_REGION": "cn-north-4", "DRIFT_ACCESS_KEY": "AK", "DRIFT_SECRET_KEY": "sk"}
    target = resolve_target(connection({}, {name: value + end for name, value in variables.items()}, Config(), None), 1)
    assert target == resolve_target(connection({}, variables, Config(), None), 1)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"DRIFT_TOKEN": ""}, "(DRIFT_TOKEN is set, but empty)"),
        ({"DRIFT_TOKEN": " ", "HW_SECRET_KEY": "\n"}, "(DRIFT_TOKEN and HW_SECRET_KEY are set, but empty)"),
        ({"DRIFT_USER_ID": "ana", "DRIFT_PASSWORD": ""}, "in drift.toml (DRIFT_PASSWORD is set, but empty)"),
        ({"DRIFT_TOKEN": "t", "DRIFT_REGION": "", "DRIFT_ENDPOINT": ""}, "(DRIFT_ENDPOINT is set, but empty)"),
    ],
)  # fmt: skip
def test_a_variable_that_is_empty_is_named_where_it_is_missed(environ: dict[str, str], words: str) -> None:
    """A secret that a pipeline does not have comes as an empty variable; the error says so."""
    with pytest.raises(UsageError) as caught:
        a_target(environ)
    assert words in caught.value.message


# --- OpenStack's clouds.yaml ----------------------------------------------------------------------------------------

_CLOUDS = """
clouds:
  otc:
    auth:
      auth_url: https://iam.eu-de.otc.t-systems.com/v3
      username: ana
      password: "p%w"
      project_name: eu-de_shop
      user_domain_name: OTC-1
    region_name: eu-de
  key:
    auth: {auth_url: "https://iam.private.example/v3", ak: AK, sk: sk}
    region_name: moon-1
    ddmv3_endpoint_override: https://ddm.private.example
  stranger:
    auth: {auth_url: "https://iam.private.example/v3", username: u, password: p, user_domain_name: d}
    region_name: cn-north-4
"""


def in_clouds(tmp_path: Path, name: str) -> dict[str, str]:
    (tmp_path / "clouds.yaml").write_text(_CLOUDS)
    return {"OS_CLOUD": name, "OS_CLIENT_CONFIG_FILE": str(tmp_path / "clouds.yaml")}


@pytest.mark.filterwarnings("ignore")
def test_a_cloud_that_is_named_signs_in(tmp_path: Path) -> None:
    """`OS_CLOUD` takes user, project, region and IAM from `clouds.yaml`, and no other OS_* variable beside it."""
    pytest.importorskip("openstack.config")
    target = a_target({**in_clouds(tmp_path, "otc"), "OS_USERNAME": "stray", "OS_PASSWORD": "stray"})
    assert target.endpoint == "https://ddm.eu-de.otc.t-systems.com"
    assert target.credentials == PasswordCredentials(
        iam_endpoint="https://iam.eu-de.otc.t-systems.com",
        user_name="ana",
        domain_name="OTC-1",
        password=Secret("p%w"),
        scope=Scope("project", "name", "eu-de_shop"),
    )
    target = a_target(in_clouds(tmp_path, "key"))
    assert target.endpoint == "https://ddm.private.example"
    assert target.credentials == KeyCredentials(access_key="AK", secret_key=Secret("sk"))


@pytest.mark.filterwarnings("ignore")
def test_a_cloud_that_is_not_there_or_not_of_the_region_is_refused(tmp_path: Path) -> None:
    """An unknown cloud, and one whose IAM is not the region's, lead nowhere; no text of the file is shown."""
    pytest.importorskip("openstack.config")
    with pytest.raises(ConfigError, match="could not read the cloud that OS_CLOUD names"):
        a_target(in_clouds(tmp_path, "moon"))
    with pytest.raises(UsageError, match=r"clouds.yaml auth_url: of another cloud than https://ddm.cn-north-4"):
        a_target(in_clouds(tmp_path, "stranger"))


def test_a_cloud_without_the_library_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the error names the command that adds it, and other sign-ins need no library."""
    monkeypatch.setitem(sys.modules, "openstack.config", None)
    environ = in_clouds(tmp_path, "otc")
    with pytest.raises(UsageError, match="OS_CLOUD names a cloud") as caught:
        a_target(environ)
    assert "pip install 'ddm-drift[openstack]'" in str(caught.value.hint)
    assert a_target({**environ, "DRIFT_TOKEN": "t", "DRIFT_REGION": "eu-de"})
