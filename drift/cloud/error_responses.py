"""What an error answer of the cloud says, made safe to show. Pure.

Everything in an answer is data of a stranger: bounded, without control characters, and without the secrets that a
service may echo.
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from drift.cloud.endpoints import authority
from drift.core.errors import ApiError, CaptureError, SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import httpx

_SHOWN: Final = 300
_EXAMINED: Final = 4000
_BODY_EXAMINED: Final = 1 << 18
_ECHO: Final = 12  # so many characters of a secret in a row are taken for an echo of it

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
_INSTANCE_HINT: Final = "Check the instance id and the project id, and that the endpoint is that of their region."
_THROTTLED_HINT: Final = "The cloud limits calls per user and address: wait, or give more time with --timeout."
_BUSY_HINT: Final = "Another operation is running on the instance: capture again when it has finished."
_HINTS: Final = {
    "APIGW.0301": _SIGN_IN_HINT,
    "APIG.0301": _SIGN_IN_HINT,
    "APIGW.0308": _THROTTLED_HINT,
    "APIG.0308": _THROTTLED_HINT,
    "APIGW.0101": "There is no such API at this endpoint: is it the DDM endpoint of the region?",
    "DBS.200002": _INSTANCE_HINT,
    "DBS.200010": "The user may not do this: it needs permission to read DDM instances in this project.",
    "DBS.200019": _BUSY_HINT,
    "DBS.212033": _BUSY_HINT,
    "DBS.280001": _INSTANCE_HINT,
    "DBS.300358": "A finished migration still has its source data: clear it in the DDM console, then capture again.",
}
_STATUS_HINTS: Final = {
    401: _SIGN_IN_HINT,
    403: "The user may not do this: it needs permission to read DDM instances in this project.",
    404: _INSTANCE_HINT,
    409: _BUSY_HINT,
    429: _THROTTLED_HINT,
}
_IAM_HINTS: Final = {
    401: "Check the user name, the password and the domain. IAM refuses accounts: it needs an IAM user.",
    403: "The user may not sign in this way, or not to this project.",
    404: "Check the IAM endpoint and the project.",
}
_METADATA_HOST: Final = "169.254.169.254"
_AGENCY_HINT: Final = "This way needs an ECS that an agency is assigned to; elsewhere, sign in another way."
_EXCHANGE_HINTS: Final = {
    401: "Check that the id token is fresh and made for this identity provider, and that the provider trusts it.",
    403: "The identity provider or the agency doesn't let this id token in: check its rules.",
    404: "Check the endpoint, the identity provider and the agency. An ECS needs an agency to be its own user.",
}


class Said(msgspec.Struct, frozen=True):
    """What an error body says: the service's code, its message and the request's id, each made safe, or None."""

    code: str | None
    message: str | None
    request_id: str | None


def said(response: httpx.Response, conceal: Callable[[str], str]) -> Said:
    """What this answer says, from whichever documented shape its body has and from `X-Request-Id`."""
    members = list(_objects(_json(response.content[:_BODY_EXAMINED])))
    code, message, request_id = (_find(members, names, conceal) for names in (_CODE, _MESSAGE, _REQUEST_ID))
    header = response.headers.get("X-Request-Id")
    return Said(
        None if code == str(response.status_code) else code,
        message,
        shown(header, conceal) if header else request_id,
    )


def refusal(response: httpx.Response, conceal: Callable[[str], str]) -> CaptureError:
    """The error that an answer of DDM other than success is: SignInError for 401, else ApiError."""
    found = said(response, conceal)
    hint = _HINTS.get(found.code or "") or _STATUS_HINTS.get(response.status_code) or _other_hint(response)
    sentence = _sentence(response, found, conceal)
    if response.status_code == 401 or found.code in _SIGN_IN_CODES:  # noqa: PLR2004 - an HTTP status
        is_signed = "Authorization" in response.request.headers
        return SignInError(sentence, hint=_SIGNED_HINT if is_signed else hint)
    return ApiError(sentence, status=response.status_code, code=found.code, request_id=found.request_id, hint=hint)


def sign_in_refusal(response: httpx.Response, conceal: Callable[[str], str]) -> SignInError:
    """The error that an answer of IAM other than a token is."""
    sentence = _sentence(response, said(response, conceal), conceal)
    return SignInError(f"sign-in failed: {sentence}", hint=_IAM_HINTS.get(response.status_code, _IAM_HINTS[404]))


def exchange_refusal(response: httpx.Response, conceal: Callable[[str], str]) -> SignInError:
    """The error that an answer other than temporary access keys is."""
    sentence = _sentence(response, said(response, conceal), conceal)
    hint = _EXCHANGE_HINTS.get(response.status_code, _EXCHANGE_HINTS[404])
    if response.request.url.host == _METADATA_HOST:
        hint = _AGENCY_HINT
    return SignInError(f"no temporary access key was to be had: {sentence}", hint=hint)


def redirected(response: httpx.Response, conceal: Callable[[str], str]) -> ApiError:
    """The error that a redirect is: following it would carry the credentials along."""
    target = shown(authority(response.headers.get("Location", "")), conceal) or "somewhere on the same host"
    return ApiError(
        f"{_answered(response)}, a redirect to {target}; none is followed, it would carry the credentials along",
        status=response.status_code,
        hint="Check the endpoint: is it https, and that of the region?",
    )


def not_json(response: httpx.Response, conceal: Callable[[str], str]) -> ApiError:
    """The error that a success is which brings no JSON."""
    return ApiError(
        f"{_answered(response)} with {media_type(response, conceal)} instead of JSON",
        status=response.status_code,
        hint="A proxy or a sign-in page may have answered: check the endpoint.",
    )


def encoded(response: httpx.Response, conceal: Callable[[str], str]) -> ApiError:
    """The error that an answer in a content encoding is. None was asked for, and one could inflate without bounds."""
    encoding = shown(response.headers.get("Content-Encoding", ""), conceal)
    return ApiError(
        f"{_answered(response)} in the encoding {encoding}, which was not asked for",
        status=response.status_code,
        hint="A proxy may have changed the answer: go around it.",
    )


def echoed(response: httpx.Response) -> ApiError:
    """The error that a success is which repeats the token: whatever it is, it is no export."""
    return ApiError(
        f"{_answered(response)} with the token of the request in it; such an answer is neither read nor kept",
        status=response.status_code,
        hint="Something that is not the service may have answered: check the endpoint, and get a new token.",
    )


def is_echo(response: httpx.Response) -> bool:
    """Whether an answer repeats the token that it was asked with."""
    tokens = (response.request.headers.get(name, "") for name in ("X-Auth-Token", "X-Security-Token"))
    forms = (form for token in tokens if len(token) >= _ECHO for form in _forms(token))
    return any(form.encode() in response.content for form in forms)


def is_temporary(response: httpx.Response, conceal: Callable[[str], str]) -> bool:
    """Whether the same call may succeed a little later: throttled, busy, or the service's own trouble."""
    status = response.status_code
    if status == 409:  # noqa: PLR2004 - an HTTP status, as below
        return said(response, conceal).code in _BUSY_CODES
    return status == 429 or (status >= 500 and status != 501)  # noqa: PLR2004 - 501 is for calls that don't exist


def media_type(response: httpx.Response, conceal: Callable[[str], str]) -> str:
    """What the answer says it is, without parameters: `application/json`. Empty where it doesn't say."""
    return shown(response.headers.get("Content-Type", "").partition(";")[0].strip(), conceal).lower()


def shown(text: str, conceal: Callable[[str], str]) -> str:
    """A stranger's text on one line, of at most 300 characters, with nothing in it that a terminal obeys."""
    safe = "".join(map(_safe, " ".join(conceal(text[:_EXAMINED]).split())))
    return safe if len(safe) <= _SHOWN else f"{safe[:_SHOWN]}…"


def conceal(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret, and every longer part of one, as `***`."""
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
    """The texts as which a secret may be repeated."""
    return secret, json.dumps(secret)[1:-1], quote(secret)


def _sentence(response: httpx.Response, found: Said, conceal: Callable[[str], str]) -> str:
    answer = _answered(response)
    words = " ".join(filter(None, (found.code, found.message)))
    if not words and "json" not in (kind := media_type(response, conceal)):
        words = f"with {kind or 'nothing that says what it is'}, not JSON"
        return f"{answer} {words}{_request(found)}"
    return f"{answer}{f': {words}' if words else ''}{_request(found)}"


def _answered(response: httpx.Response) -> str:
    return f"{authority(str(response.request.url))} answered {response.status_code}"


def _request(found: Said) -> str:
    return f" (request id {found.request_id})" if found.request_id else ""


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
    """The object itself and those one level below it: gateways wrap the services' bodies."""
    if isinstance(document, dict):
        yield document
        yield from (value for value in document.values() if isinstance(value, dict))


def _find(members: list[dict[str, Any]], names: tuple[str, ...], conceal: Callable[[str], str]) -> str | None:
    for mapping in members:
        for name in names:
            value = mapping.get(name)
            if isinstance(value, (str, int)) and value != "":
                return shown(str(value), conceal)
    return None


def _safe(char: str) -> str:
    """The character, or its escape where it could steer a terminal or reorder a line (categories C and Z)."""
    return char if char == " " or unicodedata.category(char)[0] not in "CZ" else f"\\u{ord(char):04x}"
