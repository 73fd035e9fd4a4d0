"""Exchanges of an OIDC id token, or of an ECS's agency, for temporary access keys, as `httpx.Auth` flows. No I/O.

Source: the documents of IAM, STS and ECS; where they are silent, the accessors of Huawei's SDK
(`huaweicloudsdkcore` 3.1.219, auth/internal.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec

from drift.cloud import error_responses
from drift.cloud.auth.access_key import Key, sign
from drift.cloud.auth.base import RenewingAuth
from drift.cloud.endpoints import authority, base_url
from drift.core import validators
from drift.core.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from drift.cloud.credentials import FederatedCredentials, TrustedCredentials

_FEDERATED_SECONDS: Final = 6 * 3600
_AGENCY_SECONDS: Final = 3600
_METADATA: Final = "http://169.254.169.254"
_KEY_URL: Final = f"{_METADATA}/openstack/latest/securitykey"
_SESSION_URL: Final = f"{_METADATA}/meta-data/latest/api/token"
_NO_AGENCY: Final = b"configure Cloud Service Agency"
# Each service has names of its own for the parts of a key.
_ACCESS_KEY: Final = ("access", "accessKeyId", "access_key_id")
_SECRET_KEY: Final = ("secret", "secretAccessKey", "secret_access_key")
_SECURITY_TOKEN: Final = ("securitytoken", "securityToken", "security_token")


class TemporaryKeyAuth(RenewingAuth[Key]):
    """A temporary access key, with which every request is signed. `now` is seconds since the epoch."""

    def __init__(self, now: Callable[[], float], *secrets: str) -> None:
        super().__init__(*secrets)
        self._now = now

    def _authorize(self, request: httpx.Request, held: Key) -> None:
        sign(request, held, self._now())

    def _obtain(self) -> Generator[httpx.Request, httpx.Response, Key]:
        key = _key(self._accepted((yield from self._exchange())))
        self._secrets += filter(None, key[1:])
        return key

    def _exchange(self) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        """Ask for a key. Return the answer, which may be a refusal."""
        raise NotImplementedError

    def _accepted(self, answer: httpx.Response) -> httpx.Response:
        """Return the answer. Raises SignInError for a refusal."""
        if answer.is_error:
            raise error_responses.exchange_refusal(answer, self.conceal)
        return answer


class FederatedAuth(TemporaryKeyAuth):
    """The key that IAM issues for an id token of an identity provider that it knows.

    Source: `POST /v3.0/OS-AUTH/id-token/tokens`, `POST /v3.0/OS-CREDENTIAL/securitytokens`.
    """

    def __init__(
        self, credentials: FederatedCredentials, now: Callable[[], float], *, allow_plain_http: bool = False
    ) -> None:
        self._id_token = credentials.id_token.reveal()
        super().__init__(now, self._id_token)
        self._idp_id = credentials.idp_id
        self._iam = base_url(
            credentials.iam_endpoint, validators.iam_endpoint, "the IAM endpoint", allow_plain_http=allow_plain_http
        )

    def _exchange(self) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        """Exchange the id token for a token without a scope, and that for a key."""
        known = {"auth": {"id_token": {"id": self._id_token}}}
        answer = yield _post(f"{self._iam}/v3.0/OS-AUTH/id-token/tokens", known, {"X-Idp-Id": self._idp_id})
        token = _token(answer, self._accepted(answer).headers.get("X-Subject-Token"))
        self._secrets.append(token)
        identity = {"methods": ["token"], "token": {"id": token, "duration_seconds": _FEDERATED_SECONDS}}
        return (yield _post(f"{self._iam}/v3.0/OS-CREDENTIAL/securitytokens", {"auth": {"identity": identity}}))


class TrustedAuth(TemporaryKeyAuth):
    """The key with which STS lets the owner of an id token act as a trust agency.

    Source: `POST /v5/agencies/assume-with-oidc`.
    """

    def __init__(
        self, credentials: TrustedCredentials, now: Callable[[], float], *, allow_plain_http: bool = False
    ) -> None:
        super().__init__(now, credentials.id_token.reveal())
        self._credentials = credentials
        self._sts = base_url(
            credentials.sts_endpoint, validators.endpoint, "the STS endpoint", allow_plain_http=allow_plain_http
        )

    def _exchange(self) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        given = self._credentials
        wanted = {
            "provider_urn": given.provider_urn,
            "agency_urn": given.agency_urn,
            "agency_session_name": given.session_name or "ddm-drift",
            "id_token": given.id_token.reveal(),
            "duration_seconds": given.seconds or _AGENCY_SECONDS,
            "policy": given.policy,
            "policy_ids": given.policy_ids,
        }
        document = {name: value for name, value in wanted.items() if value}
        return (yield _post(f"{self._sts}/v5/agencies/assume-with-oidc", document))


class EcsAgencyAuth(TemporaryKeyAuth):
    """The key that the agency of this ECS has, from the metadata service.

    Source: `GET /openstack/latest/securitykey`, `PUT /meta-data/latest/api/token`.
    """

    def _exchange(self) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        """Ask without a session first: few ECS insist on one."""
        answer = yield httpx.Request("GET", _KEY_URL)
        if answer.status_code == httpx.codes.UNAUTHORIZED and _NO_AGENCY not in answer.content:
            session = yield httpx.Request("PUT", _SESSION_URL, headers={"X-Metadata-Token-Ttl-Seconds": "21600"})
            token = _token(session, self._accepted(session).text)
            self._secrets.append(token)
            answer = yield httpx.Request("GET", _KEY_URL, headers={"X-Metadata-Token": token})
        return answer


def _post(url: str, document: object, headers: Mapping[str, str] | None = None) -> httpx.Request:
    kind = {"Content-Type": "application/json;charset=UTF-8"}
    return httpx.Request("POST", url, headers={**kind, **(headers or {})}, content=msgspec.json.encode(document))


def _key(answer: httpx.Response) -> Key:
    """Read a key, whatever names a service has for its parts. Its expiry is not read: a refusal shows it."""
    try:
        document = msgspec.json.decode(answer.content, type=dict[str, Any])
        parts = msgspec.convert(document.get("credential") or document.get("credentials") or document, dict[str, Any])
        return Key(
            validators.identifier(_part(parts, _ACCESS_KEY)),
            validators.secret_key(_part(parts, _SECRET_KEY)),
            validators.token(_part(parts, _SECURITY_TOKEN)),
        )
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise _no_key(answer) from None


def _part(parts: dict[str, Any], names: tuple[str, ...]) -> object:
    return next((parts[name] for name in names if parts.get(name)), None)


def _token(answer: httpx.Response, text: str | None) -> str:
    try:
        return validators.token(text)
    except ValueError:
        raise _no_key(answer) from None


def _no_key(answer: httpx.Response) -> SignInError:
    return SignInError(
        f"{authority(str(answer.request.url))} did not answer with a temporary access key",
        hint="Check that the endpoint is that of an identity service.",
    )
