"""Links: a project's hook, its secret through rotation, and its subscriptions."""

import threading

import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from domain.errors import UnknownObject
from store.backfills import Backfills
from store.connections import Connections
from store.installations import Installations
from store.known_repositories import KnownRepositories, KnownRepository
from store.links import Links, Subscription, secret_digest
from store.links import links as rows
from store.marks import Marks
from tests.store.locks import await_lock

NOW = 1_800_000_000_000
KINDS = ["commits", "builds"]


@pytest.fixture
def links(engine, vault):
    return Links(engine, vault)


@pytest.fixture
def acme(engine, vault):
    return Installations(engine, vault).save_connect("client-acme", "https://acme.atlassian.net", SecretStr("s"), NOW)


@pytest.fixture
def organization(engine, vault, acme):
    return Connections(engine, vault).add(
        acme.id, organization="fabrikam", organization_url="https://dev.azure.com/fabrikam",
        instance_id="7f1f7f1f-0000-4000-8000-000000000001", token=SecretStr("t"), problems=[], now=NOW,
    )  # fmt: skip


@pytest.fixture
def link(links, acme, organization):
    return links.add(acme.id, organization.id, "project-1", KINDS, NOW)


def subscription(link, event_type="git.push", number=1, status="enabled"):
    return Subscription(f"subscription-{number}", link.id, event_type, status)


def test_a_link_is_found_by_id_hook_and_project(links, link, acme, organization):
    assert links.find(link.id) == links.find_hook(link.hook) == links.find_project(organization.id, "project-1") == link
    assert links.list_for(acme.id) == links.list_connection(organization.id) == [link]
    assert (link.kinds, link.jira_projects, link.previous_digest) == (("commits", "builds"), None, None)


def test_an_unknown_link_is_not_found(links, link, organization):
    assert links.find("none") is None
    assert links.find_hook(link.hook[:-1]) is None
    assert links.find_project(organization.id, "project-2") is None
    assert links.list_for("another-site") == []


def test_a_project_is_linked_once(links, link, acme, organization):
    with pytest.raises(IntegrityError):
        links.add(acme.id, organization.id, "project-1", KINDS, NOW)


def test_each_link_has_its_own_hook_and_secret(links, link, acme, organization):
    other = links.add(acme.id, organization.id, "project-2", KINDS, NOW + 1)
    assert other.hook != link.hook
    assert links.read_secret(other).get_secret_value() != links.read_secret(link).get_secret_value()
    assert links.list_for(acme.id) == [link, other]


def test_the_digest_is_that_of_the_secret(links, link):
    secret = links.read_secret(link).get_secret_value()
    assert len(secret) >= 43
    assert link.hook_digest == secret_digest(secret)
    assert secret not in repr(link)


def test_a_digest_is_the_sha_256_of_the_secret():
    assert secret_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_old_and_new_secret_count_while_a_rotation_runs(links, link):
    old = links.read_secret(link).get_secret_value()
    new = links.begin_rotation(link).get_secret_value()
    rotating = links.find(link.id)
    assert new != old
    assert (rotating.hook_digest, rotating.previous_digest) == (secret_digest(new), secret_digest(old))
    assert links.read_secret(rotating).get_secret_value() == new
    links.end_rotation(link.id)
    ended = links.find(link.id)
    assert (ended.hook_digest, ended.previous_digest) == (secret_digest(new), None)


def test_a_rotation_runs_until_every_subscription_was_told(links, link):
    links.begin_rotation(link)
    assert links.find(link.id).is_rotating
    links.note_told(link.id, NOW)
    told = links.find(link.id)
    assert (told.is_rotating, told.secret_told_at, told.previous_digest) == (False, NOW, link.hook_digest)
    links.begin_rotation(told)
    assert links.find(link.id).is_rotating
    links.end_rotation(link.id)
    ended = links.find(link.id)
    assert (ended.is_rotating, ended.secret_told_at, ended.previous_digest) == (False, None, None)


def test_what_is_wrong_with_subscriptions_is_kept(links, link):
    problem = {"code": "hooks_failing", "severity": "error", "detail": "look at the address"}
    assert link.problems == ()
    links.set_problems(link.id, [problem])
    assert links.find(link.id).problems == (problem,)
    links.set_problems(link.id, [])
    assert links.find(link.id).problems == ()


@pytest.mark.parametrize("chosen", [None, [], ["ABC"], ["ABC", "XY"]])
def test_the_choice_of_jira_projects_is_kept(links, link, chosen):
    links.set_choice(link.id, ["OLD"], KINDS)
    changed = links.set_choice(link.id, chosen, ["deployments"])
    assert changed == links.find(link.id)
    assert changed.jira_projects == (None if chosen is None else tuple(chosen))
    assert changed.kinds == ("deployments",)


def test_the_date_of_a_backfill_stays_until_another_is_chosen(links, link):
    assert links.set_choice(link.id, None, KINDS, "2026-01-31").backfill_since == "2026-01-31"
    assert links.set_choice(link.id, None, ["builds"]).backfill_since == "2026-01-31"
    assert links.set_choice(link.id, None, KINDS, "2025-06-01").backfill_since == "2025-06-01"


def test_a_link_keeps_one_subscription_per_event_type(links, link):
    links.save_subscription(subscription(link))
    links.save_subscription(subscription(link, "build.complete", 2))
    replaced = subscription(link, "git.push", 3, "onProbation")
    links.save_subscription(replaced)
    assert links.list_subscriptions(link.id) == [subscription(link, "build.complete", 2), replaced]


def test_saving_a_subscription_again_changes_its_status(links, link):
    links.save_subscription(subscription(link))
    links.save_subscription(subscription(link, status="disabledBySystem"))
    assert links.list_subscriptions(link.id) == [subscription(link, status="disabledBySystem")]


def test_a_dropped_subscription_is_gone(links, link):
    links.save_subscription(subscription(link))
    links.save_subscription(subscription(link, "build.complete", 2))
    links.drop_subscription("subscription-1")
    assert [kept.id for kept in links.list_subscriptions(link.id)] == ["subscription-2"]


def test_a_deleted_link_takes_its_subscriptions_along(links, link, acme, organization):
    other = links.add(acme.id, organization.id, "project-2", KINDS, NOW)
    links.save_subscription(subscription(link))
    links.save_subscription(subscription(other, number=2))
    links.delete(link.id)
    assert links.find_hook(link.hook) is None
    assert links.list_subscriptions(link.id) == []
    assert links.list_subscriptions(other.id) == [subscription(other, number=2)]


def test_a_link_needs_a_connection_that_exists(links, acme):
    with pytest.raises(IntegrityError):
        links.add(acme.id, "no-such-connection", "project-1", KINDS, NOW)


@pytest.mark.parametrize(
    ("keep", "error"),
    [
        (lambda engine, link: Marks(engine).move(link.id, "pushes", "r-1", NOW), None),
        (lambda engine, link: KnownRepositories(engine).save(link.id, "r-1", KnownRepository("print")), None),
        (lambda engine, link: Backfills(engine).start(link.installation_id, link.id, "2026-05-23", NOW), UnknownObject),
    ],
    ids=["a mark", "a repository", "a back-fill"],
)
def test_of_a_link_that_goes_at_this_moment_nothing_is_kept(engine, link, keep, error):
    raised = []

    def run():
        try:
            keep(engine, link)
        except Exception as caught:
            raised.append(type(caught))

    with engine.begin() as connection:
        connection.execute(delete(rows).where(rows.c.id == link.id))
        keeping = threading.Thread(target=run)
        keeping.start()
        await_lock(engine, keeping)
    keeping.join()
    assert raised == ([error] if error else [])
