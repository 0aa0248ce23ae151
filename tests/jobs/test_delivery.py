"""What becomes of each entity when Jira refuses some of a request."""

import pytest
from flask import Flask, request

from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import JiraClient
from domain.bulk import pack_requests
from domain.changes import Entity, Removal, Source
from domain.errors import NotFound, Unavailable
from jobs.delivery import send_requests
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
    """Refuses whole requests that hold a poisoned commit, as Jira does for some faults."""

    def __init__(self):
        self.poisoned, self.held, self.calls = set(), set(), 0
        self.client = None
        self.status, self.delete_status = 400, 202
        self.app = Flask("picky")
        self.app.add_url_rule("/devinfo/bulk", "bulk", self.bulk, methods=["POST"])
        self.app.add_url_rule("/<path:path>", "remove", self.remove, methods=["DELETE"])

    def bulk(self):
        self.calls += 1
        sent = {commit["id"] for repository in request.json["repositories"] for commit in repository["commits"]}
        if sent & self.poisoned:
            return {"errorMessages": ["something here is wrong"]}, self.status
        self.held |= sent
        return {"unknownIssueKeys": []}, 202

    def remove(self, path):
        return "", self.delete_status


@pytest.fixture
def picky():
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


@pytest.mark.parametrize("status", [400, 413])
def test_only_the_poisoned_entities_are_refused(picky, status):
    picky.status, picky.poisoned = status, {"7", "30"}
    delivery = send_requests(pack_requests(commits(64), SOURCE), picky.client)
    assert {who[2] for who in delivery.failed} == picky.poisoned
    assert picky.held == {str(number) for number in range(64)} - picky.poisoned
    assert delivery.accepted == 62
    assert all("something here is wrong" in why for why in delivery.failed.values())
    assert picky.calls < 30


def test_a_removal_of_what_is_not_there_is_done(picky):
    picky.delete_status = 404
    delivery = send_requests(pack_requests([Removal("branch", "main", 1, "repo")], SOURCE), picky.client)
    assert (delivery.accepted, delivery.failed) == (1, {})


def test_a_removal_that_jira_refuses_is_told(picky):
    picky.delete_status = 400
    delivery = send_requests(pack_requests([Removal("branch", "main", 1, "repo")], SOURCE), picky.client)
    assert [who[0] for who in delivery.failed] == ["branch"]


def test_a_removal_waits_when_jira_is_down(picky):
    picky.delete_status = 500
    with pytest.raises(Unavailable):
        send_requests(pack_requests([Removal("branch", "main", 1, "repo")], SOURCE), picky.client)


def test_an_address_that_jira_does_not_know_is_no_success(picky):
    picky.status, picky.poisoned = 404, {"0"}
    with pytest.raises(NotFound):
        send_requests(pack_requests(commits(1), SOURCE), picky.client)
