from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud.access import Target
from drift.cloud.credentials import PasswordCredentials, Scope, TokenCredentials
from drift.config import file as config_file
from drift.config.connection import connection
from drift.config.definition import Provider
from drift.config.file import Config
from drift.config.resolve import Setting
from drift.config.settings_table import SETTINGS
from drift.config.target import resolve_target
from drift.core.errors import ConfigError, UsageError
from drift.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDPOINT = "https://ddm.eu-de.otc.t-systems.com"
PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
INSTANCE = "1f5c9fd6cd984056ba89c8c87cc03278in09"
OTHER = "3d6e0b9f2c8a4715e1f4a7c05b92d683in09"
WHERE = {"DRIFT_ENDPOINT": ENDPOINT, "DRIFT_PROJECT_ID": PROJECT, "DRIFT_INSTANCE_ID": INSTANCE}
HW_USER = {"HW_USER_NAME": "hw", "HW_USER_PASSWORD": "hw-secret", "HW_DOMAIN_NAME": "hw-domain"}
OS_USER = {"OS_USERNAME": "os", "OS_PASSWORD": "os-secret", "OS_DOMAIN_NAME": "os-domain"}
SECRETS = ("sesame-1", "sesame-2", "sesame-3", "sesame-4")


def a_file(text: str) -> Config:
    return config_file.parse(text, Path("etc/drift.toml"))


def a_target(
    environ: Mapping[str, str], file: Config | None = None, name: str | None = None, **flags: object
) -> Target:
    return resolve_target(connection(flags, environ, file or Config(), name), 120.0)


def all_that_is_shown(environ: Mapping[str, str], file: Config, name: str | None) -> str:
    """What anyone could print of a connection and a target, or of the error that stands in their way."""
    try:
        found = connection({}, environ, file, name)
        return f"{found} {found!r} {resolve_target(found, 1.0)!r}"
    except UsageError as error:
        return f"{error!r} {error} {error.hint} {error.__cause__!r}"


def a_user(environ: Mapping[str, str], file: Config | None = None) -> PasswordCredentials:
    credentials = a_target({**WHERE, **environ}, file).credentials
    assert isinstance(credentials, PasswordCredentials)
    return credentials


TWO = a_file(
    f'[defaults]\nendpoint = "{ENDPOINT}"\nproject_id = "{PROJECT}"\n'
    f'[instances.orders]\ninstance_id = "{INSTANCE}"\n[instances.payments]\ninstance_id = "{OTHER}"\n'
)
ONE = a_file(f'[instances.orders]\ninstance_id = "{INSTANCE}"\nendpoint = "{ENDPOINT}"\nproject_id = "{PROJECT}"\n')
TOKEN = {"DRIFT_TOKEN": "MIIab"}

secret_variables = st.sampled_from(
    [
        variable
        for name in SETTINGS.values()
        if name.is_secret
        for family in Provider
        for variable in name.variables(family)
    ]
)
other_variables = st.sampled_from(
    [
        variable
        for name in SETTINGS.values()
        if not name.is_secret
        for family in Provider
        for variable in name.variables(family)
    ]
)
some_words = st.sampled_from([ENDPOINT, "http://10.0.0.1", "x y", INSTANCE, "true", "/no/such/file"]) | st.text(
    max_size=5
)
secrets = st.sampled_from(SECRETS) | st.sampled_from([f"{secret} \n" for secret in SECRETS])


@given(
    st.dictionaries(secret_variables, secrets, min_size=1),
    st.dictionaries(other_variables, some_words),
    st.sampled_from([Config(), ONE, TWO]),
    st.none() | st.sampled_from(["orders", "payments", "latest", "a b"]),
    st.sampled_from([WHERE, {}]),
)
def test_no_secret_is_shown_by_any_outcome(
    hidden: dict[str, str], shown: dict[str, str], file: Config, name: str | None, where: dict[str, str]
) -> None:
    """Whatever is set, a secret is in no error and in no text of what is found."""
    text = all_that_is_shown({**where, **shown, **hidden}, file, name)
    assert not any(secret in text for secret in SECRETS)


def test_the_environment_alone_is_enough() -> None:
    """Without any drift.toml an instance can be captured; its id is its name."""
    assert a_target({**WHERE, **TOKEN}) == Target(
        name=INSTANCE,
        endpoint=ENDPOINT,
        project=PROJECT,
        instance_id=INSTANCE,
        credentials=TokenCredentials(token=Secret("MIIab")),
        timeout=120.0,
        source="export",
        allow_plain_http=False,
        proxy=None,
        ca_file=None,
    )


def test_a_proxy_and_an_authority_are_found(tmp_path: Path) -> None:
    """A proxy is a URL without a password; the authorities' file may be the one that other tools use."""
    found = a_target({**WHERE, **TOKEN, "DRIFT_PROXY": "http://proxy.example:3128", "OS_CACERT": str(tmp_path)})
    assert (found.proxy, found.ca_file) == ("http://proxy.example:3128", tmp_path)
    with pytest.raises(UsageError, match="HTTPS_PROXY") as caught:
        a_target({**WHERE, **TOKEN, "DRIFT_PROXY": "http://me:geheim@proxy.example:3128"})
    assert "geheim" not in caught.value.message


def test_flags_alone_are_enough(tmp_path: Path) -> None:
    """With a token's file even the environment can be empty."""
    file = tmp_path / "token"
    file.write_text("MIIcd\n")
    target = a_target({}, None, "orders", endpoint=ENDPOINT, project_id=PROJECT, instance_id="42", token_file=file)
    assert target.name == "orders"
    assert target.credentials == TokenCredentials(token=Secret("MIIcd"))


def test_every_setting_knows_where_it_is_from() -> None:
    """A value's source is the flag, the variable, or the table of the file that gave it."""
    file = a_file(
        '[defaults]\nendpoint = "https://a.com"\nuser_name = "ana"\ndomain_name = "d"\n'
        f'[instances.orders]\nendpoint = "{ENDPOINT}"\n'
    )
    environ = {"DRIFT_PASSWORD": "p", "HUAWEICLOUD_SDK_PROJECT_ID": PROJECT, "OS_PROJECT_ID": "stray"}
    found = connection({"instance_id": INSTANCE}, environ, file, "orders")
    assert found.endpoint == Setting(ENDPOINT, "drift.toml [instances.orders]")
    assert found.instance_id == Setting(INSTANCE, "--instance-id")
    assert found.project_id == Setting(PROJECT, "HUAWEICLOUD_SDK_PROJECT_ID")
    assert found.allow_plain_http == Setting(value=False, source="default")
    assert found.auth is not None
    assert found.auth.user_name == Setting("ana", "drift.toml [defaults]")
    assert found.auth.password == Setting(Secret("p"), "DRIFT_PASSWORD")
    assert found.auth.iam_endpoint == Setting(
        "https://iam.eu-de.otc.t-systems.com", "drift.toml [instances.orders], with iam for ddm"
    )


@pytest.mark.parametrize(
    ("environ", "file", "name", "expected"),
    [
        (TOKEN, ONE, None, ("orders", INSTANCE)),
        (TOKEN, TWO, "payments", ("payments", OTHER)),
        ({**TOKEN, "DRIFT_INSTANCE_ID": OTHER}, TWO, None, ("payments", OTHER)),
        ({**TOKEN, "DRIFT_INSTANCE_ID": "new1"}, TWO, None, ("new1", "new1")),
        ({**TOKEN, **WHERE}, Config(), "orders", ("orders", INSTANCE)),
    ],
)
def test_one_instance_is_meant(
    environ: dict[str, str], file: Config, name: str | None, expected: tuple[str, str]
) -> None:
    """By name, by id, or because there is only one; an id without a name is the name."""
    target = a_target(environ, file, name)
    assert (target.name, target.instance_id) == expected


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [
        (TWO, None, r"which instance\? Expected orders or payments"),
        (TWO, "ordres", r"drift.toml has no instance 'ordres' \(did you mean orders\?\)"),
        (TWO, "moon", "drift.toml has no instance 'moon'; it has orders or payments"),
        (Config(), "latest", "latest: can't be an instance's name"),
        (Config(), "a/b", "a/b: can't be an instance's name"),
    ],
)
def test_nothing_is_guessed_about_which_instance(file: Config, name: str | None, words: str) -> None:
    """Several, unknown and impossible names are told, with what there is."""
    with pytest.raises(UsageError, match=words):
        a_target(TOKEN, file, name)


def test_an_id_that_cannot_be_a_name_asks_for_one() -> None:
    """An id of digits alone would be a snapshot's number in every reference."""
    with pytest.raises(UsageError, match="42: can't be an instance's name"):
        a_target({**WHERE, **TOKEN, "DRIFT_INSTANCE_ID": "42"})


def test_a_new_name_needs_its_id_on_the_command_line() -> None:
    """A slip in a name is no new instance because an id happens to be set."""
    with pytest.raises(UsageError, match="has no instance 'ordres'"):
        a_target({**TOKEN, "DRIFT_INSTANCE_ID": "new1"}, TWO, "ordres")
    assert a_target(TOKEN, TWO, "invoices", instance_id="new1").name == "invoices"


def test_an_id_that_covers_the_file_is_noted() -> None:
    """A variable wins over the file, as everywhere, but another instance under a known name doesn't pass in silence."""
    found = connection({}, {**TOKEN, "DRIFT_INSTANCE_ID": OTHER}, TWO, "orders")
    assert found.instance_id == Setting(OTHER, "DRIFT_INSTANCE_ID")
    assert found.notes == ("DRIFT_INSTANCE_ID holds for orders, instead of the instance_id that drift.toml has for it",)
    assert connection({}, {**TOKEN, "DRIFT_INSTANCE_ID": INSTANCE}, TWO, "orders").notes == ()


def test_everything_that_is_missing_is_told_at_once() -> None:
    """With nothing set, one error lists each part, with the flag, the variable and the key that give it."""
    with pytest.raises(UsageError) as caught:
        a_target({})
    assert caught.value.message == (
        "could not capture the instance with these settings:\n"
        "  no endpoint: set --endpoint, DRIFT_ENDPOINT or `endpoint` in drift.toml, or name a region that drift knows\n"
        "  no project_id: set --project-id, DRIFT_PROJECT_ID or `project_id` in drift.toml, "
        "or name a project_name or region to look it up by\n"
        "  no instance_id: set --instance-id, DRIFT_INSTANCE_ID or `instance_id` in drift.toml\n"
        "  no way to sign in: DRIFT_TOKEN or --token-file for a ready token; "
        "--user-name and --domain-name with DRIFT_PASSWORD or --password-file for an IAM user; "
        "--access-key with DRIFT_SECRET_KEY or --secret-key-file for an access key; "
        "DRIFT_ID_TOKEN or DRIFT_ID_TOKEN_FILE, with an idp_id or with a provider_urn and an agency_urn, for OIDC; "
        "--auth ecs-agency on an ECS with an agency"
    )


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        (
            {"DRIFT_USER_NAME": "ana"},
            ["no password: set --password-file, DRIFT_PASSWORD", "no domain_name: set --domain-name"],
        ),
        (
            {"DRIFT_PASSWORD": "p", "DRIFT_DOMAIN_NAME": "d"},
            ["no user_name: set --user-name, --user-id, DRIFT_USER_NAME, DRIFT_USER_ID"],
        ),
        ({**HW_USER, "HW_USER_NAME": ""}, ["no user_name: set HW_USER_NAME or HW_USER_ID"]),
        ({**OS_USER, "OS_DOMAIN_NAME": ""}, ["no domain_name: set OS_USER_DOMAIN_NAME, OS_DOMAIN_NAME"]),
        (
            {"DRIFT_ENDPOINT": "https://api.example.com", **HW_USER},
            ["no iam_endpoint: set HW_AUTH_URL"],
        ),
    ],
)
def test_what_is_missing_beside_a_password_is_told(environ: dict[str, str], missing: list[str]) -> None:
    """A half-given user is completed by the names of the same family."""
    with pytest.raises(UsageError) as caught:
        a_target({**WHERE, **environ})
    found = [line.strip() for line in caught.value.message.splitlines()[1:]]
    assert len(found) == len(missing)
    assert all(line.startswith(start) for line, start in zip(found, missing, strict=True))


@pytest.mark.parametrize(
    ("environ", "source"),
    [
        ({**TOKEN, "DRIFT_USER_NAME": "ana", "DRIFT_PASSWORD": "p"}, "DRIFT_TOKEN"),
        ({**TOKEN, "DRIFT_TOKEN_FILE": "/no/such/file"}, "DRIFT_TOKEN"),
        ({**TOKEN, "HW_AUTH_TOKEN": "MIIhw", "OS_TOKEN": "MIIos"}, "DRIFT_TOKEN"),
        ({**HW_USER, "HW_AUTH_TOKEN": "MIIhw"}, "HW_AUTH_TOKEN"),
        ({"HW_AUTH_TOKEN": "MIIhw", **OS_USER}, "HW_AUTH_TOKEN"),
        ({"OS_AUTH_TOKEN": "MIIa", "OS_TOKEN": "MIIb"}, "OS_AUTH_TOKEN"),
        ({"OS_AUTH_TOKEN": "  ", "OS_TOKEN": "MIIb"}, "OS_TOKEN"),
    ],
)
def test_a_token_signs_in_before_a_password_of_the_same_place(environ: dict[str, str], source: str) -> None:
    """Of what one place has, the token holds; of two places, the first one's."""
    sign_in = connection({}, {**WHERE, **environ}, Config(), None).auth
    assert sign_in is not None
    assert sign_in.token is not None
    assert sign_in.token.source == source
    assert (sign_in.method, sign_in.user_name, sign_in.password) == ("token", None, None)


def test_a_password_before_a_token_of_a_later_place() -> None:
    """Another tool's token doesn't cover the user that drift was given; nor does the file's cover the environment's."""
    own = {"DRIFT_USER_NAME": "ana", "DRIFT_PASSWORD": "p", "DRIFT_DOMAIN_NAME": "d"}
    assert a_user({**own, "HW_AUTH_TOKEN": "MIIhw"}).user_name == "ana"
    assert a_user(own, a_file('[defaults]\ntoken_file = "token"\n')).user_name == "ana"
    assert a_user({**HW_USER, "OS_TOKEN": "MIIos"}).user_name == "hw"


def test_credentials_of_two_families_are_not_mixed() -> None:
    """A user of one tool never gets the password, the domain or the IAM of another."""
    urls = {"HW_AUTH_URL": "https://iam.hw.example.com:443/v3", "OS_AUTH_URL": "https://iam.os.example.com/v3"}
    hw = a_user({**HW_USER, **OS_USER, **urls})
    assert (hw.user_name, hw.password.reveal(), hw.domain_name) == ("hw", "hw-secret", "hw-domain")
    assert hw.iam_endpoint == "https://iam.hw.example.com:443"
    os = a_user({**OS_USER, **urls})
    assert (os.user_name, os.password.reveal(), os.domain_name) == ("os", "os-secret", "os-domain")
    assert os.iam_endpoint == "https://iam.os.example.com"
    own = a_user({"DRIFT_USER_NAME": "ana", "DRIFT_PASSWORD": "p", "DRIFT_DOMAIN_NAME": "d", **HW_USER, **urls})
    assert (own.user_name, own.iam_endpoint) == ("ana", "https://iam.eu-de.otc.t-systems.com")
    with pytest.raises(UsageError, match="no password: set --password-file"):
        a_target({**WHERE, "DRIFT_USER_NAME": "ana", "DRIFT_DOMAIN_NAME": "d", **HW_USER})


def test_what_the_file_says_of_the_domain_goes_with_another_tools_user() -> None:
    """The team's file can hold domain, project and IAM while each member's own variables hold the user."""
    file = a_file('[defaults]\ndomain_name = "d"\nproject_name = "eu-de"\niam_endpoint = "https://iam.a.com/v3/"\n')
    assert a_user({**OS_USER, "OS_PROJECT_NAME": "stray"}, file) == PasswordCredentials(
        iam_endpoint="https://iam.a.com",
        user_name="os",
        password=Secret("os-secret"),
        domain_name="d",
        scope=Scope("project", "name", "eu-de"),
    )


def test_a_password_is_read_from_its_file(tmp_path: Path) -> None:
    """The path is relative to drift.toml; the line end is no part of the password."""
    (tmp_path / "password").write_text("pass word \n")
    file = config_file.parse('[defaults]\npassword_file = "password"\n', tmp_path / "drift.toml")
    user = a_user({"DRIFT_USER_NAME": "ana", "DRIFT_DOMAIN_NAME": "d"}, file)
    assert user.password.reveal() == "pass word "


@pytest.mark.parametrize("content", ["two\nlines", "sesame-1 x", "sesame-1ä"])
def test_a_token_that_is_none_is_told_by_its_files_name(tmp_path: Path, content: str) -> None:
    """What can't stand in a header is refused, unseen, wherever it is from."""
    path = tmp_path / "token"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="token: expected a token") as from_file:
        a_target({**WHERE, "DRIFT_TOKEN_FILE": str(path)})
    with pytest.raises(UsageError, match=r"^DRIFT_TOKEN: expected a token") as from_variable:
        a_target({**WHERE, "DRIFT_TOKEN": content})
    assert content not in f"{from_file.value!r}{from_variable.value!r}"


@pytest.mark.parametrize(
    ("endpoint", "found"),
    [
        ("https://DDM.eu-de.otc.t-systems.com/", ENDPOINT),
        ("https://ddm.example.com:8443", "https://ddm.example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://10.20.30.40", "https://10.20.30.40"),
        ("https://xn--strae-oqa.example.com", "https://xn--strae-oqa.example.com"),
    ],
)
def test_an_endpoint_has_one_form(endpoint: str, found: str) -> None:
    """Case and a final slash don't matter; plain HTTP needs no permission on this machine."""
    assert a_target({**WHERE, **TOKEN, "DRIFT_ENDPOINT": endpoint}).endpoint == found


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("ddm.eu-de.otc.t-systems.com", "expected a URL with its scheme: https://ddm.eu-de.otc.t-systems.com"),
        ("ddm.eu-de.otc.t-systems.com:443", "expected a URL with its scheme: https://ddm.eu-de.otc.t-systems.com:443"),
        ("https://ana:sesame-1@ddm.example.com", "expected a URL without a user name or a password"),
        ("http://127.0.0.1@ddm.example.com", "expected a URL without a user name or a password"),
        ("https://ddm.example.com/v3", "expected a URL without a path or a query"),
        ("https://ddm.example.com?a=b", "expected a URL without a path or a query"),
        ("https://ddm.example.com#a", "expected a URL without a path or a query"),
        ("https://ddm.example.com:99999", "expected a port from 1 to 65535"),
        ("https://ddm.example.com:0", "expected a port from 1 to 65535"),
        ("https://ddm.example.com:" + "9" * 5000, "expected a URL"),
        ("https://", "expected an https URL, such as"),
        ("ftp://ddm.example.com", "expected an https URL, such as"),
        ("http://127.0.0.1\\.example.com", "expected a URL"),
        ("eu-de", "expected an https URL, such as"),
        ("https://ddm..example.com", "expected a host that can exist"),
        (f"https://{'a' * 64}.example.com", "expected a host that can exist"),
        ("https://999.1.1.1", "expected a host that can exist"),
        ("https://1.2.3", "expected a host that can exist"),
        ("https://[::1::2]", "expected a host that can exist"),
        ("https://[1.2.3.4]", "expected a host that can exist"),
        ("https://xn--a", "expected a host that can exist"),
        ("http://10.0.0.1", "plain HTTP would show the credentials on the way"),
        ("http://127.0.0.1.example.com", "plain HTTP would show the credentials on the way"),
        ("http://localhost.example.com", "plain HTTP would show the credentials on the way"),
    ],
)
def test_what_is_no_endpoint_is_told(endpoint: str, words: str) -> None:
    """Each way to get an endpoint wrong has its own words, with the variable's name and without a secret."""
    with pytest.raises(UsageError) as caught:
        a_target({**WHERE, **TOKEN, "DRIFT_ENDPOINT": endpoint})
    assert f"DRIFT_ENDPOINT: {words}" in caught.value.message
    assert "sesame-1" not in caught.value.message


@pytest.mark.parametrize("word", [True, "true", "1", "on"])
def test_plain_http_can_be_allowed(word: object) -> None:
    """Explicitly, by whatever gives settings."""
    target = a_target({**WHERE, **TOKEN, "DRIFT_ENDPOINT": "http://10.0.0.1"}, allow_plain_http=word)
    assert target.allow_plain_http
    assert target.endpoint == "http://10.0.0.1"


def test_plain_http_is_refused_for_iam_too() -> None:
    """The password is on its way to IAM, so IAM's URL counts as the endpoint's does."""
    own: dict[str, Any] = {"DRIFT_USER_NAME": "ana", "DRIFT_PASSWORD": "p", "DRIFT_DOMAIN_NAME": "d"}
    with pytest.raises(UsageError, match="DRIFT_IAM_ENDPOINT: plain HTTP"):
        a_target({**WHERE, **own, "DRIFT_IAM_ENDPOINT": "http://iam.example.com/v3"})


@pytest.mark.parametrize(
    ("endpoint", "iam"),
    [
        (ENDPOINT, "https://iam.eu-de.otc.t-systems.com"),
        ("https://ddm.eu-west-101.myhuaweicloud.eu", "https://iam.eu-west-101.myhuaweicloud.eu"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_iam_is_found_beside_the_endpoint(endpoint: str, iam: str) -> None:
    """`iam.` stands where the endpoint has `ddm.`; on loopback one URL answers for both."""
    own = {"DRIFT_USER_NAME": "ana", "DRIFT_PASSWORD": "p", "DRIFT_DOMAIN_NAME": "d", "DRIFT_ENDPOINT": endpoint}
    assert a_user(own).iam_endpoint == iam


@pytest.mark.parametrize("path", ["", "/", "/v3", "/v3/", "/v3/auth/tokens"])
def test_the_path_that_other_tools_want_is_taken_off(path: str) -> None:
    """An IAM URL means the same with and without the path of its API."""
    assert (
        a_user({**OS_USER, "OS_AUTH_URL": f"https://iam.example.com{path}"}).iam_endpoint == "https://iam.example.com"
    )
