"""The vault: what it seals opens for its tenant and field alone, through rotations and with the key service away."""

import threading
from collections.abc import Collection

import pytest
from pydantic import SecretBytes, SecretStr
from sqlalchemy import select, update

from domain.errors import StoreUnavailable
from store.key_services import DataKey, LocalKeys, WrappedKey
from store.secrets import SecretError, Vault, data_keys

TOKEN = SecretStr("fictitious-token-4711")
MINUTES = 60 * 1000


class CountingKeys(LocalKeys):
    """A key file that counts how often it unwraps, and can be away."""

    unwrapped = 0
    away = False

    def unwrap(self, tenant: str, wrapped: bytes, master_key: str) -> bytes:
        if self.away:
            raise StoreUnavailable("the key service is away")
        self.unwrapped += 1
        return super().unwrap(tenant, wrapped, master_key)


class CarelessKeys:
    """A key service that binds nothing to a tenant: whatever stays closed with it, the vault itself keeps closed."""

    current = "careless"
    is_empty = False

    def check(self, in_use: Collection[str]) -> None:
        """Nothing to look at."""

    def generate(self, tenant: str) -> DataKey:
        return DataKey(SecretBytes(b"k" * 32), b"wrapped", self.current)

    def unwrap(self, tenant: str, wrapped: bytes, master_key: str) -> bytes:
        return b"k" * 32

    def rewrap(self, tenant: str, wrapped: bytes, master_key: str) -> WrappedKey:
        return WrappedKey(wrapped, self.current)


class MeetingKeys(LocalKeys):
    """A key file whose users wait for each other before each gets a data key: all found none."""

    meeting = threading.Barrier(1)

    def generate(self, tenant: str):
        self.meeting.wait(timeout=20)
        return super().generate(tenant)


def rows_of(engine, tenant):
    with engine.connect() as connection:
        query = select(data_keys).where(data_keys.c.tenant == tenant).order_by(data_keys.c.created_at)
        return connection.execute(query).all()


def opened(vault, tenant, field, sealed):
    return vault.open(tenant, field, sealed).get_secret_value()


# --- sealing and opening ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["x", "", "ünïcode ✓ 漢字", "a" * 10_000, "with | and . and \n"])
def test_what_was_sealed_opens(vault, text):
    sealed = vault.seal("acme", "shared_secret", SecretStr(text))
    assert opened(vault, "acme", "shared_secret", sealed) == text


def test_another_process_opens_it(vault, engine, local_keys):
    sealed = vault.seal("acme", "shared_secret", TOKEN)
    assert opened(Vault(engine, local_keys), "acme", "shared_secret", sealed) == TOKEN.get_secret_value()


def test_a_sealed_text_is_plain_ascii_and_different_each_time(vault):
    first, second = (vault.seal("acme", "shared_secret", TOKEN) for _ in range(2))
    assert first != second
    assert first.isascii()
    assert TOKEN.get_secret_value() not in first


def test_a_secret_moved_to_another_tenant_stays_closed(vault):
    sealed = vault.seal("acme", "shared_secret", TOKEN)
    vault.seal("beta", "shared_secret", TOKEN)
    with pytest.raises(SecretError, match="is gone"):
        vault.open("beta", "shared_secret", sealed)


def test_a_secret_moved_with_its_data_key_stays_closed(vault, engine, local_keys):
    sealed = vault.seal("acme", "shared_secret", TOKEN)
    with engine.begin() as connection:
        connection.execute(update(data_keys).values(tenant="beta"))
    for anyone in (vault, Vault(engine, local_keys)):
        with pytest.raises(SecretError):
            anyone.open("beta", "shared_secret", sealed)


def test_a_secret_moved_to_another_field_stays_closed(vault):
    sealed = vault.seal("acme", "connection:1", TOKEN)
    with pytest.raises(SecretError, match="connection:2"):
        vault.open("acme", "connection:2", sealed)


@pytest.mark.parametrize(("tenant", "field"), [("beta", "c"), ("a", "b|c"), ("a|b|c", "")])
def test_the_sealed_text_itself_is_bound_to_tenant_and_field(engine, tenant, field):
    vault = Vault(engine, CarelessKeys())
    sealed = vault.seal("a|b", "c", TOKEN)
    assert opened(vault, "a|b", "c", sealed) == TOKEN.get_secret_value()
    with engine.begin() as connection:
        connection.execute(update(data_keys).values(tenant=tenant))
    with pytest.raises(SecretError, match="sealed for another place"):
        vault.open(tenant, field, sealed)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-2] + ("A" if s[-2] != "A" else "B") + s[-1],
        lambda s: s[:60],
        lambda s: s[:-8],
        lambda s: "2" + s[1:],
        lambda s: s.replace(".", ":"),
        lambda s: s + "é",
        lambda s: s.split(".")[0] + "." + s.split(".")[1] + ".",
        lambda s: "1..AAAA",
        lambda s: "",
        lambda s: TOKEN.get_secret_value(),
    ],
)
def test_a_damaged_text_stays_closed_and_the_error_shows_no_secret(vault, change):
    sealed = vault.seal("acme", "shared_secret", TOKEN)
    with pytest.raises(SecretError, match="shared_secret") as caught:
        vault.open("acme", "shared_secret", change(sealed))
    assert TOKEN.get_secret_value() not in str(caught.value)
    assert sealed not in str(caught.value)


def test_a_vault_shows_no_key(vault, engine, local_keys):
    vault.seal("acme", "shared_secret", TOKEN)
    (row,) = rows_of(engine, "acme")
    key = local_keys.unwrap("acme", row.wrapped, row.master_key)
    shown = repr(vault) + repr(vars(vault)) + repr(vars(vault._ciphers))
    assert "AESGCM" in shown
    assert repr(key)[2:-1] not in shown


# --- one data key per tenant -----------------------------------------------------------------------------------------


def test_a_tenant_has_one_data_key_of_its_own(vault, engine):
    for field in ("one", "two", "three"):
        vault.seal("acme", field, TOKEN)
    vault.seal("beta", "one", TOKEN)
    (acme,), (beta,) = rows_of(engine, "acme"), rows_of(engine, "beta")
    assert acme.wrapped != beta.wrapped


def all_at_once(vaults, act):
    results: dict[int, str | None] = {}
    threads = [threading.Thread(target=lambda i=i, v=v: results.__setitem__(i, act(v))) for i, v in enumerate(vaults)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def meeting_vaults(engine, tmp_path, clock):
    """Four vaults as in four processes: each has its own cache, and none gets a data key before all asked for one."""
    keys = MeetingKeys(tmp_path / "crosswalk.keys")
    keys.meeting = threading.Barrier(4)
    return [Vault(engine, keys, clock) for _ in range(4)]


def test_processes_that_make_the_first_data_key_at_once_agree_on_one(meeting_vaults, engine):
    sealed = all_at_once(meeting_vaults, lambda vault: vault.seal("acme", "shared_secret", TOKEN))
    assert len(rows_of(engine, "acme")) == 1
    for text in sealed.values():
        assert {opened(vault, "acme", "shared_secret", text) for vault in meeting_vaults} == {TOKEN.get_secret_value()}


def test_processes_that_renew_at_once_add_one_data_key(meeting_vaults, engine, local_keys):
    Vault(engine, local_keys).seal("acme", "shared_secret", TOKEN)
    all_at_once(meeting_vaults, lambda vault: vault.renew("acme"))
    assert len(rows_of(engine, "acme")) == 2


def test_a_renewed_tenant_seals_with_a_new_key_and_opens_what_was_there(vault, engine):
    before = vault.seal("acme", "shared_secret", TOKEN)
    vault.renew("acme")
    after = vault.seal("acme", "shared_secret", TOKEN)
    old, new = rows_of(engine, "acme")
    assert (before.split(".")[1], after.split(".")[1]) == (old.id, new.id)
    for sealed in (before, after):
        assert opened(vault, "acme", "shared_secret", sealed) == TOKEN.get_secret_value()


def test_renewing_twice_in_a_millisecond_leaves_no_doubt_which_key_is_the_newest(vault, engine):
    for _ in range(3):
        vault.renew("acme")
    newest = rows_of(engine, "acme")[-1]
    assert len({row.created_at for row in rows_of(engine, "acme")}) == 3
    assert vault.seal("acme", "shared_secret", TOKEN).split(".")[1] == newest.id


def test_a_forgotten_tenant_opens_nowhere_not_even_from_a_cache(vault, engine, local_keys, clock):
    elsewhere = Vault(engine, local_keys, clock)
    sealed = vault.seal("acme", "shared_secret", TOKEN)
    kept = vault.seal("beta", "shared_secret", TOKEN)
    assert opened(elsewhere, "acme", "shared_secret", sealed) == TOKEN.get_secret_value()
    vault.forget_tenant("acme")
    for anyone in (vault, elsewhere):
        with pytest.raises(SecretError, match="Enter the secret again"):
            anyone.open("acme", "shared_secret", sealed)
        assert opened(anyone, "beta", "shared_secret", kept) == TOKEN.get_secret_value()


def test_a_forgotten_tenant_that_comes_back_gets_another_key(vault, engine, local_keys, clock):
    elsewhere = Vault(engine, local_keys, clock)
    old = elsewhere.seal("acme", "shared_secret", TOKEN)
    vault.forget_tenant("acme")
    fresh = vault.seal("acme", "shared_secret", TOKEN)
    assert opened(elsewhere, "acme", "shared_secret", fresh) == TOKEN.get_secret_value()
    with pytest.raises(SecretError):
        elsewhere.open("acme", "shared_secret", old)


# --- a lost key file -------------------------------------------------------------------------------------------------


@pytest.fixture
def lost(vault, engine, local_keys, tmp_path, clock):
    """A secret whose key file is gone, as a process sees it that starts now."""
    sealed = vault.seal("acme", "shared_secret", TOKEN)
    (tmp_path / "crosswalk.keys").rename(tmp_path / "copy")
    return Vault(engine, local_keys, clock), sealed


@pytest.mark.parametrize("tenant", ["acme", "beta"])
def test_no_new_key_file_is_made_while_secrets_need_the_lost_one(lost, tmp_path, tenant):
    with pytest.raises(SecretError, match="rotate-keys --accept-loss") as caught:
        lost[0].seal(tenant, "shared_secret", TOKEN)
    assert str(tmp_path) not in str(caught.value)
    assert not (tmp_path / "crosswalk.keys").exists()


def test_a_copy_that_comes_back_opens_everything(lost, tmp_path):
    (tmp_path / "copy").rename(tmp_path / "crosswalk.keys")
    assert opened(lost[0], "acme", "shared_secret", lost[1]) == TOKEN.get_secret_value()


def test_with_another_master_key_a_secret_can_be_entered_again(lost, engine, local_keys):
    local_keys.add_key()
    again = lost[0].seal("acme", "shared_secret", TOKEN)
    assert opened(Vault(engine, local_keys), "acme", "shared_secret", again) == TOKEN.get_secret_value()
    with pytest.raises(SecretError):
        lost[0].open("acme", "shared_secret", lost[1])


def test_what_is_given_up_leaves_the_rest(lost, local_keys):
    local_keys.add_key()
    kept = lost[0].seal("beta", "shared_secret", TOKEN)
    assert lost[0].drop_lost() == 1
    assert opened(lost[0], "beta", "shared_secret", kept) == TOKEN.get_secret_value()
    with pytest.raises(SecretError, match="Enter the secret again"):
        lost[0].open("acme", "shared_secret", lost[1])


def test_a_vault_is_in_order_when_fresh_and_in_use_and_makes_nothing(vault, tmp_path):
    vault.check()
    assert not (tmp_path / "crosswalk.keys").exists()
    vault.seal("acme", "shared_secret", TOKEN)
    vault.check()


def test_a_vault_without_its_keys_is_not_in_order(lost, local_keys):
    with pytest.raises(SecretError, match="cannot be read"):
        lost[0].check()
    local_keys.add_key()
    with pytest.raises(SecretError, match="none of the master keys"):
        lost[0].check()


# --- five minutes ----------------------------------------------------------------------------------------------------


@pytest.fixture
def counting_keys(tmp_path):
    return CountingKeys(tmp_path / "crosswalk.keys")


@pytest.fixture
def sealed_elsewhere(engine, counting_keys, clock):
    return Vault(engine, counting_keys, clock).seal("acme", "shared_secret", TOKEN)


@pytest.mark.parametrize("passed", [0, 5 * MINUTES - 1])
def test_a_data_key_is_unwrapped_once_in_five_minutes(engine, counting_keys, clock, sealed_elsewhere, passed):
    vault = Vault(engine, counting_keys, clock)
    vault.open("acme", "shared_secret", sealed_elsewhere)
    clock.now += passed
    vault.open("acme", "shared_secret", sealed_elsewhere)
    assert counting_keys.unwrapped == 1


@pytest.mark.parametrize("passed", [5 * MINUTES, 60 * MINUTES, -1])
def test_a_data_key_is_unwrapped_again_later(engine, counting_keys, clock, sealed_elsewhere, passed):
    vault = Vault(engine, counting_keys, clock)
    vault.open("acme", "shared_secret", sealed_elsewhere)
    clock.now += passed
    vault.open("acme", "shared_secret", sealed_elsewhere)
    assert counting_keys.unwrapped == 2


def test_use_does_not_lengthen_the_five_minutes(engine, counting_keys, clock, sealed_elsewhere):
    vault = Vault(engine, counting_keys, clock)
    for _ in range(6):
        vault.open("acme", "shared_secret", sealed_elsewhere)
        clock.now += MINUTES
    assert counting_keys.unwrapped == 2


def test_a_key_service_that_is_away_is_not_missed_for_five_minutes(engine, counting_keys, clock, sealed_elsewhere):
    vault = Vault(engine, counting_keys, clock)
    vault.open("acme", "shared_secret", sealed_elsewhere)
    counting_keys.away = True
    assert opened(vault, "acme", "shared_secret", sealed_elsewhere) == TOKEN.get_secret_value()
    clock.now += 5 * MINUTES
    with pytest.raises(StoreUnavailable):
        vault.open("acme", "shared_secret", sealed_elsewhere)
