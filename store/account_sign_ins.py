"""Sign-ins with an Atlassian account that were begun: who may end them, and with what. Nothing of it works twice.

Each is bound to the browser it was begun in, by a value that only a cookie there holds. Kept are hashes, ids and an
issue key; never a token, never a title.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from redis import Redis

LIFE_SECONDS = 600
VALUE_BYTES = 32


@dataclass(frozen=True, slots=True)
class SiteOffer:
    """A person who is proven and has to say for which of these installed sites it is."""

    issue_key: str
    account_id: str
    installation_ids: tuple[str, ...]


class AccountSignIns:
    """Begins and ends sign-ins. `browser` is the value of the cookie."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def begin(self, browser: SecretStr, issue_key: str) -> SecretStr:
        """The state of a new sign-in, for the page of one issue."""
        return self._keep("state", browser, {"issue": issue_key})

    def take(self, state: SecretStr, browser: SecretStr) -> str | None:
        """The issue of a sign-in, which is over by that; None when there is none in this browser."""
        found = self._take("state", state, browser)
        return str(found["issue"]) if found else None

    def offer(self, browser: SecretStr, offer: SiteOffer) -> SecretStr:
        """What stands for the choice of a site."""
        kept = {"issue": offer.issue_key, "account": offer.account_id, "sites": list(offer.installation_ids)}
        return self._keep("offer", browser, kept)

    def take_offer(self, value: SecretStr, browser: SecretStr) -> SiteOffer | None:
        """What there was to choose from, once; None when there is nothing in this browser."""
        found = self._take("offer", value, browser)
        return SiteOffer(found["issue"], found["account"], tuple(found["sites"])) if found else None

    def _keep(self, kind: str, browser: SecretStr, fields: Mapping[str, object]) -> SecretStr:
        value = new_value()
        self._redis.set(_key(kind, value), json.dumps({**fields, "browser": _digest(browser)}), ex=LIFE_SECONDS)
        return value

    def _take(self, kind: str, value: SecretStr, browser: SecretStr) -> Mapping[str, Any] | None:
        """It is over also when another browser brings it: whoever has it has no use for it any more."""
        kept: Any = self._redis.getdel(_key(kind, value))
        found = json.loads(kept) if kept else None
        return found if found and found["browser"] == _digest(browser) else None


def new_value() -> SecretStr:
    """256 random bits, as text that may stand in an address."""
    return SecretStr(secrets.token_urlsafe(VALUE_BYTES))


def _digest(value: SecretStr) -> str:
    return hashlib.sha256(value.get_secret_value().encode()).hexdigest()


def _key(kind: str, value: SecretStr) -> str:
    return f"crosswalk:account-sign-in:{kind}:{_digest(value)}"
