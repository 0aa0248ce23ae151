"""Installing and uninstalling Connect apps: the descriptor, and the signed lifecycle calls to the app.

developer.atlassian.com/cloud/jira/platform/connect-app-descriptor
"""

import re
import secrets
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from sandbox.jira_site import Installation, JiraSite
from sandbox.jira_tokens import lifecycle_claims, sign

CALL_SECONDS = 20
SCOPES = frozenset(
    {
        "NONE",
        "READ",
        "WRITE",
        "DELETE",
        "PROJECT_ADMIN",
        "SPACE_ADMIN",
        "ADMIN",
        "ACT_AS_USER",
        "ACCESS_EMAIL_ADDRESSES",
    }
)
SIGNED_BY_ATLASSIAN = frozenset({"installed", "uninstalled"})
MODULE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "jiraDevelopmentTool": ("key", "application", "capabilities", "logoUrl", "name", "url"),
    "jiraBuildInfoProvider": ("key", "name", "homeUrl"),
    "jiraDeploymentInfoProvider": ("key", "name", "homeUrl"),
}


class InstallFailed(Exception):
    """The app could not be installed; the text says why."""


def install_app(site: JiraSite, descriptor_url: str) -> Installation:
    """Fetch the descriptor, send `installed` and `enabled`; the app of an earlier install keeps its client key.

    Raises InstallFailed, and then the site is as it was.
    """
    descriptor = fetch_descriptor(descriptor_url)
    reasons = list(descriptor_faults(descriptor, descriptor_url))
    if reasons:
        raise InstallFailed("The descriptor is not valid. " + "; ".join(reasons))
    earlier = site.installations.get(descriptor["key"])
    client_key = earlier.client_key if earlier else str(uuid.uuid4())
    app = Installation(descriptor["key"], client_key, secrets.token_urlsafe(48), descriptor)
    # the app may call back at once, so the installation must stand before it hears of it
    app.enabled = True
    site.installations[app.key] = app
    status = send_lifecycle(site, app, "installed")
    if not accepted(status):
        if earlier:
            site.installations[app.key] = earlier
        else:
            del site.installations[app.key]
        raise InstallFailed(f"The app answered {status or 'nothing'} to the installed call.")
    send_lifecycle(site, app, "enabled")
    return app


def uninstall_app(site: JiraSite, addon_key: str | None) -> dict[str, int | None]:
    """Send `disabled` and `uninstalled`, then erase what the app sent; the app's answers by event.

    Raises KeyError when it is not installed.
    """
    app = site.installation(addon_key)
    answers = {"disabled": send_lifecycle(site, app, "disabled")}
    app.enabled = app.installed = False
    answers["uninstalled"] = send_lifecycle(site, app, "uninstalled")
    site.development.forget(app.key)
    return answers


def rename_site(site: JiraSite, base_url: str) -> dict[str, int | None]:
    """Give the site another address; each app hears it by `installed` with a new secret. The apps' answers by key.

    The old address leads to the new one. An app that refuses keeps its secret. `base_url` must be an address this site
    is served at: another host name of the same port, or a second server.
    """
    old, site.base_url = site.base_url, base_url.rstrip("/")
    site.former_addresses = [one for one in (*site.former_addresses, old) if one != site.base_url]
    answers: dict[str, int | None] = {}
    for app in [one for one in site.installations.values() if one.installed]:
        before, app.shared_secret = app.shared_secret, secrets.token_urlsafe(48)
        answers[app.key] = send_lifecycle(site, app, "installed")
        if not accepted(answers[app.key]):
            app.shared_secret = before
    return answers


def fetch_descriptor(address: str) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(address, timeout=CALL_SECONDS)
            answer.raise_for_status()
            descriptor = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise InstallFailed(f"The descriptor could not be read: {type(error).__name__}") from None
    if not isinstance(descriptor, dict):
        raise InstallFailed("The descriptor is not an object.")
    return descriptor


def descriptor_faults(descriptor: Mapping[str, Any], address: str) -> Iterator[str]:
    """What Jira refuses in a descriptor; plain http is allowed on loopback only."""
    if not re.fullmatch(r"[a-zA-Z0-9\-._]{1,80}", str(descriptor.get("key", ""))):
        yield "key must be 1 to 80 letters, digits, - . or _"
    if len(str(descriptor.get("name", ""))) > 80:
        yield "name is longer than 80 characters"
    base = str(descriptor.get("baseUrl", ""))
    parts = urlsplit(base)
    loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not base or len(base) > 200 or not (parts.scheme == "https" or (parts.scheme == "http" and loopback)):
        yield "baseUrl must be an https address of at most 200 characters"
    if not address.startswith(base):
        yield "the descriptor must be served below baseUrl"
    if descriptor.get("authentication", {}).get("type") not in {"jwt", "JWT"}:
        yield "authentication.type must be jwt"
    if descriptor.get("apiMigrations", {}).get("signed-install") is not True:
        yield "apiMigrations.signed-install must be true"
    unknown = set(descriptor.get("scopes", ())) - SCOPES
    if unknown:
        yield f"unknown scopes: {', '.join(sorted(unknown))}"
    yield from lifecycle_faults(descriptor.get("lifecycle", {}))
    yield from module_faults(descriptor.get("modules", {}))


def lifecycle_faults(lifecycle: Mapping[str, Any]) -> Iterator[str]:
    if "installed" not in lifecycle:
        yield "lifecycle.installed is required with authentication jwt"
    for event, path in lifecycle.items():
        if not str(path).startswith("/"):
            yield f"lifecycle.{event} must be relative and begin with /"


def module_faults(modules: Mapping[str, Any]) -> Iterator[str]:
    for module, names in MODULE_FIELDS.items():
        described = modules.get(module)
        if described is None:
            continue
        if not isinstance(described, dict):
            yield f"modules.{module} must be an object"
            continue
        missing = [name for name in names if name not in described]
        if missing:
            yield f"modules.{module} lacks {', '.join(missing)}"
        if not re.fullmatch(r"[a-zA-Z0-9-]+", str(described.get("key", ""))):
            yield f"modules.{module}.key must be letters, digits and -"


def send_lifecycle(site: JiraSite, app: Installation, event: str) -> int | None:
    """Post one lifecycle event; the app's status, None when it has no such path or cannot be reached."""
    path = app.descriptor.get("lifecycle", {}).get(event)
    if path is None:
        return None
    claims = lifecycle_claims(app.client_key, path)
    if event in SIGNED_BY_ATLASSIAN:
        token = site.keys.sign(claims | {"aud": [app.base_url]})
    else:
        token = sign(claims, app.shared_secret)
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                f"{app.base_url}{path}", json=lifecycle_body(site, app, event),
                headers={"Authorization": f"JWT {token}"}, timeout=CALL_SECONDS, allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException:
            return None
    return answer.status_code


def lifecycle_body(site: JiraSite, app: Installation, event: str) -> dict[str, Any]:
    body = {
        "key": app.key,
        "clientKey": app.client_key,
        "oauthClientId": f"client-of-{app.client_key}",
        "serverVersion": "100275",
        "pluginsVersion": "1001.0.0.SNAPSHOT",
        "baseUrl": site.base_url,
        "displayUrl": site.base_url,
        "displayUrlServicedeskHelpCenter": site.base_url,
        "productType": "jira",
        "description": "A stand-in Jira site",
        "entitlementId": f"entitlement-of-{app.client_key}",
        "eventType": event,
    }
    return body | ({"sharedSecret": app.shared_secret} if event == "installed" else {})


def accepted(status: int | None) -> bool:
    return status is not None and 200 <= status < 300
