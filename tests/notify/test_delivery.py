"""Each service end to end, against a loopback server that answers as the service does."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from drift.core.errors import ConfigError, DeliveryError
from drift.notify.channels import Channel
from drift.notify.delivery import Sender
from drift.notify.message import Notification
from drift.notify.transitions import Item, Transition, TransitionKind
from drift.policy.rules import Severity
from support.chats import SECRET, ChatServer, chatting, mailing

if TYPE_CHECKING:
    from drift.core.validators import Language

# Apprise loads a module that Python will remove.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SERVICES = ("wecom", "dingtalk", "feishu", "lark", "slack", "teams")
SIGNED = ("dingtalk", "feishu", "lark")
LONG = {"en": "moved and changed, at length: " + "word " * 60, "zh": "迁移并且改变了许多" * 20}


def notification(count: int, language: Language = "en") -> Notification:
    """As many transitions as that, of which none is like another, and the last one is the worst."""
    told = tuple(
        Transition(
            TransitionKind.OPENED,
            Item(
                key=str(number),
                fingerprint="v1:a",
                rule="shard-moved" if number < count - 1 else "shard-removed",
                severity=Severity.WARNING if number < count - 1 else Severity.ERROR,
                entity="shard",
                database="orders",
                name=f"orders_{number:04}",
                text="moved",
                said=f"{LONG[language]}{number}",
            ),
        )
        for number in range(count)
    )
    return Notification(
        channel="chat",
        instance="orders-prod",
        count=0,
        at=datetime(2026, 5, 1, 2, 0, 4, tzinfo=UTC),
        baseline="1",
        snapshot=2,
        still_open=count,
        transitions=told,
        command="drift gate 1 2",
        language=language,
    )


def sender(robot: ChatServer, *, secret: str = "", timeout: float = 4.0, allow_private: bool = True) -> Sender:
    """A sender to the robot, by the setting `service`."""
    place = {"secret_env": "SECRET"} if secret else {}
    settings = {"url_env": "URL", "service": robot.service, "allow_private": allow_private, **place}
    environ = {"URL": f"{robot.url}/robot/send?access_token=abcdefghijk", "SECRET": secret}
    return Sender(Channel(name="chat", **settings), environ, timeout)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("count", [1, 23, 500])
@pytest.mark.parametrize("service", SERVICES)
def test_each_service_takes_any_number_in_any_language(service: str, count: int, language: Language) -> None:
    """One message within the service's limit: the worst first, how many more there are, and the command."""
    with chatting(service) as robot:
        sender(robot).deliver(notification(count, language))
    (text,) = robot.texts
    title, first, *_ = text.splitlines()
    assert "orders-prod" in title
    assert f"{count:,}" in title
    assert "shard-removed" in first
    assert text.splitlines()[-1].replace("`", "").endswith("drift gate 1 2")
    shown = sum("shard-" in line for line in text.splitlines())
    more = [line for line in text.splitlines()[1:] if f"{count - shown:,} " in line and "shard-" not in line]
    assert bool(more) == (shown < count)


@pytest.mark.parametrize("service", SIGNED)
def test_a_robot_that_checks_signatures_takes_them(service: str) -> None:
    """With the secret it is taken, without it refused in the service's words."""
    with chatting(service, signed=True) as robot:
        sender(robot, secret=SECRET).deliver(notification(1))
        assert len(robot.taken) == 1
        with pytest.raises(DeliveryError, match="sign") as caught:
            sender(robot).deliver(notification(1))
    assert not caught.value.may_have_arrived


@pytest.mark.parametrize("service", SERVICES)
def test_only_what_the_service_confirms_is_delivered(service: str) -> None:
    """Throttled, failing and redirected requests are errors, nothing is sent twice, and nothing becomes a GET."""
    for mood in ("throttled", "failing", "redirect"):
        with chatting(service) as robot:
            robot.moods = [mood] * 50
            with pytest.raises(DeliveryError) as caught:
                sender(robot, timeout=2.0).deliver(notification(1))
            assert "GET" not in robot.methods
            assert not robot.taken
            assert mood == "throttled" or caught.value.may_have_arrived == (mood == "failing")
            assert mood == "throttled" or len(robot.methods) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_slow_answer_is_not_waited_for_twice(service: str) -> None:
    """The message has arrived, once; the next one says that it may be a repetition."""
    with chatting(service) as robot:
        robot.moods = ["slow"]
        with pytest.raises(DeliveryError) as caught:
            sender(robot, timeout=1.0).deliver(notification(1))
        assert caught.value.may_have_arrived
        assert len(robot.taken) == 1
        sender(robot).deliver(notification(1), again=True)
    assert "repetition" in robot.texts[1]
    assert "repetition" not in robot.texts[0]


def test_a_short_wait_is_waited() -> None:
    """429 is for a later attempt, in the same run if there is time."""
    with chatting("slack") as robot:
        robot.moods = ["busy"]
        sender(robot).deliver(notification(1))
    assert len(robot.taken) == 1


@pytest.mark.parametrize("answer", ["", "<html>sign in</html>", "[]", '{"errcode":"0"}', '{"errcode":false}', "null"])
def test_a_page_in_between_confirms_nothing(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A portal that answers 200 is not the service."""
    with chatting("wecom") as robot:
        monkeypatch.setattr(robot, "answer", lambda *_: (200, answer))
        with pytest.raises(DeliveryError, match="WeCom answered"):
            sender(robot).deliver(notification(1))


def test_a_private_host_is_only_reached_on_request() -> None:
    """Without `allow_private`, not a byte is sent, whatever the name of the host; the hint says what to set."""
    with chatting("slack") as robot:
        for host in ("127.0.0.1", "localhost"):
            robot.url = robot.url.replace("127.0.0.1", host)
            refused = sender(robot, allow_private=False)
            with pytest.raises(DeliveryError, match="not an address on the internet") as caught:
                refused.deliver(notification(1))
            assert "allow_private = true in [notify.chat]" in (caught.value.hint or "")
        assert not robot.methods


@pytest.mark.parametrize("host", ["0x7f.1", "0.0.0.0", "[::ffff:127.0.0.1]", "localhost"])  # noqa: S104 - nothing binds
def test_no_way_to_write_a_private_address_makes_it_public(host: str) -> None:
    """What counts is the address that was connected to: however it is written, not a byte is sent."""
    with chatting("slack") as robot:
        environ = {"URL": robot.url.replace("127.0.0.1", host)}
        channel = Channel(name="chat", url_env="URL", service="slack", allow_plain_http=True)
        with pytest.raises(DeliveryError, match="not an address on the internet"):
            Sender(channel, environ, 2.0).deliver(notification(1))
        assert not robot.methods


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"service": "slack"}, "Slack checks no signature"),
        ({"service": None}, "has all it needs in it; expected no secret_env"),
        ({"service": "wecom", "url_env": "NO_URL"}, "expected one address of wecom"),
        ({"service": None, "url_env": "NO_HOST"}, "expected a URL"),
        ({"service": None, "url_env": "NO_TOKEN", "secret_env": None}, "expected the address of a chat"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], says: str) -> None:
    """Before anything is sent."""
    url = "https://a.example" if settings["service"] == "slack" else "json://a.example"
    environ = {
        "URL": url,
        "NO_URL": "wecombot://key",
        "NO_HOST": "https://[abc",
        "NO_TOKEN": "dingtalk://",
        "SECRET": SECRET,
    }
    channel = Channel(name="chat", **{"url_env": "URL", "secret_env": "SECRET", **settings})
    with pytest.raises(ConfigError, match=says):
        Sender(channel, environ, 2.0)


def mail_sender(port: int, to: str = "dba@example.com", timeout: float = 4.0) -> Sender:
    """A sender by mail, by way of Apprise's URL."""
    url = f"mailto://127.0.0.1:{port}?from=drift@example.com&to={to}&mode=insecure"
    return Sender(Channel(name="mail", apprise_env="URL"), {"URL": url}, timeout)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("count", [1, 23, 500])
def test_a_mail_has_it_all(count: int, language: Language) -> None:
    """The subject sums it up, the text tells every change, and the id is the notification's."""
    found = notification(count, language)
    with mailing() as server:
        mail_sender(server.port).deliver(found)
    ((raw, recipients),) = server.taken
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body()
    assert body is not None
    assert recipients == ["dba@example.com"]
    assert "orders-prod" in message["Subject"]
    assert body.get_content().count("shard-") == count
    assert "drift gate 1 2" in body.get_content()
    assert message["Message-ID"] == f"<{found.id}@example.com>"


def test_a_mail_that_stalls_keeps_its_id() -> None:
    """Sent again it can be told from another; a refusal is in the server's words."""
    with mailing() as server:
        server.stalls = 1
        with pytest.raises(DeliveryError) as caught:
            mail_sender(server.port, timeout=1.0).deliver(notification(1))
        assert caught.value.may_have_arrived
        mail_sender(server.port).deliver(notification(1), again=True)
        first, second = (email.message_from_bytes(raw)["Message-ID"] for raw, _ in server.taken)
        assert first == second
        server.refuses = {"dba@example.com": "550 5.1.1 nobody here"}
        with pytest.raises(DeliveryError, match=r"550 5\.1\.1 nobody here") as caught:
            mail_sender(server.port).deliver(notification(1))
        assert not caught.value.may_have_arrived


def test_a_mail_that_was_taken_has_arrived() -> None:
    """However badly the server says goodbye afterwards."""
    with mailing() as server:
        server.bye = "421 closing"
        mail_sender(server.port).deliver(notification(1))
        assert len(server.taken) == 1


def test_a_password_that_mail_cannot_send_is_told() -> None:
    """SMTP's own sign-in is in ASCII; the error doesn't show the password."""
    with mailing() as server:
        url = f"mailto://user:p%C3%A4ss@127.0.0.1:{server.port}?from=drift@example.com&to=a@example.com&mode=insecure"
        sending = Sender(Channel(name="mail", apprise_env="URL"), {"URL": url}, 2.0)
        with pytest.raises(DeliveryError, match="have to be ASCII") as caught:
            sending.deliver(notification(1))
        assert "ss" not in caught.value.message.replace("password", "")
        assert not server.taken


def test_a_refused_recipient_is_told() -> None:
    """The others have it; that one has not is no success."""
    with mailing() as server:
        server.refuses = {"gone@example.com": "550 gone"}
        with pytest.raises(DeliveryError, match="not for 1 of its recipients") as caught:
            mail_sender(server.port, "dba@example.com,gone@example.com").deliver(notification(1))
        assert caught.value.may_have_arrived
        assert server.taken[0][1] == ["dba@example.com"]
