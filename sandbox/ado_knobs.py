"""The knobs of an organization as a control call turns them: the sign-in page, rates, time, how hooks are refused."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sandbox.ado_budget import Budgets
from sandbox.ado_errors import bad_request
from sandbox.ado_model import Json
from sandbox.ado_state import OrganizationState, RateState
from sandbox.wit_control import turn_work_items

Knob = Callable[[OrganizationState, Any], None]


def set_knobs(organization: OrganizationState, body: Json) -> Json:
    """Turn each knob that the body names. Raises AdoError for an unknown one and for a value that does not fit."""
    unknown = set(body) - set(KNOBS)
    if unknown:
        raise bad_request(f"Unknown knobs: {', '.join(sorted(unknown))}.")
    for name, value in body.items():
        try:
            KNOBS[name](organization, value)
        except (TypeError, ValueError) as error:
            raise bad_request(f"{name}: {error}") from None
    return {"sign_in_page": organization.knobs.sign_in_page, "refuse_hooks": organization.knobs.refuse_hooks}


def turn_sign_in_page(organization: OrganizationState, wanted: Any) -> None:
    """True is 203; or 302."""
    organization.knobs.sign_in_page = 203 if wanted is True else wanted or None


def turn_rate(organization: OrganizationState, given: Mapping[str, Any]) -> None:
    """Fields of RateState; none is far from any limit."""
    organization.knobs.rate = RateState(**given)


def turn_budget(organization: OrganizationState, given: Mapping[str, Any] | None) -> None:
    """Fields of Budgets; null is no budget."""
    organization.knobs.budget = None if given is None else Budgets(**given)


def turn_time_scale(organization: OrganizationState, scale: Any) -> None:
    organization.set_time_scale(float(scale))


def turn_connect_failure(organization: OrganizationState, status: Any) -> None:
    """What a delivery without any answer counts as."""
    organization.delivery.connect_failure = int(status)


def turn_refuse_hooks(organization: OrganizationState, status: Any) -> None:
    """The status every delivery gets without being sent; null is sent again."""
    organization.knobs.refuse_hooks = int(status) if status else None


def turn_tenant(organization: OrganizationState, tenant: str | None) -> None:
    """An id; all zeros where people sign in with personal accounts; null on a server of one's own."""
    organization.tenant = str(UUID(tenant)) if tenant else None


def turn_tenant_header(organization: OrganizationState, shown: Any) -> None:
    """False leaves the header out: only the challenge of a 401 names the tenant."""
    organization.knobs.tenant_header = bool(shown)


KNOBS: Mapping[str, Knob] = {
    "sign_in_page": turn_sign_in_page,
    "time_scale": turn_time_scale,
    "rate": turn_rate,
    "budget": turn_budget,
    "connect_failure": turn_connect_failure,
    "refuse_hooks": turn_refuse_hooks,
    "tenant": turn_tenant,
    "tenant_header": turn_tenant_header,
    "work_items": turn_work_items,
}
