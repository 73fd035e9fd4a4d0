"""The check of a new connection, before a byte is sent over it."""

from __future__ import annotations

import socket

import httpx
import pytest

from drift.cloud.transport_errors import broken, is_unsent, refuse_private


def test_a_connection_that_is_gone_before_its_check_is_no_connection() -> None:
    """One that the other side closed at once is taken for one that was refused, and nothing stays open."""
    opened = socket.socket()  # without a peer, as one that was reset
    with pytest.raises(httpx.ConnectError) as caught:
        refuse_private(opened, "hooks.example.com")
    assert opened.fileno() == -1
    assert is_unsent(caught.value)
    assert broken("hooks.example.com", caught.value, str).message.startswith("could not connect to hooks.example.com: ")
