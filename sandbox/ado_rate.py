"""Rate limiting: the headers of a slowed down call, and 429; on demand, or by a budget for each person.

https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
"""

import time

from flask import Response, g

from sandbox.ado_budget import Reading
from sandbox.ado_errors import AdoError
from sandbox.ado_model import Token
from sandbox.ado_state import OrganizationState

RESOURCE = "Concurrency"


def refuse_by_rate(organization: OrganizationState, token: Token, weight: float = 1.0) -> None:
    """Answer 429 as often as the control says, and to who has used up the budget. Raises AdoError."""
    rate, budget = organization.knobs.rate, organization.knobs.budget
    g.reading = reading = budget.spend(token.user.id, weight) if budget else None
    with organization.lock:
        rate.calls += 1
        if rate.storm_every and rate.calls % rate.storm_every == 0:
            rate.refusals += rate.storm_length
        refused = rate.refusals > 0
        rate.refusals -= refused
    if refused or (reading and reading.refused):
        text = (
            "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource "
            f"'{RESOURCE}' in namespace '{token.user.id}'."
        )
        raise AdoError(429, "RequestBlockedException", text)
    if budget and reading and budget.held(reading):
        time.sleep(budget.held(reading))


def write_rate(organization: OrganizationState, response: Response) -> Response:
    """Headers come once a limit is near: also on 200. They are absent far from it."""
    reading: Reading | None = g.get("reading")
    if organization.knobs.budget and reading:
        response.headers.update(budget_headers(organization, reading))
    if not (organization.knobs.budget and reading and reading.refused):
        response.headers.update(demanded_headers(organization, response.status_code == 429))
    return response


def budget_headers(organization: OrganizationState, reading: Reading) -> dict[str, str]:
    budget = organization.knobs.budget
    if budget is None or not (reading.shown or reading.refused):
        return {}
    reset = int(time.time()) + budget.reset_seconds(reading)
    headers = rate_headers(int(budget.units), int(reading.left), reset)
    if held := budget.held(reading):
        headers["X-RateLimit-Delay"] = f"{held:.3f}"
    return headers | ({"Retry-After": f"{reading.wait:g}"} if reading.wait else {})


def demanded_headers(organization: OrganizationState, refused: bool) -> dict[str, str]:
    """What the control wants said."""
    rate = organization.knobs.rate
    if rate.remaining is None and not refused and not rate.delay:
        return {}
    reset = int(time.time()) + rate.reset_seconds
    headers = rate_headers(rate.limit, 0 if refused else rate.remaining or 0, reset)
    if rate.delay:
        headers["X-RateLimit-Delay"] = f"{rate.delay:.3f}"
    wait = rate.retry_after if rate.retry_after is not None else (1.0 if refused else None)
    return headers | ({"Retry-After": f"{wait:g}"} if wait is not None else {})


def rate_headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {
        "X-RateLimit-Resource": RESOURCE,
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
    }
