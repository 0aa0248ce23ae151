"""Jira sites that trust us by OAuth credentials their administrator made in Jira; an operator adds them by command."""

from pydantic import SecretStr

from clients.atlassian import OAuthTokens, read_cloud_id
from domain.addresses import read_site
from domain.errors import BadInput, Permanent, UnknownObject, WrongState
from services import Services
from store.installations import Installation


def add_site(services: Services, address: str, client_id: str, secret: SecretStr) -> Installation:
    """Keep a site and its credentials after they were proven. The same site again gets the new credentials.

    Raises BadInput for an address that is no Jira site, for credentials that Atlassian refuses, WrongState for a site
    that has installed the app. https://developer.atlassian.com/cloud/jira/software/integrate-jsw-cloud-with-onpremises-tools/
    """
    base_url = read_site(address, services.settings.jira_hosts)
    other = next((site for site in services.installations.list_site(base_url) if site.kind != "oauth"), None)
    if other:
        raise WrongState(f"{base_url} has installed the app; it needs no OAuth credentials.")
    cloud_id = read_cloud_id(base_url, services.jira_http)
    _prove_credentials(services, client_id, secret)
    return _keep_site(services, base_url, cloud_id, client_id, secret)


def require_site(services: Services, address: str) -> Installation:
    """The site of an address. Raises UnknownObject when it has neither installed the app nor been added."""
    base_url = read_site(address, services.settings.jira_hosts)
    found = services.installations.list_site(base_url)
    if not found:
        raise UnknownObject(
            f"{base_url} is not known here. Install the app there, or run: crosswalk add-site {base_url}"
        )
    return found[0]


def _prove_credentials(services: Services, client_id: str, secret: SecretStr) -> None:
    """Fetch one token. Raises BadInput when Atlassian refuses."""
    gateway = services.settings.atlassian_api_url
    try:
        OAuthTokens(gateway, client_id, lambda: secret, services.gateway_http).bearer()
    except Permanent as error:
        words = f"Atlassian refuses these credentials ({error.detail}). Check client id and secret in Jira"
        raise BadInput(f"{words} under Apps > OAuth credentials.") from None


def _keep_site(
    services: Services, base_url: str, cloud_id: str, client_id: str, secret: SecretStr
) -> Installation:  # fmt: skip
    """The row comes first because the secret is kept under its id; until it names the secret nothing is sent."""
    before = services.installations.find_client(cloud_id)
    old = before.oauth_secret_reference if before else None
    site = before or services.installations.save_oauth(base_url, cloud_id, client_id, "", services.now())
    reference = services.tokens.put(site.id, "oauth", secret)
    kept = services.installations.save_oauth(base_url, cloud_id, client_id, reference, services.now())
    if old:
        services.tokens.forget(site.id, old)
    return kept
