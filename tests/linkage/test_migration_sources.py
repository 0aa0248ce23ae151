"""As whom a migration reads, and what keeps it from that."""

import dataclasses

import pytest
from pydantic import SecretStr

from domain.errors import Forbidden, NotFound, SignInNeeded, Unauthorized, Unavailable
from linkage.holding import hold
from linkage.migration_sources import find_lender, find_refusal, lacks_reader, open_source, reads_as_person
from linkage.person_secrets import EntraSecret, read_secret, write_secret
from linkage.persons import READER_NEEDED, keep_person
from sandbox.ado_seed import TOKENS
from sandbox.entra_state import CLIENT_ID
from store.migrations import Migration, NewMigration, Options, Scope
from store.runs import NewRun, Waiting
from tests.routes.sign_in_rig import TOMASZ, Window
from tests.sign_in_town import connection, services, town, whole_town

__all__ = ["connection", "services", "town", "whole_town"]

ADO = "Azure DevOps"
OTHER = "712020:moss"
PAT = SecretStr(TOKENS["tomasz-code"])


@pytest.fixture
def account(town, connection):
    """The Jira account of somebody who signed in for migrations as Tomasz; the token of the connection is Mara's."""
    window = Window(town)
    assert window.sign_in(connection, TOMASZ, purpose="migrations").status_code == 303
    return window.account_id


@pytest.fixture
def tomasz(town):
    """Who Tomasz is in the organization."""
    return next(user.id for user in town.organization.users.values() if user.mail == TOMASZ)


@pytest.fixture
def reading(connection, tomasz):
    """A migration, which reads as Tomasz where it reads as a person."""

    def read(read_as, reader, ado_id=tomasz):
        return Migration(
            "m", connection.installation_id, connection.id, "p", "Webshop", "SHOP", "10001", None, Scope(), Options(),
            0, 1, 1, read_as, reader, ado_id,
        )  # fmt: skip

    return read


@pytest.fixture
def ending(services, connection, account, reading):
    """A migration that reads as a person whose access token is over."""
    person = services.people.find(connection.id, account)
    secret = read_secret(services.tokens.read(person.installation_id, person.reference))
    assert isinstance(secret, EntraSecret)
    old = dataclasses.replace(secret, access={})
    services.tokens.replace(person.installation_id, person.reference, write_secret(old))
    return reading("person", account)


def test_it_is_the_owner_of_the_token_or_the_person(services, connection, account, reading):
    as_connection = open_source(services, connection, reading("connection", None))
    as_person = open_source(services, connection, reading("person", account), lane="migration")
    assert [one.read_connection().user_name for one in (as_connection, as_person)] == ["Mara Lindqvist", "Tomasz Baran"]


def test_a_token_of_the_connection_that_is_erased_does_not_matter_to_a_person(services, connection, account, reading):
    erased = dataclasses.replace(connection, token_state="erased")
    assert open_source(services, erased, reading("person", account)).read_connection()


@pytest.mark.parametrize(
    ("reader", "words"), [(None, "choose with whose rights"), ("712020:moss", "has to sign in to Azure DevOps again")]
)
def test_somebody_who_is_not_signed_in_or_not_known_is_asked_for(services, connection, reading, reader, words):
    with pytest.raises(SignInNeeded, match=words) as caught:
        open_source(services, connection, reading("person", reader))
    assert caught.value.code == READER_NEEDED


@pytest.mark.parametrize("ado_id", ["", None, "somebody-else"])
def test_who_uses_another_account_there_than_the_one_that_was_lent_is_not_read_as(
    services, connection, account, reading, ado_id
):
    with pytest.raises(SignInNeeded) as caught:
        open_source(services, connection, reading("person", account, ado_id))
    assert caught.value.code == READER_NEEDED


class TestLender:
    """The sign-in by which a migration reads, and whether it keeps it from that."""

    def test_it_is_found_while_it_is_the_one_that_was_lent(self, services, connection, account, reading):
        found = find_lender(services, reading("person", account))
        assert found is not None and found.account_id == account
        for stranger in (
            reading("person", account, "somebody-else"),
            reading("person", OTHER),
            reading("person", None),
        ):
            assert find_lender(services, stranger) is None
        keep_person(services, connection, account, found.ado_id, PAT)
        assert find_lender(services, reading("person", account)) is None  # a token of one's own was given for branches

    def test_a_token_of_the_organization_needs_nobody(self, services, reading):
        assert not lacks_reader(services, reading("connection", None, None))

    def test_somebody_who_is_signed_in_and_was_not_refused_can_read(self, services, account, reading):
        assert not lacks_reader(services, reading("person", account))

    def test_who_is_signed_out_or_forgotten_or_whose_sign_in_ended_cannot(self, services, connection, account, reading):
        assert lacks_reader(services, reading("person", OTHER))
        assert lacks_reader(services, reading("person", None))
        services.people.mark_ended(services.people.find(connection.id, account), services.now())
        assert lacks_reader(services, reading("person", account))

    @pytest.fixture
    def lent(self, services, connection, account, tomasz):
        """A migration that is kept, and reads as Tomasz."""
        wanted = NewMigration(
            connection.id, "p", "Webshop", "SHOP", "10001", reader=account, reader_ado_id=tomasz
        )  # fmt: skip
        return services.migrations.add(connection.installation_id, wanted, 1)

    @pytest.mark.parametrize(("code", "lacks"), [(READER_NEEDED, True), (None, False), ("busy", False)])
    def test_whose_run_waits_for_their_consent_cannot(self, services, connection, lent, code, lacks):
        wanted = NewRun(connection.installation_id, lent.id, connection.id, f"target of {code}", "full", 1)
        run_id = services.runs.start(wanted, 1)
        assert not lacks_reader(services, lent)
        services.runs.put_waiting(run_id, Waiting("Wait.", None, code))
        assert lacks_reader(services, lent) == lacks


def waits(services, connection, migration):
    """Whether it is told to try again later, and the person stays signed in."""
    with pytest.raises(Unavailable, match=r"cannot be renewed now|does not accept the client secret") as caught:
        open_source(services, connection, migration)
    assert "your sign-in" not in str(caught.value).lower()  # other administrators read it
    return services.people.find(connection.id, migration.reader).state == "signed_in"


def test_a_crosswalk_whose_app_was_taken_out_of_the_settings_waits(services, connection, ending):
    bare = dataclasses.replace(services, settings=services.settings.model_copy(update={"entra_client_id": ""}))
    assert waits(bare, connection, ending)


def test_a_wrong_secret_of_crosswalk_and_a_refusal_nobody_knows_are_waited_out(town, services, connection, ending):
    town.entra_site.refuse("refresh", "bad_prompt")
    assert waits(services, connection, ending)
    town.entra_site.apps[CLIENT_ID].secret = "renewed"
    assert waits(services, connection, ending)


def test_a_renewal_that_another_process_is_at_for_long_is_waited_out(services, connection, ending, monkeypatch):
    monkeypatch.setattr("linkage.holding.WAIT_SECONDS", 0.01)
    monkeypatch.setattr("linkage.persons._lock", lambda *_arguments: "held")
    with hold(services, "held"):
        assert waits(services, connection, ending)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unauthorized(ADO, 401, "TF400813: The user 'Mara' is not authorized"), "status 401, TF400813"),
        (Forbidden(ADO, 403, "Mara may not"), "status 403"),
        (NotFound(ADO, 404, "no project"), None),
        (Unauthorized("Jira", 401, "who?"), None),
        (ValueError("x"), None),
    ],
)
def test_a_right_that_the_person_lacks_is_told_without_a_name(error, told):
    found = find_refusal(error)
    assert (found is None) == (told is None)
    assert (told or "") in (found or "")
    assert "Mara" not in (found or "")


def test_reading_as_a_person_stays_so_when_that_person_is_forgotten(reading):
    assert reads_as_person(reading("person", None))
    assert not reads_as_person(reading("connection", None))
