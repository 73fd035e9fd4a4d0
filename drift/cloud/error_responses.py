"""Error responses of the cloud to errors whose messages are safe to show. Pure.

Text of a response is untrusted: it is shown bounded, without control characters, and without the secrets that a service
may echo. It is compared as it came.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from drift.cloud.endpoints import authority
from drift.cloud.retry import CallLimit
from drift.core.errors import ApiError, CaptureError, SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import httpx

_SHOWN: Final = 300
_EXAMINED: Final = 4000
_BODY_EXAMINED: Final = 1 << 18
_ECHO: Final = 12  # characters of a secret in a row that count as an echo of it

# The members that carry each fact, over the documented shapes: Huawei v3, v1 and OTC, the gateway, Keystone, the SDK.
_CODE: Final = ("error_code", "errCode", "errorCode", "code")
_MESSAGE: Final = ("error_msg", "externalMessage", "errorMsg", "error_message", "message")
_REQUEST_ID: Final = ("request_id", "requestId", "RequestId")

_BUSY_CODES: Final = frozenset({"DBS.200019", "DBS.212033"})
_SIGN_IN_CODES: Final = frozenset({"APIGW.0301", "APIG.0301"})

_SIGN_IN_HINT: Final = (
    "The token may have expired, or belong to another region or project. Get a new one and check the endpoint."
)
_SIGNED_HINT: Final = (
    "Check the access key and its secret key, that they are of the endpoint's cloud, and this machine's clock: "
    "15 minutes off is too much. A few more refusals lock the key for some minutes."
)
_FORBIDDEN_HINT: Final = (
    "Either the project id is another one than the user's (--project-id, DRIFT_PROJECT_ID), or the user has no "
    "permission to read DDM instances in it."
)
_INSTANCE_HINT: Final = "Check the instance id and the project id, and that the endpoint is that of their region."
_THROTTLED_HINT: Final = (
    "The cloud limits calls per user and address: go slower with --rate, or give more time with --timeout."
)
_LIMITED_HINT: Final = (
    "The cloud limits calls per user and address, here to {calls:,} in {seconds:g} s: `--rate {rate:.2g}` keeps to "
    "that where nobody else calls; --timeout gives more time."
)
_BUSY_HINT: Final = "Another operation is running on the instance: capture again when it has finished."
_HINTS: Final = {
    "APIGW.0301": _SIGN_IN_HINT,
    "APIG.0301": _SIGN_IN_HINT,
    "APIGW.0308": _THROTTLED_HINT,
    "APIG.0308": _THROTTLED_HINT,
    "APIGW.0101": "The endpoint has no such API: check that it is the DDM endpoint of the region.",
    "DBS.200002": _INSTANCE_HINT,
    "DBS.200010": _FORBIDDEN_HINT,
    "DBS.200019": _BUSY_HINT,
    "DBS.212033": _BUSY_HINT,
    "DBS.280001": _INSTANCE_HINT,
    "DBS.300358": "A finished migration still has its source data: clear it in the DDM console, then capture again.",
}
_STATUS_HINTS: Final = {
    401: _SIGN_IN_HINT,
    403: _FORBIDDEN_HINT,
    404: _INSTANCE_HINT,
    409: _BUSY_HINT,
    429: _THROTTLED_HINT,
}
_IAM_HINTS: Final = {
    401: "Check the user name, the password and the domain. IAM refuses accounts: it needs an IAM user.",
    403: "The user may not sign in with a password, or not to this project.",
    404: "Check the IAM endpoint and the project.",
}
_LIMIT: Final = re.compile(
    r"limit\s*:\s*([0-9]{1,9})\s*,\s*time\s*:\s*([0-9]{1,6})\s*(second|minute|hour)", re.IGNORECASE
)
_UNITS: Final = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_LONGEST_LIMIT: Final = 3600.0  # nobody waits longer for the turn of a call
_METADATA_HOST: Final = "169.254.169.254"
_AGENCY_HINT: Final = "ecs-agency needs an ECS that an agency is assigned to; sign in another way elsewhere."
_EXCHANGE_HINTS: Final = {
    401: "Check that the id token is fresh and made for this identity provider, and that the provider trusts it.",
    403: "The identity provider or the agency does not accept this id token: check its rules.",
    404: "Check the endpoint, the identity provider and the agency. An ECS needs an agency to be its own user.",
}


class ErrorBody(msgspec.Struct, frozen=True):
    """The service's code, its message and the request's id, as received; None for each that is missing."""

    code: str | None
    message: str | None
    request_id: str | None

    def shown(self, conceal: Callable[[str], str]) -> ErrorBody:
        """Make each part safe to show."""
        parts = (self.code, self.message, self.request_id)
        return ErrorBody(*(None if part is None else shown(part, conceal) for part in parts))


def error_body(response: httpx.Response) -> ErrorBody:
    """Read the body of an error in any documented shape, and the `X-Request-Id` header."""
    members = list(_objects(_json(response.content[:_BODY_EXAMINED])))
    code, message, request_id = (_find(members, names) for names in (_CODE, _MESSAGE, _REQUEST_ID))
    return ErrorBody(
        None if code == str(response.status_code) else code,
        message,
        response.headers.get("X-Request-Id") or request_id,
    )


def refusal(response: httpx.Response, conceal: Callable[[str], str]) -> CaptureError:
    """Build the error for a response of DDM other than success: SignInError for 401, else ApiError."""
    body = error_body(response)
    hint = _HINTS.get(body.code or "") or _STATUS_HINTS.get(response.status_code) or _other_hint(response)
    if limit := call_limit(response):
        hint = _LIMITED_HINT.format(calls=limit.calls, seconds=limit.seconds, rate=limit.rate)
    sentence = _sentence(response, conceal)
    if response.status_code == 401 or body.code in _SIGN_IN_CODES:  # noqa: PLR2004 - an HTTP status
        is_signed = "Authorization" in response.request.headers
        return SignInError(sentence, hint=_SIGNED_HINT if is_signed else hint)
    safe = body.shown(conceal)
    return ApiError(sentence, status=response.status_code, code=safe.code, request_id=safe.request_id, hint=hint)


def sign_in_refusal(response: httpx.Response, conceal: Callable[[str], str]) -> SignInError:
    """Build the error for a response of IAM that brings no token."""
    hint = _IAM_HINTS.get(response.status_code, _IAM_HINTS[404])
    return SignInError(f"sign-in failed: {_sentence(response, conceal)}", hint=hint)


def exchange_refusal(response: httpx.Response, conceal: Callable[[str], str]) -> SignInError:
    """Build the error for a response that brings no temporary access key."""
    hint = _EXCHANGE_HINTS.get(response.status_code, _EXCHANGE_HINTS[404])
    if response.request.url.host == _METADATA_HOST:
        hint = _AGENCY_HINT
    return SignInError(f"could not obtain a temporary access key: {_sentence(response, conceal)}", hint=hint)


def redirected(response: httpx.Response, conceal: Callable[[str], str]) -> ApiError:
    """Build the error for a redirect, which would carry the credentials along."""
    target = shown(authority(response.headers.get("Location", "")), conceal) or "somewhere on the same host"
    return ApiError(
        f"{_answered(response)}, a redirect to {target}; redirects are not followed, because they would carry "
        "the credentials along",
        status=response.status_code,
        hint="Check the endpoint: it should be https, and that of the region.",
    )


def not_json(response: httpx.Response, conceal: Callable[[str], str]) -> ApiError:
    """Build the error for a 2xx response that is not JSON."""
    return ApiError(
        f"{_answered(response)} with {shown(media_type(response), conceal).lower()} instead of JSON",
        status=response.status_code,
        hint="A proxy or a sign-in page may have answered: check the endpoint.",
    )


def encoded(response: httpx.Response, conceal: Callable[[str], str]) -> ApiError:
    """Build the error for a response in a content encoding, which could inflate without bounds."""
    encoding = shown(response.headers.get("Content-Encoding", ""), conceal)
    return ApiError(
        f"{_answered(response)} in the encoding {encoding}, which was not asked for",
        status=response.status_code,
        hint="A proxy may have changed the answer: bypass it.",
    )


def echoed(response: httpx.Response) -> ApiError:
    """Build the error for a 2xx response that repeats the token, and so can be no export."""
    return ApiError(
        f"{_answered(response)} with the token of the request in it; such an answer is neither read nor kept",
        status=response.status_code,
        hint="Something that is not the service may have answered: check the endpoint, and get a new token.",
    )


def is_echo(response: httpx.Response) -> bool:
    """Return whether a response repeats the token of its request."""
    tokens = (response.request.headers.get(name, "") for name in ("X-Auth-Token", "X-Security-Token"))
    forms = (form for token in tokens if len(token) >= _ECHO for form in _forms(token))
    return any(form.encode() in response.content for form in forms)


def is_temporary(response: httpx.Response) -> bool:
    """Return whether the same call may succeed a little later: throttled, busy, or the service in trouble."""
    status = response.status_code
    if status == 409:  # noqa: PLR2004 - an HTTP status, as below
        return error_body(response).code in _BUSY_CODES
    return status == 429 or (status >= 500 and status != 501)  # noqa: PLR2004 - 501 is for calls that don't exist


def call_limit(response: httpx.Response) -> CallLimit | None:
    """Read the limit that a throttled call is told of: `limit:200,time:5 minute`. None where there is none."""
    found = _LIMIT.search(error_body(response).message or "") if response.status_code == 429 else None  # noqa: PLR2004 - an HTTP status
    if found is None:
        return None
    calls, count, unit = int(found[1]), int(found[2]), _UNITS[found[3].lower()]
    return CallLimit(calls, count * unit) if calls > 0 and 0 < count * unit <= _LONGEST_LIMIT else None


def media_type(response: httpx.Response) -> str:
    """Return the media type as received, without parameters: `application/json`. Empty where none is given."""
    declared: str = response.headers.get("Content-Type", "")
    return declared.partition(";")[0].strip()


def shown(text: str, conceal: Callable[[str], str]) -> str:
    """Put untrusted text on one line of at most 300 characters, without anything that steers a terminal."""
    safe = "".join(map(_safe, " ".join(conceal(text[:_EXAMINED]).split())))
    return safe if len(safe) <= _SHOWN else f"{safe[:_SHOWN]}…"


def conceal(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in a text, and every longer part of one, by `***`."""
    known = {form for secret in secrets if secret for form in _forms(secret)}
    for form in sorted(known, key=len, reverse=True):
        text = text.replace(form, "***")
    echoed = {
        place
        for start in range(len(text) - _ECHO + 1)
        if any(text[start : start + _ECHO] in form for form in known)
        for place in range(start, start + _ECHO)
    }
    return "".join("*" if place in echoed else char for place, char in enumerate(text)) if echoed else text


def _forms(secret: str) -> tuple[str, ...]:
    """Return the forms in which a service may repeat a secret."""
    return secret, json.dumps(secret)[1:-1], quote(secret)


def _sentence(response: httpx.Response, conceal: Callable[[str], str]) -> str:
    body = error_body(response).shown(conceal)
    words = " ".join(filter(None, (body.code, body.message)))
    request = f" (request id {body.request_id})" if body.request_id else ""
    if not words and "json" not in (kind := media_type(response)).lower():
        return f"{_answered(response)} with {shown(kind, conceal).lower() or 'no media type'}, not JSON{request}"
    return f"{_answered(response)}{f': {words}' if words else ''}{request}"


def _answered(response: httpx.Response) -> str:
    return f"{authority(str(response.request.url))} answered {response.status_code}"


def _other_hint(response: httpx.Response) -> str:
    if response.status_code >= 500:  # noqa: PLR2004 - an HTTP status
        return "The service is in trouble: try again later, and quote the request id if it lasts."
    return "Check the endpoint, the project id and the instance id."


def _json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _objects(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """Yield the object itself and those one level below it: gateways wrap the services' bodies."""
    if isinstance(document, dict):
        yield document
        yield from (value for value in document.values() if isinstance(value, dict))


def _find(members: list[dict[str, Any]], names: tuple[str, ...]) -> str | None:
    values = (mapping.get(name) for mapping in members for name in names)
    return next((str(value) for value in values if isinstance(value, (str, int)) and value != ""), None)


def _safe(char: str) -> str:
    """Escape a character that could steer a terminal or reorder a line (categories C and Z)."""
    return char if char == " " or unicodedata.category(char)[0] not in "CZ" else f"\\u{ord(char):04x}"
