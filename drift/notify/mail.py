"""Mail over SMTP, with a Message-ID that stays the same when a notification is sent again. Opens a connection.

Apprise reads the URL, and knows the servers of many providers. Its own sender makes another Message-ID each time, so
mailboxes could not tell a repetition, and gives no reason for a failure.
"""

from __future__ import annotations

import smtplib
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.utils import formataddr
from typing import TYPE_CHECKING, Any, Final, Protocol

from drift.cloud.error_responses import conceal
from drift.core.errors import DeliveryError
from drift.notify.texts import text, title

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeGuard

    from drift.notify.message import Notification

_SHOWN: Final = 300
_MOST_ENTRIES: Final = 2_000  # operations and single changes, of some hundred bytes each: servers take megabytes


class MailUrl(Protocol):
    """What Apprise reads in a URL for mail. Pairs are a name or False, and an address."""

    smtp_host: str
    port: int
    secure_mode: Any
    user: str | None
    password: str | None
    from_addr: tuple[Any, str]
    targets: list[tuple[Any, str]]
    cc: set[str]
    bcc: set[str]
    pgp_mode: Any


def is_mail(plugin: object) -> TypeGuard[MailUrl]:
    """Report whether Apprise read a URL for plain mail; encrypted mail is sent by Apprise itself."""
    names = ("smtp_host", "secure_mode", "from_addr", "targets")
    return all(hasattr(plugin, name) for name in names) and str(getattr(plugin, "pgp_mode", "no")) in {"no", "None"}


def send_mail(url: MailUrl, notification: Notification, seconds: float) -> None:
    """Send a mail to everyone, and wait until the server has taken it. Raises DeliveryError where it has not."""
    with _explained(url) as step:
        with _connected(url, seconds) as smtp:
            step.append("sent")
            refused = smtp.send_message(_message(url, notification), url.from_addr[1], _recipients(url))
            step.clear()
        if refused:
            raise DeliveryError(
                f"{url.smtp_host} took the mail, but not for {len(refused):,} of its recipients", may_have_arrived=True
            )


@contextmanager
def _explained(url: MailUrl) -> Iterator[list[str]]:
    """Translate errors. The list has an entry while the mail is on its way."""
    step: list[str] = []
    try:
        yield step
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"{url.smtp_host} answered {error.smtp_code} {_said(url, error.smtp_error)}") from None
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise DeliveryError(f"{url.smtp_host} answered {code} {_said(url, words)}") from None
    except UnicodeError:
        raise DeliveryError(f"{url.smtp_host}: the user and the password for mail have to be ASCII") from None
    except OSError as error:
        reason = _said(url, str(error)) or type(error).__name__
        raise DeliveryError(f"{url.smtp_host}: {reason}", may_have_arrived=bool(step)) from None


def _said(url: MailUrl, words: str | bytes) -> str:
    shown = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return conceal(" ".join(shown.split())[:_SHOWN], [url.password] if url.password else [])


@contextmanager
def _connected(url: MailUrl, seconds: float) -> Iterator[smtplib.SMTP]:
    import ssl

    mode, context = str(getattr(url.secure_mode, "value", url.secure_mode)), ssl.create_default_context()
    made = (
        smtplib.SMTP_SSL(url.smtp_host, url.port, timeout=seconds, context=context)
        if mode == "ssl"
        else smtplib.SMTP(url.smtp_host, url.port, timeout=seconds)
    )
    with closing(made) as smtp:
        if mode == "starttls":
            smtp.starttls(context=context)
        if url.user and url.password:
            smtp.login(url.user, url.password)
        yield smtp
        with suppress(OSError):  # the mail has been taken or refused by now
            smtp.quit()


def _recipients(url: MailUrl) -> list[str]:
    return list(dict.fromkeys([*(address for _, address in url.targets), *sorted(url.cc), *sorted(url.bcc)]))


def _message(url: MailUrl, notification: Notification) -> EmailMessage:
    message = EmailMessage()
    name, sender = url.from_addr
    message["Subject"] = f"drift: {title(notification)}"
    message["From"] = formataddr((name or "drift", sender))
    message["To"] = ", ".join(formataddr((who or "", address)) for who, address in url.targets)
    if url.cc:
        message["Cc"] = ", ".join(sorted(url.cc))
    message["Date"] = notification.at
    message["Message-ID"] = f"<{notification.id}@{sender.rpartition('@')[2] or 'drift'}>"
    message.set_content(text(notification, _MOST_ENTRIES))
    return message
