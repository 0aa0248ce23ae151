"""`python -m sandbox`: the stand-ins alone, on the addresses that the product's own settings name.

Reads JIRA_HOSTS and ADO_HOSTS (the first of each), ATLASSIAN_API_URL, ENTRA_AUTHORITY, PUBLIC_URL and SPECS_DIR, and
the ids and secrets under which the product is registered: ENTRA_CLIENT_ID, ENTRA_CLIENT_SECRET, ATLASSIAN_CLIENT_ID,
ATLASSIAN_CLIENT_SECRET.
"""

import os
import signal
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask

from sandbox.ado import create_ado
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_seed import PEOPLE
from sandbox.atlassian import create_atlassian
from sandbox.atlassian_accounts import CLIENT_ID as ACCOUNT_CLIENT_ID
from sandbox.atlassian_accounts import CLIENT_SECRET as ACCOUNT_SECRET
from sandbox.atlassian_accounts import AccountApp, AccountDesk
from sandbox.contract import find_specs
from sandbox.entra import EntraSite, create_entra
from sandbox.entra_state import CLIENT_ID, CLIENT_SECRET
from sandbox.jira import create_jira
from sandbox.jira_apps import InstallFailed, install_app
from sandbox.jira_migration import add_migration_project, add_person
from sandbox.jira_scheme_seed import Wanted
from sandbox.jira_site import JiraSite
from sandbox.server import Server, serve
from sandbox.site import site_blueprint

JIRA = "127.0.0.1:8001"
ADO = "127.0.0.1:8002"
ATLASSIAN = "http://127.0.0.1:8004"
ENTRA = "http://127.0.0.1:8005/organizations"
PRODUCT = "http://127.0.0.1:8000"
LAG_MS = 300  # how long accepted development information stays invisible, as on the real site
WORK_ITEMS = 2_000  # of the first project, hard cases among them
PEOPLE_IN_BOTH = 3  # the others have no account in Jira, as those who left long ago
INSTALL_SECONDS = 60.0
LINE = "=" * 78


def first_host(name: str, usual: str) -> tuple[str, int]:
    """Host and port of the first entry of a comma-separated setting."""
    text = (os.environ.get(name) or usual).split(",")[0].strip()
    parts = urlsplit(f"//{text}")
    return parts.hostname or "127.0.0.1", parts.port or 80


def registered_entra() -> EntraSite:
    """Entra with its accounts, and the product as an application that may be signed in to."""
    entra = EntraSite.seeded()
    client_id, secret = read("ENTRA_CLIENT_ID", CLIENT_ID), read("ENTRA_CLIENT_SECRET", CLIENT_SECRET)
    entra.add_app(client_id, secret, "Crosswalk", [read("PUBLIC_URL", PRODUCT) + "/auth/ado/callback"])
    return entra


def registered_accounts(site: JiraSite) -> AccountDesk:
    """Atlassian's sign-in, and the product as an app of it."""
    client_id = read("ATLASSIAN_CLIENT_ID", ACCOUNT_CLIENT_ID)
    callbacks = {read("PUBLIC_URL", PRODUCT) + "/auth/atlassian/callback"}
    secret = read("ATLASSIAN_CLIENT_SECRET", ACCOUNT_SECRET)
    return AccountDesk([site], [AccountApp(client_id, secret, "Crosswalk", callbacks)])


def read(name: str, usual: str) -> str:
    return os.environ.get(name) or usual


def serve_at(app: Flask, address: str) -> Server:
    parts = urlsplit(address)
    return serve(app, parts.hostname or "127.0.0.1", parts.port or 80)


def start_servers(site: JiraSite, organization: AdoOrganization) -> Sequence[Server]:
    """Jira, Azure DevOps, Entra and Atlassian, each on its own port."""
    jira_host, jira_port = first_host("JIRA_HOSTS", JIRA)
    ado_host, ado_port = first_host("ADO_HOSTS", ADO)
    site.base_url = f"http://{jira_host}:{jira_port}"
    entra = registered_entra()
    organization.entra = entra.keys
    pages = site_blueprint(site, f"http://{ado_host}:{ado_port}", entra=entra)
    atlassian = create_atlassian(site.keys, [site], registered_accounts(site))
    return (
        serve_at(atlassian, read("ATLASSIAN_API_URL", ATLASSIAN)),
        serve(create_ado(organization), ado_host, ado_port),
        serve_at(create_entra(entra), read("ENTRA_AUTHORITY", ENTRA)),
        serve(create_jira(site, [pages]), jira_host, jira_port),
    )


def install_product(site: JiraSite) -> str:
    """Install Crosswalk on the site as soon as it answers; returns a line that says how it went."""
    descriptor = read("PUBLIC_URL", PRODUCT) + "/atlassian-connect.json"
    ends = time.monotonic() + INSTALL_SECONDS
    while True:
        try:
            install_app(site, descriptor)
        except InstallFailed as error:
            if time.monotonic() > ends:
                return f"Crosswalk could not be installed on the stand-in site. {error}"
            time.sleep(0.5)
        else:
            return "Crosswalk is installed on the stand-in Jira site."


def make_site() -> JiraSite:
    """The seeded site, with one company-managed and one team-managed project to migrate into, and with some of those
    who work in Azure DevOps, under the same mail addresses.
    """
    site = JiraSite.seeded()
    site.lag_ms = LAG_MS
    for name, mail in PEOPLE[:PEOPLE_IN_BOTH]:
        add_person(site, name, mail)
    add_migration_project(site, "MIG", "Migrated work")
    add_migration_project(site, "TEAM", "Migrated by the team", wanted=Wanted(style="team"))
    return site


def main() -> None:
    """Serve until a stop signal."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    site, organization = make_site(), AdoOrganization.seeded(until=datetime.now(UTC), work_items=WORK_ITEMS)
    servers = start_servers(site, organization)
    checked = (
        "checked against the official specifications" if find_specs() else "checked by their own rules (no SPECS_DIR)"
    )
    print(f"Stand-ins are up; every call is {checked}.", flush=True)
    print(f"{install_product(site)}\n{LINE}\n  Open  {site.base_url}\n{LINE}", flush=True)
    stopped.wait()
    organization.stop()
    for server in servers:
        server.stop()


if __name__ == "__main__":
    main()
