"""The endpoint of DDM in a region. Reads no file but the SDK's `regions.yaml`.

Whatever another tool says of a region comes before drift's own table, so that no key goes to another cloud: the cloud
that Terraform's `HW_CLOUD` names, the variable with which Huawei's SDK replaces an endpoint, and its `regions.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.cloud import endpoints
from drift.config import regions_file
from drift.config.resolve import Place, Search, Setting
from drift.config.settings_table import SETTINGS
from drift.core import validators

if TYPE_CHECKING:
    from collections.abc import Mapping


def endpoint(search: Search, region: Setting[str], environ: Mapping[str, str]) -> Setting[str] | None:
    """Find the endpoint of a region; None, with a problem noted, where nothing gives one.

    Raises UsageError for a `regions.yaml` that cannot be read.
    """
    cloud = search.find("cloud")
    if cloud is not None:
        return Setting(f"https://ddm.{region.value}.{cloud.value}", f"{cloud.source}, with {region.source}")
    variable = endpoints.override(region.value)
    if replaced := environ.get(variable, "").partition(",")[0].strip():
        return _checked(search, replaced, variable)
    if found := regions_file.endpoint(region.value, environ, search.path):
        return _checked(search, *found)
    if region.value in endpoints.ENDPOINTS:
        return Setting(endpoints.ENDPOINTS[region.value], f"{region.source}{BY_TABLE}")
    known = list(endpoints.ENDPOINTS)
    advice = validators.suggestion(region.value, known) or f": {validators.listed(known)}"
    search.problem(
        region.source,
        f"expected a region that drift knows{advice}, or {SETTINGS['endpoint'].flag} with the URL of its DDM",
    )
    return None


BY_TABLE = ", by its region"
"""The end of the source of an endpoint that is from drift's own table."""


def _checked(search: Search, text: str, source: str) -> Setting[str] | None:
    """Check an endpoint, which needs no scheme: the SDK adds https."""
    given = Setting[object](validators.with_scheme(text), source)
    return search.among([Place(search.places[0].family, {"endpoint": given})]).find("endpoint")
