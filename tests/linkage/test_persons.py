"""Acting as a person: renewed before it ends, by one at a time, and forgotten for good."""

import dataclasses
import threading
from dataclasses import replace

import pytest
import requests
from pydantic import SecretStr

from clients.entra import SCOPES
from clients.gates import Tally
from domain.errors import Retryable, SignInNeeded, Unauthorized, Unavailable, UnknownObject, WrongState
from domain.sign_in_purposes import SignInPurpose
from linkage import persons
from linkage.person_secrets import AccessToken, EntraSecret, read_secret, write_secret
from linkage.persons import AHEAD_MILLISECONDS, READER_NEEDED, Use, ado_as, forget_person, keep_person
from sandbox.ado_seed import TOKENS
from sandbox.entra_state import CLIENT_ID
from store.migrations import NewMigration
from tests.routes.sign_in_rig import MARA, TOMASZ, Window, connection_of, site_of
from tests.sign_in_town import connection, services, town, whole_town

__all__ = ["connection", "services", "town", "whole_town"]

OTHER = "712020:moss"


@pytest.fixture
def account(town, connection):
    """The Jira account of somebody who signed in as Mara."""
    window = Window(town)
    assert window.sign_in(connection).status_code == 303
    return window.account_id


@pytest.fixture
def kept(services, connection, account):
    """What is kept of that sign-in: read it, or put a changed one in place."""

    class Kept:
        def person(self):
            return services.people.find(connection.id, account)

        def read(self):
            person = self.person()
            return read_secret(services.tokens.read(person.installation_id, person.reference))

        def put(self, secret):
            person = self.person()
            services.tokens.replace(person.installation_id, person.reference, write_secret(secret))

        def end(self, ahead=0):
            """Let the access tokens end so many milliseconds from now."""
            secret = self.read()
            ended = AccessToken(SecretStr("ended"), services.now() + ahead)
            self.put(EntraSecret(secret.refresh_token, dict.fromkeys(secret.access, ended)))

    return Kept()


def who(client):
    return client.read_connection().user_name


def refreshes(town):
    calls = requests.get(f"{town.entra}/_control/calls", timeout=5).json()
    return len([call for call in calls if call["path"].endswith("/token")])


def test_a_token_that_lasts_is_used_as_it_is(town, services, connection, account, kept):
    before = refreshes(town)
    kept_before = kept.read()
    assert who(ado_as(services, connection, account)) == "Mara Lindqvist"
    assert (kept.read(), refreshes(town)) == (kept_before, before)


@pytest.mark.parametrize("ahead", [-1000, 0, AHEAD_MILLISECONDS - 10_000])
def test_a_token_that_ends_soon_is_renewed_and_kept(services, connection, account, kept, ahead):
    kept.end(ahead)
    old = kept.read()
    assert who(ado_as(services, connection, account)) == "Mara Lindqvist"
    new = kept.read()
    assert new.refresh_token != old.refresh_token
    assert new.access["branches"].expires_at > services.now() + AHEAD_MILLISECONDS
    assert kept.person().state == "signed_in"


def test_two_at_once_renew_once_and_both_are_served(town, services, connection, account, kept):
    """The refresh token of the stand-in works once: a second renewal with the old one would be refused."""
    kept.end()
    before = refreshes(town)
    slow = {"path": "/token$", "delay_ms": 300, "times": None}
    requests.post(f"{town.entra}/_control/faults", json=slow, timeout=5).raise_for_status()
    names, gate = [], threading.Barrier(4)

    def use():
        gate.wait()
        names.append(who(ado_as(services, connection, account)))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (names, refreshes(town) - before) == (["Mara Lindqvist"] * 4, 1)


def test_nobody_is_signed_in_by_somebody_else(services, connection, account):
    with pytest.raises(SignInNeeded, match="Sign in to Azure DevOps") as caught:
        ado_as(services, connection, OTHER)
    assert caught.value.code == "sign_in_needed"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("revoked", "Sign in again"),
        ("refresh_idle", "Sign in again"),
        ("refresh_frequency", "Sign in again"),
        ("conditional_access", "policy"),
        ("account_disabled", "disabled"),
    ],
)
def test_a_refused_renewal_ends_the_sign_in(town, account, kept, reason, words):
    services, connection = town.services, connection_of(town)
    kept.end()
    town.entra_site.end_sign_ins(MARA, reason=reason)
    with pytest.raises(SignInNeeded, match=words) as caught:
        ado_as(services, connection, account)
    assert MARA not in str(caught.value)
    assert kept.person().state == "ended"
    asked = refreshes(town)
    with pytest.raises(SignInNeeded, match="does not count any more"):
        ado_as(services, connection, account)
    assert refreshes(town) == asked  # nobody asks Entra in vain


def test_signing_in_again_makes_it_count(town, services, connection, account, kept):
    kept.end()
    town.entra_site.end_sign_ins(MARA)
    with pytest.raises(SignInNeeded):
        ado_as(services, connection, account)
    Window(town, account).sign_in(connection)
    assert kept.person().state == "signed_in"
    assert who(ado_as(services, connection, account)) == "Mara Lindqvist"


def test_an_entra_that_is_away_ends_nothing(town, services, connection, account, kept):
    kept.end()
    fault = {"path": "/token$", "status": 503, "times": None}
    requests.post(f"{town.entra}/_control/faults", json=fault, timeout=5)
    with pytest.raises(Retryable):
        ado_as(services, connection, account)
    assert kept.person().state == "signed_in"


def test_a_pause_because_it_was_asked_too_often_ends_nothing(town, services, connection, account, kept):
    """https://login.microsoftonline.com/error?code=50196 : it comes as a refused grant."""
    kept.end()
    town.entra_site.refuse("refresh", "loop")
    with pytest.raises(Unavailable, match="try again later"):
        ado_as(services, connection, account)
    assert kept.person().state == "signed_in"


def test_a_wrong_secret_of_crosswalk_ends_nothing(town, services, connection, account, kept):
    kept.end()
    town.entra_site.apps[CLIENT_ID].secret = "renewed"
    with pytest.raises(Unavailable, match="ENTRA_CLIENT_SECRET"):
        ado_as(services, connection, account)
    assert kept.person().state == "signed_in"


def test_an_answer_that_cannot_be_read_ends_nothing(town, services, connection, account, kept):
    kept.end()
    fault = {"path": "/token$", "status": 200, "body": {"access_token": "only this"}, "times": 1}
    requests.post(f"{town.entra}/_control/faults", json=fault, timeout=5).raise_for_status()
    with pytest.raises(Unavailable):
        ado_as(services, connection, account)
    assert kept.person().state == "signed_in"
    assert who(ado_as(services, connection, account)) == "Mara Lindqvist"


def test_a_sign_in_of_nobody_in_particular_is_not_kept(services, connection, account):
    before = services.people.find(connection.id, account)
    with pytest.raises(Unavailable):
        keep_person(services, connection, account, "", SecretStr(TOKENS["mara-code"]))
    assert services.people.find(connection.id, account) == before


def test_without_an_app_in_entra_nothing_is_renewed_and_nothing_ended(services, connection, account, kept):
    kept.end()
    bare = dataclasses.replace(services, settings=services.settings.model_copy(update={"entra_client_id": ""}))
    with pytest.raises(WrongState, match="ENTRA_CLIENT_ID"):
        ado_as(bare, connection, account)
    assert kept.person().state == "signed_in"


def test_somebody_who_left_the_organization_is_signed_out_by_the_first_call(town, services, connection, account, kept):
    client = ado_as(services, connection, account)
    town.organization.removed_users.add(kept.person().ado_id)
    with pytest.raises(SignInNeeded):
        client.get("_apis", "git", "repositories")
    assert kept.person().state == "ended"


@pytest.fixture
def refused(town, services, connection, account, kept):
    """A client whose access token is not taken any more, which nobody here has noticed."""
    client = ado_as(services, connection, account)
    town.organization.removed_users.add(kept.person().ado_id)
    return client


def assert_tried_again(client, kept):
    """It is asked to try again, and the person stays signed in."""
    with pytest.raises(Unavailable, match="Try again"):
        client.get("_apis", "git", "repositories")
    assert kept.person().state == "signed_in"


@pytest.mark.parametrize(("left", "state"), [(AHEAD_MILLISECONDS - 1, "signed_in"), (AHEAD_MILLISECONDS, "ended")])
def test_a_token_that_ended_since_the_client_was_opened_signs_nobody_out(town, account, kept, left, state):
    clock = iter([town.services.now()])
    ends = kept.read().access["branches"].expires_at
    timed = replace(town.services, now=lambda: next(clock, ends - left))
    client = ado_as(timed, connection_of(town), account)
    town.organization.removed_users.add(kept.person().ado_id)
    with pytest.raises(Unavailable if state == "signed_in" else SignInNeeded):
        client.get("_apis", "git", "repositories")
    assert kept.person().state == state


def test_a_token_that_another_process_renewed_since_signs_nobody_out(services, connection, account, refused, kept):
    secret = kept.read()
    kept.end()
    ado_as(services, connection, account)
    assert kept.read() != secret
    assert_tried_again(refused, kept)


def test_who_signed_in_anew_since_stays_so(town, connection, account, refused, kept):
    town.organization.removed_users.clear()
    assert Window(town, account).sign_in(connection).status_code == 303
    town.organization.removed_users.add(kept.person().ado_id)
    assert_tried_again(refused, kept)


def test_a_token_of_ones_own_in_the_place_of_it_stays_so(services, connection, account, refused, kept):
    kept.put(SecretStr(TOKENS["mara-code"]))
    assert_tried_again(refused, kept)


def test_who_signed_out_meanwhile_is_told_so(services, refused, kept):
    forget_person(services, kept.person())
    with pytest.raises(SignInNeeded):
        refused.get("_apis", "git", "repositories")


def test_a_scope_that_is_missing_signs_nobody_out(services, connection, account, kept):
    client = ado_as(services, connection, account)
    with pytest.raises(Unauthorized):
        client.get("Webshop", "_apis", "build", "builds")
    assert kept.person().state == "signed_in"


def test_a_token_of_ones_own_acts_as_its_owner(services, connection, kept):
    keep_person(services, connection, OTHER, "ado-1", SecretStr(TOKENS["tomasz-code"]))
    assert who(ado_as(services, connection, OTHER)) == "Tomasz Baran"


def test_a_secret_that_is_gone_asks_for_a_sign_in(services, connection, account, kept):
    services.tokens.forget(kept.person().installation_id, kept.person().reference)
    with pytest.raises(SignInNeeded):
        ado_as(services, connection, account)
    keep_person(services, connection, account, "ado-1", SecretStr(TOKENS["mara-code"]))
    assert who(ado_as(services, connection, account)) == "Mara Lindqvist"


def test_a_sign_in_that_is_forgotten_while_it_is_renewed_does_not_come_back(services, connection, account, kept):
    kept.end()
    person = kept.person()
    real = services.entra(connection.tenant_id)

    class Forgets:
        def refresh(self, token, now, purpose):
            fresh = real.refresh(token, now, purpose)
            forget_person(services, person)
            return fresh

    services._entra[connection.tenant_id] = Forgets()
    try:
        with pytest.raises(SignInNeeded):
            ado_as(services, connection, account)
    finally:
        services._entra[connection.tenant_id] = real
    assert kept.person() is None
    with pytest.raises(UnknownObject):
        services.tokens.read(person.installation_id, person.reference)


def test_forgetting_takes_row_and_secret_and_may_be_repeated(services, account, kept):
    person = kept.person()
    for _again in range(2):
        forget_person(services, person)
    assert kept.person() is None
    with pytest.raises(UnknownObject):
        services.tokens.read(person.installation_id, person.reference)


def test_nobody_signs_in_to_a_site_that_left(services, connection):
    site = services.installations.find(connection.installation_id)
    services.installations.mark_uninstalled(site.id, 1)
    try:
        with pytest.raises(UnknownObject):
            keep_person(services, connection, OTHER, "ado-1", SecretStr("token"))
    finally:
        secret = services.installations.shared_secret(site.id)
        services.installations.save_connect(site.client_key, site.base_url, secret, 1)
    assert services.people.find(connection.id, OTHER) is None


def test_nobody_signs_in_while_the_connection_is_being_removed(services, connection, monkeypatch):
    monkeypatch.setattr("linkage.holding.WAIT_SECONDS", 0.1)

    def meanwhile():
        with pytest.raises(WrongState):
            keep_person(services, connection, OTHER, "ado-1", SecretStr("token"))

    persons.remove_people(services, connection, meanwhile)
    assert services.people.list_connection(connection.id) == []


def test_use_is_kept_to_the_hour(services, connection, account, kept):
    now = kept.person().used_at
    ado_as(services, connection, account)
    assert kept.person().used_at == now
    services.people.note_use(kept.person().id, now - persons.USE_MILLISECONDS)
    ado_as(services, connection, account)
    assert kept.person().used_at >= now


class TestLoans:
    """What migrations read as somebody ends with their sign-in, and with who they are there."""

    @pytest.fixture
    def lent(self, services, connection, account, kept):
        """A migration that reads as that person, and one that reads as somebody else."""
        own = self.lend(services, connection, account, kept.person().ado_id)
        return own, self.lend(services, connection, OTHER, "ado-9")

    def lend(self, services, connection, account, ado_id):
        wanted = NewMigration(
            connection.id, "p", "Webshop", "SHOP", "10001", reader=account, reader_ado_id=ado_id
        )  # fmt: skip
        return services.migrations.add(connection.installation_id, wanted, services.now()).id

    def readers(self, services, lent):
        return [services.migrations.find(one).reader for one in lent]

    def test_signing_in_as_the_same_person_leaves_them(self, town, services, connection, account, lent):
        for purpose in ("branches", "migrations"):
            assert Window(town, account).sign_in(connection, purpose=purpose).status_code == 303
            assert self.readers(services, lent) == [account, OTHER]

    def test_signing_in_with_another_account_ends_them(self, town, services, connection, account, lent):
        assert Window(town, account).sign_in(connection, TOMASZ).status_code == 303
        assert self.readers(services, lent) == [None, OTHER]
        assert Window(town, account).sign_in(connection).status_code == 303
        assert self.readers(services, lent) == [None, OTHER]

    def test_who_acts_just_then_acts_as_nobody_and_not_as_the_other(self, services, connection, account, kept):
        before = kept.person()
        keep_person(services, connection, account, "ado-2", SecretStr(TOKENS["tomasz-code"]))
        with pytest.raises(UnknownObject):
            services.tokens.read(before.installation_id, before.reference)
        assert who(ado_as(services, connection, account)) == "Tomasz Baran"

    def test_forgetting_the_sign_in_ends_them(self, services, account, kept, lent):
        forget_person(services, kept.person())
        assert self.readers(services, lent) == [None, OTHER]

    def test_removing_the_connection_ends_all_of_it(self, services, connection, account, lent):
        persons.remove_people(services, connection, lambda: None)
        assert self.readers(services, lent) == [None, None]

    def test_signing_in_wakes_what_reads_as_this_person_alone(self, town, services, connection, account, lent):
        scans = [services.scans.start(one, services.now()) for one in lent]
        assert Window(town, account).sign_in(connection, purpose="migrations").status_code == 303
        assert set(services.duties.list_due("migrate")) == {f"scan:{scans[0]}"}


PURPOSES: tuple[SignInPurpose, ...] = ("branches", "migrations")
TOLD = {
    "branches": (
        "sign_in_needed",
        "may not read and write code in acme in your name, or not any more. Sign in once more",
    ),
    "migrations": (READER_NEEDED, "has to sign in to Azure DevOps again"),
}


def refuse_consent(town, purpose, account):
    """Consent for a purpose was withdrawn, and its access token is over; the other still counts."""
    (given,) = town.entra_site.consents.values()
    given -= {scope.rpartition("/")[2] for scope in SCOPES[purpose]}
    person = town.services.people.find(connection_of(town).id, account)
    secret = read_secret(town.services.tokens.read(person.installation_id, person.reference))
    over = {purpose: AccessToken(SecretStr("ended"), town.services.now())}
    assert isinstance(secret, EntraSecret)
    text = write_secret(replace(secret, access={**secret.access, **over}))
    town.services.tokens.replace(person.installation_id, person.reference, text)


class TestPurposes:
    """An access token is for branches or for migrations, the refresh token for both."""

    @pytest.fixture
    def lent(self, town, connection, account):
        """The same person, who signed in for migrations as well."""
        assert Window(town, account).sign_in(connection, purpose="migrations").status_code == 303
        return account

    def test_each_opens_what_it_is_for_and_nothing_else(self, services, connection, lent):
        branches = ado_as(services, connection, lent)
        migrations = ado_as(services, connection, lent, Use("migrations", "migration"))
        assert branches.get("_apis", "git", "repositories") and migrations.get("_apis", "wit", "fields")
        for client, path in ((branches, ("wit", "fields")), (migrations, ("git", "repositories"))):
            with pytest.raises(Unauthorized):
                client.get("_apis", *path)

    @pytest.mark.parametrize("purpose", PURPOSES)
    def test_each_keeps_its_own_beside_the_other(self, town, connection, lent, kept, purpose):
        services = town.services
        assert set(kept.read().access) == {"migrations"}
        ado_as(services, connection, lent)  # renewed for branches once
        before, secret = refreshes(town), kept.read()
        for _turn in range(3):
            for one in PURPOSES:
                ado_as(services, connection, lent, Use(one))
        assert (refreshes(town), kept.read()) == (before, secret)

        ending = replace(secret, access={**secret.access, purpose: AccessToken(SecretStr("ended"), services.now())})
        kept.put(ending)
        assert ado_as(services, connection, lent, Use(purpose)).read_connection()
        other = next(one for one in PURPOSES if one != purpose)
        assert kept.read().access[other] == secret.access[other]
        assert kept.read().refresh_token != secret.refresh_token

    @pytest.mark.parametrize("purpose", PURPOSES)
    @pytest.mark.parametrize("had_it_before", [True, False])
    def test_without_consent_it_is_asked_for_and_the_sign_in_stays(self, town, connection, purpose, had_it_before):
        services, window = town.services, Window(town)
        other = next(one for one in PURPOSES if one != purpose)
        window.sign_in(connection, purpose=other)
        if had_it_before:
            window.sign_in(connection, purpose=purpose)
            refuse_consent(town, purpose, window.account_id)
        with pytest.raises(SignInNeeded, match=TOLD[purpose][1]) as caught:
            ado_as(services, connection, window.account_id, Use(purpose))
        assert (caught.value.code, "(AADSTS65001)" in str(caught.value)) == (TOLD[purpose][0], True)
        assert services.people.find(connection.id, window.account_id).state == "signed_in"
        assert ado_as(services, connection, window.account_id, Use(other)).read_connection()
        window.sign_in(connection, purpose=purpose)
        assert ado_as(services, connection, window.account_id, Use(purpose)).read_connection()

    def test_a_refused_renewal_says_who_has_to_sign_in_and_microsofts_number(
        self, town, services, connection, lent, kept
    ):
        kept.end()
        town.entra_site.end_sign_ins(MARA)
        with pytest.raises(SignInNeeded, match=r"The person as whom this migration reads acme .* \(AADSTS50173\)"):
            ado_as(town.services, connection, lent, Use("migrations"))
        assert kept.person().state == "ended"

    def test_a_token_of_ones_own_reads_for_no_migration(self, services, connection, kept):
        keep_person(services, connection, OTHER, "ado-1", SecretStr(TOKENS["full"]))
        with pytest.raises(SignInNeeded):
            ado_as(services, connection, OTHER, Use("migrations"))

    def test_a_secret_of_before_there_were_two_is_for_branches(self):
        old = SecretStr('{"access_token": "a", "refresh_token": "r", "expires_at": 5}')
        assert read_secret(old) == EntraSecret(SecretStr("r"), {"branches": AccessToken(SecretStr("a"), 5)})

    def test_calls_are_counted_and_limited_as_the_persons_own(self, services, connection, lent):
        tally = Tally()
        ado_as(services, connection, lent, Use("migrations", "migration", tally)).get("_apis", "wit", "fields")
        person = services.people.find(connection.id, lent)
        assert tally.take()[0] == 1
        assert services.redis.exists(f"crosswalk:rate:{person.id}")


def test_what_is_kept_prints_as_stars(kept):
    secret = kept.read()
    for word in (secret.access["branches"].token, secret.refresh_token):
        assert word.get_secret_value() not in repr((secret, write_secret(secret)))


def test_the_site_of_a_person_is_the_connections(town, connection, account, kept):
    assert kept.person().installation_id == connection.installation_id == site_of(town).id
