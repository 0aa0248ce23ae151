"""Priorities, people and links, and the mapping as a whole."""

import pytest

from domain.mapping_records import LinkRow
from domain.mapping_suggestions import suggest_mapping
from domain.mapping_suggestions_links import suggest_links
from domain.mapping_suggestions_values import suggest_people, suggest_priorities
from domain.target_sites import TargetLinkType
from domain.work_items import PRIORITY
from tests.domain.suggest_rig import below, jira, process, scan, use, usual

DEPENDENCY, DUPLICATE, RELATED = (f"System.LinkTypes.{name}" for name in ("Dependency-Forward", "Duplicate-Forward",
                                                                       "Related"))  # fmt: skip
TESTED = "Microsoft.VSTS.Common.TestedBy-Forward"
BLOCKS = TargetLinkType("1", "Blocks", "is blocked by", "blocks")
DUPLICATES = TargetLinkType("2", "Duplicate", "is duplicated by", "duplicates")
RELATES = TargetLinkType("3", "Relates", "relates to", "relates to")


def priorities(*names, **values):
    target = jira(priorities={name: f"p-{name}" for name in names})
    rows = suggest_priorities(scan(fields=(use(PRIORITY, "Priority", "integer", **values),)), target)
    return {row.source: ((row.target or "").removeprefix("p-"), row.confidence) for row in rows}


def test_priorities_are_found_by_name():
    found = priorities("Highest", "High", "Medium", "Low", "Lowest")
    assert found == {"1": ("Highest", 0.9), "2": ("High", 0.9), "3": ("Medium", 0.9), "4": ("Low", 0.9)}
    assert priorities("Blocker", "Major", "Minor")["1"] == ("Blocker", 0.9)


def test_priorities_of_other_names_are_found_by_rank():
    assert priorities("A", "B", "C", "D") == {"1": ("A", 0.5), "2": ("B", 0.5), "3": ("C", 0.5), "4": ("D", 0.5)}
    assert [name for name, _ in priorities("Hot", "Cold").values()] == ["Hot", "Hot", "Hot", "Cold"]


def test_a_priority_that_is_not_usual_is_left_to_people():
    assert priorities("High", **{"9": 3})["9"] == ("", 0.3)


def test_a_project_without_priorities_has_no_rows():
    assert priorities() == {}
    assert suggest_priorities(scan(), jira(priorities={"High": "1"}))[0].source == "1"


def test_people_are_mapped_by_their_mail_only():
    report = scan(people={"guid-1": 1, "guid-2": 5, "guid-3": 3})
    rows = suggest_people(report, {"guid-1": "account-1", "guid-2": ""})
    assert [(row.source, row.target, row.confidence) for row in rows] == [
        ("guid-2", None, 0.0), ("guid-3", None, 0.0), ("guid-1", "account-1", 1.0),
    ]  # fmt: skip
    assert rows[0].reason == "No account shows the same mail address."
    assert rows[1].reason == "Not looked up: there are too many people."


def links(*types, kinds=(), **target):
    rows = suggest_links(scan(links=dict.fromkeys(kinds, 1)), jira(link_types=types, **target))
    return {row.source: (row.target, row.swap, row.confidence) for row in rows}


def test_links_are_found_by_the_words_of_their_direction():
    found = links(RELATES, BLOCKS, DUPLICATES)
    assert found == {DEPENDENCY: ("1", False, 0.95), DUPLICATE: ("2", True, 0.95), RELATED: ("3", False, 0.95)}


def test_a_kind_that_reads_the_other_way_round_swaps_its_ends():
    turned = TargetLinkType("4", "Dependency", "blocks", "depends on")
    assert links(turned)[DEPENDENCY] == ("4", True, 0.95)
    test = TargetLinkType("5", "Test", "is tested by", "tests")
    assert links(test, RELATES, kinds=[TESTED])[TESTED] == ("5", True, 0.95)


def test_a_kind_that_jira_has_not_relates_the_two():
    assert links(RELATES, kinds=[TESTED])[TESTED] == ("3", False, 0.5)
    strange = TargetLinkType("6", "Relates", "hängt zusammen mit", "hängt zusammen mit")
    assert links(strange)[DEPENDENCY] == ("6", False, 0.5)
    assert links(BLOCKS)[RELATED] == (None, False, 0.3)


def test_addresses_become_web_links_and_parents_no_links():
    kinds = ["Hyperlink", "ArtifactLink", "System.LinkTypes.Remote.Related", "System.LinkTypes.Hierarchy-Forward"]
    found = links(RELATES, kinds=kinds, link_issues_enabled=False)
    assert [found[kind][0] for kind in kinds[:3]] == ["remote"] * 3
    assert kinds[3] not in found


def test_links_are_not_made_where_they_are_turned_off():
    (row, *_others) = suggest_links(scan(), jira(link_issues_enabled=False))
    assert row == LinkRow(DEPENDENCY, None, False, 0.9, "Issue links are turned off on this site.")


@pytest.mark.parametrize(("wanted", "plan"), [(None, "feature_as_epic"), ("epic_as_epic", "epic_as_epic")])
def test_a_mapping_follows_the_plan_that_was_chosen_else_the_best(wanted, plan):
    report = scan(below("Epic", 1), below("Feature", 2, Epic=1), below("User Story", 9, Feature=9))
    mapping = suggest_mapping(report, process("Epic", "Feature", "User Story"), usual(), {}, wanted)
    assert mapping.plan == plan
    assert mapping.type_target("Feature") == ("t-Epic" if plan == "feature_as_epic" else "t-Story")
