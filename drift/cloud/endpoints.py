"""The endpoints of DDM by region, and the form of an endpoint. Pure.

Sources: `DdmRegion` of Huawei's SDK (`huaweicloudsdkddm` 3.1.219) and its table of STS (`huaweicloudsdkcore` 3.1.219,
auth/endpoint.py); the DDM API reference of Open Telekom Cloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from drift.core import validators
from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HUAWEI: Final = (
    "ae-ad-1",
    "ap-southeast-1",
    "ap-southeast-3",
    "cn-east-2",
    "cn-east-3",
    "cn-north-1",
    "cn-north-4",
    "cn-north-9",
    "cn-south-1",
    "cn-south-2",
    "cn-southwest-2",
    "la-north-2",
    "la-south-2",
    "my-kualalumpur-1",
    "ru-moscow-1",
    "sa-brazil-1",
)
ENDPOINTS: Final[Mapping[str, str]] = {
    **{region: f"https://ddm.{region}.myhuaweicloud.com" for region in _HUAWEI},
    "eu-west-101": "https://ddm.eu-west-101.myhuaweicloud.eu",
    "eu-de": "https://ddm.eu-de.otc.t-systems.com",
}

_HUAWEI_CLOUD: Final = ".myhuaweicloud.com"
_OF_HUAWEI_CLOUD: Final = (_HUAWEI_CLOUD, ".myhuaweicloud.eu")
_WITHOUT_STS: Final = (".myhuaweicloud.eu", ".otc.t-systems.com")  # neither the SDK nor a document knows one there
_STS_REGIONS: Final = (
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "cn-east-3",
    "cn-north-4",
    "cn-south-1",
    "cn-southwest-2",
    "la-south-2",
    "sa-brazil-1",
    "tr-west-1",
)
_ANY_STS: Final = "cn-north-4"  # the SDK's own; "any regional STS will do"


def beside(endpoint: str, service: str) -> str | None:
    """Derive a service's endpoint from one of DDM: its name, such as `iam`, for `ddm`. None where that is no help.

    STS is not in every region of Huawei Cloud; the SDK asks another one of the same cloud then.
    """
    scheme, _, host = endpoint.partition("://")
    if not host.startswith("ddm."):
        return None
    domain = host.removeprefix("ddm.")
    if service == "sts" and domain.endswith(_WITHOUT_STS):
        return None
    region = domain.removesuffix(_HUAWEI_CLOUD)
    if service == "sts" and region != domain and region not in _STS_REGIONS:
        domain = f"{_ANY_STS}{_HUAWEI_CLOUD}"
    return f"{scheme}://{service}.{domain}"


def is_of_cloud(endpoint: str, other: str) -> bool:
    """Return whether two endpoints may be of one cloud: the domains of Huawei Cloud are one, any other is its own."""
    return _cloud(endpoint) == _cloud(other)


def _cloud(endpoint: str) -> str:
    """Return the end of a host that its cloud owns."""
    host = authority(endpoint).partition(":")[0]
    return "myhuaweicloud" if host.endswith(_OF_HUAWEI_CLOUD) else ".".join(host.split(".")[-2:])


def base_url(text: str, check: Callable[[object], str], name: str, *, allow_plain_http: bool) -> str:
    """Bring an endpoint into the form that `check` returns. `name` is its name in errors.

    Raises UsageError for an invalid endpoint, and for plain http beyond loopback unless it is allowed.
    """
    try:
        url = check(text)
    except ValueError as exc:
        raise UsageError(f"{name}: {exc}") from exc
    if validators.is_exposed(url) and not allow_plain_http:
        raise UsageError(
            f"{name} {url} is plain http: the credentials would travel unencrypted",
            hint="Use https://; plain http is for loopback, or where it is allowed explicitly.",
        )
    return url


def authority(url: str) -> str:
    """Return the `host[:port]` of a URL, the only part that messages show. Empty where it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def override(region: str) -> str:
    """Name the variable with which Huawei's SDK replaces the DDM endpoint of a region: `ENDPOINT[,ENDPOINT2]`."""
    return f"HUAWEICLOUD_SDK_REGION_DDM_{region.replace('-', '_').upper()}"
