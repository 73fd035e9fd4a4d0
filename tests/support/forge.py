"""The parts of GitHub and GitLab that a pipeline talks to, on loopback: comments, artifacts and id tokens."""

from __future__ import annotations

import io
import json
import re
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from support.loopback import LOOPBACK, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_COMMENT = 65_536
TOKEN = "forge-token"
BOT = {"login": "github-actions[bot]", "id": 42}
MERGE_REQUEST = r"/projects/1/merge_requests/7/notes"
PULL_REQUEST = r"/repos/acme/topology/issues/7/comments"


class Forge(ThreadingHTTPServer):
    """Comments in the order in which they are listed, artifacts by name, and the id token that it gives out."""

    def __init__(self, id_token: str) -> None:
        super().__init__(LOOPBACK, _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.id_token = id_token
        self.comments: list[dict[str, Any]] = []
        self.artifacts: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.audiences: list[str] = []

    def say(self, body: str, author: dict[str, Any] = BOT) -> None:
        """Someone comments."""
        self.comments.append({"id": 100 + len(self.comments), "body": body, "user": author, "author": author})

    def keep(self, name: str, path: Path, **run: object) -> None:
        """Keep a file as the newest artifact of that name."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(path, path.name)
        number = str(len(self.files))
        self.files[number] = packed.getvalue()
        self.artifacts.append({
            "name": name,
            "expired": False,
            "created_at": f"2026-05-01T00:00:{len(self.files):02}Z",
            "archive_download_url": f"{self.url}/zip/{number}",
            "workflow_run": {"head_branch": "main", "repository_id": 1, "head_repository_id": 1, **run},
        })  # fmt: skip

    def answer(self, method: str, target: str, headers: Any, body: str) -> tuple[int, Any]:  # noqa: ANN401
        """What a request is answered with: a status, and a JSON value or bytes."""
        if TOKEN not in (headers["Authorization"] or headers["PRIVATE-TOKEN"] or ""):
            return 401, {"message": "Bad credentials"}
        url = urlsplit(target)
        if method == "GET":
            return 200, self._read(url.path, {name: values[0] for name, values in parse_qs(url.query).items()})
        return self._write(method, url.path, json.loads(body)["body"])

    def _read(self, path: str, query: dict[str, str]) -> Any:  # noqa: ANN401
        if path == "/id-token":
            self.audiences.append(query["audience"])
            return {"value": self.id_token}
        if path == "/user":
            return BOT
        if path.startswith("/zip/"):
            return self.files[path.removeprefix("/zip/")]
        if path == "/repos/acme/topology/actions/artifacts":
            return {"artifacts": [each for each in self.artifacts if each["name"] == query["name"]]}
        assert path in {PULL_REQUEST, MERGE_REQUEST}
        start = (int(query["page"]) - 1) * int(query["per_page"])
        return self.comments[start : start + int(query["per_page"])]

    def _write(self, method: str, path: str, text: str) -> tuple[int, Any]:
        if len(text) > LONGEST_COMMENT:
            return 422, {"message": "body is too long"}
        if method == "POST" and path in {PULL_REQUEST, MERGE_REQUEST}:
            self.say(text)
            return 201, self.comments[-1]
        known = re.fullmatch(rf"(?:PATCH /repos/acme/topology/issues/comments|PUT {MERGE_REQUEST})/(\d+)",
                             f"{method} {path}")  # fmt: skip
        for comment in self.comments:
            if known and comment["id"] == int(known[1]) and comment["user"] == BOT:
                comment["body"] = text
                return 200, comment
        return 404, {"message": "Not Found"}


class _Handler(Quiet, BaseHTTPRequestHandler):
    server: Forge

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        status, told = self.server.answer(self.command, self.path, self.headers, body)
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815 - the names that http.server calls


@contextmanager
def forge(id_token: str) -> Iterator[Forge]:
    """A forge that answers while the block runs."""
    server = Forge(id_token)
    with serving(server):
        yield server
