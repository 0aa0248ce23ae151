"""A work item as the issue it becomes."""

from dataclasses import replace

import pytest

from domain.draft_records import Ancestor, account_map, component_map, sprint_map
from domain.errors import MappingError
from domain.issue_drafts import create_body
from domain.mapping_records import AreaRow, IterationRow, StateRow, TypeRow, ValueRow
from domain.rich_text import plain_text
from domain.rich_text_cut import TEXT_CHARACTERS, measure
from domain.work_items import AREA, DESCRIPTION, ITERATION, STATE, TAGS, TITLE, Identity
from tests.domain.draft_rig import (
    ASSIGNED,
    CREATED_BY,
    CRITERIA,
    EPIC,
    FIELDS,
    JANE,
    MAPPING,
    SAM,
    SPRINT,
    STEPS,
    STORY,
    SUBTASK,
    TARGET,
    codes,
    custom,
    draft,
    issue_type,
    reasons,
    row,
    with_rows,
    work_item,
)
from tests.domain.jira_documents import check_body, check_document

POINTS, EFFORT = "Microsoft.VSTS.Scheduling.StoryPoints", "Microsoft.VSTS.Scheduling.Effort"
NUMBER = "customfield_10016"
SECTIONS = with_rows(
    row(DESCRIPTION, "description", "rich_text"), row(CRITERIA, None, "section"), row(STEPS, "description", "section"),
    row("Custom.Notes", None, "section"), row("Custom.Unknown", None, "section"), row("Custom.Line", "description"),
)  # fmt: skip
PEOPLE = with_rows(row(ASSIGNED, "assignee", "user"), row(CREATED_BY, "reporter", "user"))


def only(type_, *fields):
    """A project with one type, whose create screen has these fields."""
    return replace(TARGET, types=(replace(type_, fields=tuple(found for found in FIELDS if found.id in fields)),))


def text_of(made):
    check_document(made.fields["description"])
    return plain_text(made.fields["description"]["content"])


def test_the_least_an_issue_has():
    made = draft(work_item())
    assert made.fields == {"project": {"id": "10000"}, "issuetype": {"id": "101"}, "summary": "Add the basket"}
    assert (made.type_id, made.transitions, made.status) == ("101", (), "1")
    assert made.properties[0] == {
        "key": "crosswalk.source",
        "value": {"organization": "contoso", "project": "project-guid", "id": 1, "revision": 3, "run": "run-1"},
    }
    assert codes(made) == []


def test_the_body_is_one_of_those_of_a_bulk_create():
    made = draft(work_item({STATE: "Closed", DESCRIPTION: "<b>a</b>"}), SECTIONS)
    body = create_body(made)
    check_body("IssuesUpdateBean", {"issueUpdates": [body]})
    assert body == {"fields": made.fields, "transition": {"id": "21"}, "properties": list(made.properties)}
    assert made.transitions == ("21", "31")
    assert "transition" not in create_body(draft(work_item()))


@pytest.mark.parametrize(
    ("title", "summary", "lost"),
    [
        ("Add the basket", "Add the basket", []),
        ("  <b>Quotes</b> \"and\" \t| \n", "<b>Quotes</b> \"and\" |", []),
        ("x" * 255, "x" * 255, []),
        ("x" * 256, "x" * 254 + "…", [("summary", "cut")]),
        ("🦊" * 200, "🦊" * 127 + "…", [("summary", "cut")]),
        (" \t ", "User Story 1", [("summary", "no_title")]),
    ],
)  # fmt: skip
def test_summaries(title, summary, lost):
    made = draft(work_item({TITLE: title}))
    assert (made.fields["summary"], codes(made)) == (summary, lost)


def test_a_row_may_set_another_summary():
    made = draft(work_item({"Custom.Line": "Other"}), with_rows(row("Custom.Line", "summary"), row(TITLE, "summary")))
    assert made.fields["summary"] == "Other"
    assert codes(made) == [(TITLE, "taken")]
    empty = draft(work_item({"Custom.Line": " "}), with_rows(row("Custom.Line", "summary")))
    assert empty.fields["summary"] == "Add the basket"


# --- fields ----------------------------------------------------------------------------------------------------------


def test_the_first_row_with_a_value_counts():
    mapping = with_rows(row(POINTS, NUMBER, "number"), row(EFFORT, NUMBER, "number"))
    assert draft(work_item({POINTS: 3, EFFORT: 8}), mapping).fields[NUMBER] == 3
    assert draft(work_item({EFFORT: 8}), mapping).fields[NUMBER] == 8
    assert draft(work_item({POINTS: "", EFFORT: 8}), mapping).fields[NUMBER] == 8
    assert draft(work_item({POINTS: "?", EFFORT: 8}), mapping).fields[NUMBER] == 8
    assert codes(draft(work_item({POINTS: 3, EFFORT: 8}), mapping)) == [(EFFORT, "taken")]


def test_a_row_counts_for_its_types_only():
    mapping = with_rows(
        row(POINTS, NUMBER, "number", types=("Bug",)), row(EFFORT, NUMBER, "number", types=("User Story",))
    )
    assert draft(work_item({POINTS: 3, EFFORT: 8}), mapping).fields[NUMBER] == 8


@pytest.mark.parametrize(
    ("mapped", "code"),
    [
        (row(POINTS, NUMBER, "drop"), "dropped"), (row(POINTS, None, "number"), "dropped"),
        (row(POINTS, "customfield_99", "number"), "not_on_screen"), (row(POINTS, "labels", "labels"), "not_on_screen"),
        (row(POINTS, None, "section"), "not_on_screen"), (row(POINTS, "description", "text"), "not_on_screen"),
    ],
)  # fmt: skip
def test_what_reaches_no_field_is_told_of_when_there_is_a_value(mapped, code):
    target = only(STORY, "summary")
    assert codes(draft(work_item({POINTS: 3}), with_rows(mapped), target=target)) == [(POINTS, code)]
    assert codes(draft(work_item(), with_rows(mapped), target=target)) == []


def test_a_required_field_without_a_value_fails_the_work_item():
    needed = custom(10099, "string", "textfield", name="Customer", required=True)
    target = replace(TARGET, types=(replace(STORY, fields=(*FIELDS, needed)),))
    with pytest.raises(MappingError, match=r"Jira asks for a value in Customer of Story") as error:
        draft(work_item(), target=target)
    assert error.value.code == "required_field"
    mapping = with_rows(row("Custom.Line", needed.id))
    assert draft(work_item({"Custom.Line": "ACME"}), mapping, target=target).fields[needed.id] == "ACME"


@pytest.mark.parametrize(
    ("types", "code", "words"),
    [
        ((), "skipped_type", "are not mapped"),
        ((TypeRow("User Story", None),), "skipped_type", "are not mapped"),
        ((TypeRow("User Story", "999"),), "unknown_type", "SHOP does not have"),
        ((TypeRow("User Story", "102", without_parent="999"),), "unknown_type", "SHOP does not have"),
    ],
)
def test_a_type_that_becomes_nothing_fails_the_work_item(types, code, words):
    with pytest.raises(MappingError, match=words) as error:
        draft(work_item(), replace(MAPPING, types=types))
    assert error.value.code == code


# --- people ----------------------------------------------------------------------------------------------------------


def test_people_go_through_the_account_map():
    made = draft(work_item({ASSIGNED: JANE, CREATED_BY: JANE}), PEOPLE)
    assert made.fields["assignee"] == made.fields["reporter"] == {"accountId": "account-jane"}
    assert codes(made) == []
    assert "description" not in made.fields


def test_people_without_an_account_are_told_of_and_their_names_stand_in_the_description():
    made = draft(work_item({ASSIGNED: SAM, CREATED_BY: SAM, DESCRIPTION: "text"}), replace(
        PEOPLE, fields=(row(DESCRIPTION, "description", "rich_text"), *PEOPLE.fields)))  # fmt: skip
    assert made.fields["assignee"] is None
    assert "reporter" not in made.fields
    assert codes(made) == [("assignee", "unmapped_person"), ("reporter", "unmapped_person")]
    wanted = "Assigned to Sam Roe in Azure DevOps.\nReported by Sam Roe in Azure DevOps.\ntext"
    assert text_of(made) == wanted
    assert all("Sam" not in note.reason for note in made.notes)


def test_a_reporter_that_cannot_be_set_stands_in_the_description_too():
    made = draft(work_item({CREATED_BY: JANE}), PEOPLE, target=only(STORY, "summary", "description"))
    assert text_of(made) == "Reported by Jane Doe in Azure DevOps."
    assert codes(made) == [(CREATED_BY, "not_on_screen")]


def test_an_assignee_that_cannot_be_set_stands_in_the_description_too():
    made = draft(work_item({ASSIGNED: JANE}), PEOPLE, target=only(STORY, "summary", "description"))
    assert text_of(made) == "Assigned to Jane Doe in Azure DevOps."
    assert codes(made) == [(ASSIGNED, "not_on_screen")]


def test_people_of_other_fields_do_not_stand_in_the_description():
    other = replace(PEOPLE, fields=(row("Custom.Tester", "customfield_tester", "user"),))
    made = draft(work_item({"Custom.Tester": SAM}), other)
    assert "description" not in made.fields


def test_an_issue_without_a_description_has_no_place_for_the_reporter():
    made = draft(work_item({CREATED_BY: SAM}), PEOPLE, target=only(STORY, "summary", "reporter"))
    assert "description" not in made.fields
    assert codes(made) == [("reporter", "unmapped_person")]


def test_an_unassigned_work_item_stays_so_whatever_the_project_does():
    assert draft(work_item(), PEOPLE).fields["assignee"] is None
    assert "assignee" not in draft(work_item(), PEOPLE, target=only(STORY, "summary")).fields
    assert "assignee" not in draft(work_item()).fields


# --- description -----------------------------------------------------------------------------------------------------


def test_sections_follow_the_description_under_headings():
    fields = {DESCRIPTION: "<p>What</p>", CRITERIA: "<ul><li>It works</li></ul>", STEPS: "Go",
              "Custom.Notes": "So", "Custom.Unknown": 2.5, "Custom.Line": "a <b>"}  # fmt: skip
    made = draft(work_item(fields), SECTIONS)
    assert text_of(made).split("\n") == [
        "What", "Acceptance criteria", "It works", "Steps to reproduce", "Go", "Notes of the team", "So", "Unknown",
        "2.5", "A line", "a <b>",
    ]  # fmt: skip
    headings = [node for node in made.fields["description"]["content"] if node["type"] == "heading"]
    assert [node["attrs"]["level"] for node in headings] == [2] * 5
    assert reasons(made, "description")[:2] == [
        f"from {DESCRIPTION}", f"from {CRITERIA}, below the heading Acceptance criteria"
    ]  # fmt: skip


def test_a_section_alone_has_its_heading_and_an_empty_one_is_none():
    made = draft(work_item({CRITERIA: "<div><br></div>", STEPS: "Go"}), SECTIONS)
    assert text_of(made) == "Steps to reproduce\nGo"
    assert "description" not in draft(work_item({CRITERIA: "<div><br></div>"}), SECTIONS).fields


def test_all_parts_of_a_description_are_cut_together():
    made = draft(work_item({DESCRIPTION: "<p>word</p>" * 400, CRITERIA: "<p>word</p>" * 4000}), SECTIONS)
    check_document(made.fields["description"])
    assert measure(made.fields["description"]) <= TEXT_CHARACTERS
    assert codes(made) == [("description", "cut")]


def test_images_in_the_description_itself_are_told_of():
    made = draft(work_item({DESCRIPTION: "<img src='data:image/png;base64,x'>"}), SECTIONS)
    assert codes(made) == [("description", "embedded_image")]


# --- labels ----------------------------------------------------------------------------------------------------------


def test_labels_come_from_the_mapping_the_work_items_above_and_the_tags():
    mapping = with_rows(row("Custom.Line", "labels", "labels"), tags_to_labels=True, extra_labels=("from ado", ""))
    above = {5: Ancestor(5, "Epic", "Checkout")}
    made = draft(work_item({TAGS: "a b; c; from-ado", "Custom.Line": "x; c"}, parent=5), mapping, ancestors=above)
    assert made.fields["labels"] == ["from-ado", "x", "c", "ado-epic:Checkout-5", "a-b"]
    assert codes(made) == [("parent", "hierarchy_collapsed")]


def test_tags_are_left_where_the_mapping_says_so():
    assert "labels" not in draft(work_item({TAGS: "a"})).fields


def test_of_too_many_labels_the_last_are_left_out():
    mapping = with_rows(tags_to_labels=True, extra_labels=("ours",))
    made = draft(work_item({TAGS: ";".join(f"tag {n}" for n in range(120))}), mapping)
    assert len(made.fields["labels"]) == 100
    assert made.fields["labels"][:2] == ["ours", "tag-0"]
    assert codes(made) == [("labels", "too_many_labels")]
    assert reasons(made, "labels")[-1] == "21 of 121 labels were left out."


def test_labels_need_their_field():
    made = draft(work_item({TAGS: "a"}), with_rows(tags_to_labels=True), target=only(STORY, "summary"))
    assert codes(made) == [(TAGS, "not_on_screen")]


# --- parents ---------------------------------------------------------------------------------------------------------


def test_the_parent_is_the_issue_of_the_work_item_above():
    made = draft(work_item(parent=2), ancestors={2: Ancestor(2, "Feature", issue="10002")})
    assert made.fields["parent"] == {"id": "10002"}
    assert reasons(made, "parent") == ["the issue of work item 2"]


@pytest.mark.parametrize(
    ("ancestors", "code"),
    [
        ({}, "parent_out_of_scope"),
        ({2: Ancestor(2, "Feature")}, "parent_missing"),
        ({2: Ancestor(2, "Epic", parent=2)}, "parent_circular"),
    ],
)
def test_without_a_parent_the_reason_is_told_and_a_sub_task_fails(ancestors, code):
    made = draft(work_item(parent=2), ancestors=ancestors)
    assert "parent" not in made.fields
    assert codes(made) == [("parent", code)]
    under = {
        key: replace(one, type="User Story") if code == "parent_missing" else one for key, one in ancestors.items()
    }
    with pytest.raises(MappingError, match=r"^Subtask is a sub-task and needs a parent\. .+\.$") as error:
        draft(work_item(type_="Task", parent=2), ancestors=under)
    assert error.value.code == "subtask_without_parent"


def test_a_sub_task_with_nothing_above_fails_in_a_sentence():
    with pytest.raises(MappingError, match=r"^Subtask is a sub-task and needs a parent\.$"):
        draft(work_item(type_="Task"))


def test_a_sub_task_with_nothing_above_becomes_what_the_mapping_names_for_it():
    mapping = replace(MAPPING, types=(TypeRow("User Story", "101"), TypeRow("Task", "102", without_parent="101")))
    made = draft(work_item(type_="Task"), mapping)
    assert made.fields["issuetype"] == {"id": "101"}
    assert codes(made)[0] == ("issuetype", "no_sub_task")
    below = {2: Ancestor(2, "User Story", issue="10002")}
    assert draft(work_item(type_="Task", parent=2), mapping, ancestors=below).fields["issuetype"] == {"id": "102"}
    lost = {2: Ancestor(2, "User Story")}
    with pytest.raises(MappingError, match=r"The work item above has no issue\. See why at that one"):
        draft(work_item(type_="Task", parent=2), mapping, ancestors=lost)


def test_a_parent_that_comes_first_is_told_of_in_a_preview():
    needed = replace(SUBTASK, fields=tuple(replace(one, required=one.id == "parent") for one in FIELDS))
    target = replace(TARGET, types=(EPIC, STORY, needed))
    above = {2: Ancestor(2, "User Story", planned=True)}
    made = draft(work_item(type_="Task", parent=2), target=target, ancestors=above)
    assert "parent" not in made.fields
    assert reasons(made, "parent") == ["the issue of work item 2, which is made first"]


# --- sprints ---------------------------------------------------------------------------------------------------------

ITERATIONS = (
    IterationRow("Shop\\One", "existing", sprint=7), IterationRow("Shop\\Old", "existing", sprint=6),
    IterationRow("Shop\\New", "new", name="New"), IterationRow("Shop\\Next", "new", name="Next"),
    IterationRow("Shop\\None", "none"), IterationRow("Shop\\Odd", "existing"),
)  # fmt: skip
IN_SPRINTS = replace(MAPPING, iterations=ITERATIONS)


def in_sprint(path, *, is_preview=False, **more):
    sprints = sprint_map(IN_SPRINTS, {"Shop\\New": 12})
    return draft(work_item({ITERATION: path}, **more), IN_SPRINTS, sprints=sprints, is_preview=is_preview,
                 ancestors={2: Ancestor(2, "User Story", issue="10002")})  # fmt: skip


def test_iterations_have_sprints_by_the_mapping_and_what_was_made():
    assert sprint_map(IN_SPRINTS, {"Shop\\New": 12}) == {"Shop\\One": 7, "Shop\\Old": 6, "Shop\\New": 12}


@pytest.mark.parametrize(
    ("path", "sprint"), [("Shop\\One", 7), ("Shop\\New", 12), ("Shop\\None", None), ("Shop\\Odd", None), ("Shop", None)]
)
def test_sprints(path, sprint):
    made = in_sprint(path)
    assert made.fields.get(SPRINT.id) == sprint
    assert codes(made) == []


def test_a_closed_sprint_takes_nothing():
    made = in_sprint("Shop\\Old")
    assert SPRINT.id not in made.fields
    assert codes(made) == [(SPRINT.id, "sprint_closed")]


def test_a_sprint_that_comes_first_is_told_of_in_a_preview():
    made = in_sprint("Shop\\Next", is_preview=True)
    assert SPRINT.id not in made.fields
    assert reasons(made, SPRINT.id) == [f"from {ITERATION}: a new sprint, which is made first"]


def test_a_sprint_that_was_not_made_is_a_loss():
    made = in_sprint("Shop\\Next")
    assert SPRINT.id not in made.fields
    assert codes(made) == [(SPRINT.id, "sprint_missing")]
    assert "then repair the run" in reasons(made, SPRINT.id)[0]


def test_without_a_sprint_that_jira_asks_for_there_is_no_issue():
    needed = replace(STORY, fields=tuple(replace(one, required=one.id == SPRINT.id) for one in STORY.fields))
    target, item = replace(TARGET, types=(EPIC, needed, SUBTASK)), work_item({ITERATION: "Shop\\Next"})
    assert draft(item, IN_SPRINTS, target=target, is_preview=True).fields
    with pytest.raises(MappingError, match="Jira asks for a value"):
        draft(item, IN_SPRINTS, target=target)


def test_a_sub_task_is_in_the_sprint_of_its_parent():
    made = in_sprint("Shop\\One", type_="Task", parent=2)
    assert SPRINT.id not in made.fields
    assert (ITERATION, "no_sprint") in codes(made)


def test_a_type_without_a_field_for_sprints_has_none():
    made = draft(
        work_item({ITERATION: "Shop\\One"}), IN_SPRINTS, target=only(STORY, "summary"), sprints={"Shop\\One": 7}
    )
    assert codes(made) == [(ITERATION, "no_sprint")]


# --- components ------------------------------------------------------------------------------------------------------

IN_AREAS = replace(MAPPING, areas=(
    AreaRow("Shop", "none"), AreaRow("Shop\\Pay", "existing", component="31"), AreaRow("Shop\\Pay\\Cards", "parent"),
    AreaRow("Shop\\Pay\\Cards\\Deep", "parent"), AreaRow("Shop\\Stock", "new", name="Stock"),
    AreaRow("Shop\\Stock\\Hall", "parent"), AreaRow("Shop\\Soon", "new", name="Soon"), AreaRow("Lost", "parent"),
    AreaRow("Shop\\Odd", "existing"),
))  # fmt: skip
COMPONENTS = component_map(IN_AREAS, {"Shop\\Stock": "32"})


def test_areas_have_components_by_the_mapping_and_what_was_made():
    assert COMPONENTS == {
        "Shop": "", "Shop\\Pay": "31", "Shop\\Pay\\Cards": "31", "Shop\\Pay\\Cards\\Deep": "31", "Shop\\Stock": "32",
        "Shop\\Stock\\Hall": "32", "Shop\\Soon": "", "Lost": "", "Shop\\Odd": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("area", "component"),
    [
        ("Shop", None), ("Shop\\Pay", "31"), ("Shop\\Pay\\Cards\\Deep", "31"), ("Shop\\Stock\\Hall", "32"),
        ("Shop\\Pay\\Unknown\\Deep", "31"), ("Shop\\Unknown", None), ("Elsewhere", None), ("", None),
        ("Shop\\Odd", None),
    ],
)  # fmt: skip
def test_components(area, component):
    made = draft(work_item({AREA: area}), IN_AREAS, components=COMPONENTS)
    assert made.fields.get("components") == ([{"id": component}] if component else None)
    assert codes(made) == []


def test_a_component_that_comes_first_is_told_of_in_a_preview():
    made = draft(work_item({AREA: "Shop\\Soon"}), IN_AREAS, components=COMPONENTS, is_preview=True)
    assert "components" not in made.fields
    assert reasons(made, "components") == [f"from {AREA}: a new component, which is made first"]


def test_a_component_that_was_not_made_is_a_loss_where_there_is_a_field_for_it():
    item = work_item({AREA: "Shop\\Soon"})
    made = draft(item, IN_AREAS, components=COMPONENTS)
    assert "components" not in made.fields
    assert codes(made) == [("components", "component_missing")]
    assert "then repair the run" in reasons(made, "components")[0]
    assert codes(draft(item, IN_AREAS, target=only(STORY, "summary"), components=COMPONENTS)) == []


def test_components_need_their_field():
    made = draft(work_item({AREA: "Shop\\Pay"}), IN_AREAS, target=only(STORY, "summary"), components=COMPONENTS)
    assert codes(made) == [(AREA, "not_on_screen")]


# --- statuses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "transitions", "status", "reason"),
    [
        ("New", (), "1", "from System.State: its first status"),
        ("Active", ("21",), "2", "from System.State: one transition, with the create call"),
        ("Closed", ("21", "31"), "3", "from System.State: 2 transitions"),
    ],
)
def test_states_are_reached_by_transitions(state, transitions, status, reason):
    made = draft(work_item({STATE: state}))
    assert (made.transitions, made.status, reasons(made, "status")) == (transitions, status, [reason])


@pytest.mark.parametrize(("state", "code"), [("Unknown", "unmapped_state"), ("Odd", "unreachable_status")])
def test_a_state_that_cannot_be_reached_leaves_the_first_status(state, code):
    mapping = replace(MAPPING, states=(StateRow("User Story", "Odd", "99"), StateRow("Bug", "Unknown", "2")))
    made = draft(work_item({STATE: state}), mapping)
    assert (made.transitions, made.status, codes(made)) == ((), None, [("status", code)])


def test_the_way_in_a_workflow_that_nobody_has_seen_is_found_later():
    unseen = replace(STORY, paths={}, is_explored=False)
    target = replace(TARGET, types=(unseen,))
    made = draft(work_item({STATE: "Active"}), target=target)
    assert (made.transitions, made.status, codes(made)) == ((), "2", [])
    assert reasons(made, "status") == ["from System.State: the first issues of the run show the way to it"]
    odd = replace(MAPPING, states=(StateRow("User Story", "Active", "99"),))
    assert codes(draft(work_item({STATE: "Active"}), odd, target=target)) == [("status", "unreachable_status")]


def test_accounts_come_from_the_mapping():
    mapping = replace(MAPPING, people=(ValueRow("jane-id", "account-jane"), ValueRow("sam-id", None)))
    assert account_map(mapping) == {"jane-id": "account-jane"}


def test_a_project_of_another_shape_needs_no_more_than_its_types():
    bare = replace(TARGET, types=(issue_type("101", "Story", 0, ()),))
    fields = {DESCRIPTION: "a", TAGS: "b", CREATED_BY: Identity("x", "X"), ASSIGNED: JANE}
    made = draft(work_item(fields), replace(PEOPLE, tags_to_labels=True), target=bare)
    assert set(made.fields) == {"project", "issuetype", "summary"}
