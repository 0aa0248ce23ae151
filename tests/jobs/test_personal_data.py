"""Reports of account ids to Atlassian: each once a cycle, 90 at once, and what a closed account leaves is forgotten."""

import dataclasses
import json
import threading
from datetime import datetime

import jwt
import pytest
from flask import Flask, Response, request
from pydantic import SecretStr
from sqlalchemy import insert

from domain.errors import StoreUnavailable
from jobs.personal_data import report_people
from linkage.holding import hold
from linkage.persons import forget_person
from sandbox.server import serve
from store.migrations import NewMigration
from store.people import people

START = 1_800_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR
SECRET = "s" * 40
PATH = "/rest/atlassian-connect/latest/report-accounts"


class ReportStand:
    """The reporting call of every Jira site on this address. `reports` holds the account ids of each report."""

    def __init__(self):
        self.reports, self.bodies, self.answers = [], [], []
        self.statuses, self.on_report = {}, lambda: None
        app = Flask("site", static_folder=None)
        app.add_url_rule(PATH, "report", self.take, methods=["POST"])
        self._server = serve(app)
        self.url = self._server.url

    def take(self):
        claims = jwt.decode(request.headers["Authorization"][4:], SECRET, ["HS256"], options={"verify_aud": False})
        assert claims["iss"] == "crosswalk-azure-devops"
        body = json.loads(request.get_data())
        self.bodies.append(body)
        self.reports.append([one["accountId"] for one in body["accounts"]])
        self.on_report()
        if self.answers:
            return self.answers.pop(0)
        told = [{"accountId": one, "status": self.statuses[one]} for one in self.reports[-1] if one in self.statuses]
        return Response(json.dumps({"accounts": told}), 200) if told else Response("", 204)

    def will_answer(self, status, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(Response("{}", status, named))

    def stop(self):
        self._server.stop()


@pytest.fixture(scope="module")
def stand():
    stand = ReportStand()
    yield stand
    stand.stop()


@pytest.fixture
def atlassian(stand):
    stand.reports, stand.bodies, stand.answers, stand.statuses = [], [], [], {}
    stand.on_report = lambda: None
    return stand


@pytest.fixture
def settings_changes(atlassian):
    return {"jira_hosts": frozenset({atlassian.url.removeprefix("http://")})}


@pytest.fixture
def at(services):
    """The same services so many milliseconds after the start."""
    return lambda passed: dataclasses.replace(services, now=lambda: START + passed)


@pytest.fixture
def install(services, atlassian):
    """A Connect site with one organization; returns what signs a person in there."""

    def make(name):
        site = services.installations.save_connect(name, atlassian.url, SecretStr(SECRET), START)
        connection = services.connections.add(
            site.id, organization=name, organization_url=f"https://dev.azure.com/{name}", instance_id=name,
            token=SecretStr("t"), problems=[], now=START,
        )  # fmt: skip

        def sign_in(account):
            reference = services.tokens.put(site.id, "person", SecretStr(f"the secret of {account}"))
            person = services.people.save(
                site.id, connection.id, account, ado_id="ado", method="entra", reference=reference, now=START
            )
            services.browser_sessions.open(site.id, account, START)
            return person

        return sign_in

    return make


@pytest.fixture
def sign_in(install):
    return install("river")


@pytest.fixture
def crowd(services, sign_in):
    """Signs so many people in to one organization at once, without a secret."""
    first = sign_in("712020:000")

    def fill(count):
        row = {name: getattr(first, name) for name in first.__slots__}
        rows = [row | {"id": str(number), "account_id": f"712020:{number:03}"} for number in range(1, count)]
        with services.engine.begin() as connection:
            connection.execute(insert(people), rows)

    return fill


def tokens_of(services, person):
    return services.tokens.read(person.installation_id, person.reference).get_secret_value()


def test_every_account_is_reported_with_the_age_of_what_is_held(at, atlassian, sign_in):
    sign_in("712020:fern")
    sign_in("712020:moss")
    assert report_people(at(HOUR)) == 2
    assert atlassian.reports == [["712020:fern", "712020:moss"]]
    told = datetime.fromisoformat(atlassian.bodies[0]["accounts"][0]["updatedAt"])
    assert told.timestamp() * 1000 == START


def test_nothing_is_sent_when_nobody_is_held(at, atlassian, sign_in):
    assert report_people(at(0)) == 0
    assert atlassian.reports == []


def test_an_account_is_reported_again_after_seven_days_and_not_before(at, atlassian, sign_in):
    sign_in("712020:fern")
    for passed in (0, HOUR, 7 * DAY - 1, 7 * DAY):
        report_people(at(passed))
    assert len(atlassian.reports) == 2


def test_the_cycle_is_the_one_that_atlassian_names(at, atlassian, sign_in):
    sign_in("712020:fern")
    atlassian.will_answer(200, Cycle_Period="P2D")
    for passed in (0, 2 * DAY - 1, 2 * DAY):
        report_people(at(passed))
    assert len(atlassian.reports) == 2


def test_no_report_has_more_than_ninety_accounts(at, atlassian, crowd):
    crowd(200)
    assert report_people(at(0)) == 200
    assert [len(report) for report in atlassian.reports] == [90, 90, 20]
    assert len({account for report in atlassian.reports for account in report}) == 200


def test_an_account_of_two_sites_is_reported_once(at, atlassian, install):
    for name in ("river", "lake"):
        install(name)("712020:fern")
    assert report_people(at(0)) == 1


def test_a_closed_account_is_forgotten_everywhere(services, at, atlassian, install):
    river, lake = install("river"), install("lake")
    closed, other = [river("712020:fern"), lake("712020:fern")], river("712020:moss")
    atlassian.statuses = {"712020:fern": "closed"}
    report_people(at(0))
    assert services.people.list_account("712020:fern") == []
    for person in closed:
        with pytest.raises(Exception, match="no such token"):
            tokens_of(services, person)
    assert services.people.list_account("712020:moss") == [other]
    assert tokens_of(services, other) == "the secret of 712020:moss"
    kept = [services.redis.hget(key, "account") for key in services.redis.keys("crosswalk:session:*")]
    assert kept == [b"712020:moss"]


@pytest.mark.parametrize("status", ["closed", "updated"])
def test_an_account_as_which_a_migration_reads_is_reported_and_forgotten_though_nobody_is_signed_in(
    services, at, atlassian, sign_in, status
):
    person = sign_in("712020:fern")
    wanted = NewMigration(person.connection_id, "p", "Webshop", "SHOP", "10001", reader="712020:fern")
    forget_person(services, person)
    made = services.migrations.add(person.installation_id, wanted, START)
    atlassian.statuses = {"712020:fern": status}
    assert report_people(at(HOUR)) == 1
    found = services.migrations.find(made.id)
    assert (found.read_as, found.reader) == ("person", None if status == "closed" else "712020:fern")
    report_people(at(HOUR + 7 * DAY))
    ages = [datetime.fromisoformat(body["accounts"][0]["updatedAt"]).timestamp() * 1000 for body in atlassian.bodies]
    assert ages == ([START] if status == "closed" else [START, START + HOUR])


def test_an_account_that_changed_is_noted_as_confirmed_and_stays(services, at, atlassian, sign_in):
    person = sign_in("712020:fern")
    atlassian.statuses = {"712020:fern": "updated"}
    report_people(at(HOUR))
    [now] = services.people.list_account("712020:fern")
    assert (now.updated_at, now.reference, now.state) == (START + HOUR, person.reference, "signed_in")
    report_people(at(8 * DAY))
    assert datetime.fromisoformat(atlassian.bodies[1]["accounts"][0]["updatedAt"]).timestamp() * 1000 == START + HOUR


def test_a_pause_is_kept_to_and_the_rest_is_reported_after_it(services, at, atlassian, crowd):
    crowd(100)
    atlassian.will_answer(204)
    atlassian.will_answer(429, Retry_After="7200")
    assert report_people(at(0)) == 90
    assert report_people(at(HOUR)) == 0
    [key] = services.redis.keys("crosswalk:report-rest:*")
    assert 7100 < services.redis.ttl(key) <= 7200
    services.redis.flushall()  # as after the pause, which the governor keeps too
    assert report_people(at(2 * HOUR)) == 10
    assert [len(report) for report in atlassian.reports] == [90, 10, 10]


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (503, 3), (401, 1), (403, 1), (404, 1), (400, 1)])
def test_a_site_that_fails_is_tried_at_the_next_run_and_one_that_refuses_a_day_later(
    at, atlassian, crowd, status, tries
):
    for passed in (0, HOUR, 2 * HOUR):
        atlassian.will_answer(status)
        assert report_people(at(passed)) == 0
    assert len(atlassian.reports) == tries


def test_a_site_that_refuses_stops_no_other(services, at, atlassian, install):
    install("river")("712020:fern")
    install("lake")("712020:moss")
    atlassian.will_answer(403)
    assert report_people(at(0)) == 1
    assert atlassian.reports == [["712020:fern"], ["712020:moss"]]


def test_an_answer_that_cannot_be_read_erases_nobody(services, at, atlassian, sign_in):
    sign_in("712020:fern")
    atlassian.answers.append(Response('{"accounts": "all"}', 200))
    assert report_people(at(0)) == 0
    assert len(services.people.list_account("712020:fern")) == 1


def test_a_site_that_left_reports_nobody(services, at, atlassian, sign_in):
    person = sign_in("712020:fern")
    services.installations.mark_uninstalled(person.installation_id, START)
    assert report_people(at(0)) == 0
    assert atlassian.reports == []


def test_two_runs_at_once_report_everybody_once(at, atlassian, crowd):
    crowd(95)
    runs = [threading.Thread(target=report_people, args=(at(0),)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    told = [account for report in atlassian.reports for account in report]
    assert len(told) == len(set(told)) == 95


def test_a_run_beside_another_does_nothing(services, at, atlassian, sign_in):
    sign_in("712020:fern")
    with hold(services, "report-people"):
        assert report_people(at(0)) == 0
    assert atlassian.reports == []


def test_a_run_that_is_stopped_goes_on_where_it_was(services, at, atlassian, crowd):
    crowd(95)
    atlassian.on_report = services.stopping.set
    assert report_people(at(0)) == 90
    services.stopping.clear()
    assert report_people(at(HOUR)) == 5
    assert [len(report) for report in atlassian.reports] == [90, 5]


def test_a_closed_account_that_cannot_be_forgotten_now_is_taken_up_again(services, at, atlassian, sign_in):
    sign_in("712020:fern")
    sign_in("712020:moss")
    atlassian.statuses = {"712020:fern": "closed"}
    broken = dataclasses.replace(at(0), tokens=AwayTokens())
    assert report_people(broken) == 2
    assert report_people(at(HOUR - 1)) == 0
    assert report_people(at(HOUR)) == 1
    assert atlassian.reports == [["712020:fern", "712020:moss"], ["712020:fern"]]
    assert services.people.list_account("712020:fern") == []


class AwayTokens:
    def forget(self, tenant, reference):
        raise StoreUnavailable("AWS Secrets Manager cannot be reached")


def test_the_log_has_counts_and_no_account(at, atlassian, sign_in, written):
    sign_in("712020:fern")
    atlassian.statuses = {"712020:fern": "closed"}
    report_people(at(0))
    [line] = [json.loads(line) for line in written().splitlines() if "people.reported" in line]
    assert (line["accounts"], line["closed"], line["forgotten"], line["updated"]) == (1, 1, 1, 0)
    assert "712020:fern" not in written()
