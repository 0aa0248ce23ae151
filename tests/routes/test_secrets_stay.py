"""After everything was used: no secret in an answer, a log line, an error, a job, an address or the database."""

import json

import requests

from linkage.persons import ado_as
from sandbox.ado_seed import TOKENS
from sandbox.entra_state import CLIENT_SECRET, NO_TENANT
from tests.routes.dumps import dump_database, dump_redis
from tests.routes.sign_in_rig import TOMASZ, Window, connection_of, site_of, visit
from tests.routes.test_event_road import KEY, link_webshop


def use_everything(town):
    """The whole road, refusals included; returns every answer people got."""
    answers = [
        town.call("POST", "/api/connections", {"organizationUrl": town.organization_url, "token": TOKENS["expired"]}),
        town.call("POST", "/api/connections", {"organizationUrl": "https://evil.example", "token": TOKENS["full"]}),
        town.call("POST", "/api/connections", {"organizationUrl": 7, "token": [TOKENS["full"]]}),
        town.call("POST", "/api/connections", {"organizationUrl": town.organization_url, "token": TOKENS["no-hooks"]}),
    ]
    link_webshop(town)
    town.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    fault = {"method": "POST", "path": "/bulk", "status": 500, "times": 1}
    requests.post(f"{town.jira}/_control/faults", json=fault, timeout=5)
    town.work(rounds=2)
    (connection,) = town.call("GET", "/api/connections").json()["items"]
    body = {"token": TOKENS["expired"]}
    answers.append(town.call("PUT", f"/api/connections/{connection['id']}/token", body))
    for path in ("/api/connections", f"/api/connections/{connection['id']}", "/api/health", "/api/dead-letters"):
        answers.append(town.call("GET", path))
    answers.append(requests.get(f"{town.app_url}/pages/admin?jwt=nonsense", timeout=5))
    link = town.services.links.list_connection(connection["id"])[0]
    answers.append(requests.post(f"{town.app_url}/webhooks/ado/{link.hook}", auth=("x", "wrong"), timeout=5))
    return answers


def sign_people_in(town):
    """Every way to sign in, refusals included; the answers people got, and each secret that was about."""
    connection, member = connection_of(town), Window(town)
    ticket = member.call("POST", "/api/me/ado", {"connectionId": connection.id}).json()["url"]
    assert visit(town, ticket, Sec_Fetch_Site="cross-site").ok  # its page shows the ticket to the one who brought it
    answers = [member.get(ticket), member.get(ticket)]
    answers += [member.sign_in(connection), member.sign_in(connection, TOMASZ, "cancel")]
    ado_as(town.services, connection, member.account_id).read_connection()
    town.entra_site.end_sign_ins()
    answers.append(Window(town).sign_in(connection))
    town.entra_site.refuse("code", "revoked")
    answers.append(member.sign_in(connection))
    town.organization.tenant, admin = NO_TENANT, Window(town, town.site.admin.account_id)
    for token in (TOKENS["expired"], TOKENS["mara-code"]):
        answers.append(admin.call("PUT", f"/api/me/ado/{connection.id}/token", {"token": token}))
    answers += [member.call("GET", "/api/me"), admin.call("GET", "/api/me")]
    secrets = {"the client secret": CLIENT_SECRET, "a ticket": ticket.partition("ticket=")[2]}
    secrets |= {"a cookie": member.cookies["crosswalk"], "another cookie": admin.cookies["crosswalk"]}
    secrets |= {f"code {number}": code for number, code in enumerate(town.entra_site.codes)}
    secrets |= {f"refresh token {number}": token for number, token in enumerate(town.entra_site.refreshes)}
    (mine,) = town.services.people.list_account(member.account_id)
    kept = town.services.tokens.read(mine.installation_id, mine.reference).get_secret_value()
    return answers, secrets | {"an access token": json.loads(kept)["access"]["branches"]["token"]}


def test_no_secret_is_left_anywhere(open_town, written):
    town, services = open_town, open_town.services
    answers = use_everything(town)
    shown, of_people = sign_people_in(town)
    answers += shown
    installation = site_of(town)
    link = services.links.list_for(installation.id)[0]
    secrets = {
        **TOKENS,
        **of_people,
        "shared secret": services.installations.shared_secret(installation.id).get_secret_value(),
        "hook secret": services.links.read_secret(link).get_secret_value(),
    }
    called = (town.jira, town.ado, town.atlassian, town.entra)
    calls = [requests.get(f"{url}/_control/calls", timeout=5).text for url in called]
    places = {
        "an answer": repr([(answer.text, answer.headers) for answer in answers]),
        "the log": written(),
        "an address that was called": repr(calls),
        "the database": dump_database(services),
        "Redis and its jobs": dump_redis(services),
    }
    assert places["the log"].count("http.call") > 10
    for place, text in places.items():
        assert [name for name, secret in secrets.items() if secret in text] == [], place
    for person in ("Mara Lindqvist", "mara.lindqvist@acme.example", "Tomasz Baran", TOMASZ, "round prices"):
        assert person not in places["the log"]
        assert person not in places["the database"]
    assert (len(of_people), services.people.list_tenant(installation.id) != []) >= (8, True)
