"""Sign-ins to Azure DevOps that were begun, and the tickets by which a panel opens one in a window of its own.

Both are found by a random word that a browser carries, kept as its hash, and work once.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass

from pydantic import SecretStr
from redis import Redis

from domain.sign_in_purposes import BRANCHES, SignInPurpose
from store.queue import as_text
from store.secrets import Vault

STATE_SECONDS = 600
TICKET_SECONDS = 60
WORD_BYTES = 32  # 256 random bits


@dataclass(frozen=True, slots=True)
class ReturnPlace:
    """Where a person goes on: the form of an issue, or (`from_panel`) a window that may be closed. `purpose`: what they
    sign in for.
    """

    issue_key: str = ""
    issue_summary: str = ""
    from_panel: bool = False
    purpose: SignInPurpose = BRANCHES


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """Whose sign-in it is, to which connection, and in which window (`session`: the digest of its session).

    `flow` is what Entra's client needs again.
    """

    installation_id: str
    account_id: str
    connection_id: str
    session: str
    place: ReturnPlace
    flow: SecretStr


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to begin a sign-in in another window, for one person and one connection."""

    installation_id: str
    account_id: str
    connection_id: str
    issue_key: str
    purpose: SignInPurpose = BRANCHES


class SignIns:
    """Keeps both in Redis for their time."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault

    def put(self, state: str, pending: PendingSignIn) -> None:
        """Keep it for ten minutes. The flow, and the issue's summary, are sealed for the site and this state."""
        digest = _digest(state)
        hidden = SecretStr(json.dumps({"flow": pending.flow.get_secret_value(), "place": asdict(pending.place)}))
        fields = {
            "installation": pending.installation_id, "account": pending.account_id,
            "connection": pending.connection_id, "session": pending.session,
            "sealed": self._vault.seal(pending.installation_id, f"sign-in:{digest}", hidden),
        }  # fmt: skip
        self._redis.set(_state(digest), json.dumps(fields), ex=STATE_SECONDS)

    def find(self, state: str) -> PendingSignIn | None:
        """The sign-in of a state, None when it is over or never was."""
        digest = _digest(state)
        kept = self._redis.get(_state(digest))
        if kept is None:
            return None
        fields = json.loads(kept)
        opened = self._vault.open(fields["installation"], f"sign-in:{digest}", fields["sealed"])
        hidden = json.loads(opened.get_secret_value())
        return PendingSignIn(
            fields["installation"], fields["account"], fields["connection"], fields["session"],
            ReturnPlace(**hidden["place"]), SecretStr(hidden["flow"]),
        )  # fmt: skip

    def take(self, state: str) -> bool:
        """Use a state up. True for the one who was first."""
        return self._redis.getdel(_state(_digest(state))) is not None

    def put_ticket(self, ticket: Ticket) -> SecretStr:
        """Keep a ticket for a minute; the word that finds it."""
        word = secrets.token_urlsafe(WORD_BYTES)
        self._redis.set(_ticket(word), json.dumps(asdict(ticket)), ex=TICKET_SECONDS)
        return SecretStr(word)

    def find_ticket(self, word: str) -> Ticket | None:
        kept = self._redis.get(_ticket(word))
        return Ticket(**json.loads(as_text(kept))) if kept is not None else None

    def take_ticket(self, word: str) -> bool:
        """Use a ticket up. True for the one who was first."""
        return self._redis.getdel(_ticket(word)) is not None


def new_state() -> str:
    """A state that nobody guesses."""
    return secrets.token_urlsafe(WORD_BYTES)


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def _state(digest: str) -> str:
    return f"crosswalk:sign-in:{digest}"


def _ticket(word: str) -> str:
    return f"crosswalk:ticket:{_digest(word)}"
