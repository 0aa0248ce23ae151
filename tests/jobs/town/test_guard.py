"""The guard over a town: whatever happens to a subscription is repaired, or told to the one who can."""

import dataclasses
from collections.abc import Callable
from contextlib import nullcontext, suppress
from itertools import pairwise

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from clients.clocks import ClockWatch
from domain.errors import CallError, SecretError
from domain.hook_faults import FIRST_PAUSE
from domain.subscriptions import EVENT_TYPES
from jobs.guard import PERIOD, guard_connection
from jobs.hook_watch import SOON
from jobs.planning import plan_duties
from linkage.clocks import DIFFERS
from linkage.credentials import DAY, forget_rights
from linkage.holding import hold
from linkage.hook_rotation import GRACE
from linkage.tenants import learn_tenant
from sandbox.ado_access import deny_permission
from sandbox.ado_seed import TOKENS
from sandbox.ado_state import TENANT
from services import now_milliseconds
from store.connections import connections
from store.links import Link, links
from store.repairs import FORGET_SECONDS
from tests.app.actions import add_fault, kept_link, list_calls, push_commit
from tests.linkage.test_hook_rotation import answer_to

MARA = "Mara Lindqvist"


@pytest.fixture
def guard(site, connection):
    """Let the guard look, so many milliseconds from now; the time of its next look, from then."""

    def look(after=0):
        now = site.services.now() + after
        later = dataclasses.replace(site.services, now=lambda: now)
        due = guard_connection(later, connection["id"])
        return None if due is None else due - now

    return look


@pytest.fixture
def push_hook(site, linked):
    """The subscription to pushes."""
    return next(one for one in site.organization.subscriptions.values() if one.event_type == "git.push")


@pytest.fixture
def kept(site, connection, linked, webshop):
    """The link as the database has it now."""
    return lambda: kept_link(site, connection, webshop)


@pytest.fixture
def codes(site, connection, kept):
    """What is told of the link, and of the connection."""

    def read():
        (one,) = site.services.connections.list_for(kept().installation_id)
        told = [problem["code"] for problem in kept().problems]
        return told, [problem["code"] for problem in one.problems]

    return read


@dataclasses.dataclass
class Told:
    """A linked project whose hooks are guarded: `kept` reads the link, `codes` what is told, `guard` lets it look."""

    kept: Callable[[], Link]
    codes: Callable[[], object]
    guard: Callable[..., int | None]


@pytest.fixture
def told(kept, codes, guard):
    return Told(kept, codes, guard)


def wants_reconcile(site, link):
    return link.id in site.services.duties.list_due("reconcile")


def passwords(site):
    return {one.consumer_inputs["basicAuthPassword"] for one in site.organization.subscriptions.values()}


def states(site, link):
    return {row.event_type: row.status for row in site.services.links.list_subscriptions(link.id)}


def test_a_connection_in_order_is_looked_at_again_and_nothing_changes(site, guard, kept, codes):
    before = {one.id: one.modified for one in site.organization.subscriptions.values()}

    assert PERIOD <= guard() < PERIOD + 60_000

    assert {one.id: one.modified for one in site.organization.subscriptions.values()} == before
    assert not wants_reconcile(site, kept())
    assert codes() == ([], [])
    assert site.organization.violations == []


def break_status(status):
    return lambda site, hook: site.organization.edit_subscription(hook.id, status=status)


BREAKAGES = {
    "probation": break_status("onProbation"),
    "switched off by Azure DevOps": break_status("disabledBySystem"),
    "deleted": lambda site, hook: site.organization.delete_subscription(hook.id),
    "other address": lambda site, hook: site.organization.edit_subscription(hook.id, url="https://else.example.com/"),
    "filtered": lambda site, hook: site.organization.edit_subscription(hook.id, filters={"branch": "main"}),
    "other details": lambda site, hook: site.organization.edit_subscription(
        hook.id, consumer={"resourceDetailsToSend": "minimal"}
    ),
    "other version": lambda site, hook: setattr(hook, "version", "1.0-preview.1"),
}


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES)
def test_a_broken_subscription_is_repaired_with_a_new_secret_and_the_gap_is_read(site, told, push_hook, breakage):
    (old,) = passwords(site)
    breakage(site, push_hook)

    told.guard()

    assert sorted(one.event_type for one in site.organization.subscriptions.values()) == sorted(EVENT_TYPES)
    assert {one.status for one in site.organization.subscriptions.values()} == {"enabled"}
    assert set(states(site, told.kept()).values()) == {"enabled"}
    assert passwords(site) == {site.services.links.read_secret(told.kept()).get_secret_value()} != {old}
    assert wants_reconcile(site, told.kept())
    assert told.codes() == ([], [])
    push_commit(site, told.kept().project_id, "SHOP-2 Mend the basket")
    assert len(site.site.development.panel("SHOP-2")["commits"]) == 1


def test_what_was_sent_with_the_old_secret_is_accepted_for_some_minutes(site, guard, kept, push_hook, monkeypatch):
    monkeypatch.setattr("webhooks.verify.KEEP_SECONDS", 0.0)
    (old,) = passwords(site)
    push_hook.status = "onProbation"

    guard()
    assert answer_to(site, kept().hook, old) == 202
    guard(after=GRACE - 1_000)
    assert answer_to(site, kept().hook, old) == 202
    guard(after=GRACE + 1_000)
    assert answer_to(site, kept().hook, old) == 401
    (new,) = passwords(site)
    assert answer_to(site, kept().hook, new) == 202


@pytest.mark.parametrize(
    ("status", "code"),
    [("disabledByUser", "hooks_switched_off"), ("disabledByInactiveIdentity", "hooks_owner_inactive")],
)
def test_what_a_person_decided_is_told_and_not_fought(site, told, push_hook, status, code):
    site.organization.edit_subscription(push_hook.id, status=status)
    secrets = passwords(site)

    told.guard()

    assert (push_hook.status, states(site, told.kept())["git.push"]) == (status, status)
    assert told.codes() == ([code], [])
    assert "git.push" in told.kept().problems[0]["detail"]
    assert passwords(site) == secrets


def test_a_repair_beside_it_leaves_alone_what_a_person_switched_off(site, guard, push_hook):
    other = next(one for one in site.organization.subscriptions.values() if one is not push_hook)
    push_hook.status, other.status = "disabledByUser", "onProbation"

    guard()

    assert (push_hook.status, other.status) == ("disabledByUser", "enabled")


def test_what_a_person_switches_on_again_gets_the_present_secret_and_the_gap_is_read(site, told, push_hook):
    site.organization.edit_subscription(push_hook.id, status="disabledByUser")
    next(one for one in site.organization.subscriptions.values() if one is not push_hook).status = "onProbation"
    told.guard()
    told.guard(after=GRACE + 1_000)
    site.services.redis.zrem("crosswalk:duties:reconcile", told.kept().id)

    site.organization.edit_subscription(push_hook.id, status="enabled")
    told.guard(after=2 * GRACE + FIRST_PAUSE)

    assert passwords(site) == {site.services.links.read_secret(told.kept()).get_secret_value()}
    assert wants_reconcile(site, told.kept())
    assert told.codes() == ([], [])
    push_commit(site, told.kept().project_id, "SHOP-3 Mend the basket")
    assert len(site.site.development.panel("SHOP-3")["commits"]) == 1


def test_subscriptions_of_somebody_who_left_are_made_anew_by_the_owner_of_the_new_token(
    site, guard, kept, codes, webshop
):
    for one in site.organization.subscriptions.values():
        site.organization.edit_subscription(one.id, status="disabledByInactiveIdentity", user="Tomasz Baran")
    before = set(site.organization.subscriptions)

    guard()

    assert sorted(one.event_type for one in site.organization.subscriptions.values()) == sorted(EVENT_TYPES)
    assert not before & set(site.organization.subscriptions)
    assert {one.owner.name for one in site.organization.subscriptions.values()} == {MARA}
    assert codes() == ([], [])
    assert wants_reconcile(site, kept())


@pytest.mark.parametrize("permission", ["ViewSubscriptions", "EditSubscriptions"])
def test_a_missing_right_is_told_with_who_can_grant_it(site, told, push_hook, permission):
    push_hook.status = "disabledBySystem"
    project = site.organization.projects[told.kept().project_id]
    deny_permission(site.organization, site.organization.find_user(MARA), project, permission)

    told.guard()

    assert told.codes() == (["hooks_no_right"], [])
    (problem,) = told.kept().problems
    assert problem["severity"] == "error"
    for words in ("owner of the token", "this project", "administrator"):
        assert words in problem["detail"]
    for name in (MARA, "Webshop"):  # it is kept, and they are not
        assert name not in problem["detail"]
    assert push_hook.status == "disabledBySystem"

    site.organization.denied.clear()
    told.guard()
    assert (push_hook.status, told.codes()) == ("enabled", ([], []))


def test_a_project_that_is_gone_is_told(site, guard, codes, webshop, linked):
    site.organization.subscriptions.clear()
    del site.organization.projects[webshop]

    guard()

    assert codes()[0] == ["project_gone"]


COPIES = {
    "a double": {},
    "a dead hook": {"url": "/webhooks/ado/0123456789abcdef"},
    "another path": {"url": "/pages/admin"},
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_web_hooks_made_by_hand_are_told_and_left_alone(site, guard, codes, push_hook, copy):
    url = {"url": site.app_url + copy["url"]} if copy else {}
    made = site.organization.copy_subscription(push_hook.id, **url)

    guard()

    assert codes() == (["hooks_made_by_hand"], [])
    assert made.id in site.organization.subscriptions

    site.organization.delete_subscription(made.id)
    guard()
    assert codes() == ([], [])


def test_a_dead_hook_of_a_project_that_is_not_linked_is_told_of_the_connection(site, guard, codes, push_hook):
    other = list(site.organization.projects)[1]
    site.organization.copy_subscription(
        push_hook.id, url=f"{site.app_url}/webhooks/ado/dead", filters={"projectId": other}
    )

    guard()

    assert codes() == ([], ["hooks_made_by_hand"])


@pytest.mark.parametrize("url", ["https://else.example.com/webhooks/ado/x", None])
def test_web_hooks_of_others_are_nobody_s_business_here(site, guard, codes, push_hook, url):
    """Somebody's own receiver, and another Jira site that linked the same project."""
    other = site.services.installations.save_connect("other", "https://other.atlassian.net", SecretStr("s"), 1)
    theirs = site.services.connections.add(
        other.id, organization="acme", organization_url=site.organization_url, instance_id="1",
        token=SecretStr(TOKENS["full"]), problems=[], now=1,
    )  # fmt: skip
    hook = site.services.links.add(other.id, theirs.id, push_hook.project_id, ["commits"], 1).hook
    site.organization.copy_subscription(push_hook.id, url=url or f"{site.app_url}/webhooks/ado/{hook}")

    guard()

    assert codes() == ([], [])


def test_what_falls_again_and_again_is_repaired_with_growing_pauses_and_told(site, guard, kept, codes, push_hook):
    now, repaired = 0, []
    while now < 12 * 3_600_000:
        push_hook.status = "onProbation"
        due = guard(after=now)
        if push_hook.status == "enabled":
            repaired.append(now)
        now += due

    pauses = [(later - earlier) // 60_000 for earlier, later in pairwise(repaired)]
    assert len(repaired) >= 4
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 7 * pauses[0] > 0
    assert codes() == (["hooks_failing"], [])
    assert wants_reconcile(site, kept())


def test_a_calm_day_makes_the_next_repair_a_first_one(site, guard, kept, push_hook):
    push_hook.status = "onProbation"
    guard()

    assert 0 < site.services.redis.ttl(f"crosswalk:repairs:{kept().id}") <= FORGET_SECONDS


def test_a_check_on_demand_forgets_the_pauses(site, guard, connection, push_hook):
    for _ in range(2):
        push_hook.status = "onProbation"
        guard()
    assert push_hook.status == "onProbation"

    answer = site.call("POST", f"/api/connections/{connection['id']}/check")

    assert (answer.status_code, answer.json()) == (202, {"id": connection["id"]})
    assert site.services.duties.list_due("guard")[connection["id"]] <= site.services.now()
    guard()
    assert push_hook.status == "enabled"


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("calls", [1, 4, 5, 6, 7, 8, 11, 14, 15, 16])
def test_a_guard_that_is_killed_at_any_call_leaves_nothing_undone(site, told, push_hook, monkeypatch, calls):
    """The process ends before or right after one of its calls; the next one finds the rest."""
    monkeypatch.setattr("linkage.holding.WAIT_SECONDS", 5)
    (old,) = passwords(site)
    site.organization.edit_subscription(push_hook.id, status="onProbation")
    site.organization.delete_subscription(
        next(one.id for one in site.organization.subscriptions.values() if one.event_type == "build.complete")
    )
    wire, count = type(site.services.ado_http).call, []

    def dying(self, method, url, **rest):
        count.append(url)
        if len(count) == calls:
            if calls % 2:
                with suppress(CallError):
                    wire(self, method, url, **rest)
            raise Killed
        return wire(self, method, url, **rest)

    with monkeypatch.context() as dies, pytest.raises(Killed):
        dies.setattr(type(site.services.ado_http), "call", dying)
        told.guard()
        pytest.fail("it made fewer calls")
    assert answer_to(site, told.kept().hook, old) == 202
    assert {answer_to(site, told.kept().hook, password) for password in passwords(site)} == {202}

    told.guard()

    assert sorted(one.event_type for one in site.organization.subscriptions.values()) == sorted(EVENT_TYPES)
    assert set(states(site, told.kept()).values()) == {"enabled"}
    assert passwords(site) == {site.services.links.read_secret(told.kept()).get_secret_value()} != {old}
    assert not told.kept().is_rotating
    assert wants_reconcile(site, told.kept())
    assert told.codes() == ([], [])


def test_azure_devops_being_away_only_delays(site, guard, codes, kept, push_hook):
    push_hook.status = "onProbation"
    add_fault(site.ado, "hooks/subscriptions", 503, headers={"Retry-After": "120"})

    assert guard() == 120_000
    assert (push_hook.status, codes()) == ("onProbation", ([], []))


def test_words_of_azure_devops_are_not_kept(site, told, push_hook):
    site.organization.edit_subscription(push_hook.id, status="onProbation")
    words = {"message": f"TF400813: The user '{MARA}' is not authorized to access Webshop."}
    add_fault(site.ado, "hooks/subscriptions/.+", 403, method="PUT", body=words)
    add_fault(site.ado, "_apis/projects/.+", 403, body=words)

    told.guard()

    (problem,) = told.kept().problems
    assert problem["code"] == "hooks_no_right"
    add_fault(site.ado, "connectionData", 403, body=words)
    told.guard()
    (refused,) = site.services.connections.list_for(told.kept().installation_id)[0].problems
    assert refused["code"] == "access_refused"
    assert "status 403, TF400813" in refused["detail"]
    for name in (MARA, "Webshop"):
        assert name not in problem["detail"] + refused["detail"]


@pytest.fixture
def two_links(site, connection, link, linked, webshop):
    """Two linked projects, each with a subscription on probation, and the state of these by project."""
    other = list(site.organization.projects)[1]
    assert link(project=other).status_code == 200
    pushes = [one for one in site.organization.subscriptions.values() if one.event_type == "git.push"]
    for one in pushes:
        one.status = "onProbation"
    hooks = {one.project_id: one for one in pushes}
    return hooks[webshop], hooks[other]


@pytest.fixture
def short_turns(monkeypatch):
    """A turn ends after one link."""
    monkeypatch.setattr("jobs.hook_rounds.TURN_SECONDS", -1.0)


@pytest.mark.usefixtures("short_turns")
def test_a_look_that_is_too_long_for_one_turn_goes_on_after_the_last_link(two_links, guard):
    first, second = two_links

    assert guard() == SOON
    assert (first.status, second.status) == ("enabled", "onProbation")
    first.status = "onProbation"
    assert guard() >= PERIOD
    assert (first.status, second.status) == ("onProbation", "enabled")


@pytest.mark.usefixtures("short_turns")
def test_a_check_on_demand_begins_with_the_first_link(site, connection, two_links, guard):
    guard()
    two_links[0].status = "onProbation"

    site.call("POST", f"/api/connections/{connection['id']}/check")
    guard()

    assert [one.status for one in two_links] == ["enabled", "onProbation"]


@pytest.mark.parametrize("busy", [True, False])
def test_a_link_that_cannot_be_changed_now_stops_no_other(site, two_links, told, busy):
    first, second = two_links
    site.organization.copy_subscription(first.id)
    site.organization.copy_subscription(
        first.id, url=f"{site.app_url}/webhooks/ado/dead", filters={"projectId": "0f0f0f0f-0000-4000-8000-000000000000"}
    )
    if not busy:
        add_fault(site.ado, f"hooks/subscriptions/{first.id}", 503, method="PUT")

    held = f"link:{told.kept().connection_id}:{first.project_id}"
    with hold(site.services, held) if busy else nullcontext():
        assert told.guard() == SOON

    assert (first.status, second.status) == ("onProbation", "enabled")
    assert told.codes() == (["hooks_made_by_hand"], ["hooks_made_by_hand"])


def test_what_needs_no_hooks_is_told_though_they_cannot_be_listed(site, connection, linked, guard, codes):
    services = site.services
    (found,) = services.connections.list_for(services.installations.list_all()[0].id)
    services.connections.replace_token(found, SecretStr(TOKENS["full"]), (), services.now() + 2 * DAY)
    add_fault(site.ado, "hooks/subscriptions", 503)

    guard()

    assert codes() == ([], ["token_expires"])


def test_the_tenant_of_an_organization_is_learnt_once_a_day(site, connection, linked, guard):
    moved = "b9a7c1d4-3e2f-4f7a-8c11-5d20e8a4f202"
    kept = site.services.connections.find_any
    site.organization.tenant = moved
    guard()
    assert kept(connection["id"]).tenant_id == TENANT
    forget_rights(site.services, connection["id"])  # the day is over
    guard()
    assert kept(connection["id"]).tenant_id == moved


def test_a_tenant_that_is_not_told_now_stays_as_it_was(site, connection, linked, guard):
    calls_before = len(list_calls(site.ado, "GET", "connectionData"))
    add_fault(site.ado, "connectionData", 503)
    learn_tenant(site.services, site.services.connections.find_any(connection["id"]))
    assert len(list_calls(site.ado, "GET", "connectionData")) > calls_before
    assert site.services.connections.find_any(connection["id"]).tenant_id == TENANT


@pytest.fixture
def damage(site):
    """Let a stored secret not open; returns what mends it."""

    def change(table, column):
        with site.services.engine.begin() as database:
            sealed = database.execute(select(column)).scalar_one()
            database.execute(update(table).values({column: "damaged"}))

        def mend():
            with site.services.engine.begin() as database:
                database.execute(update(table).values({column: sealed}))

        return mend

    return change


def test_a_token_that_does_not_open_is_told_until_it_does(site, linked, guard, codes, damage):
    mend = damage(connections, connections.c.token)

    assert guard() >= PERIOD
    assert codes() == ([], ["secret_unreadable"])

    mend()
    guard()
    assert codes() == ([], [])


def test_a_hook_secret_that_was_lost_within_a_rotation_is_made_anew(site, told, push_hook, damage):
    site.services.links.begin_rotation(told.kept())
    damage(links, links.c.hook_secret)

    told.guard()

    assert passwords(site) == {site.services.links.read_secret(told.kept()).get_secret_value()}
    assert told.codes() == ([], [])


def test_a_hook_secret_that_cannot_be_made_is_told_until_it_can(site, told, push_hook, monkeypatch):
    push_hook.status = "onProbation"

    def refuse(*_arguments):
        raise SecretError("The key file is gone.")

    with monkeypatch.context() as broken:
        broken.setattr(type(site.services.vault), "seal", refuse)
        assert told.guard() == SOON
        assert told.codes() == (["secret_unreadable"], [])

    told.guard()
    assert (push_hook.status, told.codes()) == ("enabled", ([], []))


def test_the_guard_of_a_removed_connection_or_site_ends(site, connection, guard):
    assert guard_connection(site.services, "nobody") is None
    (installation,) = site.services.installations.list_all()
    site.services.installations.mark_uninstalled(installation.id, 1)

    assert guard() is None


def test_health_that_sees_probation_sends_the_guard(site, connection, linked, push_hook, kept):
    push_hook.status = "onProbation"

    site.call("GET", "/api/health")

    assert states(site, kept())["git.push"] == "onProbation"
    assert site.services.duties.list_due("guard")[connection["id"]] <= site.services.now()


def test_every_connection_and_link_has_its_duties_though_redis_forgot_them(site, connection, kept):
    services = site.services
    link, start = kept(), services.now()
    services.redis.delete("crosswalk:duties:guard", "crosswalk:duties:reconcile")

    plan_duties(services)
    planned = services.duties.list_due("guard"), services.duties.list_due("reconcile")
    plan_duties(services)

    assert planned == (services.duties.list_due("guard"), services.duties.list_due("reconcile"))
    assert start <= planned[0][connection["id"]] < services.now() + PERIOD
    assert start <= planned[1][link.id] < services.now() + 3_600_000


def test_the_guard_asks_azure_devops_for_all_links_at_once(site, guard, connection, link, linked):
    link(project=list(site.organization.projects)[1])
    before = len(list_calls(site.ado, "GET", "hooks/subscriptions"))

    guard()

    assert len(list_calls(site.ado, "GET", "hooks/subscriptions")) - before == 3


@pytest.mark.parametrize(
    ("ahead", "words"), [(95_500, "seconds ahead of"), (-95_500, "seconds behind"), (20_000, None)]
)
def test_a_clock_that_differs_by_much_is_told_until_it_is_put_right(site, told, ahead, words, written):
    true = site.services.ado_http.clocks
    site.services.ado_http.clocks = ClockWatch(lambda: now_milliseconds() + ahead)
    told.guard()
    told.guard()
    (shown,) = site.call("GET", "/api/health").json()["items"]
    details = [one["detail"] for one in shown["credential"]["problems"] if one["code"] == DIFFERS]
    assert [words in detail for detail in details] == [True] * bool(words)
    assert written().count("clock.differs") == bool(words)
    site.services.ado_http.clocks = true
    told.guard()
    assert told.codes() == ([], [])
