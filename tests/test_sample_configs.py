from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drift.cloud.credentials import PasswordCredentials, TokenCredentials
from drift.config import file as config_file
from drift.config.connection import connection
from drift.config.target import resolve_target
from drift.core.errors import DriftError
from drift.policy.plan import file as plan_file
from support.paths import SAMPLE_CONFIGS

if TYPE_CHECKING:
    from pathlib import Path

OS_USER = {"OS_USERNAME": "ana", "OS_PASSWORD": "os-secret", "OS_AUTH_URL": "https://iam.example.com/v3"}
IAM = {
    "fleet.toml": "https://iam.ap-southeast-1.myhuaweicloud.com",
    "otc.toml": "https://iam.eu-de.otc.t-systems.com",
    "rehearsal.toml": "http://127.0.0.1:8080",
}

# Each sample, with the environment that its first lines ask for and the number of its instances.
SAMPLES = [
    ("minimal.toml", {"DRIFT_TOKEN": "MIIab"}, 1),
    ("fleet.toml", {"DRIFT_PASSWORD": "p"}, 4),
    ("strict-gate.toml", {"DRIFT_TOKEN": "MIIab"}, 1),
    ("otc.toml", OS_USER, 2),
    ("corporate-network.toml", {"DRIFT_TOKEN": "MIIab"}, 1),
    ("odd-layout.toml", {"DRIFT_TOKEN": "MIIab"}, 1),
    ("rehearsal.toml", {"DRIFT_PASSWORD": "p"}, 1),
    ("access-key.toml", {"DRIFT_SECRET_KEY": "sk"}, 2),
    ("waivers.toml", {"DRIFT_TOKEN": "MIIab"}, 1),
    ("watch.toml", {"DRIFT_TOKEN": "MIIab"}, 2),
    ("pipeline-oidc.toml", {"DRIFT_ID_TOKEN": "eyJ.a.b"}, 1),
]


def test_every_sample_is_tested() -> None:
    """A configuration that is added to the folder is added here too."""
    assert sorted(path.name for path in SAMPLE_CONFIGS.glob("*.toml")) == sorted(name for name, _, _ in SAMPLES)


@pytest.mark.parametrize(("name", "environ", "count"), SAMPLES)
def test_a_sample_leads_to_all_its_instances(name: str, environ: dict[str, str], count: int) -> None:
    """Each sample loads, and with the environment that it asks for every instance in it can be captured."""
    loaded = config_file.load(SAMPLE_CONFIGS / name)
    targets = [
        resolve_target(connection({}, environ, loaded, instance), loaded.timeout) for instance in loaded.instances
    ]
    assert len({target.instance_id for target in targets}) == count
    for target in targets[:1]:
        match target.credentials:
            case PasswordCredentials():
                assert target.credentials.iam_endpoint == IAM[name]
            case TokenCredentials():
                assert name not in IAM


@pytest.mark.parametrize(("name", "_environ", "_count"), SAMPLES)
def test_no_sample_holds_a_secret(name: str, _environ: dict[str, str], _count: int) -> None:
    """Without the environment a sample gets nobody in."""
    loaded = config_file.load(SAMPLE_CONFIGS / name)
    first = next(iter(loaded.instances))
    with pytest.raises(DriftError):
        resolve_target(connection({}, {}, loaded, first), loaded.timeout)


def test_the_sample_with_waivers_has_each_kind() -> None:
    """Waivers by selectors, for one instance, and by fingerprint are shown, and none of them is too wide."""
    waivers = config_file.load(SAMPLE_CONFIGS / "waivers.toml").waivers
    assert [bool(waiver.fingerprint) for waiver in waivers] == [False, False, True]
    assert [waiver.instance for waiver in waivers] == [None, "orders-prod", None]


@pytest.mark.parametrize("path", sorted(SAMPLE_CONFIGS.glob("plans/*.toml")), ids=lambda path: path.name)
def test_a_sample_plan_is_a_plan(path: Path) -> None:
    """Each sample of a plan is read without a problem."""
    found = plan_file.parse(path.read_text(), path)
    assert found.change
    assert found.items
