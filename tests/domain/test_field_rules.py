"""Each rule of a mapping's field rows: what comes in, what Jira gets, what is told."""

import pytest

from domain.rich_text import plain_text
from domain.rich_text_cut import TEXT_CHARACTERS, measure
from domain.work_items import DESCRIPTION, PRIORITY, Identity
from tests.domain.draft_rig import CREATED_BY, JANE, SAM, codes, draft, reasons, row, with_rows, work_item
from tests.domain.jira_documents import check_document

LINE, NOTES, POINTS = "Custom.Line", "Custom.Notes", "Microsoft.VSTS.Scheduling.StoryPoints"
FOUND_IN, AREA_TEXT, URL = "customfield_10031", "customfield_10030", "customfield_10037"
NUMBER, OPTION, OPTIONS, PERSON, PEOPLE = (f"customfield_{n}" for n in (10016, 10032, 10033, 10034, 10035))
MOMENT, TAGS = "customfield_10036", "customfield_10038"


def drafted(value, target, rule, source=LINE, **more):
    """The draft of a work item with one field mapped."""
    formats = more.pop("formats", None)
    return draft(work_item({source: value}, formats=formats), with_rows(row(source, target, rule, **more)))


@pytest.mark.parametrize(
    ("value", "target", "rule", "sent", "lost"),
    [
        ("a <b>", FOUND_IN, "text", "a <b>", []),
        (" a\nb ", FOUND_IN, "text", "a b", []),
        (2.50, FOUND_IN, "text", "2.5", []),
        (True, FOUND_IN, "text", "Yes", []),
        (JANE, FOUND_IN, "text", "Jane Doe", []),
        ("x" * 300, FOUND_IN, "text", "x" * 254 + "…", ["cut"]),
        ("x" * 255, FOUND_IN, "text", "x" * 255, []),
        (" \n ", FOUND_IN, "text", None, []),
        ("https://e.com/a", URL, "text", "https://e.com/a", []),
        ("e.com/a", URL, "text", None, ["unreadable_value"]),
        ("https://", URL, "text", None, ["unreadable_value"]),
        ("http://[::1", URL, "text", None, ["unreadable_value"]),
        ("ok", FOUND_IN, "rich_text", "ok", []),
        (5, NUMBER, "number", 5, []),
        (5.0, NUMBER, "number", 5, []),
        (2.5, NUMBER, "number", 2.5, []),
        ("3", NUMBER, "number", 3, []),
        ("many", NUMBER, "number", None, ["unreadable_value"]),
        ("2024-03-04T09:30:00Z", "duedate", "date", "2024-03-04", []),
        ("2024-03-04T23:00:00Z", "duedate", "date", "2024-03-05", []),
        ("soon", "duedate", "date", None, ["unreadable_value"]),
        ("2024-03-04T09:30:00.5Z", MOMENT, "datetime", "2024-03-04T09:30:00.500+0000", []),
        ("soon", MOMENT, "datetime", None, ["unreadable_value"]),
        ("1 - Critical", OPTION, "option", {"id": "501"}, []),
        ("2 - high", OPTION, "option", {"id": "502"}, []),
        ("3 - Medium", OPTION, "option", None, ["unmapped_value"]),
        ("Web", OPTIONS, "options", [{"id": "601"}], []),
        ("Web; ios;Web", OPTIONS, "options", [{"id": "601"}, {"id": "602"}], []),
        ("Web;Windows", OPTIONS, "options", [{"id": "601"}], ["unmapped_value"]),
        ("Windows", OPTIONS, "options", None, ["unmapped_value"]),
        (JANE, PERSON, "user", {"accountId": "account-jane"}, []),
        (JANE, PEOPLE, "user", [{"accountId": "account-jane"}], []),
        (SAM, PERSON, "user", None, ["unmapped_person"]),
        (Identity("other", "Old"), PERSON, "user", None, ["unmapped_person"]),
        ("Jane Doe", PERSON, "user", None, ["unmapped_person"]),
        (1, "priority", "priority", {"id": "1"}, []),
        (2.0, "priority", "priority", {"id": "2"}, []),
        ("2", "priority", "priority", {"id": "2"}, []),
        (4, "priority", "priority", None, ["unmapped_priority"]),
        ("high", "priority", "priority", None, ["unmapped_priority"]),
        ("a; b c;a", TAGS, "labels", ["a", "b-c"], []),
        (" ; ", TAGS, "labels", None, []),
        ("a; b c", "labels", "labels", ["a", "b-c"], []),
        (" ; ", "labels", "labels", None, []),
    ],
)  # fmt: skip
def test_rules(value, target, rule, sent, lost):
    made = drafted(value, target, rule)
    assert made.fields.get(target) == sent
    assert [code for field, code in codes(made) if field == target] == lost


def test_a_value_of_a_closed_list_goes_where_the_mapping_says_before_its_own_name():
    values = (("1 - Critical", "777"), ("Sev 9", "502"))
    assert drafted("1 - Critical", OPTION, "option", values=values).fields[OPTION] == {"id": "777"}
    assert drafted("Sev 9", OPTION, "option", values=values).fields[OPTION] == {"id": "502"}


@pytest.mark.parametrize(
    ("value", "source", "formats", "rule", "lines"),
    [
        ("<p>a</p><p>b &lt;</p>", NOTES, {}, "rich_text", "a\nb <"),
        ("<p>a</p><p>b &lt;</p>", NOTES, {}, "text", "a\nb <"),
        ("# a\n\n- b", NOTES, {NOTES: "markdown"}, "rich_text", "a\nb"),
        ("- b", LINE, {LINE: "markdown"}, "rich_text", "b"),
        ("<p>a</p>\nb", LINE, {}, "rich_text", "<p>a</p>\nb"),
        ("<p>a</p>\nb", LINE, {}, "text", "<p>a</p>\nb"),
        (7, LINE, {}, "rich_text", "7"),
    ],
)
def test_long_fields_get_a_document(value, source, formats, rule, lines):
    document = drafted(value, AREA_TEXT, rule, source, formats=formats).fields[AREA_TEXT]
    check_document(document)
    assert plain_text(document["content"]) == lines


@pytest.mark.parametrize("rule", ["rich_text", "text"])
def test_a_text_that_shows_nothing_sets_nothing(rule):
    assert AREA_TEXT not in drafted("<div><br></div>", AREA_TEXT, rule, NOTES).fields


@pytest.mark.parametrize("rule", ["rich_text", "text"])
def test_a_long_text_is_cut_and_that_is_told(rule):
    made = drafted("<p>word</p>" * 9000, AREA_TEXT, rule, NOTES)
    check_document(made.fields[AREA_TEXT])
    assert measure(made.fields[AREA_TEXT]) <= TEXT_CHARACTERS
    assert codes(made) == [(AREA_TEXT, "cut")]
    assert reasons(made, AREA_TEXT)[1].endswith("characters were cut: it is longer than Jira takes.")


@pytest.mark.parametrize(("times", "words"), [(1, "1 image in"), (2, "2 images in")])
def test_images_in_a_text_itself_are_told_of(times, words):
    made = drafted("<img src='data:image/png;base64,x'>" * times, AREA_TEXT, "rich_text", NOTES)
    assert codes(made) == [(AREA_TEXT, "embedded_image")]
    assert reasons(made, AREA_TEXT)[1].startswith(words)


def test_a_mention_is_named_by_the_people_of_the_work_item_and_of_the_run():
    guids = [f"{n}2222222-bbbb-4333-8444-555555555555" for n in (1, 2)]
    text = "".join(f"@<{guid.upper()}> " for guid in guids)
    fields = {DESCRIPTION: text, CREATED_BY: Identity(guids[0].upper(), "Of The Fields")}
    item = work_item(fields, formats={DESCRIPTION: "markdown"})
    made = draft(item, with_rows(row(DESCRIPTION, "description", "rich_text")), names={guids[1]: "Of The Run"})
    assert plain_text(made.fields["description"]["content"]) == "@Of The Fields @Of The Run"


def test_files_that_texts_point_to_are_listed_once():
    guid = "11111111-aaaa-4333-8444-555555555555"
    image = f"<img src='https://dev.azure.com/contoso/_apis/wit/attachments/{guid}'>"
    rows = with_rows(row(DESCRIPTION, "description", "rich_text"), row(NOTES, AREA_TEXT, "rich_text"))
    assert draft(work_item({DESCRIPTION: image, NOTES: image}), rows).attachments == (guid,)


def test_a_picked_day_tells_that_it_is_the_next_one():
    made = drafted("2024-03-04T23:00:00Z", "duedate", "date")
    assert reasons(made, "duedate") == [
        "from Custom.Line", "23:00 in UTC is taken for a midnight further east: the next day."
    ]  # fmt: skip


def test_the_value_says_where_it_is_from():
    made = draft(work_item({POINTS: 3, PRIORITY: 1}), with_rows(row(POINTS, NUMBER, "number")))
    assert reasons(made, NUMBER) == [f"from {POINTS}"]
