#!/usr/bin/env bash
# Apprise says that a notification was sent when the robot refused it, when a redirect emptied it, and signs one in vain.
# Seen 2026-11-29.
set -euo pipefail
cat <<'ABOUT'
software   apprise 2.3.0 (PyPI), Python 3
behaviour  WeCom's and DingTalk's robots answer 200 with errcode 310000 or 40058: notify() returns success. A 302 is followed
           with a GET that has no body: success. DingTalk's signature is percent-encoded twice ("%253D"), so that what the
           robot decodes is another one, and the robot's refusal counts as success, too.
guess      notify() answers whether the service took the notification.
matters    What was refused is never sent again, and nobody hears of it.
known      The plugins' sources: the body is read for Feishu and Lark, not for WeCom and DingTalk; ?redirect=no.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq apprise==2.3.0
cat >"$work/try.py" <<'PYTHON'
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot

seen, answer = [], [200]


class Robot(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply("POST")

    def do_GET(self):
        answer[0] = 200
        self.reply("GET")

    def reply(self, method):
        seen.append((method, self.path, self.headers.get("Content-Length", "no body")))
        self.send_response(answer[0])
        if answer[0] == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b'{"errcode": 310000, "errmsg": "sign not match"}')

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Robot)
threading.Thread(target=server.serve_forever, daemon=True).start()
host = f"http://127.0.0.1:{server.server_port}"


def sent(plugin):
    chat = apprise.Apprise()
    chat.add(plugin)
    return bool(chat.notify("orders_0007 moved", title="drift"))


def wecom():
    plugin = apprise.Apprise.instantiate("wecombot://KEY")
    plugin.api_url = f"{host}/send"
    return plugin


NotifyDingTalk.notify_url = f"{host}/robot/send?access_token={{token}}"
print("WeCom refused:", sent(wecom()))
print("DingTalk refused:", sent(apprise.Apprise.instantiate("dingtalk://SECx@TOKEN")))
sign = parse_qs(urlsplit(seen[-1][1]).query)["sign"][0]
print("DingTalk's signature, decoded once, is base64:", bool(re.fullmatch(r"[A-Za-z0-9+/]{43}=", sign)), sign[-3:])
answer[0] = 302
print("WeCom redirected:", sent(wecom()), seen[-1][0], seen[-1][2])
PYTHON
"$work/venv/bin/python" "$work/try.py" >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-29"; exit 1; }
WeCom refused: True
DingTalk refused: True
DingTalk's signature, decoded once, is base64: False %3D
WeCom redirected: True GET no body
EXPECTED
echo ok
