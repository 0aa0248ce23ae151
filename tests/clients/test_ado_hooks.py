import pytest
from flask import Response
from pydantic import SecretStr

from clients.ado import AdoClient, token_header
from clients.ado_hooks import HooksApi
from clients.ado_projects import first_projects, keeps_tfvc, list_projects, read_project
from clients.hosts import ado_hosts
from clients.http import Answer, HttpClient
from domain.errors import Forbidden, NotFound, Unauthorized, Unavailable, Unreadable
from domain.subscriptions import ALL_KINDS, PUBLISHERS, subscription_body, wanted_subscriptions
from sandbox.ado import create_ado
from sandbox.ado_access import deny_permission
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_seed import TOKENS
from sandbox.server import serve

HOOK = "http://127.0.0.1:9/webhooks/ado/abc"


@pytest.fixture
def organization():
    made = AdoOrganization.seeded()
    yield made
    made.stop()


@pytest.fixture
def ado(organization):
    with serve(create_ado(organization)) as server:
        http = HttpClient("Azure DevOps", ado_hosts(frozenset({server.url.removeprefix("http://")})))
        yield AdoClient(f"{server.url}/{organization.name}", token_header(SecretStr(TOKENS["full"])), http)


@pytest.fixture
def project(organization):
    return next(iter(organization.projects.values()))


@pytest.fixture
def bodies(project):
    wanted = wanted_subscriptions(ALL_KINDS, project.id, HOOK)
    return [subscription_body(one, "crosswalk", "secret") for one in wanted]


def test_every_event_type_is_subscribed_to_and_listed_by_its_publisher(ado, organization, bodies):
    hooks = HooksApi(ado)
    made = {hooks.create(body)["id"] for body in bodies}

    assert {found["id"] for found in hooks.list_all()} == made == set(organization.subscriptions)
    for publisher in PUBLISHERS:
        assert {found["publisherId"] for found in hooks.list_publisher(publisher)} == {publisher}
    assert organization.violations == []


def test_a_replaced_subscription_is_enabled_again_with_the_new_password(ado, organization, bodies):
    hooks = HooksApi(ado)
    made = hooks.create(bodies[0])["id"]
    organization.subscriptions[made].status = "disabledBySystem"
    consumer = bodies[0]["consumerInputs"] | {"basicAuthPassword": "fresh"}

    hooks.update(made, bodies[0] | {"consumerInputs": consumer, "status": "enabled"})

    kept = organization.subscriptions[made]
    assert (kept.status, kept.consumer_inputs["basicAuthPassword"]) == ("enabled", "fresh")
    assert organization.violations == []


def test_deleting_is_safe_to_repeat(ado, organization, bodies):
    hooks = HooksApi(ado)
    made = hooks.create(bodies[0])["id"]

    hooks.delete(made, "tfs")
    hooks.delete(made, "tfs")

    assert organization.subscriptions == {}


def test_replacing_what_is_gone_is_not_found(ado, bodies):
    with pytest.raises(NotFound):
        HooksApi(ado).update("11111111-2222-4333-8444-555555555555", bodies[0])


def test_a_missing_right_is_told(ado, organization, project, bodies):
    deny_permission(organization, organization.find_user(None), project, "EditSubscriptions")

    with pytest.raises(Forbidden, match="Edit Subscription"):
        HooksApi(ado).create(bodies[0])


def test_a_sign_in_page_for_a_deletion_is_a_bad_token(wire):
    wire.answers.append(Response("<html>Sign in</html>", 200, content_type="text/html"))
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))

    with pytest.raises(Unauthorized):
        HooksApi(AdoClient(f"{wire.url}/acme", token_header(SecretStr("x")), http)).delete("1", "tfs")


@pytest.fixture
def wired(wire):
    """A client of a server that answers what it is told."""
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))
    return AdoClient(f"{wire.url}/acme", token_header(SecretStr("x")), http)


CALLS = (
    lambda client: client.read_connection(),
    list_projects,
    lambda client: first_projects(client, 3),
    lambda client: read_project(client, "Webshop"),
    lambda client: HooksApi(client).list_publisher("tfs"),
    lambda client: HooksApi(client).create({"publisherId": "tfs"}),
    lambda client: HooksApi(client).update("1", {"publisherId": "tfs"}),
)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("body", ["{}", "[]", "null", "7", '{"value": {}}', '{"value": null, "id": 7}', ""])
def test_a_success_that_lacks_a_documented_field_is_told(wire, wired, call, body):
    wire.will_answer(body=body)

    with pytest.raises(Unreadable, match="cannot be read"):
        call(wired)


@pytest.mark.parametrize("call", CALLS)
def test_a_success_that_is_not_json_can_be_tried_again(wire, wired, call):
    wire.will_answer(body="We are working on it.", content_type="text/plain")

    with pytest.raises(Unavailable, match="not JSON"):
        call(wired)


@pytest.mark.parametrize("entry", ["7", '{"name": "Webshop"}', "null", '{"id": "1", "consumerInputs": "x"}'])
@pytest.mark.parametrize("call", [list_projects, lambda client: HooksApi(client).list_publisher("tfs")])
def test_an_entry_that_lacks_a_documented_field_is_told(wire, wired, call, entry):
    wire.will_answer(body=f'{{"value": [{entry}]}}')

    with pytest.raises(Unreadable):
        call(wired)


class Addresses(HttpClient):
    """Notes the addresses of the cloud instead of calling them."""

    def __init__(self):
        super().__init__("Azure DevOps", ado_hosts(frozenset()))
        self.called = []

    def call(self, method, url, **_rest):
        self.called.append((method, self.hosts.require(url)))
        return Answer(200, {}, b'{"id": "7", "value": []}')


def test_in_the_cloud_release_hooks_live_on_the_release_host(bodies):
    http = Addresses()
    hooks = HooksApi(AdoClient("https://dev.azure.com/acme", token_header(SecretStr("x")), http))
    release = next(body for body in bodies if body["publisherId"] == "rm")

    hooks.create(release)
    hooks.delete("7", "rm")
    hooks.list_publisher("rm")
    hooks.create(bodies[0])
    hooks.list_publisher("pipelines")

    path = "acme/_apis/hooks/subscriptions"
    assert http.called == [
        ("POST", f"https://vsrm.dev.azure.com/{path}"),
        ("DELETE", f"https://vsrm.dev.azure.com/{path}/7"),
        ("GET", f"https://vsrm.dev.azure.com/{path}"),
        ("POST", f"https://dev.azure.com/{path}"),
        ("GET", f"https://dev.azure.com/{path}"),
    ]


def test_projects_are_read_over_all_pages_and_sorted_by_name(organization, ado):
    names = [f"Team {number:03}" for number in range(130)]
    with serve(create_ado(crowd := AdoOrganization.seeded("crowd", projects=130, repositories=0))) as server:
        for project, name in zip(crowd.projects.values(), reversed(names), strict=True):
            project.name = name
        http = HttpClient("Azure DevOps", ado_hosts(frozenset({server.url.removeprefix("http://")})))
        token = SecretStr(TOKENS["full"].replace("acme", "crowd", 1))
        client = AdoClient(f"{server.url}/crowd", token_header(token), http)

        assert [project.name for project in list_projects(client)] == names
        assert len(first_projects(client, 3)) == 3
        assert crowd.violations == []
    crowd.stop()


def test_a_project_is_found_by_id_and_by_name(ado, project):
    assert read_project(ado, project.id) == read_project(ado, project.name)
    with pytest.raises(NotFound):
        read_project(ado, "No such project")


@pytest.mark.parametrize(("control", "kept"), [("Git", False), ("Tfvc", True), ("Both", True)])
def test_a_project_says_whether_it_keeps_code_in_tfvc(organization, ado, control, kept):
    assert keeps_tfvc(ado, organization.add_project("Old Vault", source_control=control).id) is kept
