"""The gateway in front of a simulated cloud: it checks the token or the signature of each call. Opens nothing.

The words of a refusal are those that the documents list for APIGW.0301, or the nearest to them.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from drift.simulator import signing
from drift.simulator.web import ddm_error, gateway_error, keystone_error

if TYPE_CHECKING:
    from drift.simulator.identity import AccessKey, Identity
    from drift.simulator.web import Request, Response

_LARGEST_SKEW: Final = 15 * 60 * 1000  # milliseconds


def refusal(identity: Identity, request: Request, project_id: str | None) -> Response | None:
    """Refuse a call, or return None where it is allowed. `project_id` is the path's; IAM's calls have none."""
    reason = _unknown(identity, request)
    if reason is not None:
        message = f"Incorrect IAM authentication information: {reason}"
        return keystone_error(401, message) if project_id is None else gateway_error(401, "APIGW.0301", message)
    if project_id is None or (project_id == identity.project_id and _is_scoped(identity, request)):
        return None
    return ddm_error(403, "DBS.200010", "Authorization failed.", request.path.split("/")[1])


def _unknown(identity: Identity, request: Request) -> str | None:
    """Explain why the caller is unknown, or return None."""
    if _is_signed(request):
        return _wrong_signature(identity, request)
    token = request.headers.get("x-auth-token")
    if token is None:
        return "x-auth-token not found"
    return None if identity.valid_token(token) else "token expires"


def _wrong_signature(identity: Identity, request: Request) -> str | None:
    signed = signing.parse(request.headers["authorization"])
    if signed is None:
        return "verify aksk signature fail"
    if identity.is_locked(signed.access_key):
        return "AK access failed to reach the limit,forbidden"
    reason = _wrong_key(identity, request, signed)
    identity.note_use(signed.access_key, valid=reason is None)
    return reason


def _wrong_key(identity: Identity, request: Request, signed: signing.Signed) -> str | None:
    key = identity.keys.get(signed.access_key)
    if key is None:
        return "Get secretKey failed"
    if not _has_its_token(identity, request, key):
        return "decrypt token fail"
    at = signing.signed_at(request)
    if at is None or abs(identity.tick() - at) > _LARGEST_SKEW:
        return "verify aksk signature fail, the time in X-Sdk-Date is more than 15 minutes off"
    return None if signing.is_signed_by(key.secret, request, signed) else "verify aksk signature fail"


def _has_its_token(identity: Identity, request: Request, key: AccessKey) -> bool:
    """Return whether a temporary key came with its valid security token. Other keys need none."""
    if key.security_token is None or key.expires is None:
        return True
    given = request.headers.get("x-security-token", "")
    return hmac.compare_digest(given.encode(), key.security_token.encode()) and identity.tick() < key.expires


def _is_scoped(identity: Identity, request: Request) -> bool:
    """Return whether the call's token is for the project. Keys always are."""
    token = identity.tokens.get(request.headers.get("x-auth-token", ""))
    return _is_signed(request) or (token is not None and token.is_scoped)


def _is_signed(request: Request) -> bool:
    return request.headers.get("authorization", "").startswith(signing.ALGORITHM)
