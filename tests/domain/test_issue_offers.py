"""What is looked for among issues while somebody types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.issue_offers import IssueQuest, read_quest, write_jql

TENS = tuple(f"SHOP-7{digit}" for digit in range(10))


@pytest.mark.parametrize(
    ("text", "quest"),
    [
        ("SHOP-7", IssueQuest(keys=("SHOP-7", *TENS))),
        (" shop-7 ", IssueQuest(keys=("SHOP-7", *TENS))),
        ("SHOP-1234567890", IssueQuest(keys=("SHOP-1234567890",))),
        ("SHOP-", IssueQuest(project="SHOP")),
        ("shop", IssueQuest(project="SHOP", words=("shop",))),
        ("my_app", IssueQuest(project="MY_APP", words=("my_app",))),
        ("round pri", IssueQuest(words=("round", "pri"))),
        ("round p", IssueQuest(words=("round",))),
        ("SHOP-012", IssueQuest(words=("shop", "012"))),
        ("Größe prüfen", IssueQuest(words=("größe", "prüfen"))),
        ("製造", IssueQuest(words=("製造",))),
        ("don't round", IssueQuest(words=("don't", "round"))),
        ('a" OR key = B-1 OR summary ~ "c\\', IssueQuest(words=("a", "or", "key", "b", "1", "or", "summary"))),
        ("one two three four five six seven eight nine", IssueQuest(
            words=("one", "two", "three", "four", "five", "six", "seven", "eight"))),
        ("release notes", IssueQuest(words=("release", "notes"))),
    ],
)  # fmt: skip
def test_a_text_is_keys_a_project_or_words(text, quest):
    assert read_quest(text) == quest


@pytest.mark.parametrize(
    "text",
    ["", "  ", "x", "-*?!", "4f2c81a", "!128", "build 5120", "5120", "release 31", "refs/heads/feature/SHOP-7",
     "feature/SHOP-7", "https://dev.azure.com/acme/Webshop/_git/shop/commit/4f2c81a", "https://acme.example/SHOP-7"],
)  # fmt: skip
def test_what_names_something_of_azure_devops_is_no_search(text):
    assert read_quest(text).is_empty


@pytest.mark.parametrize(
    ("quest", "projects", "jql"),
    [
        (IssueQuest(words=("round", "pri")), (), '(summary ~ "round pri" OR summary ~ "round pri*")'),
        (IssueQuest(project="SHOP"), ("SHOP",), '(project = "SHOP")'),
        (IssueQuest(project="SHOP", words=("shop",)), ("SHOP",),
         '(project = "SHOP" OR summary ~ "shop" OR summary ~ "shop*")'),
        (IssueQuest(project="SHOP", words=("shop",)), (), '(summary ~ "shop" OR summary ~ "shop*")'),
    ],
)  # fmt: skip
def test_a_search_names_only_projects_that_are_there(quest, projects, jql):
    assert write_jql(quest, projects) == f"{jql} ORDER BY updated DESC"


@pytest.mark.parametrize("quest", [IssueQuest(), IssueQuest(project="NOPE"), IssueQuest(keys=("SHOP-7",))])
def test_a_search_for_nothing_is_none(quest):
    assert write_jql(quest, ("SHOP",)) is None


@given(st.text(max_size=200))
def test_nothing_that_is_typed_ends_the_quotation(text):
    quest = read_quest(text)
    assert not set('"\\*?()[]{}+-!&|~^:/ \n') & set("".join(quest.words) + quest.project)
