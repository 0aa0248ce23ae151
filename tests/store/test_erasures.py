import pytest

from store.erasures import Erasures

PROPERTIES = {"connectionId": "c", "projectId": "p"}


@pytest.fixture
def erasures(engine):
    return Erasures(engine)


def test_an_erasure_is_kept_until_it_is_proved(erasures):
    made = erasures.add("site", PROPERTIES, ["link-1", "link-2"], 5)

    (found,) = erasures.list_for("site")

    assert found == erasures.find(made)
    assert (found.properties, found.links, found.state) == (PROPERTIES, ("link-1", "link-2"), "told")
    assert (found.tries, found.created_at) == (0, 5)
    erasures.delete(made)
    assert (erasures.list_for("site"), erasures.find(made)) == ([], None)


def test_tries_are_counted(erasures):
    made = erasures.add("site", PROPERTIES, [], 5)

    erasures.note_try(made)
    erasures.note_try(made)

    assert erasures.find(made).tries == 2


def test_sites_with_something_to_prove_are_named_once(erasures):
    for site in ("a", "a", "b"):
        erasures.add(site, PROPERTIES, [], 5)
    given_up = erasures.add("c", PROPERTIES, [], 5)
    erasures.give_up(given_up)

    assert sorted(erasures.list_sites()) == ["a", "b"]
    assert erasures.find(given_up).state == "failed"


def test_a_site_that_is_gone_takes_its_own_along(erasures):
    erasures.add("gone", PROPERTIES, [], 5)
    erasures.add("stays", PROPERTIES, [], 5)

    erasures.forget_tenant("gone")

    assert [len(erasures.list_for(site)) for site in ("gone", "stays")] == [0, 1]
