import pytest
import requests
from pydantic import SecretStr

from domain.subscriptions import ALL_KINDS, EVENT_TYPES
from sandbox import ado_subscriptions
from sandbox.ado_access import deny_permission
from sandbox.ado_seed import TOKENS
from tests.app.actions import add_token, in_parallel, kept_link, list_calls, push_commit

MARA, TOMASZ = "Mara Lindqvist", "Tomasz Baran"


def event_types(site):
    return sorted(one.event_type for one in site.organization.subscriptions.values())


def test_linking_makes_one_subscription_per_event_type(site, connection, linked, webshop):
    subscriptions = site.organization.subscriptions

    assert event_types(site) == sorted(EVENT_TYPES)
    assert {entry["id"]: entry["eventType"] for entry in linked["subscriptions"]} == {
        one.id: one.event_type for one in subscriptions.values()
    }
    assert {entry["status"] for entry in linked["subscriptions"]} == {"enabled"}
    kept = kept_link(site, connection, webshop)
    password = site.services.links.read_secret(kept).get_secret_value()
    for one in subscriptions.values():
        assert one.project_id == webshop
        assert one.version == EVENT_TYPES[one.event_type].version
        assert one.consumer_inputs == {
            "url": f"{site.app_url}/webhooks/ado/{kept.hook}",
            "basicAuthUsername": "crosswalk",
            "basicAuthPassword": password,
            "resourceDetailsToSend": "all",
            "messagesToSend": "none",
            "detailedMessagesToSend": "none",
        }
    assert site.organization.violations == []


def test_events_of_a_linked_project_reach_jira(site, linked, webshop):
    push_commit(site, webshop, "SHOP-2 Mend the basket")

    assert len(site.site.development.panel("SHOP-2")["commits"]) == 1


def test_repeating_a_link_changes_nothing(site, link, linked):
    site_before = {one.id: one.modified for one in site.organization.subscriptions.values()}

    again = link()

    assert again.json() == linked
    assert {one.id: one.modified for one in site.organization.subscriptions.values()} == site_before
    assert len(list_calls(site.ado, "POST", "hooks/subscriptions")) == len(EVENT_TYPES)


def test_two_clicks_at_once_make_one_set(site, link):
    answers = in_parallel(3, link)

    assert [answer.status_code for answer in answers] == [200] * 3
    assert event_types(site) == sorted(EVENT_TYPES)


def test_a_subscription_left_by_an_earlier_try_is_adopted(site, link, linked, webshop):
    """The process ended between Azure DevOps' answer and the database."""
    lost = next(one for one in site.organization.subscriptions.values() if one.event_type == "git.push")
    lost.consumer_inputs["basicAuthPassword"] = "unknown by now"
    site.services.links.drop_subscription(lost.id)

    again = link().json()

    assert {entry["id"] for entry in again["subscriptions"]} == set(site.organization.subscriptions)
    assert len(site.organization.subscriptions) == len(EVENT_TYPES)
    push_commit(site, webshop, "SHOP-3 Mend the basket")
    assert len(site.site.development.panel("SHOP-3")["commits"]) == 1


def test_subscriptions_of_a_link_that_is_gone_are_taken_over(site, connection, link, linked, webshop):
    before = set(site.organization.subscriptions)
    site.services.links.delete(kept_link(site, connection, webshop).id)

    again = link().json()

    assert {entry["id"] for entry in again["subscriptions"]} == before == set(site.organization.subscriptions)
    push_commit(site, webshop, "SHOP-4 Mend the basket")
    assert len(site.site.development.panel("SHOP-4")["commits"]) == 1


def test_a_double_is_removed(site, link, linked):
    double = next(one for one in site.organization.subscriptions.values() if one.event_type == "git.push")
    body = {
        "publisherId": "tfs", "eventType": "git.push", "resourceVersion": "1.0", "consumerId": "webHooks",
        "consumerActionId": "httpRequest", "publisherInputs": {"projectId": double.project_id},
        "consumerInputs": {"url": double.consumer_inputs["url"]},
    }  # fmt: skip
    requests.post(
        f"{site.organization_url}/_apis/hooks/subscriptions?api-version=7.1",
        json=body,
        auth=("", TOKENS["full"]),
        timeout=5,
    ).raise_for_status()

    again = link()

    assert again.json() == linked
    assert event_types(site) == sorted(EVENT_TYPES)


def test_hooks_of_others_are_left_alone(site, link, linked, connection, webshop):
    """Another Jira site that linked the same project, and somebody's own web hook."""
    ours = set(site.organization.subscriptions)
    other = site.services.installations.save_connect("other", "https://other.atlassian.net", SecretStr("s"), 1)
    theirs = site.services.connections.add(
        other.id, organization="acme", organization_url=site.organization_url, instance_id="1",
        token=SecretStr(TOKENS["full"]), problems=[], now=1,
    )  # fmt: skip
    hook = site.services.links.add(other.id, theirs.id, webshop, ["commits"], 1).hook
    first = site.organization.subscriptions[min(ours)]
    for number, url in enumerate((f"{site.app_url}/webhooks/ado/{hook}", f"{site.app_url}.example.com/webhooks/ado/x")):
        copy = ado_subscriptions.Subscription(
            f"{number}",
            "git.push",
            "1.0",
            {"projectId": webshop},
            {"url": url},
            first.owner,
            first.created,
            first.created,
        )
        site.organization.subscriptions[copy.id] = copy

    assert link({"kinds": ["builds"]}).status_code == 200

    assert {"0", "1"} <= set(site.organization.subscriptions)
    assert site.organization.subscriptions["0"].consumer_inputs["url"].endswith(hook)


def test_kinds_that_are_switched_off_lose_their_subscriptions(site, link, linked):
    fewer = link({"kinds": ["commits"]}).json()

    assert event_types(site) == ["git.push", "git.repo.deleted", "git.repo.renamed"]
    assert [entry["eventType"] for entry in fewer["subscriptions"]] == event_types(site)
    assert fewer["kinds"] == ["commits"]
    assert link().json() == fewer

    assert len(link({"kinds": list(ALL_KINDS)}).json()["subscriptions"]) == len(EVENT_TYPES)


@pytest.mark.parametrize("status", ["disabledBySystem", "disabledByUser", "onProbation"])
def test_a_disabled_subscription_is_switched_on_again(site, link, linked, status):
    broken = next(iter(site.organization.subscriptions.values()))
    broken.status = status

    again = link().json()

    assert broken.status == "enabled"
    assert again == linked


def test_a_subscription_that_somebody_filtered_is_set_right(site, link, linked):
    changed = next(one for one in site.organization.subscriptions.values() if one.event_type == "git.push")
    changed.publisher_inputs["branch"] = "main"

    link()

    assert not changed.publisher_inputs.get("branch")


def test_a_subscription_that_somebody_deleted_is_made_again(site, link, linked):
    site.organization.subscriptions.popitem()

    assert link().status_code == 200
    assert event_types(site) == sorted(EVENT_TYPES)


def test_a_refusal_half_way_leaves_nothing(site, connection, link, webshop, monkeypatch):
    """A server that does not know one of the event types, the eleventh in our order."""
    monkeypatch.delitem(ado_subscriptions.EVENT_TYPES, "ms.vss-release.deployment-started-event")

    answer = link()

    assert answer.status_code == 422
    assert len(list_calls(site.ado, "POST", "hooks/subscriptions")) == 11
    assert site.organization.subscriptions == {}
    assert kept_link(site, connection, webshop) is None


def test_a_refusal_half_way_keeps_the_set_that_was_there(site, connection, link, webshop, monkeypatch):
    before = link({"kinds": ["commits"]}).json()
    monkeypatch.delitem(ado_subscriptions.EVENT_TYPES, "ms.vss-release.deployment-started-event")

    answer = link({"kinds": list(ALL_KINDS)})

    assert answer.status_code == 422
    assert set(site.organization.subscriptions) == {entry["id"] for entry in before["subscriptions"]}
    assert kept_link(site, connection, webshop).kinds == ("commits",)
    assert link().json() == before


def test_an_undo_that_fails_is_mended_by_the_next_try(site, connection, link, webshop, monkeypatch):
    with monkeypatch.context() as old_server:
        old_server.delitem(ado_subscriptions.EVENT_TYPES, "ms.vss-release.deployment-started-event")
        deny_permission(
            site.organization,
            site.organization.find_user(MARA),
            site.organization.projects[webshop],
            "DeleteSubscriptions",
        )
        assert link().status_code == 422
    assert kept_link(site, connection, webshop) is None
    left = set(site.organization.subscriptions)

    assert link().status_code == 200

    assert left <= set(site.organization.subscriptions)
    assert event_types(site) == sorted(EVENT_TYPES)


def test_a_missing_right_leaves_nothing_and_says_who_must_grant_what(site, connection, projects, link, webshop):
    site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": TOKENS["no-hooks"]})

    answer = link()

    assert answer.status_code == 422
    for words in (TOMASZ, "Webshop", "administrator", "View, Edit and Delete subscriptions", webshop):
        assert words in answer.json()["detail"]
    assert site.organization.subscriptions == {}
    assert kept_link(site, connection, webshop) is None


def test_a_missing_scope_is_named(site, connection, link):
    token = add_token(site, {"vso.project", "vso.release"})
    site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": token})

    answer = link()

    assert answer.status_code == 422
    assert "Code (Read)" in answer.json()["detail"]
    assert site.organization.subscriptions == {}


def test_a_missing_right_to_delete_is_told_and_nothing_is_switched_off(site, connection, link, linked, webshop):
    project = site.organization.projects[webshop]
    deny_permission(site.organization, site.organization.find_user(MARA), project, "DeleteSubscriptions")

    answer = link({"kinds": ["commits"]})

    assert answer.status_code == 422
    assert len(site.organization.subscriptions) == len(EVENT_TYPES)
    assert kept_link(site, connection, webshop).kinds == ALL_KINDS
