from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.config import file as config_file
from drift.config.definition import Provider
from drift.config.file import Config
from drift.config.resolve import Setting, explicit_config, resolve
from drift.config.settings_table import SETTINGS
from drift.core.errors import UsageError
from drift.core.secret import Secret
from drift.policy.rules import Severity

FILE = config_file.parse('store = "file.db"\nfail_on = "error"\ntimeout = 7\nkeep_raw = true\n', Path("etc/drift.toml"))

WORDS = {
    "store": ["a.db", "0"],
    "fail_on": ["info", "ERROR"],
    "timeout": ["5", "0.5"],
    "keep_raw": ["true", "off"],
}


def a_choice(*empty: str | None) -> st.SearchStrategy[dict[str, str | None]]:
    return st.fixed_dictionaries(
        {}, optional={name: st.sampled_from([*empty, *words]) for name, words in WORDS.items()}
    )


@given(a_choice(None, ""), a_choice("", "  "), st.sampled_from([FILE, Config()]))
def test_the_first_place_that_gives_a_setting_holds(
    flags: dict[str, str | None], variables: dict[str, str], file: Config
) -> None:
    """Flag, then variable, then file, then default: each setting is from the first of them that isn't empty."""
    found = resolve(flags, {SETTINGS[setting].variable: word for setting, word in variables.items()}, file)
    for setting in WORDS:
        if flags.get(setting):
            expected = SETTINGS[setting].flag
        elif variables.get(setting, "").strip():
            expected = SETTINGS[setting].variable
        else:
            expected = "drift.toml" if file is FILE else "default"
        assert getattr(found, setting).source == expected


def test_each_place_wins_over_the_next() -> None:
    """One setting through the whole order."""
    assert resolve({}, {}, Config()).store == Setting(Path("snapshots/drift.db"), "default")
    assert resolve({}, {}, FILE).store == Setting(Path("etc/file.db"), "drift.toml")
    environ = {"DRIFT_STORE": "variable.db"}
    assert resolve({}, environ, FILE).store == Setting(Path("variable.db"), "DRIFT_STORE")
    assert resolve({"store": "flag.db"}, environ, FILE).store == Setting(Path("flag.db"), "--store")


def test_a_file_without_a_store_keeps_the_default_beside_it() -> None:
    """The default store of a project is in the project, wherever in it drift is started."""
    file = config_file.parse("", Path("project/drift.toml"))
    assert resolve({}, {}, file).store == Setting(Path("project/snapshots/drift.db"), "default")


def test_values_have_their_types() -> None:
    """Words of the environment become what the settings are."""
    environ = {"DRIFT_FAIL_ON": "ERROR", "DRIFT_TIMEOUT": "2.5", "DRIFT_KEEP_RAW": "Yes", "DRIFT_STORE": "~/a/b.db"}
    found = resolve({}, {**environ, "HOME": "/home/ana"}, Config())
    assert found.fail_on.value is Severity.ERROR
    assert found.timeout.value == 2.5
    assert found.keep_raw.value is True
    assert found.store.value == Path("/home/ana/a/b.db")


@pytest.mark.parametrize("home", [{"HOME": "/home/ana"}, {"USERPROFILE": "/home/ana"}])
def test_a_home_is_found_in_the_environment(home: dict[str, str]) -> None:
    """A leading ~ of drift.toml is the user's home, on each system."""
    file = config_file.parse('store = "~/drift.db"', Path("etc/drift.toml"))
    assert resolve({}, home, file).store.value == Path("/home/ana/drift.db")


@pytest.mark.parametrize(
    ("flags", "environ", "problem"),
    [
        ({"timeout": 0}, {}, "--timeout: expected a number of seconds"),
        ({}, {"DRIFT_TIMEOUT": "soon"}, "DRIFT_TIMEOUT: expected a number of seconds"),
        ({}, {"DRIFT_TIMEOUT": "inf"}, "DRIFT_TIMEOUT: expected a number of seconds"),
        ({}, {"DRIFT_FAIL_ON": "waning"}, "DRIFT_FAIL_ON: expected info, warning or error (did you mean warning?)"),
        ({}, {"DRIFT_KEEP_RAW": "2"}, "DRIFT_KEEP_RAW: expected true or false"),
        ({"fail_on": "never"}, {"DRIFT_FAIL_ON": "x"}, "--fail-on: expected info"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(flags: dict[str, Any], environ: dict[str, str], problem: str) -> None:
    """The flag or variable that is wrong is named, with what was expected."""
    with pytest.raises(UsageError) as caught:
        resolve(flags, environ, Config())
    assert caught.value.message.startswith(problem)
    assert len(caught.value.message.splitlines()) == 1


def test_all_wrong_values_are_told_at_once() -> None:
    """One run shows every setting that is wrong."""
    with pytest.raises(UsageError) as caught:
        resolve({"fail_on": "x"}, {"DRIFT_TIMEOUT": "y", "DRIFT_KEEP_RAW": "z"}, Config())
    assert [line.split(":")[0] for line in caught.value.message.splitlines()] == [
        "--fail-on", "DRIFT_TIMEOUT", "DRIFT_KEEP_RAW",
    ]  # fmt: skip


def test_a_variable_that_nothing_uses_is_not_checked() -> None:
    """What a better place covers, and what only a capture needs, can't stop anything else."""
    environ = {"DRIFT_TIMEOUT": "soon", "DRIFT_ENDPOINT": "nonsense", "OS_AUTH_URL": "nonsense"}
    assert resolve({"timeout": "5"}, environ, Config()).timeout.value == 5


@pytest.mark.parametrize(
    ("variable", "notes"),
    [
        ("DRIFT_ENDPIONT", ("DRIFT_ENDPIONT is not read; did you mean DRIFT_ENDPOINT?",)),
        ("DRIFT_TOKEN_FLIE", ("DRIFT_TOKEN_FLIE is not read; did you mean DRIFT_TOKEN_FILE?",)),
        ("DRIFT_PASWORD", ("DRIFT_PASWORD is not read; did you mean DRIFT_PASSWORD?",)),
        ("DRIFT_KINGS", ()),
        ("DRIFT_", ()),
        ("DRIFT_TOKEN", ()),
        ("MY_DRIFT_TOKENS", ()),
    ],
)
def test_a_slip_in_a_variable_is_noted(variable: str, notes: tuple[str, ...]) -> None:
    """A variable that is nearly drift's gets a note, without its value; a stranger's gets none."""
    assert resolve({}, {variable: "hush"}, Config()).notes == notes


def test_the_configuration_that_was_asked_for_is_known() -> None:
    """--config wins over DRIFT_CONFIG; without either nothing was asked for."""
    environ = {"DRIFT_CONFIG": "~/variable.toml", "HOME": "/home/ana"}
    assert explicit_config({"config": "flag.toml"}, environ) == Setting(Path("flag.toml"), "--config")
    assert explicit_config({}, environ) == Setting(Path("/home/ana/variable.toml"), "DRIFT_CONFIG")
    assert explicit_config({"config": None}, {"DRIFT_CONFIG": ""}) is None


def test_no_variable_gives_two_settings() -> None:
    """The table of names is unambiguous, and no secret has a flag."""
    given = [variable for name in SETTINGS.values() for family in Provider for variable in name.variables(family)]
    assert len(given) == len(set(given))
    secrets = {name.name for name in SETTINGS.values() if name.is_secret}
    assert secrets == {"token", "id_token", "secret_key", "security_token", "password", "verify_password"}
    assert not any(SETTINGS[setting].flag for setting in secrets)


@given(st.text())
def test_a_secret_is_shown_by_nothing_but_reveal(text: str) -> None:
    """However a secret is turned into text, the text doesn't depend on it."""
    secret = Secret(text)
    assert (str(secret), f"{secret}") == ("***", "***")
    assert repr([secret]) == "[Secret(***)]"
    assert secret.reveal() == text
    assert secret == Secret(text)
    assert secret != text
    with pytest.raises(TypeError):
        pickle.dumps(secret)
