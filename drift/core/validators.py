"""Checks for the value of one setting. Pure. They know neither the setting's name nor its source.

Each check takes a value from TOML or the environment and returns it in its one form, or raises ValueError that says
what was expected. No message repeats a value, because a secret in the wrong place is still a secret; the two that
suggest a correction repeat a host name or a known word.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from drift.core.sources import SELECTABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Language: TypeAlias = Literal["en", "zh"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
LONGEST_TIMEOUT: Final = 86_400
MOST_PARALLEL: Final = 256
MOST_LISTED: Final = 40

_RESERVED_NAMES: Final = ("latest", "live")
_HOST: Final = r"(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
# Compiled on first use: most commands check no URL, and all of them load this.
_URL: Final = rf"(?i)(https?)://({_HOST})/?"
_ORIGIN: Final = r"(?i)https?://[^/?]*"
_BARE_HOST: Final = rf"(?i)(?=[^/]*\.){_HOST}"
_IAM_PATH: Final = r"(?<=[^/])/v3(?:/auth/tokens)?/?\Z"
_LOOPBACK: Final = r"http://(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?"
_TRADITIONAL: Final = frozenset({"tw", "hk", "mo", "hant"})
_HIGHEST_PORT: Final = 65_535
_LOWEST_RATE, _HIGHEST_RATE = 0.01, 10_000
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
_LARGEST_RATIO: Final = 1_000_000


def text(value: object) -> str:
    """Check words on one line."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("expected words on one line, in quotes")
    return value


def age(value: object) -> timedelta:
    """Check an age: a number of hours, days or weeks."""
    match = re.fullmatch(r"([0-9]{1,4})([hdw])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a number with h, d or w, such as 90d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def path(value: object) -> Path:
    """Check the path of a file, and keep it as written."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("expected the path of a file")
    return Path(value)


def path_for(environ: Mapping[str, str]) -> Callable[[object], Path]:
    """Build a check for paths that replaces a leading ~ by the user's home."""
    home = environ.get("HOME") or environ.get("USERPROFILE")

    def from_home(value: object) -> Path:
        written = path(value)
        return Path(home, *written.parts[1:]) if home and written.parts[:1] == ("~",) else written

    return from_home


def identifier(value: object) -> str:
    """Check an id of the cloud's, such as 1f5c9fd6cd984056ba89c8c87cc03278in09; it may start with a digit."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-Za-z_-]+", value):
        raise ValueError("expected an id: letters, digits, - and _")
    return value


def instance_name(value: object) -> str:
    """Check drift's own name for an instance: it must not read as another part of a NAME:REF reference."""
    if not isinstance(value, str) or not re.fullmatch(r"\w[\w.-]*", value):
        raise ValueError("expected a name of letters, digits, ., - and _, which starts with a letter, a digit or _")
    if value.isdigit() or value in _RESERVED_NAMES or value.endswith((".json", ".json.gz")):
        raise ValueError("expected a name that can't be read as a snapshot: not a number, latest, live or a .json file")
    return value


def endpoint(value: object) -> str:
    """Check the URL of a service, without a path. `is_exposed` answers whether it is safe to use."""
    if not isinstance(value, str):
        raise ValueError("expected a URL, in quotes")  # noqa: TRY004 - callers collect ValueError, whatever is wrong
    match = re.fullmatch(_URL, value)
    if match is None:
        raise ValueError(_url_problem(value))
    host = match[2].lower()
    port = re.search(r":([0-9]+)$", host)
    if port is not None and not 0 < int(port[1]) <= _HIGHEST_PORT:
        raise ValueError(f"expected a port from 1 to {_HIGHEST_PORT}")
    if not _is_host(host.removesuffix(port[0] if port else "")):
        raise ValueError(
            "expected a host that can exist: a name whose labels have 1 to 63 characters, or an IP address"
        )
    return f"{match[1].lower()}://{host}"


def domain(value: object) -> str:
    """Check a domain, such as myhuaweicloud.com: a host without a scheme, a port or a path."""
    if not isinstance(value, str) or "." not in value or not re.fullmatch(r"(?i)[a-z0-9][a-z0-9.-]*[a-z0-9]", value):
        raise ValueError("expected a domain, such as myhuaweicloud.com")
    return endpoint(f"https://{value}").removeprefix("https://")


def with_scheme(text: str) -> str:
    """Put https:// before a host that has no scheme."""
    return f"https://{text}" if re.fullmatch(_BARE_HOST, text) else text


def _is_host(host: str) -> bool:
    from ipaddress import IPv4Address, IPv6Address

    try:
        if host.startswith("["):
            return bool(IPv6Address(host[1:-1]))
        if host.replace(".", "").isdigit():
            return bool(IPv4Address(host))
        foreign = [label[4:].encode().decode("punycode") for label in host.split(".") if label.startswith("xn--")]
        return bool(host.encode("idna")) and all(map(str.isprintable, foreign))
    except (ValueError, UnicodeError):
        return False


def iam_endpoint(value: object) -> str:
    """Check the URL of IAM, and drop the path `/v3` that other tools expect there."""
    return endpoint(re.sub(_IAM_PATH, "", value) if isinstance(value, str) else value)


def proxy(value: object) -> str:
    """Check the URL of a proxy. A URL with a password is a secret, so only the variable HTTPS_PROXY may hold one."""
    try:
        return endpoint(value)
    except ValueError:
        raise ValueError(
            "expected the URL of a proxy, such as http://proxy.example:3128; one that needs a password goes into "
            "the variable HTTPS_PROXY"
        ) from None


def page(value: object) -> str:
    """Check the URL of a page: an endpoint with a path and, where needed, a query."""
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value) or "#" in value:
        raise ValueError("expected a URL, such as https://hooks.example.com/drift")
    origin = re.match(_ORIGIN, value)
    endpoint(origin[0] if origin else value)
    return value


def host_of(url: str) -> str:
    """Return the endpoint of a page, in the form that `endpoint` gives."""
    origin = re.match(_ORIGIN, url)
    return endpoint(origin[0]) if origin else url


def _url_problem(value: str) -> str:
    if "@" in value:
        return "expected a URL without a user name or a password in it"
    if re.fullmatch(_BARE_HOST, value):
        return f"expected a URL with its scheme: https://{value}"
    if re.match(_URL, value):
        return "expected a URL without a path or a query: only the scheme, the host and, where needed, the port"
    return "expected an https URL, such as https://ddm.eu-de.otc.t-systems.com"


def is_exposed(url: str) -> bool:
    """Return whether others can read the traffic to this URL, which is in the form that `endpoint` gives."""
    return url.startswith("http:") and not is_loopback(url)


def is_loopback(url: str) -> bool:
    """Return whether this URL, which is in the form that `endpoint` gives, is plain HTTP to this machine."""
    return re.fullmatch(_LOOPBACK, url) is not None


def region(value: object) -> str:
    """Check the form of a region's id. Only a lookup of its endpoint needs the region to be a known one."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-Za-z_-]+", value):
        raise ValueError("expected the id of a region, such as eu-de or cn-north-4")
    return value


def token(value: object) -> str:
    """Check a token from IAM: it goes into a header, so it must not contain a character that ends one."""
    return _header_word(value, "a token")


def secret_key(value: object) -> str:
    """Check the secret half of an access key."""
    return _header_word(value, "a secret key")


def _header_word(value: object, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value):
        raise ValueError(f"expected {what}: one line of ASCII characters without spaces")
    return value


def source(value: object) -> str:
    """Check the source of a capture: which of the service's calls it reads."""
    if value not in SELECTABLE:
        raise ValueError(f"expected {listed(SELECTABLE)}{suggestion(value, SELECTABLE)}")
    return str(value)


def password(value: object) -> str:
    """Check a password: any one line."""
    if not isinstance(value, str) or not re.fullmatch(r"[^\0\r\n]+", value):
        raise ValueError("expected a password: one line")
    if not _is_utf8(value):
        raise ValueError("expected a password in UTF-8 or ASCII")
    return value


def _is_utf8(value: str) -> bool:
    """Return whether a text from the environment was UTF-8: Python keeps other bytes as halves of surrogate pairs."""
    return not re.search("[\ud800-\udfff]", value)


def seconds(value: object) -> float:
    """Check a number of seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST_TIMEOUT:
        return float(value)
    raise ValueError(f"expected a number of seconds, above 0 and at most {LONGEST_TIMEOUT}")


def parallelism(value: object) -> int:
    """Check the number of instances to work on in parallel."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_PARALLEL:
        return value
    raise ValueError(f"expected a whole number from 1 to {MOST_PARALLEL}")


def rate(value: object) -> float:
    """Check a rate of calls per second."""
    if isinstance(value, int | float) and not isinstance(value, bool) and _LOWEST_RATE <= value <= _HIGHEST_RATE:
        return float(value)
    raise ValueError(f"expected calls per second, from {_LOWEST_RATE} to {_HIGHEST_RATE}")


def ratio(value: object) -> float:
    """Check a ratio of at least 1."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= _LARGEST_RATIO:
        return float(value)
    raise ValueError("expected a number of at least 1, such as 1.5")


def positive(value: object) -> int:
    """Check a whole number above 0."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise ValueError("expected a whole number above 0")
    return value


def count(value: object) -> int:
    """Check a whole number above 0; a variable holds it as digits."""
    return positive(int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) else value)


def switch(value: object) -> bool:
    """Check true or false."""
    if not isinstance(value, bool):
        raise ValueError("expected true or false")  # noqa: TRY004 - callers collect ValueError, whatever is wrong
    return value


def language(value: object) -> Language:
    """Check the language of reports: `en` or `zh`, or the name of a locale, `zh-CN` or `zh_CN.UTF-8`."""
    words = re.split(r"[-_.]", value.lower()) if isinstance(value, str) else []
    known = next((each for each in LANGUAGES if words[:1] == [each]), None)
    if known is None or _TRADITIONAL & {*words}:
        raise ValueError(f"expected {listed(LANGUAGES)}, which is Simplified Chinese")
    return known


def one_of(*words: str) -> Callable[[object], str]:
    """Build a check for one of these words."""

    def chosen(value: object) -> str:
        if not isinstance(value, str) or value.lower() not in words:
            raise ValueError(f"expected {listed(words)}{suggestion(value, words)}")
        return value.lower()

    return chosen


def listed(words: Sequence[str], joint: str = "or") -> str:
    """List words for a sentence: a, b or c. Of a long list, show the first ones and the number of the others."""
    if len(words) > MOST_LISTED:
        words = [*words[: MOST_LISTED // 2], f"{len(words) - MOST_LISTED // 2:,} more"]
    return f" {joint} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def suggestion(word: object, known: Iterable[str]) -> str:
    """Build the end of a message about an unknown word: the closest known word, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(str(word).lower(), list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
