"""The errors of a session as reasons. Pure. No reason holds a secret: servers and systems never repeat a password."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final

from drift.core.data_nodes import Failure

if TYPE_CHECKING:
    from drift.core.data_nodes import FailureKind

ACCESS_DENIED: Final = 1044
UNKNOWN_DATABASE: Final = 1049
UNKNOWN_VARIABLE: Final = 1193
_MOST_WORDS: Final = 300
_KINDS: Final[dict[int, FailureKind]] = {
    1045: "refused",
    1698: "refused",
    1862: "expired",
    1820: "expired",
    4151: "expired",  # MariaDB: the account is locked
    3118: "expired",  # MySQL: the account is locked
    1040: "busy",
    1203: "busy",
    1226: "busy",
    1044: "right-missing",
    1142: "right-missing",
    1227: "right-missing",
    1969: "late",
    3024: "late",
    1205: "late",
    2013: "cut",
    2006: "cut",
    2014: "cut",
    2026: "no-tls",
    1053: "cut",
    1927: "cut",
    1129: "busy",  # the host is blocked because of many connection errors
    1130: "refused",  # the host is not allowed to connect
}


class SessionError(Exception):
    """A data node could not be read, or refused a statement; `code` is the server's, 0 where there is none."""

    def __init__(self, kind: FailureKind, detail: str = "", code: int = 0) -> None:
        super().__init__(kind, detail, code)
        self.failure = Failure(kind, detail)
        self.code = code

    @classmethod
    def late(cls, seconds: float) -> SessionError:
        """Build the error for a deadline that is over."""
        return cls("late", f"{seconds:g} s")


def no_client() -> SessionError:
    """Build the error for a missing PyMySQL."""
    return SessionError("no-client", "pip install 'ddm-drift[verify]'")


def failure_of(error: Exception) -> tuple[FailureKind, str, int]:
    """Return the kind of an error, its words, and the server's code."""
    code, words = _code_and_words(error)
    kind: FailureKind
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, OSError):
        kind, words = _system_failure(cause, is_before_login=cause is error)
    elif code in _KINDS:
        kind = _KINDS[code]
    else:
        kind = "error" if code else "other-kind"
    return kind, _shown(words), code


def _system_failure(cause: OSError, *, is_before_login: bool) -> tuple[FailureKind, str]:
    """Return the kind of an error of the system's, and its words."""
    match cause:
        case ssl.SSLCertVerificationError():
            return "untrusted", cause.verify_message or str(cause)
        case ssl.SSLError():
            return "no-tls", cause.reason or str(cause)
        case TimeoutError():
            return ("unreachable" if is_before_login else "late"), str(cause)
        case ConnectionError() if not is_before_login:
            return "cut", cause.strerror or str(cause)
        case _:
            return "unreachable", cause.strerror or str(cause)


def _code_and_words(error: Exception) -> tuple[int, str]:
    match error.args:
        case (int(code), str(words), *_) if not isinstance(error, OSError):
            return code, words
        case _:
            return 0, str(error) or type(error).__name__


def _shown(words: Any) -> str:  # noqa: ANN401 - what a stranger sent
    """Keep what a server said short and on one line."""
    return " ".join(str(words).split())[:_MOST_WORDS]
