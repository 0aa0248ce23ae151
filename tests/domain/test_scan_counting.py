"""What a scan counts of each work item: everything once, and never a word of what people wrote."""

from dataclasses import replace

import pytest

from domain.item_index import ItemIndex, Place
from domain.scan_counting import BIGGEST, EXAMPLES, MOST_NESTED, ScanCounter, forward_end
from domain.scan_cursors import ScanCursor, ScanMemory, read_cursor, write_cursor
from domain.scan_documents import write_scan
from domain.scan_reports import FieldUse, FileCount, Over, ScanReport, TypeCount
from domain.work_items import (
    AREA,
    ARTIFACT,
    ATTACHMENT,
    CHILD,
    COMMENTS,
    DESCRIPTION,
    HYPERLINK,
    ITERATION,
    PARENT,
    PRIORITY,
    STATE,
    TAGS,
    TITLE,
    TYPE,
    Identity,
    Relation,
    SourceProject,
    TreeNode,
    WorkItem,
    WorkItemField,
    WorkItemType,
)

MARA, TOMASZ = Identity("guid-mara", "Mara Lindqvist", "mara@acme.example"), Identity("guid-tomasz", "Tomasz Baran")
RELATED, AFTER, BEFORE = "System.LinkTypes.Related", "System.LinkTypes.X-Forward", "System.LinkTypes.X-Reverse"
SOURCE = SourceProject(
    "guid", "Webshop",
    types=(
        WorkItemType("Epic", (), (), 2), WorkItemType("Story", (), (), 0), WorkItemType("Bug", (), (), None),
        WorkItemType("Task", (), (), -1), WorkItemType("Test Case", (), (), None, is_test=True),
    ),
    fields=(
        WorkItemField(TITLE, "Title", "string"), WorkItemField(DESCRIPTION, "Description", "html"),
        WorkItemField(PRIORITY, "Priority", "integer", values=("1", "2")),
        WorkItemField("Custom.Size", "Size", "double", values=("0.5", "8")),
        WorkItemField("Custom.Legal", "Needs legal review", "boolean"),
        WorkItemField("Custom.Approver", "Approver", "string", is_identity=True, values=("Mara Lindqvist",)),
        WorkItemField("Custom.Free", "Free", "string"),
    ),
    areas=(TreeNode("Webshop", "Webshop"),), iterations=(TreeNode("Webshop", "Webshop", "2026-01-05", "2026-01-16"),),
)  # fmt: skip
INDEX = ItemIndex()
for _name, _ids in {
    "Epic": [1, 2],
    "Story": [10, 11, 12],
    "Bug": [20, 21],
    "Task": [30, 31],
    "Test Case": [40],
}.items():
    INDEX.add(_name, _ids)


def item(number, kind="Story", *relations, **fields):
    return WorkItem(number, 1, kind, {TYPE: kind, STATE: "New", AREA: "Webshop", **fields}, relations)


def link(kind, target):
    return Relation(kind, f"https://dev.azure.com/acme/_apis/wit/workItems/{target}", target)


def file(size):
    return Relation(ATTACHMENT, "https://dev.azure.com/acme/_apis/wit/attachments/guid", size=size)


def count(*items, index=INDEX):
    counter = ScanCounter(SOURCE, index)
    counter.add_items(items)
    return counter.report()


def test_nothing_is_counted_of_nothing():
    assert count() == ScanReport(areas=SOURCE.areas, iterations=SOURCE.iterations)


def test_types_come_in_the_order_of_the_project_and_unknown_ones_behind():
    found = count(item(1, "Zombie"), item(2, "Task", **{STATE: "Done"}), item(3, "Task"), item(4, "Epic"))
    assert [(kind.name, kind.count, kind.states) for kind in found.types] == [
        ("Epic", 1, {"New": 1}), ("Task", 2, {"Done": 1, "New": 1}), ("Zombie", 1, {"New": 1}),
    ]  # fmt: skip
    assert found.items == 4


def test_areas_and_iterations_are_counted_by_path():
    found = count(item(1, **{ITERATION: "Webshop\\1"}), item(2, **{AREA: "Webshop\\Shop", ITERATION: "Webshop\\1"}))
    assert found.area_items == {"Webshop": 1, "Webshop\\Shop": 1}
    assert found.iteration_items == {"Webshop\\1": 2}
    assert (found.areas, found.iterations) == (SOURCE.areas, SOURCE.iterations)


def test_fields_are_counted_where_they_hold_something():
    found = count(
        item(1, "Bug", **{TITLE: "One", "Custom.Free": "", "Custom.New": 3, "WEF_0_Kanban.Column": "Doing"}),
        item(2, "Task", **{TITLE: "Two", "Custom.Free": "x"}),
    )
    assert [(use.name, use.label, use.kind, use.filled) for use in found.fields] == [
        (TITLE, "Title", "string", 2), ("Custom.Free", "Free", "string", 1), ("Custom.New", "New", "", 1),
        (AREA, "AreaPath", "", 2), (STATE, "State", "", 2), (TYPE, "WorkItemType", "", 2),
    ]  # fmt: skip
    assert found.types[0].filled == {TYPE: 1, STATE: 1, AREA: 1, TITLE: 1, "Custom.New": 1}


@pytest.mark.parametrize(
    ("name", "values", "counted"),
    [
        (PRIORITY, [1, 2, 2, 9], {"1": 1, "2": 2}),
        ("Custom.Size", [8.0, 0.5, 0.25], {"8": 1, "0.5": 1}),
        ("Custom.Legal", [True, False, True], {"true": 2, "false": 1}),
        ("Custom.Free", ["words of a person"], {}),
        ("Custom.Approver", [MARA, "Mara Lindqvist"], {"Mara Lindqvist": 1}),
        ("Custom.Approver", [MARA], {}),
        ("Custom.Nowhere", ["words"], {}),
    ],
)
def test_values_are_told_of_closed_lists_only(name, values, counted):
    found = count(*(item(number, **{name: value}) for number, value in enumerate(values, 1)))
    assert next(use.values for use in found.fields if use.name == name) == counted


def test_people_count_once_in_a_work_item_and_only_their_ids_are_kept():
    fields = {"System.AssignedTo": MARA, "System.CreatedBy": MARA, "System.ChangedBy": Identity("", "Nobody known")}
    found = count(item(1, **fields), item(2, **{"System.AssignedTo": TOMASZ, "System.CreatedBy": MARA}))
    assert found.people == {"guid-mara": 2, "guid-tomasz": 1}
    assert found.people_examples == {"guid-mara": 1, "guid-tomasz": 2}


def test_comments_and_test_artefacts_are_counted():
    found = count(item(1, **{COMMENTS: 3}), item(2, "Test Case", **{COMMENTS: 0}), item(3, **{COMMENTS: 1}))
    assert (found.comments, found.commented_items, found.test_items) == (4, 2, 1)


def test_tags_are_told_apart_without_regard_to_case():
    found = count(item(1, **{TAGS: "Ümlaut; customer"}), item(2, **{TAGS: "ümlaut; Customer; new;"}))
    assert found.tags == 3


def test_images_of_long_texts_are_counted():
    found = count(
        item(1, **{DESCRIPTION: "<img><img>", "Custom.Free": "<img>"}),
        replace(item(2, **{"Custom.Free": "![a](b)"}), formats={"Custom.Free": "markdown"}),
    )
    assert found.inline_images == 3


def test_of_files_the_biggest_are_named():
    many = [item(number, "Story", *[file(number * 10)] * 2) for number in range(1, 80)]
    found = count(*many).files
    assert (found.count, found.bytes, len(found.biggest)) == (158, 2 * 10 * 79 * 80 // 2, BIGGEST)
    assert found.biggest[:3] == ((79, 790), (79, 790), (78, 780))


class TestLinks:
    """Every link is named by both its ends, and counts once."""

    @pytest.mark.parametrize(
        ("items", "links"),
        [
            ([item(10, "Story", link(AFTER, 11)), item(11, "Story", link(BEFORE, 10))], {AFTER: 1}),
            ([item(11, "Story", link(AFTER, 10)), item(10, "Story", link(BEFORE, 11))], {AFTER: 1}),
            ([item(10, "Story", link(RELATED, 11)), item(11, "Story", link(RELATED, 10))], {RELATED: 1}),
            ([item(10, "Story", link(PARENT, 1)), item(1, "Epic", link(CHILD, 10))], {CHILD: 1}),
        ],
    )
    def test_between_two_of_the_scope(self, items, links):
        assert count(*items).links == links == count(*reversed(items)).links

    @pytest.mark.parametrize(
        ("kind", "name"), [(AFTER, AFTER), (BEFORE, AFTER), (RELATED, RELATED), (PARENT, CHILD), (CHILD, CHILD)]
    )
    @pytest.mark.parametrize("outside", [5, 99])
    def test_to_one_that_does_not_come_along(self, kind, name, outside):
        assert count(item(10, "Story", link(kind, outside))).links == {name: 1}

    def test_to_what_is_no_work_item_of_here(self):
        remote = Relation(
            "System.LinkTypes.Remote.Dependency-Reverse", "https://dev.azure.com/other/_apis/wit/workItems/7"
        )
        address, commit = Relation(HYPERLINK, "https://a"), Relation(ARTIFACT, "vstfs:///Git/Commit/1")
        found = count(item(10, "Story", remote, address, address, commit, file(1))).links
        assert found == {"System.LinkTypes.Remote.Dependency-Reverse": 1, HYPERLINK: 2, ARTIFACT: 1}

    @pytest.mark.parametrize(("kind", "name"), [(BEFORE, AFTER), (AFTER, AFTER), (RELATED, RELATED)])
    def test_are_named_by_their_forward_end(self, kind, name):
        assert forward_end(kind) == name


class TestParents:
    def test_are_told_by_type(self):
        found = count(
            item(10, "Story", link(PARENT, 1)), item(11, "Story", link(PARENT, 2)), item(12, "Story"),
            item(30, "Task", link(PARENT, 99)),
        )  # fmt: skip
        assert {kind.name: kind.parents for kind in found.types} == {"Story": {"Epic": 2, "": 1}, "Task": {"": 1}}
        assert found.over == {"parent_out_of_scope": Over(1, (30,))}

    @pytest.mark.parametrize(
        ("kind", "parent", "nested"),
        [
            ("Story", 1, False),
            ("Task", 10, False),
            ("Task", 20, False),
            ("Bug", 10, False),
            ("Story", 10, True),
            ("Story", 20, True),
            ("Story", 30, True),
            ("Epic", 10, True),
            ("Bug", 21, True),
            ("Zombie", 20, True),
            ("Story", 99, False),
        ],
    )
    def test_that_do_not_stand_higher_are_remembered(self, kind, parent, nested):
        counter = ScanCounter(SOURCE, INDEX)
        counter.add_items([item(50, kind, link(PARENT, parent))])
        assert counter.memory.nested == ((50,) if nested else ())

    def test_so_many_are_remembered_and_no_more(self):
        counter = ScanCounter(SOURCE, INDEX, memory=ScanMemory(nested=tuple(range(MOST_NESTED))))
        counter.add_items([item(5_000, "Story", link(PARENT, 10))])
        assert len(counter.memory.nested) == MOST_NESTED


def test_of_what_is_over_a_limit_some_ids_are_kept():
    found = count(*(item(number, **{TITLE: "x" * 300}) for number in range(1, EXAMPLES + 6)))
    assert found.over == {"title_too_long": Over(EXAMPLES + 5, tuple(range(1, EXAMPLES + 1)))}


ALL_KINDS = (
    item(1, "Epic", link(CHILD, 10), file(5), **{TITLE: "A", COMMENTS: 2, TAGS: "a; b", "System.AssignedTo": MARA}),
    item(10, "Story", link(PARENT, 1), link(RELATED, 11), **{PRIORITY: 1, DESCRIPTION: "<img>", TAGS: "b; c"}),
    item(11, "Story", link(RELATED, 10), link(PARENT, 10), file(9), **{PRIORITY: 2, "System.AssignedTo": MARA}),
    item(40, "Test Case", link(PARENT, 77), **{TITLE: "x" * 256, ITERATION: "Webshop\\1", "Custom.Legal": True}),
)


@pytest.mark.parametrize("cut", range(5))
def test_counting_goes_on_from_a_report_as_if_it_had_never_stopped(cut):
    first = ScanCounter(SOURCE, INDEX)
    first.add_items(ALL_KINDS[:cut])
    second = ScanCounter(
        SOURCE, INDEX, first.report(), read_cursor(write_cursor(ScanCursor(memory=first.memory))).memory
    )
    second.add_items(ALL_KINDS[cut:])
    assert second.report() == count(*ALL_KINDS)
    assert second.memory.nested == (11,)


def test_what_is_written_holds_no_word_of_a_person():
    secret = "geheim"
    people = Identity("guid", f"{secret} name", f"{secret}@acme.example")
    fields = dict.fromkeys((TITLE, DESCRIPTION, TAGS, "Custom.Free"), f"<p>{secret}</p>")
    named = replace(file(1), name=f"{secret}.png", comment=secret)
    words = item(10, "Story", named, **fields, **{"System.AssignedTo": people})
    counter = ScanCounter(SOURCE, INDEX)
    counter.add_items([words])
    assert secret not in str(write_scan(counter.report())) + str(write_cursor(ScanCursor(memory=counter.memory)))


def test_a_place_is_read_as_it_was_written():
    cursor = ScanCursor(Place("Bug", 7), ScanMemory(frozenset({"ab", "cd"}), (3, 4)))
    assert read_cursor(write_cursor(cursor)) == cursor
    assert write_cursor(ScanCursor()) != {}
    assert read_cursor(None) == ScanCursor()


def test_a_report_of_types_and_fields_is_made_of_records():
    found = count(ALL_KINDS[0])
    assert found.types == (
        TypeCount("Epic", 1, {"New": 1}, dict.fromkeys(ALL_KINDS[0].fields, 1), {"": 1}),
    )  # fmt: skip
    assert FieldUse(TITLE, "Title", "string", 1) in found.fields
    assert found.files == FileCount(1, 5, ((1, 5),))
