import json
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from services import APP_KEY
from tests.conftest import PUBLIC_URL


@pytest.fixture
def descriptor(client):
    answer = client.get("/atlassian-connect.json")
    assert answer.status_code == 200
    return answer.json


@pytest.mark.specs
def test_descriptor_satisfies_the_official_schema(descriptor, specs):
    schema = json.loads((specs / "connect-jira-descriptor.schema.json").read_text("utf-8"))
    # the file is older than these two opt-ins
    schema["properties"]["apiMigrations"]["properties"] |= {
        "signed-install": {"type": "boolean"},
        "context-qsh": {"type": "boolean"},
    }
    assert [error.message for error in jsonschema.Draft4Validator(schema).iter_errors(descriptor)] == []


def test_descriptor_is_public_and_may_be_cached(client):
    answer = client.get("/atlassian-connect.json")
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_descriptor_names_the_app_and_where_it_runs(descriptor):
    assert descriptor["key"] == APP_KEY
    assert descriptor["name"] == "Crosswalk: Azure DevOps for Jira"
    assert descriptor["baseUrl"] == PUBLIC_URL
    assert "{baseUrl}" not in json.dumps(descriptor)


def test_descriptor_asks_for_signed_installs_and_tokens(descriptor):
    assert descriptor["authentication"] == {"type": "jwt"}
    assert descriptor["apiMigrations"] == {"signed-install": True, "gdpr": True, "context-qsh": True}


def test_scopes_are_the_least(descriptor):
    """READ: which projects exist, who is an administrator. WRITE: development information, builds, deployments,
    issues of a migration. DELETE: what we sent of a repository that is unlinked, issues of a rollback.
    PROJECT_ADMIN: components, which a migration makes of areas. Not ADMIN, not ACT_AS_USER, not ACCESS_EMAIL_ADDRESSES.
    """
    assert descriptor["scopes"] == ["READ", "WRITE", "DELETE", "PROJECT_ADMIN"]


@pytest.mark.parametrize("event", ["installed", "uninstalled", "enabled", "disabled"])
def test_lifecycle_addresses_are_there_and_refuse_strangers(client, descriptor, event):
    assert client.post(descriptor["lifecycle"][event]).status_code == 401


def test_development_tool_offers_branches_commits_and_pull_requests(descriptor):
    tool = descriptor["modules"]["jiraDevelopmentTool"]
    assert tool["capabilities"] == ["branch", "commit", "pull_request"]


def test_create_branch_opens_our_page_with_issue_and_token(descriptor):
    template = descriptor["modules"]["jiraDevelopmentTool"]["actions"]["createBranch"]["templateUrl"]
    assert template.startswith(f"{PUBLIC_URL}/pages/create-branch?")
    assert parse_qs(urlsplit(template).query) == {
        "issueKey": ["{issue.key}"],
        "issueSummary": ["{issue.summary}"],
        "jwt": ["{jwt}"],
        "addonkey": [APP_KEY],  # Jira's front end signs `{jwt}` for the app it finds here
    }


def test_builds_and_deployments_have_their_providers(descriptor):
    """Without the module Jira answers 403 to the API of the same name."""
    assert {"jiraBuildInfoProvider", "jiraDeploymentInfoProvider"} <= descriptor["modules"].keys()


@pytest.mark.parametrize(("at", "name", "url"), [
    (0, "Crosswalk", "/pages/admin"),
    (1, "Crosswalk migrations", "/pages/migrations"),
])  # fmt: skip
def test_admin_pages_are_offered_to_administrators(descriptor, at, name, url):
    page = descriptor["modules"]["adminPages"][at]
    assert (page["name"]["value"], page["url"]) == (name, url)
    assert page["conditions"] == [{"condition": "user_is_admin"}]


def test_issue_panel_is_told_the_issue(descriptor):
    (panel,) = descriptor["modules"]["jiraIssueContents"]
    assert panel["target"] == {"type": "web_panel", "url": "/pages/issue?issueKey={issue.key}"}


def test_source_property_can_be_searched(descriptor):
    (module,) = descriptor["modules"]["jiraEntityProperties"]
    (configuration,) = module["keyConfigurations"]
    kinds = {found["objectName"]: found["type"] for found in configuration["extractions"]}
    assert configuration["propertyKey"] == "crosswalk.source"
    assert kinds == {
        "organization": "string", "project": "string", "id": "number", "revision": "number", "run": "string",
    }  # fmt: skip
    aliases = [found["alias"] for found in configuration["extractions"]]
    assert len(set(aliases)) == len(aliases)


def test_module_keys_are_unique(descriptor):
    modules = descriptor["modules"].values()
    keys = [part["key"] for module in modules for part in (module if isinstance(module, list) else [module])]
    assert len(set(keys)) == len(keys)


def test_every_picture_it_names_is_served(client, descriptor):
    addresses = [
        descriptor["modules"]["jiraDevelopmentTool"]["logoUrl"],
        PUBLIC_URL + descriptor["modules"]["jiraIssueContents"][0]["icon"]["url"],
    ]
    for address in addresses:
        answer = client.get(address.removeprefix(PUBLIC_URL))
        assert (answer.status_code, answer.content_type.partition(";")[0]) == (200, "image/svg+xml")
        answer.close()


class TestBelowAPathPrefix:
    @pytest.fixture
    def settings_changes(self):
        return {"public_url": "https://crosswalk.example.com/apps/ado/"}

    def test_addresses_begin_with_the_prefix(self, descriptor):
        assert descriptor["baseUrl"] == "https://crosswalk.example.com/apps/ado"
        template = descriptor["modules"]["jiraDevelopmentTool"]["actions"]["createBranch"]["templateUrl"]
        assert template.startswith("https://crosswalk.example.com/apps/ado/pages/create-branch?")
