"""Key services: who keeps the master keys that wrap a tenant's data keys, a local key file or AWS KMS.

They never see a secret, only data keys, and bind each of them to its tenant.
"""

import base64
import binascii
import fcntl
import os
import secrets
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretBytes

from domain.errors import SecretError, StoreUnavailable
from store.secret_errors import AwsRefusal, KeyFileError, MasterKeyGone, ask_aws

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

KEY_BYTES = 32
NONCE_BYTES = 12
OTHERS = stat.S_IRWXG | stat.S_IRWXO
ACCEPT_LOSS = "flask --app wsgi crosswalk rotate-keys --accept-loss"
FILE_HEADER = b"# Master keys of Crosswalk, newest first. Keep a copy elsewhere: without it no stored secret opens.\n"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key that only the master key `master_key` (an id, never the key) can unwrap."""

    wrapped: bytes
    master_key: str


@dataclass(frozen=True, slots=True)
class DataKey:
    """A fresh data key of 32 bytes in the clear and wrapped."""

    plaintext: SecretBytes
    wrapped: bytes
    master_key: str


class KeyService(Protocol):
    """Makes and unwraps data keys. Each method raises SecretError (MasterKeyGone when that is why), or StoreUnavailable
    when trying later can help.
    """

    @property
    def current(self) -> str:
        """The id of the master key that wraps new data keys."""
        ...

    @property
    def is_empty(self) -> bool: ...  # whether `generate` would make the first master key

    def check(
        self, in_use: Collection[str]
    ) -> None: ...  # raises unless master keys can be used and one of those `in_use` is there; makes nothing

    def generate(self, tenant: str) -> DataKey: ...

    def unwrap(self, tenant: str, wrapped: bytes, master_key: str) -> bytes: ...

    def rewrap(self, tenant: str, wrapped: bytes, master_key: str) -> WrappedKey:
        """The same data key, wrapped by the current master key."""
        ...


@dataclass(frozen=True, slots=True)
class MasterKey:
    id: str
    secret: SecretBytes

    def cipher(self) -> AESGCM:
        return AESGCM(self.secret.get_secret_value())


class LocalKeys:
    """Master keys in a file, newest first, one `id:base64` a line, mode 0600. Made on first use.

    The file is read at every use (data keys are cached by their user), so a rotation by another process counts at once.
    """

    def __init__(self, path: Path) -> None:
        """Raises SecretError when the file is there and others may read it, or it holds no readable keys."""
        self._path = path
        if path.exists():
            self._read()

    @property
    def current(self) -> str:
        return self._newest().id

    @property
    def is_empty(self) -> bool:
        return not self._path.exists()

    def check(self, in_use: Collection[str]) -> None:
        if self.is_empty and not in_use:
            return
        held = {key.id for key in self._read()}
        if in_use and held.isdisjoint(in_use):
            words = "The key file holds none of the master keys that stored secrets need: bring back a copy that does."
            raise KeyFileError(words, self._path)

    def generate(self, tenant: str) -> DataKey:
        plaintext = secrets.token_bytes(KEY_BYTES)
        wrapped = self._wrap(tenant, plaintext)
        return DataKey(SecretBytes(plaintext), wrapped.wrapped, wrapped.master_key)

    def unwrap(self, tenant: str, wrapped: bytes, master_key: str) -> bytes:
        found = next((key for key in self._read() if key.id == master_key), None)
        if found is None:
            raise MasterKeyGone(f"The key file does not hold master key {master_key}: bring back a copy that does.")
        try:
            return found.cipher().decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _key_context(tenant))
        except (InvalidTag, ValueError):
            raise SecretError("The data key belongs to another tenant, or it is damaged.") from None

    def rewrap(self, tenant: str, wrapped: bytes, master_key: str) -> WrappedKey:
        return self._wrap(tenant, self.unwrap(tenant, wrapped, master_key))

    def add_key(self) -> str:
        """Put a new master key in front and return its id. Older keys go on unwrapping until `drop_old`."""
        with self._locked():
            keys = self._read() if self._path.exists() else []
            fresh = _make_key()
            self._write([fresh, *keys])
        return fresh.id

    def drop_old(self, in_use: Collection[str]) -> int:
        """Drop the older master keys, except those `in_use` (`Vault.used_master_keys`). Returns how many went.

        Leave some minutes after `Vault.rewrap`, so that no process is still storing a key wrapped before it.
        """
        with self._locked():
            keys = self._read()
            kept = [keys[0], *(key for key in keys[1:] if key.id in in_use)]
            self._write(kept)
        return len(keys) - len(kept)

    def _wrap(self, tenant: str, plaintext: bytes) -> WrappedKey:
        newest = self._newest()
        nonce = secrets.token_bytes(NONCE_BYTES)
        return WrappedKey(nonce + newest.cipher().encrypt(nonce, plaintext, _key_context(tenant)), newest.id)

    def _newest(self) -> MasterKey:
        if not self._path.exists():
            with self._locked():
                if not self._path.exists():
                    self._write([_make_key()])
        return self._read()[0]

    def _read(self) -> list[MasterKey]:
        try:
            with self._path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                content = file.read()
        except OSError as error:
            words = f"Bring back a copy, or accept that every secret has to be entered anew: {ACCEPT_LOSS}"
            raise KeyFileError(f"The key file cannot be read ({error.strerror}). {words}", self._path) from None
        if mode & OTHERS:
            raise KeyFileError(
                f"The key file is open to other users (mode {mode:04o}). Run chmod 600 on it and add a new master key "
                "(crosswalk rotate-keys), because the present ones may be known.", self._path,
            )  # fmt: skip
        return _parse_keys(content, self._path)

    def _write(self, keys: list[MasterKey]) -> None:
        """Replace the file in one step: a reader sees the old keys or the new ones, also after a power cut."""
        lines = [b"%s:%s\n" % (key.id.encode(), base64.b64encode(key.secret.get_secret_value())) for key in keys]
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)
        with _open_private(fresh, os.O_WRONLY | os.O_EXCL, like=self._path) as descriptor:
            os.write(descriptor, FILE_HEADER + b"".join(lines))
            os.fsync(descriptor)
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, over all processes; the lock file stays, because removing it would break the lock."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._path.with_name(self._path.name + ".lock")
        with _open_private(lock, os.O_RDWR, like=self._path) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield


class KmsKeys:
    """Master keys in AWS KMS. `key_id` is an id, an ARN or an alias; data keys remember the ARN that wrapped them.

    Needs kms:GenerateDataKey, Decrypt, DescribeKey, ReEncryptFrom and ReEncryptTo.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
    """

    def __init__(self, kms_client: "KMSClient", key_id: str) -> None:
        self._kms = kms_client
        self._key_id = key_id

    @property
    def current(self) -> str:
        answer = ask_aws("AWS KMS", lambda: self._kms.describe_key(KeyId=self._key_id))
        return answer["KeyMetadata"]["Arn"]

    @property
    def is_empty(self) -> bool:
        return False

    def check(self, in_use: Collection[str]) -> None:
        answer = ask_aws("AWS KMS", lambda: self._kms.describe_key(KeyId=self._key_id))
        if not answer["KeyMetadata"]["Enabled"]:
            raise StoreUnavailable("AWS KMS does not serve this key now: it is disabled")

    def generate(self, tenant: str) -> DataKey:
        context = _kms_context(tenant)
        answer = ask_aws(
            "AWS KMS",
            lambda: self._kms.generate_data_key(KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=context),
        )
        return DataKey(SecretBytes(answer["Plaintext"]), answer["CiphertextBlob"], answer["KeyId"])

    def unwrap(self, tenant: str, wrapped: bytes, master_key: str) -> bytes:
        context = _kms_context(tenant)
        try:
            answer = ask_aws(
                "AWS KMS",
                lambda: self._kms.decrypt(CiphertextBlob=wrapped, KeyId=master_key, EncryptionContext=context),
            )
        except AwsRefusal as refusal:
            raise (MasterKeyGone(str(refusal)) if refusal.aws_code == "NotFoundException" else refusal) from None
        return answer["Plaintext"]

    def rewrap(self, tenant: str, wrapped: bytes, master_key: str) -> WrappedKey:
        context = _kms_context(tenant)
        answer = ask_aws(
            "AWS KMS",
            lambda: self._kms.re_encrypt(
                CiphertextBlob=wrapped, SourceKeyId=master_key, SourceEncryptionContext=context,
                DestinationKeyId=self._key_id, DestinationEncryptionContext=context,
            ),
        )  # fmt: skip
        return WrappedKey(answer["CiphertextBlob"], answer["KeyId"])


def _kms_context(tenant: str) -> dict[str, str]:
    return {"tenant": tenant, "app": "crosswalk"}


def _key_context(tenant: str) -> bytes:
    return f"crosswalk|data key|{tenant}".encode()


def _make_key() -> MasterKey:
    return MasterKey(secrets.token_hex(4), SecretBytes(secrets.token_bytes(KEY_BYTES)))


def _parse_keys(content: bytes, path: Path) -> list[MasterKey]:
    lines = [line.strip() for line in content.splitlines()]
    keys = [_parse_key(line, path) for line in lines if line and not line.startswith(b"#")]
    if not keys:
        raise KeyFileError("The key file holds no key: bring back a copy, or remove it when nothing is stored.", path)
    return keys


def _parse_key(line: bytes, path: Path) -> MasterKey:
    name, _, encoded = line.partition(b":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_BYTES or not name.isalnum():
        raise KeyFileError(f"The key file has a line that is not id:base64 of {KEY_BYTES} bytes.", path)
    return MasterKey(name.decode(), SecretBytes(secret))


@contextmanager
def _open_private(path: Path, flags: int, *, like: Path) -> Iterator[int]:
    """A descriptor of a file with mode 0600. Made by root, it goes to the owner of `like`: the service reads it."""
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    try:
        if os.geteuid() == 0:
            owner = (like if like.exists() else like.parent).stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        yield descriptor
    finally:
        os.close(descriptor)
