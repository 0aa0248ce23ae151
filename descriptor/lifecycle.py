"""What happens to a site when Jira installs or uninstalls the app. Who calls is proven before, see `callers`."""

import re
from typing import Literal, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from domain.errors import BadInput, Fault, Unauthenticated
from services import Services
from store.installations import Installation

log = structlog.get_logger("crosswalk.connect")

# scheme, host and port alone: a base URL with anything more is not a Jira Cloud site
SITE_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?/?\Z")


class SiteBody(BaseModel):
    """The part of a lifecycle body that names the tenant; Jira sends more and may add to it."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", hide_input_in_errors=True)

    client_key: str = Field(min_length=1, max_length=255)


class InstallBody(SiteBody):
    """What `installed` brings: the secret that signs all later calls in both directions, and the site's address."""

    shared_secret: SecretStr = Field(min_length=1, max_length=1024)
    base_url: str = Field(max_length=255)
    product_type: Literal["jira"]


Body = TypeVar("Body", bound=SiteBody)


def install_site(services: Services, client_key: str, raw: bytes) -> Installation:
    """Insert or update the site Atlassian vouched for; a re-install replaces secret and address and revives it.

    Raises BadInput for an unreadable body, Unauthenticated when it is another tenant's or names a foreign address.
    """
    body = _own_body(InstallBody, client_key, raw)
    _require_site(services, body.base_url)
    _note_loss(services, client_key)
    installation = services.installations.save_connect(client_key, body.base_url, body.shared_secret, services.now())
    log.info("connect.installed", installation=installation.id)
    return installation


def _note_loss(services: Services, client_key: str) -> None:
    """A site that uninstalled the app erased all that it was sent: it is to be sent anew once there is a token again.

    https://developer.atlassian.com/cloud/jira/platform/connect-app-descriptor/#lifecycle
    """
    found = services.installations.find_client(client_key)
    if found is None or found.state == "installed":
        return
    services.erasures.forget_tenant(found.id)
    lost = services.ledger.mark_stale(found.id)
    log.info("connect.returned", installation=found.id, lost=lost)


def uninstall_site(services: Services, client_key: str, raw: bytes) -> None:
    """Refuse the site's tokens from now on, erase every credential at once, stop its work. The rest goes by the purge.

    The shared secret stays until then: Jira may re-install. A site we do not know is uninstalled already.
    Raises as `install_site`, StoreUnavailable when a store is away (the purge tries again).
    """
    _own_body(SiteBody, client_key, raw)
    installation = services.installations.find_client(client_key)
    if installation is None:
        return
    if installation.state == "installed":
        services.installations.mark_uninstalled(installation.id, services.now())
    services.stop_site(installation.id)
    log.info("connect.uninstalled", installation=installation.id)


def _own_body(model: type[Body], client_key: str, raw: bytes) -> Body:
    try:
        body = model.model_validate_json(raw)
    except ValidationError as error:
        faults = tuple(Fault("/" + "/".join(map(str, found["loc"])), found["msg"]) for found in error.errors())
        raise BadInput("This is not a lifecycle call as Jira sends it; each wrong value is listed.", faults) from None
    if body.client_key != client_key:
        raise Unauthenticated("The token of this call was made for another site.")
    return body


def _require_site(services: Services, base_url: str) -> None:
    """Calls to a site carry its signature, so an address off the list is refused, whoever signed it."""
    try:
        allowed = SITE_ADDRESS.match(base_url) and services.site_hosts.allows(base_url)
    except ValueError:  # a port beyond 65535
        allowed = False
    if not allowed:
        raise Unauthenticated("This address is not a Jira Cloud site that Crosswalk may serve.")
