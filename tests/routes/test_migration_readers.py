"""A migration reads as the person who lent it their sign-in: with their rights, for as long as it counts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import requests

from app import migrating, reading
from app.reading import find_source
from linkage.person_secrets import EntraSecret, read_secret, write_secret
from linkage.persons import forget_person, remove_people
from sandbox.entra_state import NO_TENANT, NOT_IN_ORGANIZATION
from sandbox.jira_migration import add_migration_project, count_things
from sandbox.wit_counts import count_items
from store.migrations import NewMigration
from store.runs import NewRun
from tests.app.actions import add_fault, pointers
from tests.routes.dumps import dump_database, dump_redis
from tests.routes.migration_road import MigrationRoad, running_road
from tests.routes.sign_in_rig import MARA, TOMASZ, Window, connection_of, renew_town, says
from tests.routes.test_migration_road import assert_balanced, prepare, run_to_end

COUNT = 20
AGAIN = "The person as whom this migration reads acme has to sign in to Azure DevOps again"
FOR_MIGRATIONS = {"purpose": "migrations"}


class Lender:
    """An administrator who signs in as somebody in Azure DevOps."""

    def __init__(self, road, account_id):
        self.road, self.town, self.account_id = road, road.town, account_id

    def sign_in(self, mail=TOMASZ, **query):
        """In a window; for migrations, unless told otherwise."""
        window = Window(self.town, self.account_id)
        answer = window.sign_in(connection_of(self.town), mail, **(query or FOR_MIGRATIONS))
        assert answer.status_code == 303, answer.text
        return self

    def call(self, method, path, body=None):
        return self.town.call(method, path, body, self.account_id)

    def lend(self, source, target):
        """A migration that reads as them; its address."""
        made = make(self, source, target)
        assert made.status_code == 201, made.text
        return f"/api/migrations/{made.json()['id']}"

    def sign_out(self):
        assert self.call("DELETE", "/api/me/ado").status_code == 204

    def lose_consent(self):
        """Microsoft gives no access token for migrations any more; the sign-in as such stays."""
        services, person = self.town.services, person_of(self.road, self)
        kept = read_secret(services.tokens.read(person.installation_id, person.reference))
        assert isinstance(kept, EntraSecret)
        services.tokens.replace(person.installation_id, person.reference, write_secret(replace(kept, access={})))
        self.town.entra_site.forget_consents(TOMASZ)

    def end(self):
        """From the next call on neither their access token nor their refresh token is taken."""
        self.town.entra_site.end_sign_ins(TOMASZ)
        self.town.entra_site.keys.rotate(forget=True)


@pytest.fixture(scope="module")
def whole_road(redis_server, migrated_file, tmp_path_factory) -> Iterator[MigrationRoad]:
    with running_road(redis_server, migrated_file, tmp_path_factory.mktemp("road")) as road:
        people = road.town.site.people
        member = road.town.site.member
        people[member.account_id] = replace(member, admin=True)
        yield road
        assert road.town.site.violations == []


@pytest.fixture
def road(whole_road):
    renew_town(whole_road.town)
    whole_road.town.organization.hidden_projects.clear()
    whole_road.town.organization.work.denials.nodes.clear()
    return whole_road


@pytest.fixture
def ada(road):
    return Lender(road, road.town.site.admin.account_id)


@pytest.fixture
def other(road):
    """A second administrator of the same site."""
    return Lender(road, list(road.town.site.people)[1])


@pytest.fixture
def source(road):
    """A project that the owner of the connection's token does not see."""
    name = f"Secret {len(road.town.organization.projects)}"
    road.town.organization.add_project(name)
    road.town.organization.seed_work_items(name, COUNT, "Agile", extras=True)
    road.town.organization.hide_project(name, user=MARA)
    return name


@pytest.fixture
def target(road):
    return add_migration_project(road.town.site, f"L{len(road.town.site.projects)}")


def make(lender, source, target, read_as="me"):
    body = {"connectionId": lender.road.connection, "project": source, "jiraProject": target.key, "readAs": read_as}
    return lender.call("POST", "/api/migrations", body)


def person_of(road, lender):
    return road.town.services.people.find(road.connection, lender.account_id)


@dataclass(frozen=True)
class Held:
    """A migration and its run, by their addresses, and the project that it reads."""

    base: str
    run: str
    source: str


@pytest.fixture
def held(road, ada, source, target):
    """A migration that reads as Ada, and its run, which Jira holds up among the work items."""
    ada.sign_in()
    base, _mapping = prepare(road, target, source, readAs="me")
    add_fault(road.town.jira, "/rest/api/3/issue/bulk$", 429, headers={"Retry-After": "1"})
    run = f"/api/runs/{road.ask('POST', f'{base}/runs', {'kind': 'full'})['id']}"
    road.await_end(run, lambda found: found["phase"] == "items" and found["waiting"])
    return Held(base, run, source)


def show_to_token(road, source):
    """From now on the owner of the connection's token sees it, too."""
    road.town.organization.hide_project(source, user=MARA, hidden=False)


def let_go(road):
    requests.delete(f"{road.town.jira}/_control/faults", timeout=5).raise_for_status()


def assert_whole(road, held):
    """The run ends, and nothing of the project is missing."""
    ended = road.await_end(held.run, lambda found: found["endedAt"] is not None)
    assert (ended["state"], ended["error"]) == ("done", None)
    organization = road.town.organization
    truth = count_items(organization.work, organization.find_project(held.source))
    assert_balanced(road.ask("GET", f"{held.run}/report"), truth)


def scan_until_it_waits(road, base):
    """What a scan waits for."""
    road.ask("POST", f"{base}/scan")
    return road.await_end(f"{base}/scan", lambda found: found["error"])["error"]["detail"]


def shown(lender, base):
    found = lender.call("GET", base).json()
    return found["readAs"], found["readerState"]


def test_it_reads_what_the_token_of_the_organization_does_not_see(road, ada, source, target):
    refused = make(ada, source, target, read_as="connection")
    assert (refused.status_code, pointers(refused)) == (422, ["/project"])
    ada.sign_in()

    base, _mapping = prepare(road, target, source, readAs="me")
    assert shown(ada, base) == ("me", "signed_in")
    assert all(item["source"] for item in road.ask("POST", f"{base}/dry-run", {})["items"])
    assert road.ask("GET", f"{base}/choices")["people"]
    report = road.ask("GET", f"{run_to_end(road, base)}/report")

    organization = road.town.organization
    assert_balanced(report, count_items(organization.work, organization.find_project(source)))
    assert count_things(road.town.site, target.key)["issues"] > 0


def test_a_run_waits_for_a_sign_in_that_ended_and_goes_on_after_it(road, ada, held):
    ada.end()
    let_go(road)

    waiting = road.await_end(held.run, lambda found: AGAIN in (found["waiting"] or {}).get("why", ""))

    assert (waiting["state"], waiting["waiting"]["why"]) == ("running", f"{AGAIN}. The run then goes on by itself.")
    assert shown(ada, held.base) == ("me", "ended")
    ada.sign_in()
    assert_whole(road, held)


def test_a_scan_waits_and_a_question_is_answered_at_once(road, ada, source, target):
    base = ada.sign_in().lend(source, target)
    ada.end()
    assert scan_until_it_waits(road, base) == f"{AGAIN}. The scan then goes on by itself."
    assert shown(ada, base) == ("me", "ended")

    ada.sign_in()
    road.await_end(base, lambda found: found["scan"]["state"] == "done")
    ada.end()
    answer = ada.call("POST", f"{base}/suggest", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "reader_sign_in_needed")
    assert AGAIN in answer.json()["detail"]


def test_another_admin_sees_that_somebody_else_reads_and_may_take_it_over_or_set_it_back(
    road, ada, other, source, target
):
    base = ada.sign_in().lend(source, target)
    assert shown(other, base) == ("other", "signed_in")

    refused = other.call("PUT", f"{base}/reader", {"readAs": "me"})
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_needed")
    other.sign_in(MARA)
    blind = other.call("PUT", f"{base}/reader", {"readAs": "me"})
    assert (blind.status_code, pointers(blind)) == (422, ["/project"])
    assert shown(other, base) == ("other", "signed_in")

    other.sign_in()
    taken = other.call("PUT", f"{base}/reader", {"readAs": "me"})
    assert (taken.status_code, taken.json()["readAs"], shown(ada, base)[0]) == (200, "me", "other")
    token = other.call("PUT", f"{base}/reader", {"readAs": "connection"})
    assert (token.status_code, pointers(token)) == (422, ["/project"])  # at the click, and not in the middle of a run
    assert shown(other, base) == ("me", "signed_in")
    show_to_token(road, source)
    assert other.call("PUT", f"{base}/reader", {"readAs": "connection"}).json()["readerState"] is None
    assert shown(ada, base) == ("connection", None)


def test_what_waits_begins_anew_when_somebody_takes_it_over(road, ada, other, source, target):
    base = ada.sign_in().lend(source, target)
    ada.end()
    scan_until_it_waits(road, base)
    before = road.ask("GET", f"{base}/scan")["id"]
    other.sign_in()
    assert other.call("PUT", f"{base}/reader", {"readAs": "me"}).ok
    assert road.await_end(base, lambda found: found["scan"]["state"] == "done")["scan"]["id"] != before


def test_what_the_scan_found_counts_no_more_when_somebody_else_reads(road, ada, other, source, target):
    ada.sign_in()
    base, _mapping = prepare(road, target, source, readAs="me")
    assert ada.call("PUT", f"{base}/reader", {"readAs": "me"}).json()["scan"]["state"] == "done"  # nobody else
    other.sign_in()
    assert other.call("PUT", f"{base}/reader", {"readAs": "me"}).json()["scan"] is None
    for path in ("check", "runs"):
        refused = other.call("POST", f"{base}/{path}", {})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_scanned")
    road.ask("POST", f"{base}/scan")
    road.await_end(base, lambda found: found["scan"]["state"] == "done")
    assert road.ask("POST", f"{base}/check")["ready"]


def test_who_reads_does_not_change_under_a_run_unless_it_is_paused(road, ada, other, held):
    base, run = held.base, held.run
    other.sign_in()
    show_to_token(road, held.source)
    for choice in ("me", "connection"):
        refused = other.call("PUT", f"{base}/reader", {"readAs": choice})
        assert (refused.status_code, refused.json()["code"]) == (409, "run_open")
        assert "Pause it, or cancel it" in refused.json()["detail"]
    assert (shown(ada, base), road.ask("GET", base)["scan"]["state"]) == (("me", "signed_in"), "done")

    road.ask("POST", f"{run}/pause")
    road.await_end(run, lambda found: found["state"] == "paused")
    assert other.call("PUT", f"{base}/reader", {"readAs": "me"}).json()["scan"] is None
    let_go(road)
    road.ask("POST", f"{run}/resume")
    assert_whole(road, held)


@pytest.mark.parametrize(
    "case",
    [
        (Lender.sign_out, "choose with whose rights it reads", ("nobody", None)),
        (Lender.lose_consent, f"{AGAIN} (AADSTS65001)", ("other", "signed_in")),
    ],
)
def test_whoever_takes_over_from_somebody_who_cannot_read_need_not_pause_the_run(road, ada, other, held, case):
    leave, words, left = case
    leave(ada)
    let_go(road)
    road.await_end(held.run, lambda found: words in (found["waiting"] or {}).get("why", ""))
    assert shown(other, held.base) == left
    show_to_token(road, held.source)
    assert other.call("PUT", f"{held.base}/reader", {"readAs": "connection"}).ok
    assert_whole(road, held)


def test_who_signs_out_has_taken_it_back_for_good(road, ada, source, target):
    base = ada.sign_in().lend(source, target)
    ada.sign_out()
    assert shown(ada, base) == ("nobody", None)
    assert "choose with whose rights it reads" in scan_until_it_waits(road, base)
    for purpose in ("branches", "migrations"):
        ada.sign_in(purpose=purpose)
        assert shown(ada, base) == ("nobody", None)
    assert road.ask("GET", f"{base}/scan")["error"]
    assert ada.call("PUT", f"{base}/reader", {"readAs": "me"}).ok
    road.await_end(base, lambda found: found["scan"]["state"] == "done")


@pytest.mark.parametrize("way", ["made", "chosen"])
def test_who_signs_out_while_it_is_written_has_lent_nothing(road, ada, source, target, way):
    ada.sign_in()
    base = ada.lend(source, target)
    if way == "chosen":
        show_to_token(road, source)
        assert ada.call("PUT", f"{base}/reader", {"readAs": "connection"}).ok
    module = {"made": migrating, "chosen": reading}[way]

    def find_and_sign_out(*asked):
        found = find_source(*asked)
        forget_person(road.town.services, person_of(road, ada))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "find_source", find_and_sign_out)
        if way == "made":
            base = ada.lend(source, target)
        else:
            assert ada.call("PUT", f"{base}/reader", {"readAs": "me"}).ok
    assert shown(ada, base) == ("nobody", None)
    ada.sign_in()
    assert shown(ada, base) == ("nobody", None)


@pytest.fixture
def paused(road, ada, source, target):
    """A migration that was scanned as Ada, and a run of it that was paused before it began."""
    ada.sign_in()
    base, _mapping = prepare(road, target, source, readAs="me")
    services, migration = road.town.services, road.town.services.migrations.find(base.rpartition("/")[2])
    wanted = NewRun(migration.installation_id, migration.id, road.connection, target.id, "full", 1)
    run_id = services.runs.start(wanted, services.now())
    services.runs.move(run_id, "pause", services.now())
    return Held(base, f"/api/runs/{run_id}", source)


@contextmanager
def demoted(road, lender):
    """Without the right of an administrator in Jira."""
    people, account = road.town.site.people, lender.account_id
    before = people[account]
    people[account] = replace(before, admin=False)
    try:
        yield
    finally:
        people[account] = before
        for key in road.town.services.redis.keys("crosswalk:admin*"):  # a no is believed for some seconds
            road.town.services.redis.delete(key)


def test_what_an_administrator_lent_ends_with_that_right(road, ada, other, paused):
    with demoted(road, ada):
        started = [f"{paused.base}/{name}" for name in ("scan", "suggest", "check", "dry-run", "runs")]
        told = [f"{paused.run}/{name}" for name in ("resume", "verify", "repair")]
        for path in started + told:
            refused = other.call("POST", path, {} if path in started[1:] else None)
            assert (path, refused.status_code, refused.json()["code"]) == (path, 409, "reader_no_admin")
        assert ada.call("PUT", f"{paused.base}/reader", {"readAs": "connection"}).status_code == 403
        (mine,) = ada.call("GET", "/api/me").json()["organizations"]
        assert (mine["organization"], mine["state"]) == ("acme", "signed_in")
        ada.sign_out()
        assert shown(other, paused.base) == ("nobody", None)
    other.sign_in()
    assert other.call("PUT", f"{paused.base}/reader", {"readAs": "me"}).ok
    for path in (f"{paused.base}/scan", f"{paused.run}/resume"):
        assert other.call("POST", path).ok
    assert_whole(road, paused)


def test_another_account_of_the_same_person_is_not_read_as(road, ada, source, target):
    base = ada.sign_in().lend(source, target)
    ada.sign_in(MARA)
    assert shown(ada, base) == ("nobody", None)
    ada.sign_in()
    assert shown(ada, base) == ("nobody", None)
    assert ada.call("PUT", f"{base}/reader", {"readAs": "me"}).json()["readAs"] == "me"


def test_removing_the_organization_forgets_as_whom_it_was_read(road, ada, source, target):
    base = ada.sign_in().lend(source, target)
    removed = connection_of(road.town)
    remove_people(road.town.services, removed, lambda: None)
    assert shown(ada, base) == ("nobody", None)


def test_what_is_chosen_wakes_nothing_of_anybody_else(road, ada, source, target):
    base = ada.sign_in().lend(source, target)
    services = road.town.services
    stranger = services.migrations.add("another site", NewMigration("c", "p", "Web", "WEB", "1"), services.now())
    scan, later = services.scans.start(stranger.id, services.now()), services.now() + 3_600_000
    services.duties.want("migrate", f"scan:{scan}", later)
    assert ada.call("PUT", f"{base}/reader", {"readAs": "me"}).ok
    assert services.duties.list_due("migrate")[f"scan:{scan}"] == later
    services.migrations.forget_tenant("another site")


def test_an_account_that_is_erased_leaves_a_migration_that_asks_for_a_reader(road, ada, source, target):
    base = ada.sign_in().lend(source, target)
    road.town.services.migrations.forget_reader(ada.account_id)
    assert shown(ada, base) == ("nobody", None)
    assert "choose with whose rights it reads" in scan_until_it_waits(road, base)
    assert ada.call("PUT", f"{base}/reader", {"readAs": "me"}).ok
    road.await_end(base, lambda found: found["scan"]["state"] == "done")


def test_without_a_sign_in_for_migrations_nothing_is_made_and_the_way_is_told(road, ada, source, target):
    nobody = make(ada, source, target)
    assert (nobody.status_code, nobody.json()["code"]) == (403, "sign_in_needed")
    ada.sign_in(purpose="branches")
    for_branches = make(ada, source, target)
    assert (for_branches.status_code, for_branches.json()["code"]) == (403, "sign_in_needed")
    assert "for migrations first" in for_branches.json()["detail"]
    assert person_of(road, ada).state == "signed_in"
    ada.sign_in()
    assert make(ada, source, target).status_code == 201


def test_projects_are_listed_with_the_rights_that_are_chosen(road, ada, source):
    as_me = f"/api/migration-sources/{road.connection}/projects?readAs=me"
    assert ada.call("GET", as_me).json()["code"] == "sign_in_needed"
    ada.sign_in()
    by_token = f"/api/connections/{road.connection}/projects"
    mine, its = ([one["name"] for one in ada.call("GET", path).json()["items"]] for path in (as_me, by_token))
    assert source in mine and source not in its
    assert ada.call("GET", as_me.replace("=me", "=connection")).status_code == 422  # one way for each


def test_where_nobody_signs_in_by_entra_nobody_lends_a_sign_in(road, ada, source, target):
    road.town.organization.tenant = "00000000-0000-0000-0000-000000000000"
    road.town.services.connections.set_tenant(road.connection, "")
    answer = make(ada, source, target)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_entra")
    assert "token of the organization" in answer.json()["detail"]


def test_a_person_who_may_not_read_is_told_so(road, ada, source, target):
    ada.sign_in()
    road.town.entra_site.knobs.access_claims = {"scp": "vso.profile_of_nothing"}
    ada.sign_in()
    answer = make(ada, source, target)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_right")


def test_what_keeps_somebody_from_signing_in_is_told_for_a_migration(road, ada):
    window, connection = Window(road.town, ada.account_id), connection_of(road.town)
    stranger = window.sign_in(connection, NOT_IN_ORGANIZATION[1], **FOR_MIGRATIONS)
    assert "add you to the project that is to be migrated" in stranger.text and "code" not in stranger.text

    road.town.organization.tenant = NO_TENANT
    road.town.services.connections.set_tenant(road.connection, NO_TENANT)
    wish = {"connectionId": road.connection, "purpose": "migrations"}
    for told in (window.start(connection, **FOR_MIGRATIONS), ada.call("POST", "/api/me/ado", wish)):
        assert "Let the migration read with the token of the organization instead." in told.text


def test_the_page_of_the_sign_in_says_what_it_is_for(road, ada):
    window = Window(road.town, ada.account_id)
    page = window.get(f"/auth/ado/start?connectionId={road.connection}&purpose=migrations")
    assert "sees in <strong>acme</strong> what you see" in page.text
    assert "purpose=migrations" in page.text
    cancelled = window.sign_in(connection_of(road.town), TOMASZ, "cancel", **FOR_MIGRATIONS)
    assert says(cancelled, "consent_refused")
    assert "purpose=migrations" in cancelled.text


def test_no_secret_of_a_reader_is_readable_in_the_stores(road, ada, source, target):
    ada.sign_in()
    made = make(ada, source, target).json()["id"]
    services = road.town.services
    kept = services.tokens.read(services.migrations.find(made).installation_id, person_of(road, ada).reference)
    found = json.loads(kept.get_secret_value())
    secrets = [found["refresh_token"], found["access"]["migrations"]["token"]]
    assert all(len(word) > 20 for word in secrets)
    held = dump_database(services) + dump_redis(services)
    assert [word for word in secrets if word in held] == []
