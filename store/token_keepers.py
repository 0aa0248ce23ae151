"""Token keepers: where OAuth tokens live, in our own table or in AWS Secrets Manager. Others keep only the reference.

A reference works for its own tenant alone; for any other there is no such object.
"""

import re
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import Column, Engine, String, Table, Text, delete, insert, select, update

from domain.errors import AppError, UnknownObject
from store.db import metadata, read_only
from store.secret_errors import AwsRefusal, ask_aws
from store.secrets import Vault

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

SERVICE = "AWS Secrets Manager"
# InvalidRequest: the secret is scheduled for deletion, and a forced deletion takes a moment to show
GONE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
FORBIDDEN_LETTERS = re.compile(r"[^A-Za-z0-9/_+=.@-]")

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(36), nullable=False, index=True),
    Column("sealed", Text, nullable=False),
)


class TokenKeeper(Protocol):
    """Keeps tokens by reference. Every method may raise StoreUnavailable, and SecretError when it is refused."""

    def put(self, tenant: str, name: str, value: SecretStr) -> str:
        """Keep a new token and return its reference. `name` is a word for operators; it need not be unique."""
        ...

    def read(self, tenant: str, reference: str) -> SecretStr:
        """Raises UnknownObject when it is gone or another tenant's."""
        ...

    def replace(self, tenant: str, reference: str, value: SecretStr) -> None:
        """Put a new value in one step: a reader gets the old or the new one. Raises UnknownObject as `read` does."""
        ...

    def forget(self, tenant: str, reference: str) -> None:
        """Delete it at once; nothing happens when it is gone or another tenant's."""
        ...

    def forget_tenant(self, tenant: str) -> None: ...

    def check(self) -> None:
        """Raises when tokens cannot be read now. One cheap call."""
        ...


class LocalTokens:
    """Tokens in the table `tokens`, sealed by the vault. The reference is the row's id."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._reader = read_only(engine)
        self._vault = vault

    def put(self, tenant: str, name: str, value: SecretStr) -> str:
        reference = str(uuid4())
        sealed = self._vault.seal(tenant, f"token:{reference}", value)
        with self._engine.begin() as connection:
            connection.execute(insert(tokens).values(id=reference, tenant=tenant, sealed=sealed))
        return reference

    def read(self, tenant: str, reference: str) -> SecretStr:
        with self._reader.connect() as connection:
            query = select(tokens.c.sealed).where(tokens.c.id == reference, tokens.c.tenant == tenant)
            sealed = connection.execute(query).scalar_one_or_none()
        if sealed is None:
            raise _unknown_token()
        return self._vault.open(tenant, f"token:{reference}", sealed)

    def replace(self, tenant: str, reference: str, value: SecretStr) -> None:
        sealed = self._vault.seal(tenant, f"token:{reference}", value)
        same = (tokens.c.id == reference) & (tokens.c.tenant == tenant)
        with self._engine.begin() as connection:
            changed = connection.execute(update(tokens).where(same).values(sealed=sealed)).rowcount
        if changed != 1:
            raise _unknown_token()

    def forget(self, tenant: str, reference: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(tokens).where(tokens.c.id == reference, tokens.c.tenant == tenant))

    def forget_tenant(self, tenant: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(tokens).where(tokens.c.tenant == tenant))

    def check(self) -> None:
        with self._reader.connect() as connection:
            connection.execute(select(tokens.c.id).limit(1))


class AwsTokens:
    """Tokens in AWS Secrets Manager under our own KMS key. The reference is the ARN, which names the tenant.

    Needs secretsmanager:CreateSecret, TagResource, GetSecretValue, PutSecretValue, DeleteSecret and ListSecrets.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html
    """

    def __init__(self, secretsmanager_client: "SecretsManagerClient", kms_key_id: str) -> None:
        self._client = secretsmanager_client
        self._kms_key_id = kms_key_id

    def put(self, tenant: str, name: str, value: SecretStr) -> str:
        # The last part is new each time: the name of a deleted secret stays taken for a while.
        unique = f"{_tenant_folder(tenant)}{FORBIDDEN_LETTERS.sub('-', name)}/{uuid4().hex}"
        answer = ask_aws(
            SERVICE,
            lambda: self._client.create_secret(
                Name=unique, SecretString=value.get_secret_value(), KmsKeyId=self._kms_key_id,
                Tags=[{"Key": "app", "Value": "crosswalk"}, {"Key": "tenant", "Value": tenant}],
            ),
        )  # fmt: skip
        return answer["ARN"]

    def read(self, tenant: str, reference: str) -> SecretStr:
        _require_own(tenant, reference)
        try:
            answer = ask_aws(SERVICE, lambda: self._client.get_secret_value(SecretId=reference))
        except AwsRefusal as refusal:
            raise _read_refusal(refusal) from None
        return SecretStr(answer["SecretString"])

    def replace(self, tenant: str, reference: str, value: SecretStr) -> None:
        _require_own(tenant, reference)
        try:
            ask_aws(
                SERVICE,
                lambda: self._client.put_secret_value(SecretId=reference, SecretString=value.get_secret_value()),
            )
        except AwsRefusal as refusal:
            raise _read_refusal(refusal) from None

    def forget(self, tenant: str, reference: str) -> None:
        if _is_own(tenant, reference):
            self._delete(reference)

    def forget_tenant(self, tenant: str) -> None:
        """AWS may list a new secret only after five minutes: a purge long after the last `put` finds all of them.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
        """
        folder = _tenant_folder(tenant)
        pages = self._client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [folder]}])
        found = ask_aws(SERVICE, lambda: [secret["ARN"] for page in pages for secret in page["SecretList"]])
        for reference in found:
            self.forget(tenant, reference)

    def check(self) -> None:
        ask_aws(SERVICE, lambda: self._client.list_secrets(MaxResults=1))

    def _delete(self, reference: str) -> None:
        try:
            ask_aws(
                SERVICE,
                lambda: self._client.delete_secret(SecretId=reference, ForceDeleteWithoutRecovery=True),
            )
        except AwsRefusal as refusal:
            if refusal.aws_code not in GONE:
                raise


def _tenant_folder(tenant: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", tenant):
        raise _unknown_token()  # a slash would reach into another tenant's folder
    return f"crosswalk/{tenant}/"


def _is_own(tenant: str, reference: str) -> bool:
    """Whether an ARN (arn:partition:secretsmanager:region:account:secret:name-suffix) names a secret of the tenant."""
    parts = reference.split(":", 6)
    own = ["secretsmanager", "secret"]
    return len(parts) == 7 and [parts[2], parts[5]] == own and parts[6].startswith(_tenant_folder(tenant))


def _require_own(tenant: str, reference: str) -> None:
    if not _is_own(tenant, reference):
        raise _unknown_token()


def _read_refusal(refusal: AwsRefusal) -> AppError:
    return _unknown_token() if refusal.aws_code in GONE else refusal


def _unknown_token() -> UnknownObject:
    return UnknownObject("There is no such token for this site. Sign in or enter it again.")
