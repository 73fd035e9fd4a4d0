from __future__ import annotations

import pytest

from drift.cloud.auth.token import TokenAuth
from drift.core.errors import UsageError


@pytest.mark.parametrize("token", ["", " ", "two words", "line\nbreak", "Ümläut", "\x00"])
def test_what_is_no_token_is_refused_without_being_shown(token: str) -> None:
    """A token that no header can carry is the user's to mend; it is not repeated."""
    with pytest.raises(UsageError, match="the token") as caught:
        TokenAuth(token)
    assert not token.strip() or token not in f"{caught.value!r} {caught.value.hint}"
