"""Rotating a master key, local or in AWS KMS: every secret stays open before, during and after."""

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from domain.errors import StoreUnavailable
from store.key_services import KmsKeys, LocalKeys
from store.secrets import SecretError, Vault, data_keys

TOKEN = SecretStr("fictitious-token-4711")
MINUTES = 60 * 1000


def rows_of(engine, tenant):
    with engine.connect() as connection:
        query = select(data_keys).where(data_keys.c.tenant == tenant).order_by(data_keys.c.created_at)
        return connection.execute(query).all()


def opened(vault, tenant, field, sealed):
    return vault.open(tenant, field, sealed).get_secret_value()


def test_a_rotation_of_the_local_key_keeps_every_secret_open(vault, engine, local_keys):
    sealed = {tenant: vault.seal(tenant, "shared_secret", TOKEN) for tenant in ("acme", "beta", "gamma")}
    cold, old = Vault(engine, local_keys), vault.used_master_keys()
    fresh = local_keys.add_key()
    assert opened(cold, "acme", "shared_secret", sealed["acme"]) == TOKEN.get_secret_value()
    assert vault.rewrap() == 3
    assert vault.used_master_keys() == {fresh}
    assert not old & vault.used_master_keys()
    assert local_keys.drop_old(vault.used_master_keys()) == 1
    for anyone in (vault, cold, Vault(engine, local_keys)):
        for tenant, text in sealed.items():
            assert opened(anyone, tenant, "shared_secret", text) == TOKEN.get_secret_value()


def test_re_wrapping_again_changes_nothing_unless_forced(vault, local_keys):
    vault.seal("acme", "shared_secret", TOKEN)
    local_keys.add_key()
    assert [vault.rewrap(), vault.rewrap(), vault.rewrap(force=True)] == [1, 0, 1]


def test_secrets_open_and_are_sealed_while_a_rotation_runs(vault, engine, local_keys):
    tenants = [f"tenant-{number}" for number in range(20)]
    sealed = {tenant: vault.seal(tenant, "shared_secret", TOKEN) for tenant in tenants}
    begun, done, failures = threading.Event(), threading.Event(), []

    def use():
        cold = Vault(engine, local_keys, lambda: next(ticks) * 10 * MINUTES)  # never cached
        ticks = iter(range(1_000_000))
        while not done.is_set():
            for tenant in tenants:
                try:
                    cold.open(tenant, "shared_secret", sealed[tenant])
                    cold.seal(tenant, "other", TOKEN)
                except Exception as error:
                    failures.append(error)
            begun.set()

    user = threading.Thread(target=use)
    user.start()
    assert begun.wait(30)
    for _ in range(3):
        local_keys.add_key()
        assert vault.rewrap() == 20
        local_keys.drop_old(vault.used_master_keys())
    done.set()
    user.join()
    assert not failures


class RotatedKeys(LocalKeys):
    """A key file whose rotation ends between a reader's look at the row and its unwrapping."""

    def __init__(self, path: Path, rotate: Callable[[], None]) -> None:
        super().__init__(path)
        self.rotations = [rotate]

    def unwrap(self, tenant: str, wrapped: bytes, master_key: str) -> bytes:
        while self.rotations:
            self.rotations.pop()()
        return super().unwrap(tenant, wrapped, master_key)


def test_a_rotation_that_ends_while_a_secret_is_being_opened_does_not_fail_it(vault, engine, local_keys, tmp_path):
    sealed = vault.seal("acme", "shared_secret", TOKEN)

    def rotate():
        local_keys.add_key()
        vault.rewrap()
        assert local_keys.drop_old(vault.used_master_keys()) == 1

    keys = RotatedKeys(tmp_path / "crosswalk.keys", rotate)
    assert opened(Vault(engine, keys), "acme", "shared_secret", sealed) == TOKEN.get_secret_value()


def test_a_data_key_that_cannot_be_re_wrapped_stops_no_other(vault, engine, local_keys):
    sealed = {tenant: vault.seal(tenant, "shared_secret", TOKEN) for tenant in ("acme", "beta", "gamma")}
    with engine.begin() as connection:
        connection.execute(update(data_keys).where(data_keys.c.tenant == "beta").values(wrapped=b"damaged"))
    fresh = local_keys.add_key()
    with pytest.raises(SecretError, match="1 of 3"):
        vault.rewrap()
    assert {tenant: rows_of(engine, tenant)[0].master_key == fresh for tenant in sealed} == {
        "acme": True, "beta": False, "gamma": True,
    }  # fmt: skip


# --- with AWS KMS ----------------------------------------------------------------------------------------------------


@pytest.fixture
def kms(aws):
    with closing(aws.client("kms")) as client:
        yield client


def test_a_secret_sealed_under_kms_opens_for_its_tenant_alone(engine, kms, kms_key):
    vault = Vault(engine, KmsKeys(kms, kms_key))
    sealed = vault.seal("acme", "shared_secret", TOKEN)
    assert opened(Vault(engine, KmsKeys(kms, kms_key)), "acme", "shared_secret", sealed) == TOKEN.get_secret_value()
    with engine.begin() as connection:
        connection.execute(update(data_keys).values(tenant="beta"))
    with pytest.raises(SecretError, match="another tenant"):
        Vault(engine, KmsKeys(kms, kms_key)).open("beta", "shared_secret", sealed)


def test_a_rotation_to_another_kms_key_keeps_every_secret_open(engine, kms, kms_key):
    before = Vault(engine, KmsKeys(kms, kms_key))
    sealed = before.seal("acme", "shared_secret", TOKEN)
    successor = kms.create_key()["KeyMetadata"]["Arn"]
    after = Vault(engine, KmsKeys(kms, successor))
    assert opened(after, "acme", "shared_secret", sealed) == TOKEN.get_secret_value()
    assert after.rewrap() == 1
    assert after.used_master_keys() == {successor}
    (row,) = rows_of(engine, "acme")
    with pytest.raises(SecretError):
        KmsKeys(kms, kms_key).unwrap("acme", row.wrapped, kms_key)
    for anyone in (after, Vault(engine, KmsKeys(kms, successor)), Vault(engine, KmsKeys(kms, kms_key))):
        assert opened(anyone, "acme", "shared_secret", sealed) == TOKEN.get_secret_value()


def test_a_kms_that_is_away_makes_the_store_unavailable(engine, aws, kms, kms_key, closed_address):
    sealed = Vault(engine, KmsKeys(kms, kms_key)).seal("acme", "shared_secret", TOKEN)
    away = Vault(engine, KmsKeys(aws.client("kms", closed_address), kms_key))
    for act in (
        lambda: away.open("acme", "shared_secret", sealed),
        lambda: away.seal("beta", "shared_secret", TOKEN),
        away.rewrap,
    ):
        with pytest.raises(StoreUnavailable):
            act()
    assert rows_of(engine, "beta") == []
