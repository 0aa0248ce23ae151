"""Signing in to Azure DevOps as oneself, wire to wire with the stand-ins of Entra and Azure DevOps."""

import pytest

from tests.routes.sign_in_rig import MARA, Window, connection_of
from tests.routes.test_event_road import link_webshop


@pytest.fixture
def linked_town(open_town):
    link_webshop(open_town)
    return open_town


@pytest.fixture
def window(linked_town):
    return Window(linked_town, linked_town.site.member.account_id)


def test_a_person_signs_in_and_is_known_in_the_organization(linked_town, window):
    connection = connection_of(linked_town)
    answer = window.sign_in(connection.id, issueKey="SHOP-1", issueSummary="Round%20prices")
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == (
        f"{linked_town.app_url}/pages/create-branch?issueKey=SHOP-1&issueSummary=Round+prices"
    )
    person = linked_town.services.people.find(connection.id, window.account_id)
    mara = next(user for user in linked_town.organization.users.values() if user.mail == MARA)
    assert (person.ado_id, person.method, person.state) == (mara.id, "entra", "signed_in")
