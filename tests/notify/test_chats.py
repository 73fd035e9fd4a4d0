"""Recognition of addresses: whose they are, and what Apprise's URLs mean."""

from __future__ import annotations

import pytest

from drift.notify.chats import recognized


@pytest.mark.parametrize(
    ("url", "service", "address", "secret"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-b", "wecom", None, ""),
        ("wecombot://a-b_c", "wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-b_c", ""),
        ("https://oapi.dingtalk.com/robot/send?access_token=abc", "dingtalk", None, ""),
        ("dingtalk://abc", "dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=abc", ""),
        ("dingtalk://SECx@abc/", "dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=abc", "SECx"),
        ("dingtalk://abc?secret=SECx", "dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=abc", "SECx"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/t", "feishu", None, ""),
        ("feishu://t-1", "feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/t-1", ""),
        ("lark://t-1", "lark", "https://open.larksuite.com/open-apis/bot/v2/hook/t-1", ""),
        ("https://hooks.slack.com/services/A/B/C", "slack", None, ""),
        ("slack://A/B/C", "slack", "https://hooks.slack.com/services/A/B/C", ""),
        ("https://prod-1.westus.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?sig=x", "teams", None, ""),
        ("https://a.webhook.office.com/webhookb2/x", "teams", None, ""),
        ("https://e0.9f.environment.api.powerplatform.com:443/powerautomate/x", "teams", None, ""),
    ],
)
def test_an_address_says_whose_it_is(url: str, service: str, address: str | None, secret: str) -> None:
    """The services' own addresses, and Apprise's URLs for them."""
    chat = recognized(url, None)
    assert chat is not None
    assert (chat.service.name, chat.url, chat.secret) == (service, address or url, secret)


@pytest.mark.parametrize(
    "url",
    ["mailto://a:b@example.com", "slack://bot@A/B/C", "slack://A/B/C/#ops", "slack://xoxb-1-2-3/#ops", "json://h/x",
     "https://hooks.slack.com/triggers/T/1/abc", "https://example.com/a.logic.azure.com/",
     "https://qyapi.weixin.qq.com.example.com/x", "http://hooks.slack.com/services/A/B/C", "workflows://h:443/a/b"],
)  # fmt: skip
def test_the_rest_is_for_apprise(url: str) -> None:
    """What has options of Apprise's, and what is no address of a known service."""
    assert recognized(url, None) is None


def test_people_are_mentioned_by_their_numbers() -> None:
    """As Apprise's URL for DingTalk has them."""
    chat = recognized("dingtalk://abc/+86-138-0000-0000/?to=13900000000", None)
    assert chat is not None
    assert chat.mentioned == ("8613800000000", "13900000000")
