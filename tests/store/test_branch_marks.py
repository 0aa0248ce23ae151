"""Where somebody made branches, what was made a moment ago, and which issues were just seen."""

from store.branch_marks import REPEAT_SECONDS
from store.kept_issues import KEPT_SECONDS


def test_the_repository_used_last_is_remembered_for_each_person(services):
    marks = services.branch_marks
    marks.note_repository("mara", "r-1")
    marks.note_repository("mara", "r-2")
    assert (marks.recent_repository("mara"), marks.recent_repository("tomasz")) == ("r-2", None)


def test_what_was_made_is_known_by_person_repository_and_name_for_a_minute(services):
    marks, redis = services.branch_marks, services.redis
    marks.note_made("mara", "r-1", "feature/größe", "abc")
    assert marks.find_made("mara", "r-1", "feature/größe") == "abc"
    others = [("tomasz", "r-1", "feature/größe"), ("mara", "r-2", "feature/größe"), ("mara", "r-1", "feature/grosse")]
    assert [marks.find_made(*other) for other in others] == [None, None, None]
    (key,) = redis.keys("crosswalk:made-branch:*")
    assert 0 < redis.ttl(key) <= REPEAT_SECONDS
    assert b"gr" not in key.rpartition(b":")[2]


def test_what_was_refused_is_forgotten(services):
    marks = services.branch_marks
    marks.note_made("mara", "r-1", "x", "abc")
    marks.forget_made("mara", "r-1", "x")
    assert marks.find_made("mara", "r-1", "x") is None


def test_an_issue_that_was_seen_is_known_for_this_person_on_this_site_for_a_minute(services):
    issues, redis = services.kept_issues, services.redis
    issues.keep("site", "account-1", "SHOP-1", "SHOP")
    assert issues.find_project("site", "account-1", "SHOP-1") == "SHOP"
    others = [("other", "account-1", "SHOP-1"), ("site", "account-2", "SHOP-1"), ("site", "account-1", "SHOP-2")]
    assert [issues.find_project(*other) for other in others] == [None, None, None]
    (key,) = redis.keys("crosswalk:seen-issue:*")
    assert 0 < redis.ttl(key) <= KEPT_SECONDS
    assert b"account-1" not in key
