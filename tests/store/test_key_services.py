"""Key services: the local key file and AWS KMS wrap data keys for one tenant each and rotate without a gap."""

import base64
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import store
from domain.errors import SecretError
from store.key_services import DataKey, KmsKeys, LocalKeys
from store.outages import name_outage

ROOT = Path(store.__file__).parent.parent
UNREADABLE = (
    "",
    "# only words\n",
    "abc\n",
    "abc:c2hvcnQ=\n",
    "abc:no base64\n",
    f":{'A' * 43}=\n",
    f"a b:{'A' * 43}=\n",
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def key_lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


def plain(key: DataKey) -> bytes:
    return key.plaintext.get_secret_value()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "crosswalk.keys"


# --- both kinds ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=["local", "kms"])
def service(request, key_file):
    if request.param == "local":
        return LocalKeys(key_file)
    return KmsKeys(request.getfixturevalue("aws").client("kms"), request.getfixturevalue("kms_key"))


def test_a_wrapped_data_key_comes_back_for_its_tenant(service):
    made = service.generate("acme")
    assert len(plain(made)) == 32
    assert made.master_key == service.current
    assert service.unwrap("acme", made.wrapped, made.master_key) == plain(made)


def test_each_data_key_is_new(service):
    assert plain(service.generate("acme")) != plain(service.generate("acme"))


def test_a_wrapped_data_key_does_not_hold_the_key(service):
    made = service.generate("acme")
    assert plain(made) not in made.wrapped


def test_a_data_key_of_another_tenant_stays_closed(service):
    made = service.generate("acme")
    with pytest.raises(SecretError, match="another tenant"):
        service.unwrap("beta", made.wrapped, made.master_key)
    with pytest.raises(SecretError, match="another tenant"):
        service.rewrap("beta", made.wrapped, made.master_key)


@pytest.mark.parametrize("damage", [lambda w: w[:-1] + bytes([w[-1] ^ 1]), lambda w: w[:5], lambda w: w[:40]])
def test_a_damaged_data_key_stays_closed(service, damage):
    made = service.generate("acme")
    with pytest.raises(SecretError):
        service.unwrap("acme", damage(made.wrapped), made.master_key)


def test_a_re_wrapped_data_key_is_the_same_key(service):
    made = service.generate("acme")
    again = service.rewrap("acme", made.wrapped, made.master_key)
    assert again.wrapped != made.wrapped
    assert service.unwrap("acme", again.wrapped, again.master_key) == plain(made)


def test_no_key_shows_in_a_repr(service):
    made = service.generate("acme")
    shown = repr(made) + str(made) + repr(service) + repr(vars(service))
    assert "**" in shown
    assert repr(plain(made)) not in shown


# --- the local key file ----------------------------------------------------------------------------------------------


def test_the_key_file_is_made_private_on_first_use(key_file):
    keys = LocalKeys(key_file)
    assert not key_file.exists()
    keys.generate("acme")
    assert mode_of(key_file) == 0o600
    (line,) = key_lines(key_file)
    name, encoded = line.split(":")
    assert name == keys.current
    assert len(base64.b64decode(encoded)) == 32


def test_the_key_file_is_private_under_any_umask(key_file):
    before = os.umask(0)
    try:
        LocalKeys(key_file).generate("acme")
    finally:
        os.umask(before)
    assert {mode_of(path) for path in key_file.parent.iterdir()} == {0o600}


def test_a_second_process_reads_the_same_key_file(key_file):
    made = LocalKeys(key_file).generate("acme")
    assert LocalKeys(key_file).unwrap("acme", made.wrapped, made.master_key) == plain(made)


def test_processes_that_start_at_once_share_one_key(key_file):
    script = (
        "import sys; from pathlib import Path; from store.key_services import LocalKeys; print('ready', flush=True);"
        "sys.stdin.readline(); print(LocalKeys(Path(sys.argv[1])).current)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, key_file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    ids = {process.communicate(timeout=30)[0].strip() for process in started}
    assert ids == {key_lines(key_file)[0].split(":")[0]}


def test_threads_that_add_keys_at_once_lose_none(key_file):
    keys = LocalKeys(key_file)
    start = threading.Barrier(8)
    added: list[str] = []

    def add_one():
        start.wait()
        added.append(keys.add_key())

    threads = [threading.Thread(target=add_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line.split(":")[0] for line in key_lines(key_file)) == sorted(added)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_file_open_to_others_stops_the_start(key_file, mode):
    LocalKeys(key_file).generate("acme")
    key_file.chmod(mode)
    with pytest.raises(SecretError, match="chmod 600") as caught:
        LocalKeys(key_file)
    assert str(key_file) in name_outage(caught.value)
    assert str(key_file) not in str(caught.value)


def test_a_key_file_opened_to_others_later_is_not_used_any_more(key_file):
    keys = LocalKeys(key_file)
    made = keys.generate("acme")
    key_file.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600"):
        keys.unwrap("acme", made.wrapped, made.master_key)


@pytest.mark.parametrize("content", UNREADABLE)
def test_a_key_file_without_readable_keys_stops_the_start(key_file, content):
    key_file.parent.mkdir()
    key_file.write_text(content)
    key_file.chmod(0o600)
    with pytest.raises(SecretError) as caught:
        LocalKeys(key_file)
    assert str(key_file) in name_outage(caught.value)
    assert not content.strip() or content.strip() not in str(caught.value)


def test_a_lost_key_file_is_not_silently_replaced(key_file):
    keys = LocalKeys(key_file)
    made = keys.generate("acme")
    key_file.unlink()
    with pytest.raises(SecretError, match="cannot be read"):
        keys.unwrap("acme", made.wrapped, made.master_key)
    assert not key_file.exists()


def test_a_foreign_key_file_says_which_master_key_is_missing(key_file):
    keys = LocalKeys(key_file)
    made = keys.generate("acme")
    key_file.unlink()
    keys.generate("acme")
    with pytest.raises(SecretError, match=made.master_key):
        keys.unwrap("acme", made.wrapped, made.master_key)


def test_a_new_master_key_wraps_and_the_old_one_still_unwraps(key_file):
    keys, elsewhere = LocalKeys(key_file), LocalKeys(key_file)
    old = keys.generate("acme")
    fresh = keys.add_key()
    assert keys.current == elsewhere.current == fresh != old.master_key
    assert elsewhere.generate("acme").master_key == fresh
    assert elsewhere.unwrap("acme", old.wrapped, old.master_key) == plain(old)
    assert elsewhere.rewrap("acme", old.wrapped, old.master_key).master_key == fresh


def test_old_master_keys_go_except_those_in_use(key_file):
    keys = LocalKeys(key_file)
    first, second = keys.generate("acme"), (keys.add_key(), keys.generate("acme"))[1]
    third = keys.add_key()
    assert keys.drop_old({second.master_key}) == 1
    assert [line.split(":")[0] for line in key_lines(key_file)] == [third, second.master_key]
    assert keys.unwrap("acme", second.wrapped, second.master_key) == plain(second)
    with pytest.raises(SecretError, match=first.master_key):
        keys.unwrap("acme", first.wrapped, first.master_key)
    assert keys.drop_old(set()) == 1
    assert keys.current == third


def test_what_a_crashed_writer_left_behind_does_no_harm(key_file):
    keys = LocalKeys(key_file)
    made = keys.generate("acme")
    left = key_file.with_name(key_file.name + ".new")
    left.write_text("half a li")
    left.chmod(0o644)
    keys.add_key()
    assert mode_of(key_file) == 0o600
    assert not left.exists()
    assert keys.unwrap("acme", made.wrapped, made.master_key) == plain(made)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_root_leaves_the_key_file_to_its_owner(key_file):
    keys = LocalKeys(key_file)
    keys.generate("acme")
    os.chown(key_file, 65534, 65534)
    keys.add_key()
    assert (key_file.stat().st_uid, mode_of(key_file)) == (65534, 0o600)
