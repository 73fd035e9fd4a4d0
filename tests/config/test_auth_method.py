from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from huaweicloudsdkcore.auth import endpoint as official
from huaweicloudsdkcore.auth.provider import ProfileCredentialProvider
from huaweicloudsdkddm.v1.region.ddm_region import DdmRegion
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud import endpoints
from drift.cloud.credentials import (
    EcsAgencyCredentials,
    FederatedCredentials,
    KeyCredentials,
    PasswordCredentials,
    Project,
    Scope,
    TokenCredentials,
    TrustedCredentials,
)
from drift.config import credentials_file
from drift.config import file as config_file
from drift.config.connection import connection
from drift.config.definition import Provider
from drift.config.file import Config
from drift.config.settings_table import METHODS, SETTINGS
from drift.config.target import resolve_target
from drift.core.errors import ConfigError, UsageError
from drift.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.cloud.access import Target

ENDPOINT = "https://ddm.eu-de.otc.t-systems.com"
PROJECT, INSTANCE = "619d3e78f61b4be68bc5aa0b59edcf7b", "1f5c9fd6cd984056ba89c8c87cc03278in09"
WHERE = {"DRIFT_ENDPOINT": ENDPOINT, "DRIFT_PROJECT_ID": PROJECT, "DRIFT_INSTANCE_ID": INSTANCE}

# Every way to sign in, by each tool's variables, and what it leads to.
GIVEN: dict[str, tuple[dict[str, str], object]] = {
    "drift token": ({"DRIFT_TOKEN": "MIIab"}, TokenCredentials(token=Secret("MIIab"))),
    "drift provider": (
        {"DRIFT_IDP_ID": "ci", "DRIFT_ID_TOKEN": "eyJ.a.b"},
        FederatedCredentials(
            iam_endpoint="https://iam.eu-de.otc.t-systems.com", idp_id="ci", id_token=Secret("eyJ.a.b")
        ),
    ),
    "drift key": (
        {"DRIFT_ACCESS_KEY": "AK", "DRIFT_SECRET_KEY": "sk"},
        KeyCredentials(access_key="AK", secret_key=Secret("sk")),
    ),
    "drift user": (
        {"DRIFT_USER_ID": "u1", "DRIFT_PASSWORD": "p"},
        PasswordCredentials(
            iam_endpoint="https://iam.eu-de.otc.t-systems.com",
            user_id="u1",
            password=Secret("p"),
            scope=Scope("project", "id", PROJECT),
        ),
    ),
    "sdk agency": (
        {
            "HUAWEICLOUD_OIDC_PROVIDER_URN": "urn-p",
            "HUAWEICLOUD_OIDC_AGENCY_URN": "urn-a",
            "HUAWEICLOUD_OIDC_ID_TOKEN": "eyJ.a.b",
            "HUAWEICLOUD_OIDC_SESSION_NAME": "ci-42",
            "HUAWEICLOUD_OIDC_DURATION_SECONDS": "900",
            "HUAWEICLOUD_OIDC_POLICY": "{}",
            "HUAWEICLOUD_OIDC_POLICY_IDS": "a, b",
            "HUAWEICLOUD_SDK_STS_ENDPOINT": "https://sts.cn-north-4.myhuaweicloud.com",
        },
        TrustedCredentials(
            sts_endpoint="https://sts.cn-north-4.myhuaweicloud.com",
            provider_urn="urn-p",
            agency_urn="urn-a",
            id_token=Secret("eyJ.a.b"),
            session_name="ci-42",
            seconds=900,
            policy="{}",
            policy_ids=("a", "b"),
        ),
    ),
    "sdk key": (
        {"HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": "sk", "HUAWEICLOUD_SDK_SECURITY_TOKEN": "st"},
        KeyCredentials(access_key="AK", secret_key=Secret("sk"), security_token=Secret("st")),
    ),
    "terraform token": ({"HW_AUTH_TOKEN": "MIIhw"}, TokenCredentials(token=Secret("MIIhw"))),
    "terraform key": (
        {"HW_ACCESS_KEY": "AKHW", "HW_SECRET_KEY": "skhw", "HW_SECURITY_TOKEN": "sthw"},
        KeyCredentials(access_key="AKHW", secret_key=Secret("skhw"), security_token=Secret("sthw")),
    ),
    "terraform user": (
        {"HW_USER_NAME": "hw", "HW_USER_PASSWORD": "p", "HW_DOMAIN_ID": "d1", "HW_PROJECT_NAME": "eu-de_shop"},
        PasswordCredentials(
            iam_endpoint="https://iam.eu-de.otc.t-systems.com",
            user_name="hw",
            domain_id="d1",
            password=Secret("p"),
            scope=Scope("project", "name", "eu-de_shop"),
        ),
    ),
    "openstack token": ({"OS_TOKEN": "MIIos"}, TokenCredentials(token=Secret("MIIos"))),
    "openstack key": (
        {"OS_ACCESS_KEY": "AKOS", "OS_SECRET_KEY": "skos"},
        KeyCredentials(access_key="AKOS", secret_key=Secret("skos")),
    ),
    "openstack user": (
        {"OS_USERNAME": "os", "OS_PASSWORD": "p", "OS_USER_DOMAIN_NAME": "d", "OS_AUTH_URL": "https://iam.example.com/v3"},
        PasswordCredentials(
            iam_endpoint="https://iam.example.com",
            user_name="os",
            domain_name="d",
            password=Secret("p"),
            scope=Scope("project", "id", PROJECT),
        ),
    ),
}  # fmt: skip


def a_file(text: str, folder: Path = Path("etc")) -> Config:
    return config_file.parse(text, folder / "drift.toml")


def a_target(environ: Mapping[str, str], file: Config | None = None, **flags: object) -> Target:
    return resolve_target(connection(flags, environ, file or Config(), None), 120.0)


def credentials(environ: Mapping[str, str], file: Config | None = None, **flags: object) -> object:
    return a_target({**WHERE, **environ}, file, **flags).credentials


def a_home(folder: Path, text: str) -> dict[str, str]:
    """The variables of a user whose credentials file has this text."""
    path = folder / ".huaweicloud" / "credentials"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return {"HOME": str(folder)}


@pytest.mark.parametrize(("environ", "expected"), GIVEN.values(), ids=GIVEN.keys())
def test_whatever_is_set_already_signs_in(environ: dict[str, str], expected: object) -> None:
    """Each tool's variables are enough, each with all that goes with them."""
    assert credentials(environ) == expected


@pytest.mark.parametrize("later", range(1, len(GIVEN)))
def test_the_first_that_is_set_wins(later: int) -> None:
    """In the order of the table above, each way that is set wins over all that come after it."""
    values = list(GIVEN.values())
    environ: dict[str, str] = {}
    for others, _ in values[later - 1 :]:
        environ = {**others, **environ}
    assert credentials(environ) == values[later - 1][1]


@pytest.mark.parametrize("way", [*METHODS, "ecs-agency"])
def test_one_way_can_be_named(tmp_path: Path, way: str) -> None:
    """`auth` chooses among all that is set; what is named and not set is missing."""
    everything = {name: value for environ, _ in GIVEN.values() for name, value in environ.items()}
    home = a_home(tmp_path, "[basic]\nak = AKFILE\nsk = skfile\n")
    kinds: dict[str, tuple[type[Any], ...]] = {
        "token": (TokenCredentials,),
        "oidc": (FederatedCredentials, TrustedCredentials),
        "access-key": (KeyCredentials,),
        "password": (PasswordCredentials,),
        "profile": (KeyCredentials,),
        "ecs-agency": (EcsAgencyCredentials,),
    }
    found = credentials({**everything, **home, "DRIFT_AUTH": way})
    assert isinstance(found, kinds[way])
    assert getattr(found, "access_key", "AK") == ("AKFILE" if way == "profile" else "AK")
    if way != "ecs-agency":
        with pytest.raises(UsageError):
            credentials({}, auth=way)


def test_the_agency_of_a_server_is_never_asked_by_itself() -> None:
    """With nothing set, nobody signs in as the machine."""
    with pytest.raises(UsageError, match=r"no way to sign in: .*--auth ecs-agency"):
        credentials({})


def test_an_unknown_way_is_told() -> None:
    """With a suggestion, in the environment and in the file."""
    with pytest.raises(UsageError, match=r"DRIFT_AUTH: expected token, .* \(did you mean password\?\)"):
        credentials({"DRIFT_AUTH": "pasword"})
    with pytest.raises(ConfigError, match=r"defaults.auth: expected .* \(did you mean profile\?\)"):
        a_file('[defaults]\nauth = "profil"\n')


HALVES = {
    "another tool's": ({"HUAWEICLOUD_SDK_AK": "AK", "HW_SECRET_KEY": "sk"}, "no secret_key: set HUAWEICLOUD_SDK_SK"),
    "the reverse": ({"HUAWEICLOUD_SDK_SK": "sk", "HW_ACCESS_KEY": "AK"}, "no access_key: set HUAWEICLOUD_SDK_AK"),
    "drift's and a tool's": ({"DRIFT_ACCESS_KEY": "AK", "OS_SECRET_KEY": "sk"}, "no secret_key: set --secret-key-file"),
    "a token's id": ({"HUAWEICLOUD_SDK_IDP_ID": "ci"}, "no id_token: set HUAWEICLOUD_SDK_ID_TOKEN_FILE, because"),
    "an agency without a provider": (
        {"HUAWEICLOUD_OIDC_AGENCY_URN": "a", "HUAWEICLOUD_OIDC_ID_TOKEN": "t"},
        "no provider_urn: set HUAWEICLOUD_OIDC_PROVIDER_URN",
    ),
    "an id token for nobody": ({"DRIFT_ID_TOKEN": "t"}, "no idp_id: set DRIFT_IDP_ID or `idp_id` in drift.toml"),
    "a domain": (
        {"DRIFT_USER_ID": "u", "DRIFT_PASSWORD": "p", "DRIFT_SCOPE": "domain"},
        "no domain_name: set --domain-name, --domain-id",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("environ", "words"), HALVES.values(), ids=HALVES.keys())
def test_half_a_sign_in_is_not_completed_from_elsewhere(environ: dict[str, str], words: str) -> None:
    """What is missing has to come from where the other half is from, and is told by those names."""
    with pytest.raises(UsageError) as caught:
        credentials(environ)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"DRIFT_USER_NAME": "ana"}, 'user_name = "team"\ndomain_name = "d"\npassword_file = "team"\n'),
        ({"DRIFT_ACCESS_KEY": "AK1"}, 'access_key = "AK2"\nsecret_key_file = "key2"\n'),
    ],
)
def test_a_secret_goes_with_its_own_user_or_key(environ: dict[str, str], text: str) -> None:
    """The file's password isn't sent for a user whom a variable names; for the file's own user, the variable may be."""
    file = a_file(f"[defaults]\n{text}")
    variable = next(iter(environ))
    with pytest.raises(
        UsageError, match=rf"{variable}: expected a secret with it; that of drift.toml \[defaults\] goes"
    ):
        credentials(environ, file)
    secret = {"DRIFT_PASSWORD": "p"} if variable == "DRIFT_USER_NAME" else {"DRIFT_SECRET_KEY": "s"}
    assert credentials({**environ, **secret}, file)
    assert credentials(secret, file)


def test_a_security_token_goes_with_its_secret_key(tmp_path: Path) -> None:
    """A permanent key of a variable isn't made temporary by a token in the file."""
    (tmp_path / "key").write_text("skfile\n")
    (tmp_path / "token").write_text("stfile\n")
    text = '[defaults]\naccess_key = "AK"\nsecret_key_file = "key"\nsecurity_token_file = "token"\n'
    file = a_file(text, tmp_path)
    assert credentials({}, file) == KeyCredentials(
        access_key="AK", secret_key=Secret("skfile"), security_token=Secret("stfile")
    )
    assert credentials({"DRIFT_SECRET_KEY": "sk"}, file) == KeyCredentials(access_key="AK", secret_key=Secret("sk"))


@pytest.mark.parametrize(
    ("environ", "scope"),
    [
        ({}, Scope("project", "id", PROJECT)),
        ({"DRIFT_PROJECT_NAME": "n"}, Scope("project", "name", "n")),
        ({"DRIFT_PROJECT_ID": "", "DRIFT_REGION": "eu-de"}, Scope("project", "name", "eu-de")),
        ({"DRIFT_SCOPE": "domain"}, Scope("domain", "name", "d")),
        ({"DRIFT_SCOPE": "domain", "DRIFT_DOMAIN_NAME": "", "DRIFT_DOMAIN_ID": "1"}, Scope("domain", "id", "1")),
    ],
)
def test_a_token_is_for_what_is_asked(environ: dict[str, str], scope: Scope) -> None:
    """A project or a domain, each by its id or its name; the region's own project where nothing else is known."""
    user = {"DRIFT_USER_NAME": "ana", "DRIFT_PASSWORD": "p", "DRIFT_DOMAIN_NAME": "d"}
    found = credentials({**user, **environ})
    assert isinstance(found, PasswordCredentials)
    assert found.scope == scope


PROFILE = """
[basic]
ak = AKBASIC
sk = sk%basic
project_id = 70b1c4a2e5d84f5c8d2b9a6e3f1c7d05
iam_endpoint = https://iam.cn-north-4.myhuaweicloud.com
[basic-temporary]
ak = AKTEMP
sk = sktemp
security_token = sttemp
[global]
ak = AKGLOBAL
sk = skglobal
domain_id = d1
"""


def test_the_credentials_file_comes_last(tmp_path: Path) -> None:
    """It signs in where nothing else does, with the project and IAM that it has; any variable comes before it."""
    home = {**a_home(tmp_path, PROFILE), "DRIFT_ENDPOINT": ENDPOINT, "DRIFT_INSTANCE_ID": INSTANCE}
    target = a_target(home)
    assert target.credentials == KeyCredentials(access_key="AKBASIC", secret_key=Secret("sk%basic"))
    assert target.project == "70b1c4a2e5d84f5c8d2b9a6e3f1c7d05"
    found = connection({}, home, Config(), None)
    assert found.auth is not None
    assert found.auth.iam_endpoint is not None
    assert found.auth.iam_endpoint.value == "https://iam.cn-north-4.myhuaweicloud.com"
    assert found.auth.iam_endpoint.source == f"{tmp_path / '.huaweicloud' / 'credentials'} [basic]"
    for environ, expected in GIVEN.values():
        assert credentials({**home, **environ}) == expected


@pytest.mark.parametrize(
    ("environ", "access_key"),
    [
        ({}, "AKBASIC"),
        ({"DRIFT_PROFILE": "global"}, "AKGLOBAL"),
        ({"DRIFT_PROFILE": "basic-temporary"}, "AKTEMP"),
    ],
)
def test_a_section_can_be_named(tmp_path: Path, environ: dict[str, str], access_key: str) -> None:
    """The section is [basic] unless another is named; a section that is named comes before other tools' variables."""
    others = GIVEN["terraform key"][0] if environ else {}
    found = credentials({**a_home(tmp_path, PROFILE), **environ, **others})
    assert isinstance(found, KeyCredentials)
    assert found.access_key == access_key


def test_the_sdks_variable_says_only_where_the_file_is(tmp_path: Path) -> None:
    """As in the SDK, keys in variables come before a file in another place; drift's own setting comes before them."""
    path = tmp_path / "elsewhere"
    path.write_text(PROFILE)
    where = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path)}
    assert credentials({**where, **GIVEN["terraform key"][0]}) == GIVEN["terraform key"][1]
    basic = KeyCredentials(access_key="AKBASIC", secret_key=Secret("sk%basic"))
    assert credentials(where) == basic
    assert credentials({"DRIFT_CREDENTIALS_FILE": str(path), **GIVEN["terraform key"][0]}) == basic
    assert credentials({**GIVEN["terraform key"][0]}, credentials_file=str(path)) == basic


def test_a_file_with_an_id_tokens_path_signs_in_with_that(tmp_path: Path) -> None:
    """As in the SDK, an identity provider comes before a key of the same section."""
    (tmp_path / "id-token").write_text("eyJ.a.b")
    home = a_home(tmp_path, "[basic]\nak = AK\nsk = sk\nidp_id = ci\nid_token_file = ~/id-token\n")
    found = credentials(home)
    assert isinstance(found, FederatedCredentials)
    assert (found.idp_id, found.id_token) == ("ci", Secret("eyJ.a.b"))


DAMAGED = {
    "no section": ("ak = A\nsk = sesame\n", "expected an INI file"),
    "other sections": ("[default]\nsk = sesame\n", r"expected a section \[basic\] or \[global\]; it has \[default\]"),
    "nothing": ("", r"expected a section \[basic\] or \[global\]; none"),
    "twice": ("[basic]\nsk = sesame\nsk = sesame\n", "expected an INI file"),
    "half": ("[basic]\nak = A\n", "no secret_key: set sk in the credentials file"),
}


@pytest.mark.parametrize(("text", "words"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_credentials_file_is_told(tmp_path: Path, text: str, words: str) -> None:
    """Where it is needed it is an error, without its content; where it isn't, it is not read."""
    home = a_home(tmp_path, text)
    with pytest.raises(UsageError, match=words) as caught:
        credentials(home)
    assert "sesame" not in f"{caught.value!r}{caught.value.hint}{caught.value.__cause__!r}"
    assert credentials({**home, "DRIFT_TOKEN": "MIIab"}) == TokenCredentials(token=Secret("MIIab"))


def test_a_credentials_file_that_was_asked_for_has_to_be_there(tmp_path: Path) -> None:
    """Without one, the ordinary place may be empty; with one, its absence is an error."""
    with pytest.raises(UsageError, match="no way to sign in"):
        credentials({"HOME": str(tmp_path)})
    for environ in ({"DRIFT_CREDENTIALS_FILE": "no/file"}, {"DRIFT_AUTH": "profile"}, {"DRIFT_PROFILE": "basic"}):
        with pytest.raises(ConfigError, match="could not read the credentials: No such file"):
            credentials({"HOME": str(tmp_path), **environ})


words = st.text(st.characters(codec="ascii", min_codepoint=33, exclude_characters="%#;="), min_size=1, max_size=12)


@given(words, words, st.none() | words)
def test_the_file_is_read_as_the_sdk_reads_it(ak: str, sk: str, token: str | None) -> None:
    """Key, secret and token are those that the SDK's own provider finds."""
    import os  # noqa: PLC0415 - the SDK has it from the environment
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - one for each example

    line = f"security_token: {token}\n" if token else ""
    with TemporaryDirectory() as folder:
        path = Path(folder, "credentials")
        path.write_text(f"# a comment\n[basic]\nak={ak}\nSK = {sk}\n{line}", encoding="utf-8")
        os.environ["HUAWEICLOUD_SDK_CREDENTIALS_FILE"] = str(path)
        try:
            theirs = ProfileCredentialProvider.get_basic().get_credentials()
        finally:
            del os.environ["HUAWEICLOUD_SDK_CREDENTIALS_FILE"]
        _, ours = credentials_file.read(path, None)
    assert (ours["access_key"], ours["secret_key"], ours.get("security_token")) == (
        theirs.ak,
        theirs.sk,
        theirs.security_token,
    )


def test_the_regions_are_the_sdks_and_open_telekom_clouds() -> None:
    """The 17 that Huawei publishes, each at its endpoint, and eu-de."""
    theirs = {region.id: region.endpoints[0] for region in DdmRegion.static_fields.values()}
    assert len(theirs) == 17
    assert {**theirs, "eu-de": ENDPOINT} == endpoints.ENDPOINTS


@pytest.mark.parametrize("region", endpoints.ENDPOINTS)
def test_a_region_is_enough(region: str) -> None:
    """It leads to DDM, to IAM as the SDK knows it, and to the project of its name."""
    target = a_target({"DRIFT_REGION": region, "DRIFT_INSTANCE_ID": INSTANCE, "DRIFT_TOKEN": "MIIab"})
    assert target.endpoint == endpoints.ENDPOINTS[region]
    assert isinstance(target.project, Project)
    assert target.project.name == region
    known = {"eu-de": "https://iam.eu-de.otc.t-systems.com", "eu-west-101": "https://iam.eu-west-101.myhuaweicloud.eu"}
    assert target.project.iam_endpoint == official.get_iam_endpoint_by_id(region, known.get(region))


def test_an_unknown_region_is_told_without_being_repeated() -> None:
    """With a suggestion or the list, and the way to any other cloud."""
    with pytest.raises(UsageError, match=r"DRIFT_REGION: expected .* \(did you mean cn-north-4\?\), or --endpoint"):
        a_target({"DRIFT_REGION": "cn-nroth-4", "DRIFT_TOKEN": "t"})
    with pytest.raises(UsageError, match=r"HW_REGION_NAME: .* ae-ad-1, .* or eu-de") as caught:
        a_target({"HW_REGION_NAME": "zzz", "HW_AUTH_TOKEN": "t"})
    assert "zzz" not in caught.value.message
    assert a_target({**WHERE, "DRIFT_REGION": "moon-1", "DRIFT_TOKEN": "t"}).endpoint == ENDPOINT


def test_the_nearer_of_region_and_endpoint_holds() -> None:
    """What an instance says wins over what all share, and a flag over both, whichever of the two it is."""
    text = f'[defaults]\nendpoint = "{ENDPOINT}"\n[instances.a]\nregion = "cn-north-4"\ninstance_id = "{INSTANCE}"\n'
    environ = {"DRIFT_TOKEN": "t", "DRIFT_PROJECT_ID": PROJECT}
    file = a_file(text)
    assert a_target(environ, file).endpoint == "https://ddm.cn-north-4.myhuaweicloud.com"
    assert a_target(environ, file, region="eu-west-101").endpoint == "https://ddm.eu-west-101.myhuaweicloud.eu"
    assert a_target(environ, file, endpoint="https://ddm.example.com").endpoint == "https://ddm.example.com"
    both = a_file(text.replace("region =", f'endpoint = "{ENDPOINT}"\nregion ='))
    assert a_target(environ, both).endpoint == ENDPOINT


def test_a_region_of_another_tool_leads_no_secret_away() -> None:
    """The endpoint of a region comes from whoever gives the secret, or from drift's own names."""
    os_user = {"OS_USERNAME": "os", "OS_PASSWORD": "p", "OS_DOMAIN_NAME": "d", "DRIFT_INSTANCE_ID": INSTANCE}
    target = a_target({**os_user, "HW_REGION_NAME": "cn-north-4", "OS_REGION_NAME": "eu-de", "HW_PROJECT_ID": "stray"})
    assert (target.endpoint, target.project) == (ENDPOINT, Project("eu-de", "https://iam.eu-de.otc.t-systems.com"))
    with pytest.raises(UsageError, match="no endpoint"):
        a_target({"DRIFT_TOKEN": "t", "DRIFT_INSTANCE_ID": INSTANCE, "HW_REGION_NAME": "cn-north-4"})


def test_the_sdks_variable_gives_a_region_another_endpoint() -> None:
    """Known or not; of several the first; a wrong one is told by its name."""
    environ = {"DRIFT_TOKEN": "t", "DRIFT_INSTANCE_ID": INSTANCE, "DRIFT_REGION": "moon-1"}
    url = {"HUAWEICLOUD_SDK_REGION_DDM_MOON_1": "https://ddm.moon-1.example.com,https://other.example.com"}
    target = a_target({**environ, **url})
    assert target.endpoint == "https://ddm.moon-1.example.com"
    assert target.project == Project("moon-1", "https://iam.moon-1.example.com")
    with pytest.raises(UsageError, match="HUAWEICLOUD_SDK_REGION_DDM_MOON_1: expected an https URL"):
        a_target({**environ, "HUAWEICLOUD_SDK_REGION_DDM_MOON_1": "nonsense"})


@pytest.mark.parametrize("way", ["token", "access-key", "password", "oidc"])
def test_a_project_is_looked_up_by_name(way: str) -> None:
    """Without an id, the project's own name comes before the region's."""
    ways = {"token": "drift token", "access-key": "drift key", "password": "drift user", "oidc": "drift provider"}
    environ = {"DRIFT_REGION": "eu-de", "DRIFT_INSTANCE_ID": INSTANCE, "DRIFT_PROJECT_NAME": "eu-de_shop"}
    target = a_target({**environ, **GIVEN[ways[way]][0]})
    assert target.project == Project("eu-de_shop", "https://iam.eu-de.otc.t-systems.com")


def test_every_way_is_known_by_settings_that_exist() -> None:
    """The table of ways names settings, and each of them can be given in some way."""
    assert {setting for settings in METHODS.values() for setting in settings} <= set(SETTINGS)
    assert Provider.PROFILE not in {
        family for name in SETTINGS.values() for family in Provider if name.variables(family)
    }
