"""A Crosswalk that has no app in Microsoft Entra: people enter tokens of their own."""

import pytest
from pydantic import SecretStr

from sandbox.ado_seed import TOKENS
from tests.routes.sign_in_rig import Window, connection_of, says


@pytest.fixture
def settings_changes(town):
    return {**town.settings(), "entra_client_id": "", "entra_client_secret": SecretStr("")}


def test_people_enter_a_token_and_are_told_who_could_change_that(site, linked):
    connection, window = connection_of(site), Window(site)
    (shown,) = window.call("GET", "/api/me").json()["organizations"]
    assert shown["method"] == "token"
    refused = window.call("POST", "/api/me/ado", {"connectionId": connection.id})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_configured")
    assert says(window.start(connection), "not_configured")
    kept = window.call("PUT", f"/api/me/ado/{connection.id}/token", {"token": TOKENS["mara-code"]})
    assert (kept.status_code, kept.json()["state"]) == (200, "signed_in")
