from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.config import file as config_file
from drift.config import template
from drift.config.data_nodes import NodeSettings
from drift.config.definition import Topic
from drift.config.file import Config
from drift.config.settings_table import TABLE
from drift.core import references, strict_toml
from drift.core.errors import ConfigError
from drift.core.model import canonical_json
from drift.core.secret_file import read_secret
from drift.core.strict_toml import MOST_KEYS, MOST_LEVELS
from drift.decode.layouts import Layout
from drift.decode.limits import Limits
from drift.notify.channels import Channel
from drift.policy.invariants import Demands
from drift.policy.rules import RULES, Severity
from support.strategies import texts

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = Path("etc/drift.toml")
INSTANCE_KEYS = [row.name for row in TABLE if row.is_of_instance]
RUN_KEYS = [row.name for row in TABLE if row.topic is Topic.RUN and row.name != "config"]
TOP_KEYS = (
    *RUN_KEYS,
    "volatile",
    "severities",
    "capture",
    "check",
    "limits",
    "verify",
    "data_nodes",
    "defaults",
    "instances",
)
SECRET = "cheval-batterie-agrafe"


def parse(text: str) -> Config:
    return config_file.parse(text, ORIGIN)


def outcome_of(act: Callable[[], Config]) -> Config | ConfigError:
    try:
        return act()
    except ConfigError as error:
        return error


WEBHOOK, SIGNED = "webhook = 'https://hooks.example.com/drift?a=b'", "secret_env = 'DRIFT_OPS_SECRET'"


def notify(*lines: str) -> str:
    return "\n".join(["[notify.ops]", *lines])


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def instance(**values: str) -> str:
    return "\n".join(["[instances.orders-prod]", *(f"{key} = {value}" for key, value in values.items())])


toml_values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | texts | st.just(SECRET),
    lambda children: st.lists(children, max_size=3),
    max_leaves=4,
)
keys = st.sampled_from([*TOP_KEYS, "layout", *INSTANCE_KEYS, *Limits.__struct_fields__, "shard-moved"])
tables = st.dictionaries(keys | texts, toml_values, max_size=4)


def as_toml(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{as_toml(str(key))} = {as_toml(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(as_toml, value)) + "]"
        case float():
            return repr(value)
        case str():
            return canonical_json(value).replace("\x7f", "\\u007f")
        case _:
            return canonical_json(value)


documents = st.dictionaries(keys | texts, toml_values | tables | st.dictionaries(texts, tables, max_size=2), max_size=5)


@given(documents)
def test_any_document_is_a_configuration_or_a_config_error(document: dict[str, Any]) -> None:
    """Whatever a TOML document says, it is a configuration or one error in words; no value of it is repeated."""
    text = "\n".join(f"{as_toml(key)} = {as_toml(value)}" for key, value in document.items())
    assert tomllib.loads(text).keys() == document.keys()
    outcome = outcome_of(lambda: parse(text))
    assert isinstance(outcome, Config) or SECRET not in f"{outcome!r} {outcome} {outcome.hint}"


@given(st.text())
def test_any_text_is_a_configuration_or_a_config_error(text: str) -> None:
    """No text at all ends in anything but a configuration or a ConfigError."""
    outcome = outcome_of(lambda: parse(text))
    assert isinstance(outcome, Config) or str(ORIGIN) in outcome.message


@given(st.binary())
def test_any_bytes_are_a_configuration_or_a_config_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """No content of a file ends in anything but a configuration or a ConfigError that names the file."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    outcome = outcome_of(lambda: config_file.load(path))
    assert isinstance(outcome, Config) or str(path) in outcome.message


@pytest.mark.parametrize("key", ["token", "password", "secret_key", "ak", "Auth-Token", "user_password", "pwd"])
def test_a_secret_is_refused_wherever_it_stands(key: str) -> None:
    """A secret's key is refused at the top, in defaults and in an instance, with the way out and without its value."""
    line = f'{key} = "{SECRET}"'
    places = ("defaults", "instances.a", "verify", "data_nodes.a")
    found = problems("\n".join([line, *(f"[{place}]\n{line}" for place in places)]))
    assert {problem.partition(":")[0] for problem in found} == {key, *(f"{place}.{key}" for place in places)}
    assert all("DRIFT_" in problem and "_file" in problem for problem in found)
    assert SECRET not in str(found)


def test_an_empty_file_says_what_no_file_says() -> None:
    """Without a key every default holds; the store is beside the file."""
    empty = parse("")
    assert empty == Config(store=Path("etc/snapshots/drift.db"), origin=ORIGIN)
    assert Config().store == Path("snapshots/drift.db")


def test_every_key_is_read() -> None:
    """Each documented key reaches its field, in its one form."""
    parsed = parse(
        'store = "history.db"\nlake = "lake"\n'
        'fail_on = "error"\nlang = "zh_CN.UTF-8"\ntimeout = 7\njobs = 4\nrate = 2.5\n'
        'keep_raw = true\nrequire_confirmed = true\nrequire_trace = true\nvolatile = ["beat", "load", "beat"]\n'
        '[severities]\nshard-moved = "ignore"\n'
        "[capture]\naudit = true\n"
        "[check]\nmax_skew = 1.5\nno_empty_node = true\nmust_not_worsen = true\n"
        "[limits]\nresponse_mib = 1\ninflated_mib = 2\nrecords = 3\nnesting = 4\n"
        '[layout]\nshards = "databases[].shards[]"\n'
        '[verify]\nuser = "drift"\npassword_file = "pw"\njobs = 4\n'
        '[data_nodes."rds 1"]\nhost = "127.0.0.1"\nport = 13306\ntls = "ca"\n'
        '[defaults]\nuser_name = "reader"\nallow_plain_http = true\n'
        '[instances.orders-prod]\nendpoint = "HTTPS://DDM.eu-de.otc.t-systems.com/"\n'
        'iam_endpoint = "https://iam.eu-de.otc.t-systems.com/v3"\ntoken_file = "token"\npassword_file = "/run/pw"\n'
    )
    assert parsed == Config(
        store=Path("etc/history.db"),
        lake="etc/lake",
        fail_on=Severity.ERROR,
        lang="zh",
        timeout=7.0,
        jobs=4,
        rate=2.5,
        keep_raw=True,
        require_confirmed=True,
        require_trace=True,
        audit=True,
        volatile=("beat", "load"),
        severities={"shard-moved": Severity.IGNORE},
        check=Demands(max_skew=1.5, no_empty_node=True, must_not_worsen=True),
        limits=Limits(response_mib=1, inflated_mib=2, records=3, nesting=4),
        layout=(Layout.parse({"shards": "databases[].shards[]"}),),
        verify={"verify_user": "drift", "verify_password_file": Path("etc/pw"), "verify_jobs": 4},
        data_nodes={"rds 1": NodeSettings(host="127.0.0.1", port=13306, tls="ca")},
        defaults={"user_name": "reader", "allow_plain_http": True},
        instances={
            "orders-prod": {
                "endpoint": "https://ddm.eu-de.otc.t-systems.com",
                "iam_endpoint": "https://iam.eu-de.otc.t-systems.com",
                "token_file": Path("etc/token"),
                "password_file": Path("/run/pw"),
            }
        },
        given=frozenset({*TOP_KEYS, "layout"}),
        origin=ORIGIN,
    )


def test_a_home_is_not_looked_for_beside_the_file() -> None:
    """A path that begins with ~ stays as it is until someone knows the home."""
    assert parse('store = "~/drift.db"').store == Path("~/drift.db")


def test_several_layouts_keep_their_order() -> None:
    """Each [[layout]] is one layout."""
    parsed = parse('[[layout]]\nshards = "a[]"\n[[layout]]\nshards = "b[]"\n')
    assert [layout.texts()["shards"] for layout in parsed.layout] == ["a[]", "b[]"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('fail_onn = "error"', "fail_onn: unknown key (did you mean fail_on?)"),
        ("colour = 1", "colour: unknown key; expected store, lake, fail_on"),
        ('endpoint = "x"', "endpoint: belongs to instances; expected in [instances.NAME], or in [defaults]"),
        ('fail_on = "eror"', "fail_on: expected info, warning or error (did you mean error?)"),
        ('fail_on = "ignore"', "fail_on: expected info, warning or error"),
        ("fail_on = 3", "fail_on: expected info, warning or error"),
        ("timeout = 0", "timeout: expected a number of seconds, above 0"),
        ("timeout = nan", "timeout: expected a number of seconds, above 0"),
        ("timeout = true", "timeout: expected a number of seconds, above 0"),
        ('timeout = "120"', "timeout: expected a number of seconds, above 0"),
        ("timeout = 86401", "timeout: expected a number of seconds, above 0 and at most 86400"),
        ("keep_raw = 1", "keep_raw: expected true or false"),
        ('store = ""', "store: expected the path of a file"),
        (r'store = "a\u0000b"', "store: expected the path of a file"),
        ('volatile = "beat"', "volatile: expected a list of names"),
        ("volatile = [1]", "volatile: expected words"),
        ("severities = 1", "severities: expected a table"),
        ("[severities]\nshard-move = 'info'", "severities.shard-move: unknown rule (did you mean shard-moved?)"),
        ("[severities]\nmoon = 'info'", "severities.moon: unknown rule; `drift rules` lists them"),
        (
            "[severities]\nshard-moved = 'waning'",
            "severities.shard-moved: expected ignore, info, warning or error (did",
        ),
        ("[limits]\nrecords = 0", "limits.records: expected a whole number above 0"),
        ("[limits]\nrecords = true", "limits.records: expected a whole number above 0"),
        ("[limits]\nrecrods = 1", "limits.recrods: unknown key (did you mean records?)"),
        ("layout = 3", "layout: expected [layout], or [[layout]] for each of several"),
        ("[layout]\nshard_name = 'a[].b'", "layout: 'shards' is missing"),
        (
            "[defaults]\ninstance_id = 'a'",
            "defaults.instance_id: belongs to one instance; expected in [instances.NAME]",
        ),
        ("notify = []", "notify: expected a table"),
        (notify(), "notify.ops.webhook: expected one of apprise_env, apprise_file, url_env, url_file and webhook"),
        (notify(WEBHOOK), "notify.ops.secret_file: expected secret_file or secret_env"),
        (notify(WEBHOOK, SIGNED, "apprise_env = 'A'"), "notify.ops.webhook: expected one of apprise_env"),
        (notify(WEBHOOK, SIGNED, "secret_file = 'a'"), "notify.ops.secret_file: expected secret_file or secret_env"),
        (notify(WEBHOOK, SIGNED, "service = 'wecom'"), "notify.ops.service: goes with url_file or url_env"),
        (notify("url_env = 'A'", "service = 'wechat'"), "notify.ops.service: expected wecom, dingtalk"),
        (notify("url_env = 'A'", "url = 'https://a.b'"), "notify.ops.url: the address of a chat is a secret"),
        (notify("apprise_env = 'a b'"), "notify.ops.apprise_env: expected the name of an environment variable"),
        (notify(WEBHOOK, SIGNED, "instances = []"), "notify.ops.instances: expected a list of names or patterns"),
        (
            notify(WEBHOOK, SIGNED, "min_severity = 'ignore'"),
            "notify.ops.min_severity: expected info, warning or error",
        ),
        (notify(WEBHOOK, SIGNED, "instance = ['a']"), "notify.ops.instance: unknown key (did you mean instances?)"),
        (notify(SIGNED, "webhook = 'http://example.com/x'"), "notify.ops.webhook: plain http can be read on the way"),
        (notify(SIGNED, "webhook = 'https://a:b@example.com/x'"), "notify.ops.webhook: expected a URL without a user"),
        (notify(SIGNED, "webhook = 'example.com'"), "notify.ops.webhook: expected a URL with its scheme"),
        (notify(SIGNED, "webhook = 'https://example.com/#x'"), "notify.ops.webhook: expected a URL, such as"),
        (notify(WEBHOOK, SIGNED).replace("ops", "'a b'"), 'notify."a b".webhook: its table needs a name of letters'),
        ("instances = []", "instances: expected a table"),
        ("[instances]\norders = 'in09'", "instances.orders: expected a table"),
        ("[instances.latest]", "instances.latest: expected a name that can't be read as a snapshot"),
        ("[instances.live]", "instances.live: expected a name that can't be read as a snapshot"),
        ("[instances.42]", "instances.42: expected a name that can't be read as a snapshot"),
        ('[instances."a.json"]', 'instances."a.json": expected a name that can\'t be read as a snapshot'),
        ('[instances."a:b"]', 'instances."a:b": expected a name of letters'),
        ('[instances."a/b"]', 'instances."a/b": expected a name of letters'),
        ('[instances."a~1"]', 'instances."a~1": expected a name of letters'),
        ('[instances."@a"]', 'instances."@a": expected a name of letters'),
        ('[instances.""]', 'instances."": expected a name of letters'),
        (instance(instnce_id="'a'"), "instances.orders-prod.instnce_id: unknown key (did you mean instance_id?)"),
        (instance(project_id="'a b'"), "instances.orders-prod.project_id: expected an id: letters, digits, - and _"),
        (instance(user_name="''"), "instances.orders-prod.user_name: expected words on one line"),
        (instance(user_name="7"), "instances.orders-prod.user_name: expected words on one line"),
        (instance(allow_plain_http="'no'"), "instances.orders-prod.allow_plain_http: expected true or false"),
        (
            instance(endpoint="'ddm.x.com'"),
            "instances.orders-prod.endpoint: expected a URL with its scheme: https://ddm",
        ),
    ],
)
def test_a_problem_is_told_with_its_place_and_what_was_expected(text: str, problem: str) -> None:
    """Each thing that can be wrong with a key has its own words, and they begin with where it is."""
    (found,) = problems(text)
    assert found.startswith(problem)


@given(st.from_regex(r"[\w.:/~@ -]{1,8}", fullmatch=True) | st.sampled_from(["latest", "live", "7", "a.json", "订单"]))
def test_a_name_that_holds_is_read_back_from_a_reference(name: str) -> None:
    """An instance's name either is a problem, or NAME:latest means that instance and NAME alone a label."""
    outcome = outcome_of(lambda: parse(f"[instances.{as_toml(name)}]"))
    if isinstance(outcome, Config):
        assert references.parse(f"{name}:latest") == references.Latest(0, name)
        assert references.parse(name) == references.Label(name)


def test_all_problems_are_told_at_once() -> None:
    """One run shows everything that is wrong, counted, with the file's name and a way on."""
    text = 'fail_on = "x"\ntimeout = -1\nstoer = "a"\n[limits]\nnesting = "deep"\n[instances.a]\nendpoint = "b"\n'
    with pytest.raises(ConfigError) as caught:
        parse(text)
    first, *rest = caught.value.message.splitlines()
    assert first == "etc/drift.toml: 5 problems"
    assert [line.split(":")[0] for line in rest] == [
        "  fail_on", "  timeout", "  limits.nesting", "  instances.a.endpoint", "  stoer",
    ]  # fmt: skip
    assert caught.value.exit_code == 2
    assert caught.value.hint is not None
    assert "drift init" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('store = "a\n', r"not TOML: .*line 1, column \d+"),
        ("a = 1\na = 2\n", r"not TOML: .*line 2, column \d+"),
        ("\n\nfail_on = wrong", r"not TOML: .*line 3, column \d+"),
        ("timeout = " + "9" * 5000, "not TOML: "),
        ("volatile = " + "[" * 100_000, "nested too deeply"),
        ("layout = {\n}", r"Invalid initial character for a key part \(at line 1, column 11\)"),  # valid in TOML 1.1
    ],
)
def test_what_is_no_toml_is_told_with_line_and_column(text: str, words: str) -> None:
    """A slip of syntax is found where it is."""
    with pytest.raises(ConfigError, match=words) as caught:
        parse(text)
    assert caught.value.message.startswith("etc/drift.toml: ")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """A file saved by an editor that marks UTF-8 is read."""
    path = tmp_path / "drift.toml"
    path.write_bytes(b'\xef\xbb\xbffail_on = "info"\r\n')
    assert config_file.load(path).fail_on is Severity.INFO


def test_other_encodings_are_told_with_the_line(tmp_path: Path) -> None:
    """A file in another encoding is refused, with the line that shows it."""
    path = tmp_path / "drift.toml"
    path.write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(ConfigError, match="line 2 is not UTF-8"):
        config_file.load(path)


def test_channels_are_read() -> None:
    """A webhook and a chat, with all that they may have."""
    more = "secret_file = 'ops'\ninstances = ['orders-*', 'users']\nmin_severity = 'error'\nallow_plain_http = true\n"
    chat_table = "[notify.chat]\nurl_file = '~/c'\nservice = 'feishu'\nallow_private = true\n"
    ops, chat = parse(notify("webhook = 'http://hooks.example.com'", more, chat_table)).notify
    assert ops == Channel(
        name="ops",
        webhook="http://hooks.example.com",
        secret_file=Path("etc/ops"),
        instances=("orders-*", "users"),
        min_severity=Severity.ERROR,
        allow_plain_http=True,
    )
    assert chat == Channel(name="chat", url_file=Path("~/c"), service="feishu", allow_private=True)
    assert [ops.covers(name) for name in ("orders-prod", "users", "users-2")] == [True, True, False]
    assert chat.covers("anything")


@pytest.mark.parametrize("path", [".", "no/such/drift.toml", "drift.toml/drift.toml"])
def test_a_file_that_cannot_be_read_is_a_config_error(tmp_path: Path, path: str) -> None:
    """A folder, a missing file and one below a file are told by name."""
    (tmp_path / "drift.toml").touch()
    with pytest.raises(ConfigError, match="can't be read: ") as caught:
        config_file.load(tmp_path / path)
    assert str(tmp_path / path) in caught.value.message


def test_the_nearest_file_above_is_found(tmp_path: Path) -> None:
    """The search goes upwards from the working directory and takes the first file; a folder of that name is none."""
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (tmp_path / "drift.toml").touch()
    (tmp_path / "a" / "drift.toml").touch()
    (tmp_path / "a" / "b" / "drift.toml").mkdir()
    assert config_file.find(deep) == tmp_path / "a" / "drift.toml"
    assert config_file.find(tmp_path) == tmp_path / "drift.toml"


def test_without_a_file_nothing_is_found() -> None:
    """At the root the search ends."""
    root = Path(Path.cwd().anchor)
    assert config_file.find(root) == (root / "drift.toml" if (root / "drift.toml").is_file() else None)


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"MIIab\n", "MIIab"),
        (b"MIIab\r\n", "MIIab"),
        (b"MIIab", "MIIab"),
        (b"two\n\n", "two\n"),
        (b" padded \n", " padded "),
        (b"\xef\xbb\xbfmarked", "marked"),
    ],
)
def test_a_secret_is_the_file_without_its_line_end(tmp_path: Path, content: bytes, secret: str) -> None:
    """One line end is no part of a secret; everything else is."""
    path = tmp_path / "secret"
    path.write_bytes(content)
    assert read_secret(path).reveal() == secret


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "could not read the secret: No such file"),
        (b"", "found an empty file"),
        (b" \n", "found an empty file"),
        (f"{SECRET}\0".encode(), "found a NUL byte"),
        (SECRET.encode() + b"\xff", "expected a secret in UTF-8 or ASCII"),
        (SECRET.encode() * 10_000, "found more than 131072 bytes"),
    ],
)
def test_an_unusable_secret_file_is_told_by_name_alone(tmp_path: Path, content: bytes | None, words: str) -> None:
    """What is wrong with a secret's file is told without a character of it."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(words)) as caught:
        read_secret(path)
    assert str(path) in caught.value.message
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("token", ["MIIDkgYJKoZIhvcNAQcCoIID", "x" * 300])
def test_a_token_in_place_of_its_file_is_not_repeated(token: str) -> None:
    """Someone who gives the token where its file belongs doesn't find it in the error."""
    with pytest.raises(ConfigError, match="looks like a token itself") as caught:
        read_secret(Path("etc") / token)
    assert token not in f"{caught.value!r} {caught.value.__cause__!r}"


def uncommented(text: str) -> str:
    return re.sub(r"(?m)^#(?=\S)", "", text)


def test_the_template_says_what_no_file_says() -> None:
    """A fresh drift.toml holds as it stands and changes nothing."""
    fresh = parse(template.text())
    assert fresh == Config(store=Path("etc/snapshots/drift.db"), given=fresh.given, origin=ORIGIN)


def test_every_example_in_the_template_holds() -> None:
    """With all its examples taken in, the template loads, and the examples that tell defaults tell the true ones."""
    full = parse(uncommented(template.text()))
    standard = Config()
    run = [row.name for row in TABLE if row.topic is Topic.RUN and row.name not in {"config", "store", "lake"}]
    assert [getattr(full, name) for name in run] == [getattr(standard, name) for name in run]
    assert full.limits == standard.limits
    assert full.severities == {rule.id: rule.severity for rule in RULES.values()}
    assert list(full.instances) == ["orders-prod"]


def test_the_template_explains_every_key() -> None:
    """No key can be set that the template doesn't show."""
    shown = tomllib.loads(uncommented(template.text()))
    assert set(shown) == {*TOP_KEYS, "layout", "waivers", "notify"}
    channels = {key for each in shown["notify"].values() for key in each}
    assert {*channels, "name", "secret_file", "url_file", "apprise_file", "apprise_env"} == set(
        Channel.__struct_fields__
    )
    assert {*shown["defaults"], *shown["instances"]["orders-prod"]} == set(INSTANCE_KEYS)
    assert set(shown["verify"]) == {row.key for row in TABLE if row.topic is Topic.VERIFY and not row.is_secret}
    assert set(shown["data_nodes"]["rds-orders-1"]) == set(NodeSettings.__struct_fields__)
    assert set(shown["limits"]) == set(Limits.__struct_fields__)
    assert set(shown["layout"]) == set(Layout.__struct_fields__)
    assert set(shown["severities"]) == set(RULES)


def test_the_names_of_all_waivers_together_are_bounded() -> None:
    """A short file can't stand for more names than memory holds."""
    waiver = (
        "[[waivers]]\nrule = 'shard-moved'\nname = 's_{1..1000000}'\nto = 'n'\nreason = 'r'\nexpires = 2026-12-31\n"
    )
    assert problems(waiver * 5) == ["waivers: expected ranges of at most 4,000,000 names together"]


def test_a_layout_leads_no_deeper_than_nesting_allows() -> None:
    """A path with more steps than a document may have levels is a wrong setting; one at the bound is read."""
    assert parse("[limits]\nnesting = 4\n[layout]\nshards = 'a.b.c[]'").layout
    wrong = problems("[limits]\nnesting = 4\n[layout]\nshards = 'a.b.c.d[]'")
    assert wrong == ["layout: expected paths of at most 4 steps: `nesting` under [limits] allows no more"]


@pytest.mark.parametrize("key", ["a", '"a.[b"', "'a'"])
@pytest.mark.parametrize(
    ("levels", "is_read"), [(MOST_LEVELS, True), (MOST_LEVELS + 1, False)], ids=["at the bound", "over the bound"]
)
def test_levels_are_bounded_before_a_file_is_parsed(key: str, levels: int, *, is_read: bool) -> None:
    """Steps of a key, tables in a header and arrays: each is read up to the bound, and refused beyond it."""
    steps = ".".join([key] * levels)
    for text in (f"{steps} = 1", f"[{steps}]", f"a = {'[' * levels}'[' {']' * levels} # [[["):
        if is_read:
            strict_toml.parse(text, ORIGIN)
        else:
            with pytest.raises(ConfigError, match="nested too deeply"):
                strict_toml.parse(text, ORIGIN)


def test_keys_are_bounded_before_a_file_is_parsed() -> None:
    """A file of more keys than any configuration has is the wrong file."""
    with pytest.raises(ConfigError, match="more than 1,000,000 keys"):
        strict_toml.parse("a=1\n" * (MOST_KEYS + 1), ORIGIN)
