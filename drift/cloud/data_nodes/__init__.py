"""Data nodes: a read-only session at each, and the names that it lists. Opens the only sockets to data nodes."""

from __future__ import annotations

from drift.cloud.data_nodes.login_guard import LoginGuard
from drift.cloud.data_nodes.target import (
    DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_DEADLINE,
    DEFAULT_PORT,
    NodeTarget,
    Tls,
    is_local,
)

__all__ = (
    "DEFAULT_CONNECT_TIMEOUT",
    "DEFAULT_DEADLINE",
    "DEFAULT_PORT",
    "LoginGuard",
    "NodeTarget",
    "Tls",
    "is_local",
)
