"""The endpoints of DDM: which of them may be of one cloud, and so may be sent the same secret."""

from __future__ import annotations

import pytest

from drift.cloud.endpoints import ENDPOINTS, is_of_cloud


@pytest.mark.parametrize(
    ("endpoint", "iam", "expected"),
    [
        *((ENDPOINTS[region], ENDPOINTS[region].replace("ddm.", "iam."), True) for region in ENDPOINTS),
        (ENDPOINTS["cn-north-4"], "https://iam.eu-west-101.myhuaweicloud.eu:443", True),
        (ENDPOINTS["cn-north-4"], "https://iam.myhuaweicloud.evil.com", False),
        (ENDPOINTS["cn-north-4"], "https://iam.myhuaweicloud.com.evil.com", False),
        (ENDPOINTS["cn-north-4"], "https://iam.notmyhuaweicloud.com", False),
        (ENDPOINTS["cn-north-4"], ENDPOINTS["eu-de"], False),
        ("https://ddm.example.com", "https://iam.example.com", True),
        ("https://ddm.example.com", ENDPOINTS["cn-north-4"], False),
    ],
)
def test_only_the_domains_of_huawei_cloud_are_one(endpoint: str, iam: str, *, expected: bool) -> None:
    """A host is of Huawei Cloud by the end of its name alone; one that has those words elsewhere is a stranger's."""
    assert is_of_cloud(endpoint, iam) == is_of_cloud(iam, endpoint) == expected
