"""The endpoints that Huawei's SDK takes from its `regions.yaml`. Reads that file, no other."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drift.core.bounded_files import read_text
from drift.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NAMED_BY: Final = "HUAWEICLOUD_SDK_REGIONS_FILE"
_DEFAULT: Final = Path("~/.huaweicloud/regions.yaml")
_SERVICE: Final = "DDM"
_FORM: Final = "expected `DDM:` with a list of `- id: REGION` and `endpoint: URL`, as Huawei's SDK reads it"


def endpoint(region: str, environ: Mapping[str, str], path: Callable[[object], Path]) -> tuple[str, str] | None:
    """Return the DDM endpoint that the file gives a region, and the file; None where it gives none.

    `path` knows the user's home. Raises UsageError where the file is there and nothing can read it, and ConfigError for
    a file that is wrong.
    """
    given = environ.get(NAMED_BY, "").strip()
    file = path(given or _DEFAULT)
    if not given and not file.is_file():
        return None
    found = dict(_endpoints(_parsed(file), file))
    return (found[region], str(file)) if region in found else None


def _parsed(file: Path) -> Any:  # noqa: ANN401 - any YAML value
    text = read_text(file, hint=f"{NAMED_BY} names it; `endpoint` in drift.toml comes first.")
    try:
        library = import_module("yaml")
    except ImportError as exc:
        raise UsageError(
            f"{file}: it may give the region another endpoint, and takes PyYAML to read",
            hint="`pip install 'ddm-drift[huaweicloud]'` adds it; or give the endpoint itself: --endpoint.",
        ) from exc
    try:
        return library.safe_load(text)
    except (library.YAMLError, ValueError, RecursionError) as exc:
        raise ConfigError(f"{file}: {_FORM}") from exc


def _endpoints(document: Any, file: Path) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any YAML value
    """Yield each region of the file with the first of its endpoints."""
    if document is None:
        return
    if not isinstance(document, dict):
        raise ConfigError(f"{file}: {_FORM}")
    for service, regions in document.items():
        if str(service).upper() == _SERVICE:
            if not isinstance(regions, list) or not all(isinstance(each, dict) for each in regions):
                raise ConfigError(f"{file}: {_FORM}")
            yield from ((str(each["id"]), first) for each in regions if each.get("id") and (first := _first(each)))


def _first(region: dict[str, Any]) -> str:
    """Return the first endpoint of a region: those of `endpoints` come before `endpoint`."""
    several = region.get("endpoints")
    return str((several[0] if isinstance(several, list) and several else region.get("endpoint")) or "").strip()
