"""An Azure Repos that holds the commits a test puts into it and answers over real HTTP."""

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, jsonify, request
from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_git import GitApi
from clients.hosts import ado_hosts
from clients.http import HttpClient
from sandbox.server import serve

Json = dict[str, Any]


class GitWire:
    """Commits by id and by range, pushes by number; lists cut a message to its first line, as the real ones do."""

    def __init__(self) -> None:
        self.git: GitApi
        self.messages: dict[str, str] = {}
        self.ranges: dict[tuple[str, str], list[str]] = {}
        self.pushes: dict[int, list[str]] = {}
        self.comments = 0
        self.pulls: dict[int, Json] = {}
        self.gone: set[str] = set()
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self.app = Flask("git")
        self.app.add_url_rule(
            "/larkspur/_apis/git/repositories/<path:path>", "answer", self.answer, methods=["GET", "POST"]
        )

    def answer(self, path: str) -> Response:
        _, *parts = path.split("/")
        self.asked.append("/".join(parts))
        match parts:
            case ["commits", sha]:
                return self.show_commit(sha)
            case ["commits"]:
                return self.list_push(int(request.args["pushId"]))
            case ["commitsbatch"]:
                body = request.get_json()
                return self.list_range(body["compareVersion"]["version"], body["itemVersion"]["version"])
            case ["pullRequests", number, "threads"]:
                return self.show_threads(number)
            case ["pullrequests", number]:
                return jsonify(self.pulls[int(number)])
        return refuse(400)

    def show_commit(self, sha: str) -> Response:
        if sha in self.broken:
            return refuse(503)
        if sha not in self.messages or sha in self.gone:
            return refuse(404)
        file = {"item": {"path": "/a.py"}, "changeType": "edit"}
        return jsonify(commit_json(sha, self.messages[sha]) | {"parents": ["f" * 40], "changes": [file]})

    def list_push(self, push_id: int) -> Response:
        return self.show_list(self.pushes[push_id]) if push_id in self.pushes else refuse(404)

    def list_range(self, old: str, new: str) -> Response:
        return refuse(404) if old in self.gone else self.show_list(self.ranges.get((old, new), []))

    def show_list(self, shas: list[str]) -> Response:
        return jsonify({"value": [first_line(sha, self.messages[sha]) for sha in shas]})

    def show_threads(self, number: str) -> Response:
        comment = {"id": 1, "commentType": "text"}
        return refuse(404) if number in self.gone else jsonify({"value": [{"comments": [comment] * self.comments}]})


def commit_json(sha: str, message: str) -> Json:
    author = {"name": "Ines Okafor", "email": "ines@larkspur.example", "date": "2026-03-02T09:14:05Z"}
    return {"commitId": sha, "author": author, "comment": message}


def first_line(sha: str, message: str) -> Json:
    line, rest, _ = message.partition("\n")
    return commit_json(sha, line) | ({"commentTruncated": True} if rest else {})


def refuse(status: int) -> Response:
    answer = jsonify({"message": "TF000000: not here"})
    answer.status_code = status
    return answer


def open_wire() -> Iterator[GitWire]:
    wire = GitWire()
    server = serve(wire.app)
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({server.url.removeprefix("http://")})))
    wire.git = GitApi(AdoClient(f"{server.url}/larkspur", SecretStr("Basic eA=="), http))
    yield wire
    server.stop()
