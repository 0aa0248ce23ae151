"""The settings of sites in the database."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.site_settings import DEFAULTS, Choice, SiteSettings
from store.site_settings import KeptSettings, SettingsBook

NOW = 1_800_000_000_000
ACME, BETA = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
CHOSEN = SiteSettings(
    repositories=Choice(("läd-*",), ()), environments={"production": ("live", "製造"), "development": ("d*",)}
)


@pytest.fixture
def book(engine):
    return SettingsBook(engine)


def test_a_site_that_chose_nothing_has_the_defaults(book):
    assert book.read(ACME) == KeptSettings(DEFAULTS, None)


def test_what_is_saved_is_what_is_read_in_its_order(book):
    book.save(ACME, CHOSEN, NOW)
    assert book.read(ACME) == KeptSettings(CHOSEN, NOW)
    assert list(book.read(ACME).settings.environments) == ["production", "development"]


def test_the_newest_settings_take_the_place_of_the_old_ones_for_their_site_alone(book):
    book.save(ACME, CHOSEN, NOW)
    book.save(BETA, CHOSEN, NOW)
    book.save(ACME, DEFAULTS, NOW + 1)
    assert book.read(ACME) == KeptSettings(DEFAULTS, NOW + 1)
    assert book.read(BETA) == KeptSettings(CHOSEN, NOW)


def test_another_process_sees_a_change_at_once(engine, book):
    other = SettingsBook(engine)
    assert other.read(ACME).changed_at is None
    book.save(ACME, CHOSEN, NOW)
    assert other.read(ACME).settings == CHOSEN


def test_two_who_save_at_once_leave_one_document(book):
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda at: book.save(ACME, CHOSEN, at), range(NOW, NOW + 8)))
    found = book.read(ACME)
    assert found.settings == CHOSEN
    assert found.changed_at in range(NOW, NOW + 8)


def test_forgotten_settings_are_gone(book):
    book.save(ACME, CHOSEN, NOW)
    book.save(BETA, CHOSEN, NOW)
    book.forget(ACME)
    assert book.read(ACME) == KeptSettings(DEFAULTS, None)
    assert book.read(BETA).settings == CHOSEN
