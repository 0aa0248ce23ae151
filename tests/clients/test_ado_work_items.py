"""Work items of Azure DevOps, asked of the stand-in over a real connection: what is read, and how it is refused."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from clients.ado import AdoClient, token_header
from clients.ado_work_items import MOST_BROKEN, QUERY_PAGE, WorkItemsApi
from clients.hosts import ado_hosts
from clients.http import HttpClient
from domain.errors import NotFound, RateLimited, Rejected, Unauthorized, Unavailable, Unreadable
from domain.work_item_queries import scope_condition
from domain.work_items import (
    ATTACHMENT,
    COMMENTS,
    DESCRIPTION,
    PARENT_ID,
    PROJECT,
    TITLE,
    Identity,
    TreeNode,
    WorkItemField,
)
from sandbox.ado_seed import TOKENS
from sandbox.wit_files import file_pieces
from sandbox.wit_store import WorkKnobs
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import running_work

COUNT = 90
ALL = scope_condition()


@pytest.fixture(scope="module")
def ado() -> Iterator[AdoRig]:
    with running_work(COUNT, oddities=True, extras=True) as rig:
        yield rig


@pytest.fixture
def fresh() -> Iterator[AdoRig]:
    """An organization that a test may change; its project has no work items."""
    with running_work(0) as rig:
        yield rig


def api_of(rig: AdoRig, token: str = "full", project: str | None = None) -> WorkItemsApi:
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({rig.url.removeprefix("http://")})))
    client = AdoClient(f"{rig.url}/acme", token_header(SecretStr(TOKENS[token])), http)
    return WorkItemsApi(client, project or rig.project.id, rig.project.name)


@pytest.fixture
def api(ado: AdoRig) -> WorkItemsApi:
    return api_of(ado)


@pytest.fixture
def knobs(ado: AdoRig) -> Iterator[WorkKnobs]:
    """Turned back at the end."""
    yield ado.organization.work.knobs
    ado.organization.work.knobs = WorkKnobs()


@pytest.fixture
def calls(ado: AdoRig) -> dict[str, int]:
    """How many calls of each route came in from here on."""
    ado.organization.route_calls.clear()
    return ado.organization.route_calls


def titled(rig: AdoRig, title: str) -> int:
    kept = rig.organization.work.kept.values()
    return next(item.id for item in kept if str(item.value(TITLE)).startswith(title))


def read_one(api: WorkItemsApi, number: int) -> Any:
    (found,) = api.read_items([number]).items
    return found


class TestIds:
    def test_all_of_a_project_from_the_lowest_on(self, ado: AdoRig, api: WorkItemsApi) -> None:
        found = api.list_ids(ALL)
        assert (found.ids, found.more) == (tuple(ado.organization.work.ids())[:COUNT], False)

    def test_in_pages_by_the_last_id_seen(self, api: WorkItemsApi) -> None:
        seen: list[int] = []
        more = True
        while more:
            page = api.list_ids(ALL, after=seen[-1] if seen else 0, top=40)
            seen += page.ids
            more = page.more
        assert seen == list(range(1, COUNT + 1))

    def test_of_an_area_of_types_and_of_a_query(self, ado: AdoRig, api: WorkItemsApi) -> None:
        items = api.read_items(api.list_ids(ALL).ids).items
        below = {one.id for one in items if one.text("System.AreaPath").startswith("Webshop\\Shop")}
        assert set(api.list_ids(scope_condition(area_path="Webshop\\Shop")).ids) == below
        bugs = {one.id for one in items if one.type == "Bug"}
        assert set(api.list_ids(scope_condition(types=["Bug"])).ids) == bugs
        first = scope_condition(
            types=["Bug"], wiql="SELECT [System.Id] FROM WorkItems WHERE [System.Id] < 30 OR [System.Id] = 31"
        )
        assert set(api.list_ids(first).ids) == {one for one in bugs if one < 30 or one == 31}
        assert below and bugs

    def test_of_another_project_none_comes_along(self, ado: AdoRig) -> None:
        other = list(ado.organization.projects.values())[1]
        assert api_of(ado, project=other.id).list_ids(ALL).ids == ()

    @pytest.mark.parametrize("cuts", [True, False])
    @pytest.mark.parametrize("limit", [1, 7, 50, COUNT])
    def test_where_a_query_would_find_too_many(
        self, ado: AdoRig, api: WorkItemsApi, knobs: WorkKnobs, cuts: bool, limit: int
    ) -> None:  # fmt: skip
        """Whether a `$top` below the limit helps is said by nobody: where it does not, windows do."""
        knobs.query_limit, knobs.top_cuts = limit, cuts
        seen: list[int] = []
        while (page := api.list_ids(ALL, after=seen[-1] if seen else 0, top=limit if cuts else QUERY_PAGE)).more:
            seen += page.ids
        assert [*seen, *page.ids] == list(range(1, COUNT + 1))

    def test_windows_skip_what_is_empty_and_stay_as_wide_as_they_may(self, fresh: AdoRig) -> None:
        organization = fresh.organization
        for _ in range(3):
            organization.create_work_item("Webshop", "Task", {"Title": "First"})
        organization.work.last_id = 900_000  # those of other projects
        for _ in range(4):
            organization.create_work_item("Webshop", "Task", {"Title": "Last"})
        organization.work.knobs = WorkKnobs(query_limit=3, top_cuts=False)
        organization.route_calls.clear()
        api, seen = api_of(fresh), [0]
        while (page := api.list_ids(ALL, after=seen[-1])).more:
            seen += page.ids
        assert [*seen, *page.ids] == [0, 1, 2, 3, 900_001, 900_002, 900_003, 900_004]
        assert organization.route_calls["POST wit/wiql"] < 40  # of the 300,000 windows of three

    @pytest.mark.parametrize(
        ("condition", "words"),
        [
            (scope_condition(area_path="Webshop\\Nowhere"), "TF51011"),
            (scope_condition(wiql="[Custom.Unknown] = 1"), "TF51005"),
            (scope_condition(wiql="[System.Title] UNDER 'x'"), "TF51007"),
        ],
    )
    def test_a_condition_that_cannot_be_asked_is_refused_with_its_words(
        self, api: WorkItemsApi, condition: str, words: str
    ) -> None:  # fmt: skip
        with pytest.raises(Rejected, match=words):
            api.list_ids(condition)


class TestItems:
    def test_200_come_in_one_call_with_everything(self, ado: AdoRig, api: WorkItemsApi, calls: dict[str, int]) -> None:
        page = api.read_items(range(1, COUNT + 1))
        assert [one.id for one in page.items] == list(range(1, COUNT + 1))
        assert (page.missing, page.broken) == ((), ())
        assert dict(calls) == {"POST wit/workitemsbatch": 1}
        counted = ado.organization.count_work_items("Webshop")
        assert sum(one.comment_count for one in page.items) == counted["comments"]
        files = [relation for one in page.items for relation in one.relations if relation.kind == ATTACHMENT]
        assert (len(files), sum(file.size for file in files)) == (counted["attachments"], counted["bytes"])
        assert all(ado.organization.work.find_file(file.file_id) for file in files)

    def test_values_keep_their_kinds(self, ado: AdoRig, api: WorkItemsApi) -> None:
        found = read_one(api, 1)
        assert (found.type, found.revision) == ("Epic", ado.organization.work.find(1).rev)
        fields = found.fields
        assert isinstance(fields["System.CreatedBy"], Identity)
        assert fields["System.CreatedBy"].unique_name.endswith("@acme.example")
        assert (type(fields[TITLE]), type(fields[COMMENTS])) == (str, int)
        assert isinstance(fields["Microsoft.VSTS.Common.StackRank"], float)
        assert "System.AssignedTo" not in read_one(api, titled(ado, "🧺")).fields

    def test_markdown_is_told_from_html(self, ado: AdoRig, api: WorkItemsApi) -> None:
        assert read_one(api, titled(ado, "Markdown over")).formats == {DESCRIPTION: "markdown"}
        assert read_one(api, titled(ado, "Text over")).formats == {}

    def test_relations_lead_to_work_items_of_here_only(self, ado: AdoRig, api: WorkItemsApi) -> None:
        found = read_one(api, titled(ado, "Links to everything")).relations
        assert {one.target for one in found} == {None}
        kinds = {one.kind for one in found}
        assert kinds == {"ArtifactLink", "Hyperlink", "System.LinkTypes.Remote.Related"}
        story = read_one(api, titled(ado, "A story in a story"))
        assert story.parent == next(one.target for one in story.relations)
        duplicate = read_one(api, titled(ado, "Seen before")).relations
        assert [(one.kind, one.target) for one in duplicate] == [("System.LinkTypes.Duplicate-Reverse", 1)]

    @pytest.mark.parametrize("leaves_null", [True, False])
    def test_who_is_gone_is_told_beside_the_others(
        self, ado: AdoRig, api: WorkItemsApi, knobs: WorkKnobs, leaves_null: bool
    ) -> None:  # fmt: skip
        knobs.omit_leaves_null = leaves_null
        deleted = titled(ado, "In the recycle bin")
        page = api.read_items([1, deleted, 2, 99_999])
        assert ([one.id for one in page.items], page.missing) == ([1, 2], (deleted, 99_999))

    def test_a_work_item_that_cannot_be_read_keeps_nobody_back(self, ado: AdoRig, api: WorkItemsApi) -> None:
        broken = (5, 33, 34)
        for number in broken:
            ado.organization.break_work_item(number)
        page = api.read_items(range(1, COUNT + 1))
        for number in broken:
            ado.organization.break_work_item(number, status=None)
        assert (page.broken, page.missing) == (broken, ())
        assert [one.id for one in page.items] == [one for one in range(1, COUNT + 1) if one not in broken]

    def test_one_whose_reading_fails_once_is_not_broken(self, ado: AdoRig, api: WorkItemsApi) -> None:
        rule = {"path": "workitemsbatch", "status": 500, "times": 1}
        requests.post(f"{ado.url}/_control/faults", json=rule, timeout=10).raise_for_status()
        page = api.read_items([1])
        assert ([one.id for one in page.items], page.broken) == ([1], ())

    def test_when_nothing_can_be_read_that_is_no_fault_of_work_items(
        self, ado: AdoRig, api: WorkItemsApi, calls: dict[str, int]
    ) -> None:  # fmt: skip
        for number in range(1, COUNT + 1):
            ado.organization.break_work_item(number)
        with pytest.raises(Unavailable, match="TF30065"):
            api.read_items(range(1, COUNT + 1))
        for number in range(1, COUNT + 1):
            ado.organization.break_work_item(number, status=None)
        assert calls["POST wit/workitemsbatch"] < 4 * MOST_BROKEN

    def test_some_values_of_many(self, ado: AdoRig, api: WorkItemsApi) -> None:
        story = titled(ado, "A story in a story")
        found = api.read_values([1, 2, story, 99_999], [PARENT_ID, TITLE])
        assert set(found) == {1, 2, story}
        assert (set(found[1]), found[2][PARENT_ID]) == ({TITLE}, 1)
        assert found[story] == {TITLE: "A story in a story", PARENT_ID: read_one(api, story).parent}

    def test_nobody_is_asked_about_nothing(self, api: WorkItemsApi, calls: dict[str, int]) -> None:
        assert api.read_items([]).items == ()
        assert dict(calls) == {}

    def test_more_than_200_are_refused(self, api: WorkItemsApi) -> None:
        with pytest.raises(Rejected, match="VS403474"):
            api.read_items(range(1, 202))


class TestComments:
    def test_all_of_them_the_oldest_first(self, ado: AdoRig, api: WorkItemsApi, calls: dict[str, int]) -> None:
        number = titled(ado, "More comments")
        found = list(api.list_comments(number))
        assert [one.text for one in found] == [f"<p>Comment {at}</p>" for at in range(1, 231)]
        assert [one.made for one in found] == sorted(one.made for one in found)
        assert calls["GET wit/workItems/{workItemId}/comments"] == 2
        assert {one.author.name for one in found} == {"Mara Lindqvist"}

    def test_those_that_were_edited_say_so_and_deleted_ones_are_not_there(self, ado: AdoRig, api: WorkItemsApi) -> None:
        (found,) = api.list_comments(titled(ado, "Comments edited"))
        assert (found.text, found.version, found.format) == ("Second <i>thought</i>", 2, "html")
        assert found.edited is not None
        assert found.edited > found.made

    def test_markdown_is_told_from_html(self, fresh: AdoRig) -> None:
        number = fresh.organization.create_work_item("Webshop", "Task", {"Title": "x"}).id
        fresh.organization.comment_work_item(number, "**a**", format="markdown")
        fresh.organization.comment_work_item(number, "<b>b</b>")
        found = list(api_of(fresh).list_comments(number))
        assert [(one.text, one.format, one.edited) for one in found] == [
            ("**a**", "markdown", None), ("<b>b</b>", "html", None),
        ]  # fmt: skip

    def test_of_a_work_item_that_is_gone(self, api: WorkItemsApi) -> None:
        with pytest.raises(NotFound, match="TF401232"):
            list(api.list_comments(99_999))


class TestFiles:
    def test_come_byte_for_byte(self, ado: AdoRig, api: WorkItemsApi) -> None:
        number = titled(ado, "Files of all kinds")
        files = [one for one in read_one(api, number).relations if one.kind == ATTACHMENT]
        assert [(one.name, one.size) for one in files] == [
            ("same.txt", 10), ("same.txt", 20), ("empty.log", 0), ("Größe „neu“ 見積.pdf", 3_000),
        ]  # fmt: skip
        for file in files:
            stored = ado.organization.work.find_file(file.file_id)
            assert stored
            with api.open_file(file.file_id) as found:
                assert sha256(b"".join(found.chunks)).digest() == sha256(b"".join(file_pieces(stored))).digest()
                assert int(found.headers["Content-Length"]) == file.size

    def test_one_that_is_gone(self, api: WorkItemsApi) -> None:
        with pytest.raises(NotFound, match="TF237082"), api.open_file("00000000-0000-4000-8000-000000000000"):
            raise AssertionError("it was handed out")


class TestSource:
    @pytest.mark.parametrize(
        ("template", "levels"),
        [
            ("Agile", {"Epic": 2, "Feature": 1, "User Story": 0, "Task": -1, "Bug": None, "Issue": None}),
            ("Scrum", {"Epic": 2, "Feature": 1, "Product Backlog Item": 0, "Task": -1, "Impediment": None}),
            ("CMMI", {"Epic": 2, "Feature": 1, "Requirement": 0, "Task": -1, "Risk": None}),
            ("Basic", {"Epic": 1, "Issue": 0, "Task": -1}),
        ],
    )
    def test_types_of_every_process_with_their_levels(self, template: str, levels: dict[str, int | None]) -> None:
        with running_work(0, template) as rig:
            found = {kind.name: kind for kind in api_of(rig).read_source().types}
        assert {name: found[name].level for name in levels} == levels
        assert {name for name, kind in found.items() if kind.is_test} == {
            "Test Case", "Test Plan", "Test Suite", "Shared Steps", "Shared Parameter",
        }  # fmt: skip
        assert all(kind.states and TITLE in kind.fields for kind in found.values())

    def test_a_process_of_ones_own(self) -> None:
        with running_work(0, "Acme Agile") as rig:
            found = api_of(rig).read_source()
        fields = {field.name: field for field in found.fields}
        assert fields["Custom.CustomerTier"].values == ("Gold", "Silver", "Bronze")
        assert fields["Custom.Channel"].values == ()  # its list only suggests: people may have typed anything
        assert (fields["Custom.Approver"].is_identity, fields["Custom.Approver"].values) == (True, ())
        assert max(kind.level for kind in found.types if kind.level is not None) == 3

    def test_states_fields_and_trees(self, ado: AdoRig, api: WorkItemsApi, calls: dict[str, int]) -> None:
        found = api.read_source()
        bug = next(kind for kind in found.types if kind.name == "Bug")
        assert [(state.name, state.category) for state in bug.states] == [
            ("New", "Proposed"), ("Active", "InProgress"), ("Resolved", "Resolved"), ("Closed", "Completed"),
        ]  # fmt: skip
        fields = {field.name: field for field in found.fields}
        assert fields["Microsoft.VSTS.Common.Priority"].values == ("1", "2", "3", "4")
        assert fields[DESCRIPTION] == WorkItemField(DESCRIPTION, "Description", "html")
        assert fields["System.State"].values == ()
        assert (found.id, found.name) == (ado.project.id, "Webshop")
        assert found.areas[:3] == (
            TreeNode("Webshop", "Webshop"), TreeNode("Webshop\\Shop", "Shop"),
            TreeNode("Webshop\\Shop\\Basket", "Basket"),
        )  # fmt: skip
        assert TreeNode("Webshop\\Shop\\Checkout\\Payments\\Cards\\Refunds", "Refunds") in found.areas
        assert TreeNode("Webshop\\2026\\Sprint 1", "Sprint 1", "2026-01-02", "2026-01-15") in found.iterations
        assert sum(calls.values()) == 7 + len(found.types)

    def test_fields_alone_take_one_call(self, api: WorkItemsApi, calls: dict[str, int]) -> None:
        found = {field.name: field for field in api.read_fields()}
        assert found[DESCRIPTION].kind == "html"
        assert dict(calls) == {"GET wit/fields": 1}

    def test_both_ends_of_each_kind_of_link(self, api: WorkItemsApi) -> None:
        found = {end.name: end for end in api.list_link_ends()}
        child = found["System.LinkTypes.Hierarchy-Forward"]
        assert (child.label, child.opposite, child.is_link) == ("Child", "System.LinkTypes.Hierarchy-Reverse", True)
        assert found["System.LinkTypes.Related"].opposite is None
        assert found["System.LinkTypes.Remote.Related"].is_remote
        assert not found["Hyperlink"].is_link

    def test_of_a_project_that_is_not_there(self, ado: AdoRig) -> None:
        with pytest.raises(NotFound):
            api_of(ado, project="00000000-0000-4000-8000-000000000000").read_source()


class TestRefusals:
    def test_a_token_without_the_scope(self, ado: AdoRig) -> None:
        api = api_of(ado, "code-only")
        for ask in (lambda: api.list_ids(ALL), lambda: api.read_items([1]), lambda: list(api.list_comments(1))):
            with pytest.raises(Unauthorized):
                ask()

    def test_a_token_that_ended(self, ado: AdoRig) -> None:
        with pytest.raises(Unauthorized):
            api_of(ado, "expired").list_ids(ALL)

    def test_a_pause_is_told_with_its_length(self, ado: AdoRig, api: WorkItemsApi) -> None:
        ado.control("knobs", rate={"refusals": 1, "retry_after": 7.0})
        with pytest.raises(RateLimited) as caught:
            api.read_items([1])
        assert caught.value.retry_after == 7

    def test_what_a_person_may_not_see_does_not_exist(self, fresh: AdoRig) -> None:
        organization = fresh.organization
        seen = organization.create_work_item("Webshop", "Task", {"Title": "seen"}).id
        organization.add_area("Webshop", "Secret")
        hidden = organization.create_work_item("Webshop", "Task", {"Title": "not seen"}).id
        organization.move_work_item(hidden, area="Secret")
        organization.deny_area("Webshop", "Secret", user="mara.lindqvist@acme.example")
        api = api_of(fresh)
        assert api.list_ids(ALL).ids == (seen,)
        page = api.read_items([seen, hidden])
        assert ([one.id for one in page.items], page.missing) == ([seen], (hidden,))


class TestHome:
    """Ids are those of the organization. Whether the address of a project keeps others out is said by nobody."""

    @pytest.fixture
    def mixed(self, fresh: AdoRig) -> tuple[AdoRig, int, int]:
        """A work item of the project, and one that was moved out of it."""
        here, there = (fresh.organization.create_work_item("Webshop", "Task", {"Title": "One"}).id for _ in range(2))
        fresh.organization.move_work_item(there, project="Platform Tools")
        return fresh, here, there

    @pytest.mark.parametrize("filters", [True, False])
    def test_those_of_another_project_are_not_there(self, mixed: tuple[AdoRig, int, int], filters: bool) -> None:
        rig, here, there = mixed
        rig.organization.work.knobs.project_filters = filters
        api = api_of(rig)
        page = api.read_items([here, there])
        assert ([one.id for one in page.items], page.missing) == ([here], (there,))
        assert api.read_values([there, here], [TITLE]) == {here: {TITLE: "One"}}

    @pytest.mark.parametrize("filters", [True, False])
    def test_a_project_that_is_renamed_meanwhile_keeps_its_own(
        self, mixed: tuple[AdoRig, int, int], filters: bool
    ) -> None:  # fmt: skip
        rig, here, there = mixed
        rig.organization.work.knobs.project_filters = filters
        api = api_of(rig)
        assert len(api.read_items([here]).items) == 1
        rig.organization.rename_project("Webshop", "Market")
        page = api.read_items([here, there])
        assert ([one.id for one in page.items], page.missing) == ([here], (there,))
        assert api.read_values([here, there], [PROJECT, TITLE]) == {here: {PROJECT: "Market", TITLE: "One"}}

    def test_its_name_is_asked_for_when_another_turns_up(self, mixed: tuple[AdoRig, int, int]) -> None:
        rig, here, there = mixed
        rig.organization.work.knobs.project_filters = False
        rig.organization.route_calls.clear()
        api = api_of(rig)
        api.read_items([here])
        assert rig.organization.route_calls["GET projects/{projectId}"] == 0
        for _ in range(3):
            api.read_items([here, there])
        assert rig.organization.route_calls["GET projects/{projectId}"] == 1

    def test_a_project_that_took_the_old_name_is_another_one(self, mixed: tuple[AdoRig, int, int]) -> None:
        rig, here, there = mixed
        rig.organization.work.knobs.project_filters = False
        api = api_of(rig)
        rig.organization.rename_project("Webshop", "Market")
        rig.organization.rename_project("Platform Tools", "Webshop")
        page = api.read_items([here, there])
        assert ([one.id for one in page.items], page.missing) == ([here], (there,))


class TestRecycleBin:
    def test_tells_which_were_deleted(self, fresh: AdoRig) -> None:
        made = [fresh.organization.create_work_item("Webshop", "Task", {"Title": "One"}).id for _ in range(5)]
        kept, deleted, destroyed, moved, hidden = made
        fresh.organization.delete_work_item(deleted)
        fresh.organization.destroy_work_item(destroyed)
        fresh.organization.move_work_item(moved, project="Platform Tools")
        fresh.organization.delete_work_item(moved)
        fresh.organization.delete_work_item(hidden)
        fresh.organization.break_work_item(hidden, status=404)
        assert api_of(fresh).list_deleted([*made, 99_999]) == {deleted}
        assert api_of(fresh).list_deleted([kept]) == frozenset()

    @pytest.mark.parametrize(
        ("entry", "found"),
        [
            ({"id": 7}, {7}),
            ({"id": 7, "code": 200}, {7}),
            ({"id": "7", "code": 200}, {7}),  # as the example of Microsoft has it
            ({"id": 7, "code": 404, "message": "not found"}, set()),
            ({"code": 404}, set()),
        ],
    )
    def test_in_either_form(self, wire: Any, entry: dict[str, Any], found: set[int]) -> None:
        wire.will_answer(200, json.dumps({"value": [entry]}))
        assert wire_api(wire).list_deleted([7]) == found

    @pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (503, Unavailable)])
    def test_that_cannot_be_asked_is_no_answer(self, wire: Any, status: int, error: type[Exception]) -> None:
        for _ in range(2):  # a quick retry of the client is one of them
            wire.will_answer(status)
        with pytest.raises(error):
            wire_api(wire).list_deleted([7])


def wire_api(wire: Any) -> WorkItemsApi:
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))
    return WorkItemsApi(AdoClient(f"{wire.url}/tfs", SecretStr("Basic eA=="), http), "project", "Shop")


def _shape(number: int, values: dict[str, str]) -> dict[str, Any]:
    return {"id": number, "rev": 1, "fields": values}


class TestOlderServers:
    """Azure DevOps Server answers a version it does not know with 400, and has no Markdown."""

    @pytest.fixture
    def older(self, wire: Any) -> WorkItemsApi:
        return wire_api(wire)

    def versions(self, wire: Any) -> list[str]:
        return [asked["QUERY_STRING"].partition("api-version=")[2] for asked in wire.asked]

    def test_are_asked_in_their_own_version_from_then_on(self, wire: Any, older: WorkItemsApi) -> None:
        words = "The requested REST API version of 7.2-preview.1 is out of range for this server."
        told = {"System.WorkItemType": "Bug", "System.TeamProject": "Shop"}
        item = {"id": 1, "rev": 3, "fields": {**told, "Custom.Odd": [1], "Custom.None": None}}
        wire.will_answer(400, json.dumps({"message": words}))
        for _ in range(2):
            wire.will_answer(200, json.dumps({"count": 1, "value": [item]}))
        for _ in range(2):
            (found,) = older.read_items([1]).items
        assert (found.revision, found.formats, found.fields) == (3, {}, told)
        assert self.versions(wire) == ["7.2-preview.1", "7.1", "7.1"]

    def test_any_other_refusal_is_one(self, wire: Any, older: WorkItemsApi) -> None:
        wire.will_answer(400, json.dumps({"message": "VS403474: too many"}))
        with pytest.raises(Rejected, match="too many"):
            older.read_items([1])
        assert self.versions(wire) == ["7.2-preview.1"]

    @pytest.mark.parametrize("lacks", ["System.WorkItemType", "System.TeamProject"])
    def test_a_work_item_that_lacks_what_is_documented_is_told(
        self, wire: Any, older: WorkItemsApi, lacks: str
    ) -> None:  # fmt: skip
        good = {"System.WorkItemType": "Bug", "System.TeamProject": "Shop"}
        bad = {name: value for name, value in good.items() if name != lacks}
        wire.will_answer(200, json.dumps({"value": [_shape(1, bad), _shape(2, good)]}))
        page = older.read_items([1, 2])
        assert (page.broken, [one.id for one in page.items]) == ((1,), [2])

    @pytest.mark.parametrize("body", ['{"value": 1}', '{"value": [{"rev": 1}]}', "[]"])
    def test_an_answer_that_is_none_is_told(self, wire: Any, older: WorkItemsApi, body: str) -> None:
        wire.will_answer(200, body)
        with pytest.raises(Unreadable):
            older.read_items([1])
        assert len(wire.asked) == 1

    def test_a_query_that_took_too_long_is_asked_in_windows(self, wire: Any, older: WorkItemsApi) -> None:
        wire.will_answer(400, '{"message": "VS402335: Query execution time has exceeded the limit of 30 seconds."}')
        wire.will_answer(200, '{"workItems": [{"id": 8}]}')
        assert older.list_ids("[A] = 1", after=5).ids == (8,)
        (_, second) = [json.loads(asked["body"])["query"] for asked in wire.asked]
        assert f"[System.Id] > 5 AND [System.Id] <= {5 + QUERY_PAGE}" in second

    def test_windows_end_when_everything_was_deleted_since(self, wire: Any, older: WorkItemsApi) -> None:
        wire.will_answer(400, '{"message": "VS402337: too many"}')
        page = older.list_ids("[A] = 1")
        assert (page.ids, page.more) == ((), False)
        assert len(wire.asked) < 25

    def test_an_outage_is_no_fault_of_a_work_item(self, wire: Any, older: WorkItemsApi) -> None:
        wire.will_answer(503)
        with pytest.raises(Unavailable):
            older.read_items([1, 2])
        assert len(wire.asked) == 1

    def test_a_project_that_is_too_slow_however_it_is_asked(self, wire: Any, older: WorkItemsApi) -> None:
        for _ in range(20):
            wire.will_answer(400, '{"message": "VS402335: Query execution time has exceeded the limit."}')
        with pytest.raises(Rejected, match="VS402335"):
            older.list_ids("[A] = 1")
