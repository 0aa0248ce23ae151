"""Service hook subscriptions of the Azure DevOps stand-in: what is accepted, shown, found and matched."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ado import AdoOrganization
from tests.sandbox.ado_rig import AdoRig, running_ado

HOOKS = "_apis/hooks/subscriptions"
WANTED = (
    "git.push", "git.pullrequest.created", "git.pullrequest.updated", "git.pullrequest.merged",
    "ms.vss-code.git-pullrequest-comment-event", "git.repo.renamed", "git.repo.deleted", "build.complete",
    "ms.vss-pipelines.run-state-changed-event", "ms.vss-pipelines.stage-state-changed-event",
    "ms.vss-release.deployment-started-event", "ms.vss-release.deployment-completed-event",
    "ms.vss-release.release-abandoned-event",
)  # fmt: skip


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


@pytest.mark.parametrize("event_type", WANTED)
def test_a_subscription_of_each_type_is_made_and_shows_no_password(ado: AdoRig, event_type: str) -> None:
    made = ado.get(f"{HOOKS}/{ado.subscribe(event_type)}")
    assert (made["status"], made["consumerInputs"]["basicAuthPassword"]) == ("enabled", "********")
    assert made["publisherInputs"].keys() == {"projectId", "tfsSubscriptionId", "hostId"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"eventType": "git.branch.created"}, "does not exist"),
        ({"publisherId": "pipelines"}, "does not support the event type"),
        ({"resourceVersion": "9.0"}, "is not supported for event type"),
        ({"consumerId": "slack"}, "consumer"),
        ({"publisherInputs": {"projectId": "0f0f0f0f-0000-4000-8000-000000000000"}}, "TF200016"),
        ({"publisherInputs": {"pipelineId": "4"}}, "'pipelineId' is not valid"),
        ({"consumerInputs": {}}, "'url' is not valid"),
        ({"consumerInputs": {"url": "ftp://hooks.example/x"}}, "'url' is not valid"),
        ({"consumerInputs": {"url": "https://h.example", "basicAuthPassword": "p" * 257}}, "1 to 256 characters"),
        ({"consumerInputs": {"url": "https://h.example", "basicAuthUsername": " "}}, "1 to 256 characters"),
        ({"consumerInputs": {"url": "https://h.example", "resourceDetailsToSend": "some"}}, "does not accept"),
        ({"consumerInputs": {"url": "https://h.example", "hmac": "x"}}, "'hmac' is not valid"),
    ],
)
def test_a_wrong_subscription_is_refused_with_the_reason(ado: AdoRig, changes: dict[str, Any], reason: str) -> None:
    answer = ado.call("POST", HOOKS, json=ado.subscription("git.push", **changes))
    assert answer.status_code in {400, 404}
    assert reason in answer.json()["message"]
    assert ado.state()["subscriptions"] == []


@pytest.mark.parametrize("url", ["http://localhost/x", "https://127.0.0.1/x", "https://10.1.2.3/x", "https://[::1]/x"])
def test_special_addresses_are_refused_unless_the_organization_allows_them(url: str) -> None:
    with running_ado(AdoOrganization.seeded(allow_loopback=False)) as ado:
        answer = ado.call("POST", HOOKS, json=ado.subscription("git.push", consumerInputs={"url": url}))
        assert (answer.status_code, "special range" in answer.json()["message"]) == (400, True)


def test_an_omitted_version_means_the_latest(ado: AdoRig) -> None:
    body = ado.subscription("build.complete")
    del body["resourceVersion"]
    assert ado.call("POST", HOOKS, json=body).json()["resourceVersion"] == "2.0"


def test_the_list_is_filtered_and_the_query_finds_by_project(ado: AdoRig) -> None:
    push = ado.subscribe("git.push")
    other = list(ado.organization.projects)[1]
    ado.subscribe("build.complete", publisherInputs={"projectId": other})
    assert [found["id"] for found in ado.get(HOOKS, eventType="git.push")["value"]] == [push]
    query = {
        "consumerId": "webHooks",
        "publisherInputFilters": [
            {"conditions": [{"inputId": "projectId", "operator": "equals", "inputValue": ado.project.id}]}
        ],
    }
    found = ado.call("POST", "_apis/hooks/subscriptionsquery", json=query).json()["results"]
    assert [one["id"] for one in found] == [push]


def test_replacing_keeps_a_masked_password_and_can_disable(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    body = ado.get(f"{HOOKS}/{made}") | {"status": "disabledByUser"}
    assert ado.call("PUT", f"{HOOKS}/{made}", json=body).json()["status"] == "disabledByUser"
    ado.control("push", repository="shop-web", commits=["SHOP-1 unseen"])
    ado.call("PUT", f"{HOOKS}/{made}", json=body | {"status": "enabled"})
    ado.control("push", repository="shop-web", commits=["SHOP-2 seen"])
    ado.settle()
    assert [body["resource"]["commits"][0]["comment"] for body in ado.receiver.bodies] == ["SHOP-2 seen"]
    assert ado.receiver.headers[0]["Authorization"] == "Basic aG9vazpjb3JyZWN0IGhvcnNl"


def test_a_deleted_subscription_is_gone(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    assert ado.call("DELETE", f"{HOOKS}/{made}").status_code in {200, 204}
    assert ado.call("GET", f"{HOOKS}/{made}").status_code == 404
    assert ado.call("DELETE", f"{HOOKS}/{made}").status_code == 404


def test_events_reach_only_their_project_and_their_filters(ado: AdoRig) -> None:
    main_only = {"projectId": ado.project.id, "branch": "main", "repository": ado.repository.id}
    ado.subscribe("git.push", publisherInputs=main_only)
    ado.control("push", repository="ops-web", commits=["OPS-1 other project"])
    ado.control("push", repository="shop-api", commits=["SHOP-1 other repository"])
    ado.control("push", repository="shop-web", commits=["SHOP-2 other branch"], branch="feature/x")
    ado.control("push", repository="shop-web", commits=["SHOP-3 fits"])
    ado.settle()
    assert [body["resource"]["commits"][0]["comment"] for body in ado.receiver.bodies] == ["SHOP-3 fits"]


def test_the_notification_type_filter_tells_updates_apart(ado: AdoRig) -> None:
    votes = {"projectId": ado.project.id, "notificationType": "ReviewerVoteNotification"}
    ado.subscribe("git.pullrequest.updated", publisherInputs=votes)
    ado.control("update_pull_request", number=1, title="SHOP-9: another title")
    ado.control("vote", number=1, value=5, user="Yuki Onodera")
    ado.settle()
    assert [body["resource"]["reviewers"][0]["vote"] for body in ado.receiver.bodies] == [5]


def test_the_history_tells_how_a_delivery_went(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.control("push", repository="shop-web", commits=["SHOP-1"])
    ado.settle()
    found = ado.get(f"{HOOKS}/{made}/notifications")["value"]
    query = {"subscriptionIds": [made], "resultType": "succeeded"}
    queried = ado.call("POST", "_apis/hooks/notificationsquery", json=query).json()["results"]
    assert [(one["id"], one["status"], one["result"]) for one in found] == [(1, "completed", "succeeded")]
    assert [one["eventId"] for one in queried] == [ado.receiver.bodies[0]["id"]]
    assert ado.get(f"{HOOKS}/{made}/notifications/1")["details"]["response"] == "Status Code: 202"


def test_the_catalogue_names_versions_and_filters(ado: AdoRig) -> None:
    found = {one["id"]: one for one in ado.get("_apis/hooks/publishers/tfs/eventtypes")["value"]}
    assert found["git.push"]["supportedResourceVersions"] == ["1.0", "1.0-preview.1"]
    assert "git.branch.created" not in found
