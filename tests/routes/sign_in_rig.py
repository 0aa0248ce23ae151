"""A browser window at the application, the ways of people at Entra's pages, and what pages say of a failure."""

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from domain.sign_in_faults import FAULTS
from sandbox.ado_state import TENANT
from sandbox.entra_state import CLIENT_ID, CLIENT_SECRET, Knobs
from tests.routes.dumps import dump_database, dump_redis

MARA, TOMASZ = "mara.lindqvist@acme.example", "tomasz.baran@acme.example"
# counts, times and what is used up by any try
PASSING = ("crosswalk:rate", "crosswalk:admin", "crosswalk:sign-in", "crosswalk:ticket", "crosswalk:session", "rq:")


class Window:
    """A window that belongs to a Jira account, with the cookie and the CSRF token of its session."""

    def __init__(self, town, account_id=None, site=None):
        services = town.services
        self.town, self.account_id = town, account_id or town.site.member.account_id
        opened = services.browser_sessions.open((site or site_of(town)).id, self.account_id, services.now())
        self.session, self.csrf = opened.session, opened.session.csrf_token.get_secret_value()
        self.cookies = {"crosswalk": opened.cookie.get_secret_value()}

    def get(self, address, **headers):
        """A navigation, which follows nothing by itself."""
        return visit(self.town, address, self.cookies, **headers)

    def call(self, method, path, json=None, **headers):
        """As a script of our own page does; a header given as None is left out."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"X-CSRF-Token": self.csrf, "Origin": self.town.app_url} | given
        return requests.request(
            method, self.town.app_url + path, json=json, cookies=self.cookies, timeout=10,
            headers={name: value for name, value in sent.items() if value is not None},
        )  # fmt: skip

    def start(self, connection, **query):
        """As by the link of the page that asks whose sign-in it is to be."""
        return self.get(start_address(connection, **query, confirmed=self.session.digest))

    def begin(self, connection, **query):
        """The address at Entra to which the person is sent."""
        answer = self.start(connection, **query)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def come_back(self, connection, mail=MARA, answer="accept", **query):
        """The address of the callback after the person passed Entra."""
        return self.town.pass_entra(self.begin(connection, **query), mail, answer)

    def sign_in(self, connection, mail=MARA, answer="accept", **query):
        """The whole way; what the callback answers."""
        return self.get(self.come_back(connection, mail, answer, **query))


def start_address(connection, **query):
    return f"/auth/ado/start?{urlencode({'connectionId': connection.id} | query)}"


def visit(town, address, cookies=None, **headers):
    """A navigation. Header names with `_` for `-`."""
    url = address if address.startswith("http") else town.app_url + address
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(url, headers=sent, cookies=cookies or {}, timeout=10, allow_redirects=False)


def site_of(town):
    return next(site for site in town.services.installations.list_all() if site.base_url == town.jira)


def connection_of(town):
    """The connection of the town's organization."""
    return town.services.connections.find_organization(site_of(town).id, town.organization_url)


def parameter(address, name):
    return parse_qs(urlsplit(address).query)[name][0]


def says(answer, fault, organization="acme"):
    """Whether a page tells this fault: its sentence, its next step and its status; in a window of its own."""
    row = FAULTS[fault]
    text = html.unescape(answer.text)
    assert row.detail.format(organization=organization) in text, text
    assert row.next_step.format(organization=organization) in text, text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return True


def go_on(answer):
    """The address at which a page says that the sign-in goes on or begins anew."""
    (address,) = re.findall(r'href="(/auth/ado/start[^"]*)"', answer.text)
    return html.unescape(address)


def everything(town):
    """Every row, every key of Redis that matters, and what Azure DevOps holds."""
    refs = {one.name: dict(one.refs) for one in town.organization.repositories.values()}
    return dump_database(town.services), dump_redis(town.services, but=PASSING), repr(refs)


def renew_town(town):
    """As after the linking: nobody is signed in, the stand-ins are in good order."""
    services = town.services
    for person in services.people.list_tenant(site_of(town).id):
        services.people.delete(person.id)
        services.tokens.forget(person.installation_id, person.reference)
    for kind in ("session", "sign-in", "ticket"):
        for key in services.redis.keys(f"crosswalk:{kind}*"):
            services.redis.delete(key)
    services.connections.set_tenant(connection_of(town).id, TENANT)
    town.organization.tenant = TENANT
    town.organization.removed_users.clear()
    town.entra_site.refusals.clear()
    town.entra_site.consents.clear()
    town.entra_site.apps[CLIENT_ID].secret = CLIENT_SECRET
    town.entra_site.knobs = Knobs()
    for server in (town.entra, town.ado, town.jira):
        requests.delete(f"{server}/_control/faults", timeout=5).raise_for_status()
