from domain.bulk import coalesce
from domain.changes import Change, Removal, identity_of
from tests.domain.bulk_rig import entity, listed


def test_the_newest_change_of_a_thing_is_kept_wherever_it_stands():
    old, new = entity("branch", "b", 1), entity("branch", "b", 2)
    assert coalesce([old, new]) == (new,)
    assert coalesce([new, old]) == (new,)


def test_of_two_changes_of_one_moment_the_later_is_kept():
    made, gone = entity("branch", "b", 3), Removal("branch", "b", 3, "r-1")
    assert coalesce([made, gone]) == (gone,)
    assert coalesce([gone, made]) == (made,)


def test_things_keep_the_order_in_which_they_first_appear():
    changes: list[Change] = [
        entity("commit", "a", 1),
        entity("commit", "b", 1),
        entity("commit", "a", 2),
        entity("branch", "a", 1),
    ]
    assert [(change.kind, change.id, change.sequence) for change in coalesce(changes)] == [
        ("commit", "a", 2),
        ("commit", "b", 1),
        ("branch", "a", 1),
    ]


def test_the_same_id_in_two_repositories_is_two_things():
    assert len(coalesce([entity("pull_request", "1"), entity("pull_request", "1", repository_id="r-2")])) == 2


def test_a_build_is_one_thing_before_and_after_its_repository_is_known():
    early, late = listed("build", "p/1", 1, None), listed("build", "p/1", 2, "r-1")
    assert coalesce([early, late]) == (late,)
    assert identity_of(early) == identity_of(late) == ("build", None, "p/1")


def test_a_removed_repository_takes_along_what_is_not_newer():
    gone = Removal("repository", "r-1", 5, "r-1")
    changes: list[Change] = [
        entity("commit", "older", 4),
        listed("build", "p/1", 4),
        gone,
        entity("commit", "same", 5),
        entity("commit", "newer", 6),
        entity("commit", "other", 1, "r-2"),
        listed("build", "p/2", 1, None),
    ]
    assert [change.id for change in coalesce(changes)] == ["r-1", "newer", "other", "p/2"]


def test_coalescing_twice_changes_nothing():
    changes: list[Change] = [entity("commit", "a", 1), Removal("repository", "r-1", 5, "r-1"), entity("commit", "b", 6)]
    assert coalesce(coalesce(changes)) == coalesce(changes)
