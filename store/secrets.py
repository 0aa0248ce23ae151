"""The vault: seals secrets for the database with one data key per tenant, itself wrapped by a key service.

A sealed text names its data key and opens only for the tenant and the field it was sealed for. It stores no secret.
"""

import base64
import binascii
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, String, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import SecretError
from store.db import metadata, read_only
from store.key_services import NONCE_BYTES, KeyService
from store.secret_errors import MasterKeyGone

__all__ = ["SecretError", "Vault", "data_keys"]

FORMAT = "1"
CACHE_MILLISECONDS = 5 * 60 * 1000
KEY_NAMES = UUID("5bd4a2b6-6d0b-4a39-8d53-0a8cbb1a7f2e")

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(36), nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master_key", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A row of `data_keys`. The newest of a tenant seals, all of them open."""

    id: str
    tenant: str
    wrapped: bytes
    master_key: str
    created_at: int


class Vault:
    """Seals and opens secrets. Safe to share between threads and to use from several processes at once."""

    def __init__(
        self, engine: Engine, keys: KeyService, now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        self._engine = engine
        self._reader = read_only(engine)
        self._keys = keys
        self._now = now
        self._ciphers = CipherCache()

    def seal(self, tenant: str, field: str, value: SecretStr) -> str:
        """Text for a column. Raises StoreUnavailable when the key service cannot be reached, SecretError otherwise.

        When the master key of the tenant's data key is gone, a new data key is made: so a secret can be entered again.
        """
        key = self._newest(tenant) or self._add_key(tenant, None)
        try:
            cipher = self._cipher(key)
        except MasterKeyGone:
            key = self._add_key(tenant, key)
            cipher = self._cipher(key)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = cipher.encrypt(nonce, value.get_secret_value().encode(), _bind(tenant, field))
        return f"{FORMAT}.{key.id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, tenant: str, field: str, sealed: str) -> SecretStr:
        """What `seal` took. Raises SecretError for another tenant, field or key, StoreUnavailable as `seal` does."""
        key_id, content = _split_sealed(field, sealed)
        key = self._find_key(tenant, key_id)
        if key is None:
            raise SecretError(f"The data key of the stored secret {field!r} is gone. Enter the secret again.")
        try:
            plaintext = self._cipher(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], _bind(tenant, field))
        except (InvalidTag, ValueError):
            raise SecretError(f"The stored secret {field!r} was sealed for another place or is damaged.") from None
        return SecretStr(plaintext.decode())

    def renew(self, tenant: str) -> None:
        """Give the tenant a new data key. What was sealed before still opens with the one before."""
        self._add_key(tenant, self._newest(tenant))

    def rewrap(self, *, force: bool = False) -> int:
        """Wrap every data key by the current master key and return how many changed; secrets stay as they are.

        `force` also takes those that have the current master key already: KMS keeps a key's id when it rotates it.
        A data key that cannot be re-wrapped stops none of the others; SecretError tells the number at the end.
        """
        current = self._keys.current
        with self._reader.connect() as connection:
            rows = connection.execute(select(data_keys).order_by(data_keys.c.id)).all()
        stale = [StoredKey(**row._mapping) for row in rows if force or row.master_key != current]
        changed, failed = 0, 0
        for key in stale:
            try:
                changed += self._rewrap_key(key)
            except SecretError:
                failed += 1
        if failed:
            raise SecretError(f"{failed} of {len(stale)} data keys cannot be unwrapped; {changed} were re-wrapped.")
        return changed

    def check(self) -> None:
        """Raises SecretError or StoreUnavailable when secrets cannot be sealed and opened now. Makes nothing."""
        self._keys.check(self.used_master_keys())

    def drop_lost(self) -> int:
        """Delete the data keys whose master key is gone, and return how many: what they sealed is given up."""
        with self._reader.connect() as connection:
            rows = connection.execute(select(data_keys)).all()
        lost = [key for key in (StoredKey(**row._mapping) for row in rows) if self._is_lost(key)]
        with self._engine.begin() as connection:
            for key in lost:
                connection.execute(delete(data_keys).where(data_keys.c.id == key.id))
                self._ciphers.forget_tenant(key.tenant)
        return len(lost)

    def used_master_keys(self) -> frozenset[str]:
        """The ids of the master keys without which some stored secret would not open."""
        with self._reader.connect() as connection:
            return frozenset(connection.execute(select(data_keys.c.master_key).distinct()).scalars())

    def forget_tenant(self, tenant: str) -> None:
        """Delete the tenant's data keys: whatever they sealed can never be opened again, in any process."""
        with self._engine.begin() as connection:
            connection.execute(delete(data_keys).where(data_keys.c.tenant == tenant))
        self._ciphers.forget_tenant(tenant)

    def _is_lost(self, key: StoredKey) -> bool:
        try:
            self._keys.unwrap(key.tenant, key.wrapped, key.master_key)
        except MasterKeyGone:
            return True
        except SecretError:
            return False
        return False

    def _rewrap_key(self, key: StoredKey) -> int:
        fresh = self._keys.rewrap(key.tenant, key.wrapped, key.master_key)
        same = (data_keys.c.id == key.id) & (data_keys.c.wrapped == key.wrapped)
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(data_keys).where(same).values(wrapped=fresh.wrapped, master_key=fresh.master_key)
            )
        return changed.rowcount

    def _add_key(self, tenant: str, before: StoredKey | None) -> StoredKey:
        """A data key after `before`. Its id follows from the one before, so of two processes at once one wins.

        Raises SecretError rather than have the first master key made when stored secrets need another one.
        """
        if self._keys.is_empty:
            self._keys.check(self.used_master_keys())
        made = self._keys.generate(tenant)
        row = {
            "id": str(uuid5(KEY_NAMES, f"{tenant} after {before.id if before else 'none'}")),
            "tenant": tenant,
            "wrapped": made.wrapped,
            "master_key": made.master_key,
            "created_at": max(self._now(), before.created_at + 1 if before else 0),
        }
        with suppress(IntegrityError), self._engine.begin() as connection:  # taken: the other process was first
            connection.execute(insert(data_keys).values(**row))
        found = self._newest(tenant)
        if found is None:
            raise SecretError("The tenant was forgotten while a secret was being sealed for it.")
        if found.wrapped == made.wrapped:
            self._ciphers.keep(found, AESGCM(made.plaintext.get_secret_value()), self._now())
        return found

    def _newest(self, tenant: str) -> StoredKey | None:
        query = select(data_keys).where(data_keys.c.tenant == tenant).order_by(data_keys.c.created_at.desc()).limit(1)
        with self._reader.connect() as connection:
            row = connection.execute(query).one_or_none()
        return StoredKey(**row._mapping) if row else None

    def _find_key(self, tenant: str, key_id: str) -> StoredKey | None:
        query = select(data_keys).where(data_keys.c.tenant == tenant, data_keys.c.id == key_id)
        with self._reader.connect() as connection:
            row = connection.execute(query).one_or_none()
        return StoredKey(**row._mapping) if row else None

    def _cipher(self, key: StoredKey) -> AESGCM:
        cipher = self._ciphers.find(key, self._now())
        if cipher is not None:
            return cipher
        try:
            cipher = AESGCM(self._keys.unwrap(key.tenant, key.wrapped, key.master_key))
        except SecretError:
            again = self._find_key(key.tenant, key.id)
            if again is None or again == key:
                raise
            return self._cipher(again)  # it was re-wrapped since it was read, and the old master key is gone
        self._ciphers.keep(key, cipher, self._now())
        return cipher


class CipherCache:
    """Unwrapped data keys of this process, each for five minutes at most; ready ciphers, so no repr shows a key."""

    def __init__(self) -> None:
        self._kept: dict[StoredKey, tuple[AESGCM, int]] = {}
        self._lock = threading.Lock()

    def find(self, key: StoredKey, now: int) -> AESGCM | None:
        with self._lock:
            self._drop_old(now)
            cipher, _ = self._kept.get(key, (None, 0))
        return cipher

    def keep(self, key: StoredKey, cipher: AESGCM, now: int) -> None:
        with self._lock:
            self._kept[key] = (cipher, now)

    def forget_tenant(self, tenant: str) -> None:
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if key.tenant != tenant}

    def _drop_old(self, now: int) -> None:
        # A clock that was set back must not lengthen the time: an entry of the future goes as well.
        old = [key for key, (_, since) in self._kept.items() if not since <= now < since + CACHE_MILLISECONDS]
        for key in old:
            del self._kept[key]


def _bind(tenant: str, field: str) -> bytes:
    """What is authenticated beside the secret. The length keeps `a|b` + `c` apart from `a` + `b|c`."""
    return f"crosswalk|{len(tenant)}|{tenant}|{field}".encode()


def _split_sealed(field: str, sealed: str) -> tuple[str, bytes]:
    version, _, rest = sealed.partition(".")
    key_id, _, encoded = rest.partition(".")
    try:
        content = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if version != FORMAT or not key_id or len(content) <= NONCE_BYTES:
        raise SecretError(f"The stored secret {field!r} is not in a form that this version reads.")
    return key_id, content
