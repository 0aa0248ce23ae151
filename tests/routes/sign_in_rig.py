"""A browser window at the application, and the ways of people at Entra's pages."""

from urllib.parse import parse_qs, urlsplit

import requests

from tests.routes.dumps import dump_database, dump_redis

MARA, TOMASZ = "mara.lindqvist@acme.example", "tomasz.baran@acme.example"


class Window:
    """A window that belongs to a Jira account, with the cookie and the CSRF token of its session."""

    def __init__(self, town, account_id, site=None):
        services = town.services
        installation = site or services.installations.list_all()[0]
        opened = services.browser_sessions.open(installation.id, account_id, services.now())
        self.town, self.session = town, opened.session
        self.account_id = account_id
        self.cookies = {"crosswalk": opened.cookie.get_secret_value()}
        self.csrf = opened.session.csrf_token.get_secret_value()

    def get(self, address, **headers):
        return visit(self.town, address, self.cookies, **headers)

    def call(self, method, path, json=None, **headers):
        """As a script of our own page does."""
        sent = {"X-CSRF-Token": self.csrf, "Origin": self.town.app_url, **headers}
        return requests.request(
            method, self.town.app_url + path, json=json, cookies=self.cookies, timeout=10,
            headers={name: value for name, value in sent.items() if value is not None},
        )  # fmt: skip

    def begin(self, connection_id, **query):
        """The address at Entra to which the person is sent."""
        answer = self.get(
            f"/auth/ado/start?connectionId={connection_id}" + "".join(f"&{k}={v}" for k, v in query.items())
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def sign_in(self, connection_id, mail=MARA, answer="accept", **query):
        """The whole way; what the callback answers."""
        return self.get(self.town.pass_entra(self.begin(connection_id, **query), mail, answer))


def visit(town, address, cookies=None, **headers):
    """A navigation of a window, which follows nothing by itself. Header names with `_` for `-`."""
    url = address if address.startswith("http") else town.app_url + address
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(url, headers=sent, cookies=cookies or {}, timeout=10, allow_redirects=False)


def connection_of(town):
    (connection,) = town.services.connections.list_for(town.services.installations.list_all()[0].id)
    return connection


def state_of(address):
    return parse_qs(urlsplit(address).query)["state"][0]


def everything(town):
    """Every row, every key of Redis but those that count time and calls, and what Azure DevOps holds."""
    passing = ("crosswalk:rate", "crosswalk:admin", "crosswalk:hold", "rq:")
    refs = {one.name: dict(one.refs) for one in town.organization.repositories.values()}
    return dump_database(town.services), dump_redis(town.services, but=passing), repr(refs)
