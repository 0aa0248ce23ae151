"""What tests of the API do to the stand-ins and with the application."""

import threading

import requests

from sandbox.ado_seed import TOKENS

OAUTH_CLIENT, OAUTH_SECRET = "client-4711", "stand-in-secret-0815"


def add_fault(server, path, status, **rule):
    """Let a stand-in answer calls to a path (regular expression) with a status, until told otherwise."""
    body = {"path": path, "status": status, "times": None} | rule
    requests.post(f"{server}/_control/faults", json=body, timeout=5).raise_for_status()


def add_token(site, scopes, user=None):
    """A new token of these scopes, of the first person or another."""
    secret = "token-" + "-".join(sorted(scopes))
    site.organization.add_token(secret, site.organization.find_user(user), frozenset(scopes))
    return secret


def list_calls(server, method, path):
    """The calls a stand-in answered whose path holds a text."""
    logged = requests.get(f"{server}/_control/calls", timeout=5).json()
    return [call for call in logged if call["method"] == method and path in call["path"]]


def in_parallel(count, work):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def push_commit(site, project, message="SHOP-1 Mend the basket"):
    """A pushed commit of a project travels to Jira, as far as it is subscribed to; its hash."""
    found = next(one for one in site.organization.repositories.values() if one.project.id == project)
    push = site.organization.push(found, [{"message": message}], branch="main")
    site.work()
    return push.commits[0]


def kept_link(site, connection, project):
    """The link of a project as the database has it, None when there is none."""
    return site.services.links.find_project(connection["id"], project)


def connect(site, token=TOKENS["full"], address=None):
    body = {"organizationUrl": address or site.organization_url, "token": token}
    return site.call("POST", "/api/connections", body)


def pointers(answer):
    """Where a refusal saw wrong values."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [fault["pointer"] for fault in answer.json()["errors"]]


def stored(site):
    """The connections of the only site, as the database has them."""
    return site.services.connections.list_for(only_site(site.services).id)


def only_site(services):
    """The one Jira site there is."""
    (site,) = services.installations.list_all()
    return site


def refused(result, *words):
    """One sentence, no traceback."""
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr
    return True
