import logging

import pytest
import requests
from pydantic import SecretStr

from sandbox.ado_seed import TOKENS
from tests.app.actions import connect, in_parallel, pointers, push_commit, stored

FULL = TOKENS["full"]


@pytest.fixture
def foreign(site):
    """A connection of another Jira site."""
    other = site.services.installations.save_connect("other", "https://other.atlassian.net", SecretStr("s"), 1)
    return site.services.connections.add(
        other.id, organization="other", organization_url=site.organization_url, instance_id="1",
        token=SecretStr(FULL), problems=[], now=1,
    )  # fmt: skip


def test_a_good_token_connects_and_says_whose_it_is(site):
    answer = connect(site, address=f"{site.organization_url}/Webshop/_git/web?path=/")

    assert answer.status_code == 201
    (kept,) = stored(site)
    assert answer.json() == {
        "id": kept.id,
        "organizationUrl": site.organization_url,
        "organization": "acme",
        "tokenState": "ok",
        "expiresOn": None,
        "problems": [],
        "authenticatedAs": "Mara Lindqvist",
    }
    assert kept.instance_id == site.organization.id
    assert site.services.connections.read_token(kept) == SecretStr(FULL)
    assert site.organization.violations == []


def test_a_connection_is_listed_and_shown_without_token_and_person(site, connection):
    shown = {name: value for name, value in connection.items() if name != "authenticatedAs"}

    assert site.call("GET", "/api/connections").json() == {"items": [shown], "next": None}
    assert site.call("GET", f"/api/connections/{connection['id']}").json() == shown


def test_a_pasted_token_may_end_with_a_line_break(site):
    assert connect(site, token=f" {FULL}\n").status_code == 201
    assert site.services.connections.read_token(stored(site)[0]) == SecretStr(FULL)


def test_connecting_again_keeps_the_connection_and_takes_the_new_token(site, connection):
    again = connect(site, token=TOKENS["read"])

    assert (again.status_code, again.json()["id"]) == (201, connection["id"])
    (kept,) = stored(site)
    assert site.services.connections.read_token(kept) == SecretStr(TOKENS["read"])


def test_two_clicks_at_once_make_one_connection(site):
    answers = in_parallel(3, lambda: connect(site))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == len(stored(site)) == 1


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, ["/organizationUrl", "/token"]),
        ({"organizationUrl": "acme", "token": ""}, ["/token"]),
        ({"organizationUrl": "acme", "token": "x", "colour": "red"}, ["/colour"]),
        ({"organizationUrl": ["acme"], "token": "x"}, ["/organizationUrl"]),
        ({"organizationUrl": "acme", "token": "x", "a/b~c": 1}, ["/a~1b~0c"]),
        ([1], [""]),
        ([], [""]),
        ("acme", [""]),
    ],
)
def test_every_wrong_value_is_listed_with_its_pointer(site, body, faults):
    answer = site.call("POST", "/api/connections", body)

    assert (answer.status_code, pointers(answer)) == (422, faults)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{broken"),
        ("application/x-www-form-urlencoded", b"token=x"),
        ("application/x-www-form-urlencoded", b""),
        ("text/plain", b'{"organizationUrl": "acme", "token": "x"}'),
    ],
)
def test_a_body_that_is_not_json_is_refused(site, content_type, body):
    token = site.site.context_token("crosswalk-azure-devops", site.site.admin.account_id)
    headers = {"Authorization": f"JWT {token}", "Content-Type": content_type}

    answer = requests.post(f"{site.app_url}/api/connections", data=body, headers=headers, timeout=5)

    assert answer.status_code == 422
    assert "JSON" in answer.json()["detail"]


CALLS = [
    ("GET", "/api/connections"),
    ("POST", "/api/connections"),
    ("GET", "/api/connections/{}"),
    ("DELETE", "/api/connections/{}"),
    ("PUT", "/api/connections/{}/token"),
    ("POST", "/api/connections/{}/check"),
    ("GET", "/api/connections/{}/projects"),
    ("PUT", "/api/connections/{}/projects/1"),
    ("DELETE", "/api/connections/{}/projects/1"),
    ("GET", "/api/health"),
    ("GET", "/api/dead-letters"),
    ("POST", "/api/dead-letters/1/retry"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_administrators_are_served(site, connection, method, path):
    address = path.format(connection["id"])

    member = site.call(method, address, {"broken": 1}, account=site.site.member.account_id)
    stranger = requests.request(method, site.app_url + address, json={"broken": 1}, timeout=5)

    assert (member.status_code, stranger.status_code) == (403, 401)
    assert len(stored(site)) == 1


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if "{}" in call[1]])
def test_the_connection_of_another_site_is_not_found(site, foreign, method, path):
    body = {"token": FULL} if path.endswith("token") else {} if method == "PUT" else None

    answer = site.call(method, path.format(foreign.id), body)

    assert answer.status_code == 404
    (kept,) = site.services.connections.list_for(foreign.installation_id)
    assert site.services.connections.read_token(kept) == SecretStr(FULL)


def test_the_same_organization_on_another_site_is_another_connection(site, foreign, connection):
    assert connection["id"] != foreign.id
    assert [item["id"] for item in site.call("GET", "/api/connections").json()["items"]] == [connection["id"]]


def test_a_new_token_wakes_the_events_that_waited_for_it(site, connection, linked):
    services = site.services
    (link,) = services.links.list_connection(connection["id"])
    services.queue.put(link.id, "repo", identity="1", event_type="git.push", body=b"{}", now=services.now())
    lease = services.queue.claim(f"{link.id}/repo", services.now())
    services.queue.leave(lease, services.now() + 3_600_000)
    services.connections.set_token_state(connection["id"], "refused")

    answer = site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": TOKENS["read"]})

    assert (answer.status_code, answer.json()["tokenState"]) == (200, "ok")
    assert services.queue.claim(f"{link.id}/repo", services.now())


def test_a_bad_new_token_changes_nothing(site, connection):
    answer = site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": "wrong"})

    assert (answer.status_code, pointers(answer)) == (422, ["/token"])
    assert site.services.connections.read_token(stored(site)[0]) == SecretStr(FULL)


def test_disconnecting_leaves_nothing_behind(site, connection, linked):
    push_commit(site, linked["projectId"])
    assert site.site.development.snapshot()

    answer = site.call("DELETE", f"/api/connections/{connection['id']}")

    assert (answer.status_code, answer.json()) == (200, {"problems": []})
    assert site.organization.subscriptions == {}
    assert site.site.development.snapshot() == {}
    assert stored(site) == []
    assert site.call("GET", f"/api/connections/{connection['id']}").status_code == 404
    assert site.organization.violations == site.site.violations == []


def test_disconnecting_goes_on_without_a_token_and_says_what_is_left(site, connection, linked):
    site.organization.tokens.clear()

    answer = site.call("DELETE", f"/api/connections/{connection['id']}")

    assert answer.status_code == 200
    assert [problem["code"] for problem in answer.json()["problems"]] == ["subscriptions_left"]
    assert stored(site) == []


def test_disconnecting_can_be_repeated_after_an_outage(site, connection, linked):
    requests.post(
        f"{site.jira}/_control/faults", json={"path": "bulkByProperties", "status": 503, "times": 2}, timeout=5
    )

    first = site.call("DELETE", f"/api/connections/{connection['id']}")
    second = site.call("DELETE", f"/api/connections/{connection['id']}")

    assert (first.status_code, second.status_code) == (502, 200)
    assert stored(site) == []


def test_a_token_appears_in_no_answer_and_no_log_line(site, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    said = [connect(site), connect(site, token=TOKENS["expired"]), connect(site, address=f"{site.ado}/nowhere")]
    path = f"/api/connections/{said[0].json()['id']}"
    project = next(iter(site.organization.projects))
    said += [site.call("PUT", f"{path}/token", {"token": TOKENS["read"]}), site.call("GET", f"{path}/projects")]
    said += [site.call("PUT", f"{path}/projects/{project}", {}), site.call("PUT", f"{path}/projects/nowhere", {})]
    site.organization.tokens.clear()
    said += [site.call("PUT", f"{path}/projects/{project}", {}), site.call("GET", "/api/health")]
    said += [site.call("POST", "/api/connections", {"organizationUrl": [FULL], "token": [FULL], FULL[:9]: 1})]
    (link,) = site.services.links.list_connection(said[0].json()["id"])
    secrets = [*TOKENS.values(), site.services.links.read_secret(link).get_secret_value()]

    output = capfd.readouterr()
    told = "".join([output.out, output.err, caplog.text, *(answer.text + str(answer.headers) for answer in said)])

    assert "link.saved" in told
    assert [secret for secret in secrets if secret in told] == []
