"""The rows of the table of settings that are about data nodes: the keys of [verify]. Pure."""

from __future__ import annotations

from functools import partial
from typing import Final

from drift.config.definition import Definition, Topic
from drift.core import validators

TLS_MODES: Final = ("verify", "ca", "off")

_row = partial(Definition, topic=Topic.VERIFY, has_flag=False)

VERIFY_TABLE: Final = (
    _row(name="verify_user", check=validators.text, help="The account to sign in with at data nodes."),
    _row(name="verify_password", check=validators.password, help="Its password.", is_secret=True),
    _row(name="verify_password_file", check=validators.path, help="A file with its password."),
    _row(name="verify_role", check=validators.text, help="A role to activate in the session."),
    _row(
        name="verify_tls",
        check=validators.one_of(*TLS_MODES),
        help="Verify certificate and host name (verify), the certificate alone (ca), or do without TLS (off). "
        "[default: verify; off on loopback and by a socket]",
        choices=TLS_MODES,
    ),
    _row(
        name="verify_ca_file",
        check=validators.path,
        help="The certificate authorities of data nodes (PEM). [default: the system's]",
    ),
    _row(
        name="verify_jobs",
        check=validators.parallelism,
        help="Data nodes to read at once, by one connection each. [default: 16]",
        kind=int,
    ),
    _row(
        name="verify_deadline",
        check=validators.seconds,
        help="The time for one data node, in seconds. [default: 30]",
        kind=float,
    ),
    _row(
        name="verify_connect_timeout",
        check=validators.seconds,
        help="The time for a connection, in seconds. [default: 5]",
        kind=float,
    ),
)
