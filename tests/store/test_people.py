"""People: one sign-in for each person and organization, on both databases."""

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from store.connections import Connections
from store.installations import Installations
from store.people import People

FERN, MOSS = "712020:fern", "712020:moss"


@pytest.fixture
def site(engine, vault):
    return Installations(engine, vault).save_connect("river", "https://river.atlassian.net", SecretStr("s" * 40), 1)


@pytest.fixture
def organizations(engine, vault, site):
    connections = Connections(engine, vault)
    return [
        connections.add(
            site.id, organization=name, organization_url=f"https://dev.azure.com/{name}", instance_id=name,
            token=SecretStr("t"), problems=[], now=1,
        )
        for name in ("acme", "globex")
    ]  # fmt: skip


@pytest.fixture
def people(engine):
    return People(engine)


@pytest.fixture
def sign_in(people, site, organizations):
    def sign(account=FERN, organization=0, *, now=10, reference="r1", method="entra"):
        connection = organizations[organization]
        return people.save(site.id, connection.id, account, ado_id="ado-1", method=method, reference=reference, now=now)

    return sign


def test_a_sign_in_is_found_by_organization_and_account(people, sign_in, organizations):
    made = sign_in()
    assert people.find(organizations[0].id, FERN) == made
    assert (made.state, made.used_at, made.updated_at) == ("signed_in", 10, 10)
    assert people.find(organizations[1].id, FERN) is None
    assert people.find(organizations[0].id, MOSS) is None


def test_signing_in_again_is_the_same_row_with_the_new_secret(people, sign_in, site):
    first = sign_in()
    people.mark_ended(first, 20)
    again = sign_in(now=30, reference="r2", method="token")
    assert (again.id, again.state, again.method, again.reference) == (first.id, "signed_in", "token", "r2")
    assert people.list_tenant(site.id) == [again]


def test_a_sign_in_of_meanwhile_is_not_ended_by_what_was_tried_before(people, sign_in, organizations):
    old = sign_in()
    sign_in(now=20)
    people.mark_ended(old, 30)
    assert people.find(organizations[0].id, FERN).state == "signed_in"


def test_people_are_listed_by_account_organization_and_site(people, sign_in, site, organizations):
    made = [sign_in(), sign_in(organization=1, now=11), sign_in(MOSS, now=12)]
    assert people.list_account(FERN) == made[:2]
    assert people.list_account(FERN, site.id) == made[:2]
    assert people.list_account(FERN, "another site") == []
    assert people.list_connection(organizations[0].id) == [made[0], made[2]]
    assert people.list_tenant(site.id) == made


def test_what_is_held_of_an_account_is_confirmed_wherever_it_is(people, sign_in, organizations):
    sign_in(MOSS, now=12)
    sign_in(organization=1, now=11)
    sign_in()
    people.note_refresh(FERN, 99)
    assert [one.updated_at for one in people.list_account(FERN)] == [99, 99]
    assert [one.updated_at for one in people.list_account(MOSS)] == [12]


def test_use_is_noted(people, sign_in, organizations):
    people.note_use(sign_in().id, 77)
    assert people.find(organizations[0].id, FERN).used_at == 77


def test_forgetting_one_leaves_the_others(people, sign_in, site):
    gone, stays = sign_in(), sign_in(MOSS)
    people.delete(gone.id)
    assert people.list_tenant(site.id) == [stays]
    people.forget_tenant("another site")
    assert people.list_tenant(site.id) == [stays]
    people.forget_tenant(site.id)
    assert people.list_tenant(site.id) == []


def test_a_connection_takes_its_people_along(engine, vault, people, sign_in):
    made = sign_in()
    Connections(engine, vault).delete(made.connection_id)
    assert people.list_account(FERN) == []
    with pytest.raises(IntegrityError):
        sign_in()


def test_the_tenant_of_an_organization_is_kept(engine, vault, site, organizations):
    connections = Connections(engine, vault)
    assert organizations[0].tenant_id == ""
    connections.set_tenant(organizations[0].id, "9f0c2b1e-0000-4000-8000-000000000001")
    told = {one.organization: one.tenant_id for one in connections.list_for(site.id)}
    assert told == {"acme": "9f0c2b1e-0000-4000-8000-000000000001", "globex": ""}
