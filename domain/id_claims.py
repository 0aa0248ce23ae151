"""What must be true of an ID token of Entra before its person is believed to be signed in to a tenant.

The token comes straight from Microsoft over TLS, so its signature needs no proof of its own:
https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation (6). The claims:
https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
"""

import re
from collections.abc import Mapping
from typing import Any

from domain.sign_in_faults import FaultCode

LEEWAY = 300  # seconds that clocks may differ
ISSUER = re.compile(r"https://[^/]+/([0-9a-f-]{36})(?:/v2\.0)?/?", re.IGNORECASE)


def find_claim_fault(claims: Mapping[str, Any], *, client_id: str, tenant_id: str, now: int) -> FaultCode | None:
    """What is wrong with the claims for a sign-in of our app `client_id` to a tenant at `now` (ms); None: nothing.

    The nonce was compared before.
    """
    if claims.get("aud") != client_id:
        return "answer_unusable"
    times = [claims.get("iat"), claims.get("nbf", claims.get("iat")), claims.get("exp")]
    if not all(isinstance(time, int) for time in times):
        return "answer_unusable"
    seconds = now // 1000
    if max(times[:2]) > seconds + LEEWAY or times[2] < seconds - LEEWAY:
        return "clock_skew"
    return None if _tenants(claims) == {tenant_id.lower()} else "wrong_tenant"


def _tenants(claims: Mapping[str, Any]) -> set[str]:
    """The tenant by the issuer, which is always there, and by `tid` where that is told."""
    issuer = ISSUER.fullmatch(str(claims.get("iss", "")))
    found = {issuer.group(1).lower() if issuer else ""}
    return found | ({str(claims["tid"]).lower()} if "tid" in claims else set())
