"""Complete credentials, one record per method. Pure. Equal credentials share one sign-in."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from drift.core.secret import Secret


class Scope(msgspec.Struct, frozen=True):
    """The scope of a token: a project (DDM's calls need one) or a domain, by its name or its id."""

    kind: Literal["project", "domain"]
    key: Literal["id", "name"]
    value: str


class Project(msgspec.Struct, frozen=True):
    """A project to look up at IAM by its name. The name of a region's own project is the region."""

    name: str
    iam_endpoint: str


class TokenCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """A ready token, as X-Auth-Token takes it."""

    token: Secret


class PasswordCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM user and the password. `iam_endpoint` is without a path. The user is an id, or a name within a domain."""

    iam_endpoint: str
    password: Secret
    scope: Scope
    user_name: str | None = None
    user_id: str | None = None
    domain_name: str | None = None
    domain_id: str | None = None


class KeyCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """An access key (AK) and its secret key (SK); a temporary one has a security token with it."""

    access_key: str
    secret_key: Secret
    security_token: Secret | None = None


class FederatedCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """An OIDC id token of an identity provider that IAM knows by its id. `iam_endpoint` is without a path."""

    iam_endpoint: str
    idp_id: str
    id_token: Secret


class TrustedCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """An OIDC id token whose owner STS lets act as a trust agency. `seconds` is for how long; None is an hour."""

    sts_endpoint: str
    provider_urn: str
    agency_urn: str
    id_token: Secret
    session_name: str | None = None
    seconds: int | None = None
    policy: str | None = None
    policy_ids: tuple[str, ...] = ()


class EcsAgencyCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """The agency of the ECS that drift runs on. The metadata service gives its keys to any process there."""


Credentials: TypeAlias = (
    TokenCredentials
    | PasswordCredentials
    | KeyCredentials
    | FederatedCredentials
    | TrustedCredentials
    | EcsAgencyCredentials
)
