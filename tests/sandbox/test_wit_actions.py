"""What people do to work items of the stand-in, and what the service refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ado import AdoOrganization
from sandbox.ado_errors import AdoError
from sandbox.wit_model import CHILD, PARENT
from sandbox.wit_plan import DUPLICATE, RELATED, SUCCESSOR
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import ITEMS, NEWEST, read_item, relations_of, running_work, small_organization

PREDECESSOR = "System.LinkTypes.Dependency-Reverse"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_work(0) as rig:
        for title in ("One", "Two", "Three"):
            rig.organization.create_work_item("Webshop", "Task", {"Title": title})
        yield rig


@pytest.fixture
def company() -> AdoOrganization:
    """The same without a server."""
    made = small_organization()
    for title in ("One", "Two", "Three"):
        made.create_work_item("Webshop", "Task", {"Title": title})
    return made


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "TF401320: Rule Error for field Title"),
        ({"Title": "  "}, "TF401320: Rule Error for field Title"),
        ({"Title": "x" * 256}, "InvalidTooLong"),
        ({"Title": "A", "State": "Resolved"}, "TF401320: Rule Error for field State"),
        ({"Title": "A", "System.Id": 7}, "Rule Error for field ID. Error code: ReadOnly"),
        ({"Title": "A", "Priority": 9}, "Rule Error for field Priority"),
        ({"Title": "A", "Priority": "high"}, "TF401326: Invalid field status 'InvalidType'"),
        ({"Title": "A", "Priority": 1.5}, "InvalidType"),
        ({"Title": "A", "Remaining Work": "long"}, "InvalidType"),
        ({"Title": "A", "Start Date": "soon"}, "InvalidDate"),
        ({"Title": "A", "Area Path": "Webshop\\Nowhere"}, "TF401347: Invalid tree name given for work item -1"),
        ({"Title": "A", "Iteration Path": "Platform Tools"}, "TF401347"),
        ({"Title": "A", "Story Points": 3}, "TF51535: Cannot find field Story Points"),
        ({"Title": "A", "Custom.Nothing": 3}, "TF51535"),
        ({"Title": "A", "Assigned To": "Nobody"}, "could not be found"),
        ({"Title": "A", "Tags": "; ".join(map(str, range(101)))}, "TF401404"),
        ({"Title": "A", "Description": "x" * 1_000_001}, "Rule Error for field Description"),
    ],
)
def test_values_that_do_not_fit_are_refused(company: AdoOrganization, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(AdoError, match=said.replace("(", r"\(")):
        company.create_work_item("Webshop", "Task", fields)
    assert company.work.last_id == 3


@pytest.mark.parametrize("kind", ["Defect", "Issue", "Initiative"])
def test_only_types_that_are_there_and_enabled_can_be_made(kind: str) -> None:
    with running_work(0, "Acme Agile") as ado:
        if kind == "Initiative":
            assert ado.organization.create_work_item("Webshop", kind, {"Title": "A"}).type == kind
            return
        with pytest.raises(AdoError, match="VS402323"):
            ado.organization.create_work_item("Webshop", kind, {"Title": "A"})


def test_a_required_field_and_a_list_of_an_inherited_process_are_held() -> None:
    with running_work(0, "Acme Agile") as ado:
        create = ado.organization.create_work_item
        with pytest.raises(AdoError, match="Rule Error for field Customer Tier"):
            create("Webshop", "User Story", {"Title": "A"})
        with pytest.raises(AdoError, match="Customer Tier"):
            create("Webshop", "User Story", {"Title": "A", "Customer Tier": "Tin"})
        fields = {
            "Title": "A", "Customer Tier": "Gold", "Channel": "Fair", "Needs Legal Review": "true", "Ticket Count": 3,
            "Launch Date": "2026-12-01", "Approver": "Yuki Onodera", "Budget Hours": 1.5,
        }  # fmt: skip
        shown = read_item(ado, create("Webshop", "User Story", fields).id)["fields"]
        assert shown["Custom.NeedsLegalReview"] is True
        assert (shown["Custom.Channel"], shown["Custom.TicketCount"], shown["Custom.BudgetHours"]) == ("Fair", 3, 1.5)
        assert shown["Custom.LaunchDate"] == "2026-12-01T00:00:00Z"
        assert shown["Custom.Approver"]["displayName"] == "Yuki Onodera"


def test_a_change_of_state_leaves_its_marks(ado: AdoRig) -> None:
    ado.control("edit_work_item", number=1, fields={"State": "closed"}, user="Yuki Onodera")
    fields = read_item(ado, 1)["fields"]
    assert (fields["System.State"], fields["System.Reason"]) == ("Closed", "Moved to state Closed")
    assert fields["Microsoft.VSTS.Common.ClosedBy"]["displayName"] == "Yuki Onodera"
    assert fields["System.ChangedBy"]["displayName"] == "Yuki Onodera"


def test_a_change_of_nothing_is_no_revision(ado: AdoRig) -> None:
    assert ado.control("edit_work_item", number=1, fields={"Title": "One"})["rev"] == 1
    assert ado.control("edit_work_item", number=1, fields={"Title": "Uno"})["rev"] == 2
    ado.control("edit_work_item", number=1, fields={"Title": ""}, expect=400)


def test_a_value_can_be_taken_away(ado: AdoRig) -> None:
    ado.organization.edit_work_item(1, {"Assigned To": "Yuki Onodera", "Tags": "a"})
    ado.organization.edit_work_item(1, {"Assigned To": None, "Tags": ""})
    assert not {"System.AssignedTo", "System.Tags"} & set(read_item(ado, 1)["fields"])


def test_markdown_is_for_good(ado: AdoRig) -> None:
    organization = ado.organization
    organization.edit_work_item(1, {"Description": "**Now**"}, formats={"Description": "markdown"})
    assert read_item(ado, 1, version=NEWEST)["multilineFieldsFormat"] == {"System.Description": "markdown"}
    with pytest.raises(AdoError, match="for good"):
        organization.edit_work_item(1, {}, formats={"System.Description": "html"})
    with pytest.raises(AdoError, match="has no format"):
        organization.edit_work_item(1, {"Title": "x"}, formats={"System.Title": "markdown"})
    assert read_item(ado, 1)["rev"] == 2


def test_a_work_item_has_one_parent(company: AdoOrganization) -> None:
    company.link_work_items(1, PARENT, 2)
    with pytest.raises(AdoError, match="TF201036: You cannot add a Parent link between work items 1 and 3"):
        company.link_work_items(1, PARENT, 3)
    with pytest.raises(AdoError, match="TF201036: You cannot add a Child link between work items 3 and 1"):
        company.link_work_items(3, CHILD, 1)


@pytest.mark.parametrize("rel", [PARENT, CHILD, SUCCESSOR, PREDECESSOR, DUPLICATE])
def test_no_circle_can_be_made_of_directed_links(company: AdoOrganization, rel: str) -> None:
    link = company.link_work_items
    link(1, rel, 2)
    link(2, rel, 3)
    with pytest.raises(AdoError, match=r"TF2010(35|36)"):
        link(3, rel, 1)
    with pytest.raises(AdoError, match="TF201035"):
        link(1, rel, 1)
    link(3, RELATED, 1)


def test_links_are_made_and_taken_away_on_both_ends(ado: AdoRig) -> None:
    ado.control("link_work_items", source=1, rel=SUCCESSOR, target=2, comment="first this")
    assert relations_of(read_item(ado, 2, expand="relations"), PREDECESSOR) == ["1"]
    ado.control("link_work_items", source=2, rel=PREDECESSOR, target=1, expect=400)
    ado.control("unlink_work_items", source=2, rel=PREDECESSOR, target=1)
    assert "relations" not in read_item(ado, 1, expand="relations")
    ado.control("unlink_work_items", source=2, rel=PREDECESSOR, target=1, expect=400)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("link_work_items", {"source": 1, "rel": "System.LinkTypes.Friends", "target": 2}),
        ("link_work_items", {"source": 1, "rel": "System.LinkTypes.Remote.Related", "target": 2}),
        ("add_artifact_link", {"number": 1, "url": "https://example.com", "name": "Build"}),
        ("add_remote_link", {"number": 1, "rel": RELATED, "url": "https://example.com"}),
        ("attach_file", {"number": 1, "name": "big.bin", "size": 60 * 1024 * 1024 + 1}),
        ("detach_file", {"number": 1, "file": "nothing"}),
        ("restore_work_item", {"number": 1}),
        ("edit_work_comment", {"number": 1, "comment": 7, "text": "x"}),
        ("edit_work_item", {"number": 9, "fields": {}}),
        ("move_work_item", {"number": 1, "area": "Nowhere"}),
        ("move_work_item", {"number": 1, "type": "Defect"}),
        ("set_process", {"project": "Webshop", "process": "Scrum"}),
        ("seed_work_items", {"project": "Webshop", "count": 0}),
        ("seed_work_items", {"project": "Webshop", "count": 10, "links": 4}),
        ("lay_ambush", {"route": "GET wit/fields", "does": "vanish"}),
    ],
)
def test_what_cannot_be_done_is_refused(company: AdoOrganization, action: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(AdoError) as refused:
        getattr(company, action)(**arguments)
    assert refused.value.status in {400, 404}
    assert [company.work.find(number).rev for number in (1, 2, 3)] == [1, 1, 1]


def test_addresses_and_files_are_relations_without_another_end(ado: AdoRig) -> None:
    ado.control("add_hyperlink", number=1, url="https://example.com", comment="look")
    ado.control("add_hyperlink", number=1, url="https://example.com", expect=400)
    ado.control("add_artifact_link", number=1, url="vstfs:///Build/Build/1", name="Build")
    elsewhere = "https://dev.azure.com/other/_apis/wit/workItems/7"
    ado.control("add_remote_link", number=1, rel="System.LinkTypes.Remote.Related", url=elsewhere)
    file = ado.control("attach_file", number=1, name="a.txt", content="text")
    item = read_item(ado, 1, expand="all")
    assert [one["rel"] for one in item["relations"]] == [
        "Hyperlink", "ArtifactLink", "System.LinkTypes.Remote.Related", "AttachedFile",
    ]  # fmt: skip
    assert item["relations"][2]["url"] == elsewhere
    counts = {
        name: item["fields"][f"System.{name}Count"]
        for name in ("HyperLink", "ExternalLink", "RemoteLink", "AttachedFile")
    }
    assert set(counts.values()) == {1}
    ado.control("detach_file", number=1, file=file["target"])
    assert len(read_item(ado, 1, expand="relations")["relations"]) == 3


def test_a_hundred_files_are_the_most(company: AdoOrganization) -> None:
    for number in range(100):
        company.attach_file(1, f"{number}.txt", content="x")
    with pytest.raises(AdoError, match="at most 100 attachments"):
        company.attach_file(1, "more.txt", content="x")


def test_ten_thousand_revisions_are_the_most(company: AdoOrganization) -> None:
    item = company.work.open(1)
    item.updates[-1].rev = 10_000
    with pytest.raises(AdoError, match="only 10000 are supported"):
        company.edit_work_item(1, {"Title": "More"})


def test_an_item_moves_between_types_areas_and_projects(ado: AdoRig) -> None:
    organization = ado.organization
    organization.add_area("Webshop", "Shop")
    ado.control("move_work_item", number=1, type="Bug", area="Shop")
    fields = read_item(ado, 1)["fields"]
    assert (fields["System.WorkItemType"], fields["System.AreaPath"]) == ("Bug", "Webshop\\Shop")
    organization.set_process("Platform Tools", "Scrum")
    ado.control("move_work_item", number=1, project="Platform Tools")
    assert ado.call("GET", f"{ITEMS}/1").status_code == 404
    fields = ado.get("Platform%20Tools/_apis/wit/workitems/1")["fields"]
    assert (fields["System.AreaPath"], fields["System.IterationPath"]) == ("Platform Tools", "Platform Tools")
    ado.control("move_work_item", number=2, type="User Story", project="Platform Tools", expect=404)


def test_a_state_that_the_new_type_does_not_know_becomes_its_first(ado: AdoRig) -> None:
    ado.organization.edit_work_item(1, {"State": "Removed"})
    ado.control("move_work_item", number=1, type="Bug")
    assert read_item(ado, 1)["fields"]["System.State"] == "New"


def test_links_to_a_deleted_item_are_hidden_until_it_is_back(ado: AdoRig) -> None:
    ado.organization.link_work_items(1, PARENT, 2)
    ado.control("delete_work_item", number=2)
    assert "relations" not in read_item(ado, 1, expand="relations")
    assert "System.Parent" not in read_item(ado, 1)["fields"]
    ado.control("edit_work_item", number=2, fields={"Title": "x"}, expect=404)
    ado.control("restore_work_item", number=2)
    assert read_item(ado, 1)["fields"]["System.Parent"] == 2


def test_a_destroyed_item_is_gone_for_ever(ado: AdoRig) -> None:
    ado.organization.link_work_items(1, RELATED, 2)
    ado.control("destroy_work_item", number=2)
    assert "relations" not in read_item(ado, 1, expand="relations")
    assert ado.organization.work.exists(2) is False
    ado.control("restore_work_item", number=2, expect=404)
    assert ado.get("Webshop/_apis/wit/recyclebin")["value"] == []


def test_dates_of_an_item_always_grow(company: AdoOrganization) -> None:
    frozen = company.clock.source()
    company.clock.source = lambda: frozen
    for title in "abc":
        company.edit_work_item(1, {"Title": title})
    dates = [update.date for update in company.work.find(1).updates]
    assert dates == sorted(set(dates))


def test_actions_are_counted_and_shown_by_the_control(ado: AdoRig) -> None:
    ado.control("comment_work_item", number=1, text="Hello", format="markdown")
    ado.control("attach_file", number=1, name="a.txt", content="four")
    shown = ado.control("count_work_items", project="Webshop")
    assert (shown["items"], shown["comments"], shown["attachments"], shown["bytes"]) == (3, 1, 1, 4)
    assert ado.control("edit_work_item", number=1, fields={"Nope": 1}, expect=404)["message"].startswith("TF51535")
