"""Temporary access keys for whom the cloud trusts, as an `httpx.Auth` flow: an id token's owner, an ECS. No I/O.

Huawei's SDK makes the requests for them and reads the answers. It sends nothing itself: the wire does, within the
capture's time and with its proxy and authorities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx
from huaweicloudsdkcore.auth.internal import FederalAccessor, OidcStsAccessor, StsAccessor
from huaweicloudsdkcore.exceptions.exceptions import SdkException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.sdk_request import SdkRequest

from drift.cloud import error_responses
from drift.cloud.auth.access_key import Key, sign
from drift.cloud.auth.token import RenewingAuth
from drift.cloud.endpoints import authority, base_url
from drift.core import validators
from drift.core.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from drift.cloud.credentials import FederatedCredentials, TrustedCredentials

METADATA: Final = "http://169.254.169.254"


class TemporaryKeyAuth(RenewingAuth[Key]):
    """Temporary access keys, from whoever lets this machine or its id token act.

    `arguments` are the SDK's for its `accessor`; `secrets` what they hold.
    """

    def __init__(self, accessor: StsAccessor, now: Callable[[], float], *secrets: str, **arguments: str) -> None:
        super().__init__(*secrets)
        self._accessor = accessor
        self._arguments = arguments
        self._now = now

    def _put_on(self, request: httpx.Request, held: Key) -> None:
        sign(request, held, self._now())

    def _get(self) -> Generator[httpx.Request, httpx.Response, Key]:
        """Play the SDK's exchange again and again, each time with one more answer, until it needs no other."""
        answers: list[httpx.Response] = []
        while True:
            try:
                found = self._accessor.get_credential(http_client=_Script(answers), **self._arguments)
            except _NextRequest as wanted:
                answers.append((yield wanted.request))
                self._secrets.append(answers[-1].headers.get("X-Subject-Token", ""))
            except _RefusedError as refused:
                raise error_responses.exchange_refusal(refused.answer, self.conceal) from None
            except (SdkException, LookupError, ValueError, TypeError, AttributeError):
                raise _no_key(answers) from None
            else:
                return self._noted(found, answers)

    def _noted(self, found: Any, answers: list[httpx.Response]) -> Key:  # noqa: ANN401 - the SDK's
        try:
            key = Key(
                validators.identifier(found.access),
                validators.secret_key(found.secret),
                validators.token(found.security_token),
            )
        except ValueError:
            raise _no_key(answers) from None
        self._secrets += filter(None, key[1:])
        return key


def by_provider(
    credentials: FederatedCredentials, now: Callable[[], float], *, allow_plain_http: bool
) -> TemporaryKeyAuth:
    """Keys that IAM gives for an id token of an identity provider that it knows.

    Source: the SDK's FederalAccessor, `POST /v3.0/OS-AUTH/id-token/tokens`, `POST /v3.0/OS-CREDENTIAL/securitytokens`.
    """
    iam = base_url(
        credentials.iam_endpoint, validators.iam_endpoint, "the IAM endpoint", allow_plain_http=allow_plain_http
    )
    token = credentials.id_token.reveal()
    return TemporaryKeyAuth(_Federated(), now, token, iam_endpoint=iam, idp_id=credentials.idp_id, id_token_file=token)


def by_agency(credentials: TrustedCredentials, now: Callable[[], float], *, allow_plain_http: bool) -> TemporaryKeyAuth:
    """Keys with which STS lets the owner of an id token act as a trust agency.

    Source: the SDK's OidcStsAccessor, `POST /v5/agencies/assume-with-oidc`.
    """
    sts = base_url(credentials.sts_endpoint, validators.endpoint, "the STS endpoint", allow_plain_http=allow_plain_http)
    token = credentials.id_token.reveal()
    accessor = OidcStsAccessor(
        provider_urn=credentials.provider_urn,
        agency_urn=credentials.agency_urn,
        id_token=token,
        agency_session_name=credentials.session_name or "ddm-drift",
        duration_seconds=credentials.seconds,
        policy=credentials.policy,
        policy_ids=list(credentials.policy_ids),
    )
    return TemporaryKeyAuth(accessor, now, token, sts_endpoint=sts)


def by_metadata(metadata: str, now: Callable[[], float]) -> TemporaryKeyAuth:
    """Keys that the ECS which drift runs on has from its agency."""
    return TemporaryKeyAuth(_Metadata(metadata.removeprefix("http://")), now)


class _Federated(FederalAccessor):  # type: ignore[misc] # the SDK has no types
    """The SDK's exchange with IAM, for an id token that has been read from its file already."""

    @classmethod
    def _get_content(cls, path: str) -> str:
        return path


class _Metadata(StsAccessor):  # type: ignore[misc] # the SDK has no types
    """The agency of an ECS. The SDK's own accessor would ask through whatever proxy the environment names.

    Source: `MetadataAccessor` of the SDK; the first call is without a session token, which few ECS ask for.
    """

    def __init__(self, host: str) -> None:
        self._host = host

    def get_credential(self, *_: object, http_client: _Script, **__: object) -> Any:  # noqa: ANN401 - the SDK's
        """The keys in force."""
        answer = http_client.send(self._request("GET", "/openstack/latest/securitykey", {}))
        if answer.status_code == httpx.codes.UNAUTHORIZED and b"configure Cloud Service Agency" not in answer.content:
            wanted = self._request("PUT", "/meta-data/latest/api/token", {"X-Metadata-Token-Ttl-Seconds": "21600"})
            token = http_client.do_request_sync(wanted).text
            answer = http_client.send(
                self._request("GET", "/openstack/latest/securitykey", {"X-Metadata-Token": token})
            )
        if answer.is_error:
            raise _RefusedError(answer)
        return self._process_credential(answer.content)

    def _request(self, method: str, path: str, headers: dict[str, str]) -> SdkRequest:
        return SdkRequest(method=method, schema="http", host=self._host, uri=path, header_params=headers)


class _Script:
    """What the SDK takes for its HTTP client: it has the answers so far, and stops at the first request without one."""

    config = HttpConfig.get_default_config()

    def __init__(self, answers: list[httpx.Response]) -> None:
        self._answers = iter(answers)

    def do_request_sync(self, request: SdkRequest) -> httpx.Response:
        """The answer to the next request. Raises _RefusedError for an error."""
        answer = self.send(request)
        if answer.is_error:
            raise _RefusedError(answer)
        return answer

    def send(self, request: SdkRequest) -> httpx.Response:
        """The answer to the next request, whatever it is."""
        for answer in self._answers:
            return answer
        url = f"{request.schema}://{request.host}{request.uri}"
        raise _NextRequest(httpx.Request(request.method, url, headers=request.header_params, content=request.body))


class _NextRequest(Exception):  # noqa: N818 - it is no error
    """A request that there is no answer to yet."""

    def __init__(self, request: httpx.Request) -> None:
        super().__init__()
        self.request = request


class _RefusedError(Exception):
    """An answer that is an error."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer = answer


def _no_key(answers: list[httpx.Response]) -> SignInError:
    where = authority(str(answers[-1].request.url)) if answers else "the SDK"
    return SignInError(
        f"{where} answered something else than a temporary access key",
        hint="Check the endpoint: is it an identity service's?",
    )
