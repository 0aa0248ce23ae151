"""A Jira that refuses some of what it is sent, over real HTTP."""

from collections.abc import Iterator

from flask import Flask, request

from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import JiraClient
from domain.changes import Entity, Source
from sandbox.server import serve

SOURCE = Source("connection", "https://dev.azure.com/acme", "project")


class PlainSigner:
    def __init__(self, url):
        self.url = url

    def address(self, api):
        return f"{self.url}/{api}"

    def headers(self, method, url):
        return {}

    def renew(self):
        return False


class PickyJira:
    """Refuses whole requests that hold a poisoned commit, as Jira does for some faults. `fails_after` so many calls."""

    def __init__(self):
        self.poisoned, self.held, self.calls = set(), set(), 0
        self.client = None
        self.status, self.delete_status = 400, 202
        self.fails_after = None
        self.app = Flask("picky")
        self.app.add_url_rule("/devinfo/bulk", "bulk", self.bulk, methods=["POST"])
        self.app.add_url_rule("/<path:path>", "remove", self.remove, methods=["DELETE"])

    def bulk(self):
        self.calls += 1
        if self.fails_after is not None and self.calls > self.fails_after:
            return "", 503
        sent = {commit["id"] for repository in request.json["repositories"] for commit in repository["commits"]}
        if sent & self.poisoned:
            return {"errorMessages": ["something here is wrong"]}, self.status
        self.held |= sent
        return {"unknownIssueKeys": []}, 202

    def remove(self, path):
        return "", self.delete_status


def open_picky() -> Iterator[PickyJira]:
    jira = PickyJira()
    server = serve(jira.app)
    host = server.url.removeprefix("http://")
    jira.client = JiraClient(
        PlainSigner(server.url), HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({host})))
    )
    yield jira
    server.stop()


def commits(count):
    repository = {"id": "repo", "name": "repo", "url": "https://dev.azure.com/acme/p/_git/repo", "updateSequenceId": 1}
    return [
        Entity("commit", str(number), 1, ("SHOP-1",), {"id": str(number)}, repository_id="repo", repository=repository)
        for number in range(count)
    ]
