"""Our own client, as the app that is installed in a stand-in site."""

from pydantic import SecretStr

from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import ConnectSigner, JiraClient
from tests.sandbox.jira_rig import KEY, JiraRig


def client_of(rig: JiraRig) -> JiraClient:
    http = HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({rig.site_url.removeprefix("http://")})))
    app = rig.site.installations[KEY]
    return JiraClient(ConnectSigner(KEY, rig.site_url, app.client_key, SecretStr(app.shared_secret)), http)
