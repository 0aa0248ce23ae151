"""Rate limiting on demand: the headers of a slowed down call, and 429.

https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
"""

import time

from flask import Response

from sandbox.ado_errors import AdoError
from sandbox.ado_model import Token
from sandbox.ado_state import OrganizationState

RESOURCE = "Concurrency"


def refuse_by_rate(organization: OrganizationState, token: Token) -> None:
    """Answer 429 as often as the control says. Raises AdoError."""
    rate = organization.knobs.rate
    with organization.lock:
        if rate.refusals <= 0:
            return
        rate.refusals -= 1
    text = (
        f"TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource '{RESOURCE}' "
        f"in namespace '{token.user.id}'."
    )
    raise AdoError(429, "RequestBlockedException", text)


def write_rate(organization: OrganizationState, response: Response) -> Response:
    """Headers come once a limit is near: also on 200. They are absent far from it."""
    rate = organization.knobs.rate
    refused = response.status_code == 429
    if rate.remaining is None and not refused and not rate.delay:
        return response
    headers = {
        "X-RateLimit-Resource": RESOURCE,
        "X-RateLimit-Limit": str(rate.limit),
        "X-RateLimit-Remaining": str(0 if refused else rate.remaining or 0),
        "X-RateLimit-Reset": str(int(time.time()) + rate.reset_seconds),
    }
    if rate.delay:
        headers["X-RateLimit-Delay"] = f"{rate.delay:.3f}"
    wait = rate.retry_after if rate.retry_after is not None else (1.0 if refused else None)
    if wait is not None:
        headers["Retry-After"] = f"{wait:g}"
    response.headers.update(headers)
    return response
