import dataclasses

import pytest
import requests

from domain.subscriptions import EVENT_TYPES
from jobs.guard import guard_connection
from linkage.hook_rotation import GRACE
from sandbox.ado_seed import TOKENS
from tests.app.actions import OAUTH_CLIENT, OAUTH_SECRET, add_fault, only_site, push_commit, refused


@pytest.fixture
def linked_site(run, connected, town, services):
    """A site with a linked project, reached by commands."""
    town.open(services)
    assert run("link-project", town.jira, connected, "Webshop").exit_code == 0
    return town


def link_of(services):
    (link,) = services.links.list_for(only_site(services).id)
    return link


def answer_to(town, hook, password):
    """The status of an event that is sent with a password."""
    address = f"{town.app_url}/webhooks/ado/{hook}"
    return requests.post(address, data=b"{}", auth=("crosswalk", password), timeout=5).status_code


def passwords(town):
    return {one.consumer_inputs["basicAuthPassword"] for one in town.organization.subscriptions.values()}


def end_grace(services):
    """The guard looks when nothing sent with the old secret is on its way any more."""
    later = services.now() + GRACE + 1_000
    guard_connection(dataclasses.replace(services, now=lambda: later), link_of(services).connection_id)


@pytest.mark.parametrize("named", [True, False])
def test_every_subscription_has_the_new_secret_and_the_old_one_is_over_soon(run, linked_site, services, named):
    old = passwords(linked_site)

    result = run("rotate-hook-secrets", *([linked_site.jira] if named else []))

    assert (result.exit_code, result.output) == (0, f"acme, project {link_of(services).project_id}: new secret\n")
    assert passwords(linked_site) == {services.links.read_secret(link_of(services)).get_secret_value()}
    assert not old & passwords(linked_site)
    assert not link_of(services).is_rotating
    push_commit(linked_site, link_of(services).project_id, "SHOP-7 Mend the basket")
    assert len(linked_site.site.development.panel("SHOP-7")["commits"]) == 1
    assert linked_site.organization.violations == []


def test_what_could_not_be_told_is_named_and_both_secrets_count_until_it_was(run, linked_site, services, monkeypatch):
    monkeypatch.setattr("webhooks.verify.KEEP_SECONDS", 0.0)
    (old,) = passwords(linked_site)
    push = next(one for one in linked_site.organization.subscriptions.values() if one.event_type == "git.push")
    before = push.consumer_inputs["basicAuthPassword"]
    add_fault(linked_site.ado, f"hooks/subscriptions/{push.id}", 503, method="PUT", times=4)

    for _ in range(2):
        result = run("rotate-hook-secrets")
        assert refused(result, "both accepted", "Run this again")
        assert "refused for git.push" in result.stdout
        assert (push.consumer_inputs["basicAuthPassword"], len(passwords(linked_site))) == (before, 2)
        assert link_of(services).previous_digest is not None
        assert answer_to(linked_site, link_of(services).hook, old) == 202

    assert run("rotate-hook-secrets").exit_code == 0
    assert len(passwords(linked_site)) == 1
    assert answer_to(linked_site, link_of(services).hook, old) == 202
    assert services.duties.list_due("guard")[link_of(services).connection_id] <= services.now() + GRACE + 1_000
    end_grace(services)
    assert answer_to(linked_site, link_of(services).hook, old) == 401


def test_a_second_rotation_within_minutes_refuses_nothing_that_is_on_its_way(run, linked_site, services):
    (old,) = passwords(linked_site)

    for _ in range(2):
        assert run("rotate-hook-secrets").exit_code == 0

    (new,) = passwords(linked_site)
    for password in (old, new):
        assert answer_to(linked_site, link_of(services).hook, password) == 202


@pytest.mark.parametrize("status", ["disabledByUser", "disabledByInactiveIdentity"])
def test_what_a_person_switched_off_stays_off_and_is_told_the_secret_later(run, linked_site, services, status):
    (old,) = passwords(linked_site)
    push = next(one for one in linked_site.organization.subscriptions.values() if one.event_type == "git.push")
    push.status = status

    assert run("rotate-hook-secrets").exit_code == 0

    assert (push.status, push.consumer_inputs["basicAuthPassword"]) == (status, old)
    push.status = "enabled"
    guard_connection(services, link_of(services).connection_id)
    assert passwords(linked_site) == {services.links.read_secret(link_of(services)).get_secret_value()}


def test_what_azure_devops_switched_off_is_on_again_and_what_was_missed_is_read(run, linked_site, services):
    push = next(one for one in linked_site.organization.subscriptions.values() if one.event_type == "git.push")
    push.status = "disabledBySystem"
    services.redis.zrem("crosswalk:duties:reconcile", link_of(services).id)

    assert run("rotate-hook-secrets").exit_code == 0
    assert push.status == "enabled"

    guard_connection(services, link_of(services).connection_id)
    assert services.duties.list_due("reconcile")[link_of(services).id] <= services.now()


def test_a_token_that_ended_keeps_both_secrets(run, linked_site, services):
    linked_site.organization.tokens.clear()

    assert refused(run("rotate-hook-secrets"), "Run this again")
    assert link_of(services).previous_digest is not None


def test_a_subscription_that_somebody_deleted_does_not_stop_it(run, linked_site, services):
    linked_site.organization.subscriptions.popitem()

    assert run("rotate-hook-secrets").exit_code == 0
    assert not link_of(services).is_rotating


def test_secrets_that_were_lost_with_the_key_file_are_made_anew(run, linked_site, services):
    services.settings.local_key_file.unlink()
    run("rotate-keys", "--accept-loss")
    site = only_site(services)
    connection = services.connections.list_for(site.id)[0]
    run("connect-organization", linked_site.jira, connection.organization_url, typed=TOKENS["full"])

    result = run("rotate-hook-secrets")

    assert result.exit_code == 0, result.output
    assert passwords(linked_site) == {services.links.read_secret(link_of(services)).get_secret_value()}
    assert len(linked_site.organization.subscriptions) == len(EVENT_TYPES)


def test_a_project_is_unlinked_though_its_hook_secret_does_not_open(run, linked_site, services):
    services.vault.forget_tenant(only_site(services).id)
    connection = services.connections.list_for(only_site(services).id)[0]
    run("add-site", linked_site.jira, "--client-id", OAUTH_CLIENT, typed=OAUTH_SECRET)
    run("connect-organization", linked_site.jira, connection.organization_url, typed=TOKENS["full"])

    assert run("unlink-project", linked_site.jira, connection.organization_url, "Webshop").exit_code == 0
    assert linked_site.organization.subscriptions == {}
