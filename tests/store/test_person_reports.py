"""Whose account id is due for a report, on both databases."""

import pytest
from pydantic import SecretStr

from domain.personal_data import UNKNOWN_ACCOUNT, HeldAccount
from store.connections import Connections
from store.installations import Installations
from store.migrations import Migrations, NewMigration
from store.people import People
from store.person_reports import PersonReports

FERN, MOSS = "712020:fern", "712020:moss"


@pytest.fixture
def reports(engine):
    return PersonReports(engine)


@pytest.fixture
def sites(engine, vault):
    installations = Installations(engine, vault)
    return [
        installations.save_connect(name, f"https://{name}.atlassian.net", SecretStr("s" * 40), 1).id
        for name in ("river", "lake")
    ]


@pytest.fixture
def sign_in(engine, vault):
    connections, people = Connections(engine, vault), People(engine)

    def sign(site, account, organization="acme", *, now=10):
        known = [one for one in connections.list_for(site) if one.organization == organization]
        connection = known[0] if known else connections.add(
            site, organization=organization, organization_url=f"https://dev.azure.com/{organization}",
            instance_id=organization, token=SecretStr("t"), problems=[], now=1,
        )  # fmt: skip
        return people.save(site, connection.id, account, ado_id="ado-1", method="entra", reference="r1", now=now)

    return sign


def test_an_account_is_due_once_with_the_oldest_of_what_is_held(reports, sites, sign_in):
    sign_in(sites[0], MOSS, now=12)
    sign_in(sites[0], FERN, "globex", now=11)
    sign_in(sites[1], FERN, now=10)
    assert reports.list_due(sites[0], 100, 90) == [HeldAccount(FERN, 10), HeldAccount(MOSS, 12)]
    assert reports.list_due(sites[1], 100, 90) == [HeldAccount(FERN, 10)]


def test_a_reported_account_is_not_due_before_its_time_on_any_site(reports, sites, sign_in):
    sign_in(sites[0], FERN)
    sign_in(sites[1], FERN)
    reports.put_off([FERN], 200)
    assert [reports.list_due(site, 199, 90) for site in sites] == [[], []]
    assert reports.list_due(sites[1], 200, 90) == [HeldAccount(FERN, 10)]


def test_a_further_sign_in_brings_no_report_before_its_time(reports, sites, sign_in):
    sign_in(sites[0], FERN)
    reports.put_off([FERN], 200)
    sign_in(sites[0], FERN, "globex", now=50)
    assert reports.list_due(sites[0], 199, 90) == []
    sign_in(sites[0], FERN, now=60)
    assert reports.list_due(sites[0], 199, 90) == []


def test_no_more_are_listed_than_asked_for_and_the_next_follow(reports, sites, sign_in):
    for number in range(4):
        sign_in(sites[0], f"712020:{number}")
    first = reports.list_due(sites[0], 100, 3)
    assert [one.account_id for one in first] == ["712020:0", "712020:1", "712020:2"]
    reports.put_off([one.account_id for one in first], 200)
    assert [one.account_id for one in reports.list_due(sites[0], 100, 3)] == ["712020:3"]


def test_the_account_that_jira_does_not_tell_is_never_due(reports, sites, sign_in):
    sign_in(sites[0], UNKNOWN_ACCOUNT)
    assert reports.list_due(sites[0], 100, 90) == []


class TestReaders:
    """Accounts that are held because a migration reads as them."""

    @pytest.fixture
    def lend(self, engine):
        migrations = Migrations(engine)

        def lend(site, account, *, now=10):
            return migrations.add(site, NewMigration("c", "p", "Webshop", "SHOP", "10001", reader=account), now)

        return lend

    def test_they_are_due_like_those_who_signed_in_and_once(self, reports, sites, sign_in, lend):
        lend(sites[0], FERN, now=12)
        lend(sites[0], FERN, now=11)
        lend(sites[1], MOSS, now=9)
        sign_in(sites[0], FERN, now=14)
        assert reports.list_due(sites[0], 100, 90) == [HeldAccount(FERN, 11)]
        assert reports.list_due(sites[1], 100, 90) == [HeldAccount(MOSS, 9)]

    def test_a_report_puts_them_off_and_a_further_migration_brings_none_before(self, reports, sites, lend):
        lend(sites[0], FERN)
        reports.put_off([FERN], 200)
        lend(sites[0], FERN)
        assert reports.list_due(sites[0], 199, 90) == []
        assert reports.list_due(sites[0], 200, 90) == [HeldAccount(FERN, 10)]

    def test_nobody_is_due_for_a_migration_that_reads_with_a_token(self, reports, sites, lend):
        lend(sites[0], None)
        assert reports.list_due(sites[0], 100, 90) == []

    def test_what_was_confirmed_is_as_old_as_that(self, reports, sites, lend, engine):
        lend(sites[0], FERN)
        Migrations(engine).note_reader(FERN, 50)
        assert reports.list_due(sites[0], 100, 90) == [HeldAccount(FERN, 50)]
