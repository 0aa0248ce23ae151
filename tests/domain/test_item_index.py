"""Which work items there are: pages of them by type, and the type of each."""

import tracemalloc

import pytest

from domain.item_index import ItemIndex, Place


@pytest.fixture
def index():
    made = ItemIndex()
    made.add("Task", [2, 5])
    made.add("Bug", [1, 4, 9])
    made.add("Task", [8])
    made.add("Epic", [])
    return made


def pages(index, size, place=None):
    found: list[tuple[tuple[int, ...], Place]] = []
    place = place or Place()
    while True:
        ids, place = index.page(place, size)
        if not ids:
            return found
        found.append((ids, place))


@pytest.mark.parametrize(
    ("size", "ids"),
    [
        (2, [(1, 4), (9, 2), (5, 8)]),
        (3, [(1, 4, 9), (2, 5, 8)]),
        (4, [(1, 4, 9, 2), (5, 8)]),
        (100, [(1, 4, 9, 2, 5, 8)]),
    ],
)
def test_pages_are_full_and_hold_each_once(index, size, ids):
    assert [page for page, _place in pages(index, size)] == ids


def test_reading_goes_on_from_any_place(index):
    for _ids, place in pages(index, 1):
        rest = [one for page, _ in pages(index, 1, place) for one in page]
        assert rest == [1, 4, 9, 2, 5, 8][6 - len(rest) :]


def test_a_place_holds_where_types_came_or_went(index):
    place = Place("Change", 3)
    assert index.page(place, 9) == ((2, 5, 8), Place("Task", 8))


def test_each_is_found_by_its_number(index):
    assert [index.type_of(one) for one in range(1, 11)] == [
        "Bug", "Task", None, "Bug", "Task", None, None, "Task", "Bug", None,
    ]  # fmt: skip


def test_it_knows_how_many_and_the_last_of_a_type(index):
    assert (len(index), index.last("Task"), index.last("Epic"), index.last("Issue")) == (6, 8, 0, 0)


def test_it_takes_four_bytes_of_each():
    tracemalloc.start()
    index = ItemIndex()
    for start in range(1, 200_001, 20_000):
        index.add("Task", range(start, start + 20_000))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(index) == 200_000
    assert taken < 5 * 200_000
