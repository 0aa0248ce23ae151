"""Sessions of browser windows that stand outside Jira's frame: a random cookie there, its hash and two ids here."""

import hashlib
import secrets
from dataclasses import dataclass

from pydantic import SecretStr
from redis import Redis

from store.queue import as_text

LONGEST = 8 * 3600 * 1000  # ms from the opening, whatever happens
IDLE = 3600 * 1000  # ms without a call
COOKIE_BYTES = 32  # 256 random bits


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A window that belongs to one person on one site. `digest` names it in Redis; nobody can make the cookie of it."""

    digest: str
    installation_id: str
    account_id: str
    csrf_token: SecretStr


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session at the moment it is opened, the only one at which its cookie is known."""

    session: BrowserSession
    cookie: SecretStr


class BrowserSessions:
    """Opens, finds and closes sessions. `now` is in milliseconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def open(
        self, installation_id: str, account_id: str, now: int, *, instead_of: SecretStr | None = None
    ) -> OpenedSession:
        """A new session; the one `instead_of` whose cookie it comes ends. Never takes a cookie that somebody chose.

        The same person keeps the CSRF token, so that a page of theirs in another tab of this browser goes on.
        """
        before = self._read(_digest(instead_of)) if instead_of else None
        if before:
            self.close(before)
        cookie = SecretStr(secrets.token_urlsafe(COOKIE_BYTES))
        same = before is not None and (before.installation_id, before.account_id) == (installation_id, account_id)
        token = before.csrf_token if before and same else SecretStr(secrets.token_urlsafe(COOKIE_BYTES))
        session = BrowserSession(_digest(cookie), installation_id, account_id, token)
        self._keep(session, now)
        return OpenedSession(session, cookie)

    def find(self, cookie: SecretStr, now: int) -> BrowserSession | None:
        """The session of a cookie, which stays open for another hour by that; None when it is over or never was."""
        session = self._read(_digest(cookie))
        if session is None:
            return None
        left = int(self._redis.hget(_key(session.digest), "opened_at") or 0) + LONGEST - now
        if left <= 0:
            self.close(session)
            return None
        self._redis.pexpire(_key(session.digest), min(IDLE, left))
        return session

    def close(self, session: BrowserSession) -> None:
        with self._redis.pipeline() as step:
            step.delete(_key(session.digest))
            step.zrem(_index(session.installation_id), session.digest)
            step.execute()

    def forget_tenant(self, installation_id: str) -> None:
        """Close every session of a site."""
        for digest in self._redis.zrange(_index(installation_id), 0, -1):
            self._redis.delete(_key(as_text(digest)))
        self._redis.delete(_index(installation_id))

    def forget_account(self, installation_id: str, account_id: str) -> None:
        """Close every session of a person on a site."""
        for digest in self._redis.zrange(_index(installation_id), 0, -1):
            session = self._read(as_text(digest))
            if session and session.account_id == account_id:
                self.close(session)

    def _keep(self, session: BrowserSession, now: int) -> None:
        with self._redis.pipeline() as step:
            step.hset(
                _key(session.digest),
                mapping={
                    "installation": session.installation_id,
                    "account": session.account_id,
                    "csrf": session.csrf_token.get_secret_value(),
                    "opened_at": now,
                },
            )
            step.pexpire(_key(session.digest), IDLE)
            step.zremrangebyscore(_index(session.installation_id), "-inf", now)
            step.zadd(_index(session.installation_id), {session.digest: now + LONGEST})
            step.pexpire(_index(session.installation_id), LONGEST)
            step.execute()

    def _read(self, digest: str) -> BrowserSession | None:
        found = {as_text(name): as_text(value) for name, value in self._redis.hgetall(_key(digest)).items()}
        if not found:
            return None
        return BrowserSession(digest, found["installation"], found["account"], SecretStr(found["csrf"]))


def _digest(cookie: SecretStr) -> str:
    return hashlib.sha256(cookie.get_secret_value().encode()).hexdigest()


def _key(digest: str) -> str:
    return f"crosswalk:session:{digest}"


def _index(installation_id: str) -> str:
    return f"crosswalk:sessions:{installation_id}"
