"""The regions that have DDM, and where it answers there. Pure.

Sources: `DdmRegion` of Huawei's SDK (`huaweicloudsdkddm` 3.1.219); the DDM API reference of Open Telekom Cloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def override(region: str) -> str:
    """The variable by which Huawei's SDK takes another DDM endpoint for a region: `ENDPOINT[,ENDPOINT2]`."""
    return f"HUAWEICLOUD_SDK_REGION_DDM_{region.replace('-', '_').upper()}"
