"""One town for the tests of a file about branches, with people who are signed in to Azure DevOps."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from linkage.persons import keep_person
from sandbox.ado_seed import TOKENS
from services import Services, build_services
from settings import Settings
from store.connections import Connection
from tests.ports import FreePort
from tests.redis_server import RedisServer
from tests.town import Town

TOMASZ = "tomasz.baran@acme.example"


class Desk:
    """A linked project and who works there: the member of the Jira site is Tomasz in Azure DevOps."""

    connection: Connection  # to the organization of the town

    def __init__(self, town: Town, services: Services, free: FreePort) -> None:
        self.free_port = free  # where a test may serve another organization
        self.town, self.services = town, services
        self.organization, self.site = town.organization, town.site
        self.member = town.site.member.account_id
        self.webshop = self.organization.find_project("Webshop")
        self.repository = self.organization.find_repository("shop-web")
        self.changed: set[str] = set()  # what a test chose, to be put back
        self._numbers = count(1)

    def link(self, **choice):
        self.changed.add("link")
        self.link_project(self.connection, self.webshop, **choice)

    def link_project(self, connection, project, **choice):
        path = f"/api/connections/{connection.id}/projects/{project.id}"
        answer = self.call("PUT", path, choice, account=self.town.site.admin.account_id)
        assert answer.status_code == 200, answer.text

    def connect(self, url=None, token=TOKENS["full"]):
        """The connection to an organization, by default to that of the town."""
        body = {"organizationUrl": url or self.town.organization_url, "token": token}
        answer = self.call("POST", "/api/connections", body, account=self.town.site.admin.account_id)
        assert answer.status_code == 201, answer.text
        return self.services.connections.find_any(answer.json()["id"])

    def sign_in(self, token="tomasz-code", mail=TOMASZ):
        """As the member of the site, with a token of one's own."""
        user = self.organization.find_user(mail)
        return keep_person(self.services, self.connection, self.member, user.id, SecretStr(TOKENS.get(token, token)))

    def choose(self, **settings):
        """The settings of the site, in place of those before."""
        self.changed.add("settings")
        answer = self.call("PUT", "/api/settings", settings, account=self.town.site.admin.account_id)
        assert answer.status_code == 200, answer.text

    def call(self, method, path, json=None, account=None):
        """As the member of the site."""
        return self.town.call(method, path, json, account or self.member)

    def get(self, path):
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def name(self):
        """A name no branch has had."""
        return f"feature/SHOP-1-try-{next(self._numbers)}"

    def wish(self, name=None, **changes):
        """A sound body for a new branch, with changes."""
        return {
            "issueKey": "SHOP-1",
            "repositoryId": self.repository.id,
            "name": self.name() if name is None else name,
            "source": "main",
        } | changes  # fmt: skip

    def make(self, name=None, **changes):
        return self.call("POST", "/api/branches", self.wish(name, **changes))

    def pushes_of(self, name):
        """Who pushed a branch, once for each time, oldest first."""
        ref = f"refs/heads/{name}"
        return [push.user.mail for push in self.repository.pushes if ref in {one.name for one in push.updates}]

    def has_branch(self, name):
        return f"refs/heads/{name}" in self.repository.refs

    def forget_marks(self):
        """Have Jira be asked anew who may see an issue, and know of no branch that was made."""
        for kind in ("seen-issue", "recent-repository", "made-branch"):
            for key in self.services.redis.keys(f"crosswalk:{kind}:*"):
                self.services.redis.delete(key)


@contextmanager
def running_desk(redis_server: RedisServer, migrated_file: Path, folder: Path) -> Iterator[Desk]:
    """A town with the Webshop linked. Tests share it, so each uses names of its own and puts back what it changes."""
    town, port = Town(), FreePort()
    database = folder / "crosswalk.sqlite"
    shutil.copy(migrated_file, database)
    services = build_services(
        Settings(
            database_url=f"sqlite:///{database}", redis_url=redis_server.url, local_key_file=folder / "crosswalk.keys",
            **dict(town.settings()) | {"ado_hosts": town.settings()["ado_hosts"] | {f"127.0.0.1:{port.number}"}},
        )
    )  # fmt: skip
    services.redis.flushall()
    town.open(services)
    town.install()
    desk = Desk(town, services, port)
    desk.connection = desk.connect()
    desk.link()
    yield desk
    town.close()
    services.redis.close()
    services.engine.dispose()
