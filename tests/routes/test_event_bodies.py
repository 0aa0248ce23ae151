"""Each event body, posted as Azure DevOps posts it, ends as exactly the expected entities on the expected issues."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
import requests

from sandbox.jira_site import JiraSite
from tests.domain.official import reference_bodies
from tests.routes.test_event_road import link_webshop
from tests.town import Town

TESTS = Path(__file__).parents[1]
BODIES = sorted((TESTS / "bodies" / "ado").glob("git.*.json"))
KINDS = {"commits": "commits", "branches": "branches", "pullRequests": "pullRequests"}

# a branch made on an older commit, which this stand-in does not have: Jira wants a branch with its last commit or not
WITHOUT_ITS_COMMIT = {"git.push.branch-created"}


@pytest.fixture(scope="module")
def bodies_town(redis_server, migrated_file, tmp_path_factory):
    """One town for all bodies: only what Jira has, and what is known of it, is emptied between them."""
    from services import build_services
    from settings import Settings

    town = Town(JiraSite.seeded(projects=(("OPS", "Operations"), ("LED", "Ledger")), issues_per_project=160))
    folder = tmp_path_factory.mktemp("bodies")
    (folder / "db.sqlite").write_bytes(migrated_file.read_bytes())
    database = f"sqlite:///{folder}/db.sqlite"
    values = {"database_url": database, "redis_url": redis_server.url, "local_key_file": folder / "keys"}
    services = build_services(Settings(**{**values, **town.settings()}))
    services.redis.flushall()
    town.open(services)
    town.install()
    link_webshop(town)
    yield town
    town.close()
    services.redis.close()
    services.engine.dispose()


@pytest.fixture
def mailbox(bodies_town):
    """Posts a body to the hook of the linked project and lets the worker run."""
    town = bodies_town
    installation = town.services.installations.list_all()[0]
    link = town.services.links.list_for(installation.id)[0]
    secret = town.services.links.read_secret(link).get_secret_value()
    town.site.development.forget("crosswalk-azure-devops")
    town.services.ledger.forget_tenant(installation.id)
    town.services.redis.delete(*town.services.redis.keys("crosswalk:seen:*") or ["nothing"])  # the bodies share numbers

    def post(body):
        url = f"{town.app_url}/webhooks/ado/{link.hook}"
        answer = requests.post(url, data=body, auth=("crosswalk", secret), timeout=10)
        assert answer.status_code == 202
        town.work()

    return post


def on_issues(site):
    """What Jira shows: (kind, id) by issue key."""
    shown: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for key in site.issue_keys():
        for kind, entities in site.panel(key).items():
            shown[key] |= {(kind, entity["id"]) for entity in entities if kind in KINDS}
    return {key: entities for key, entities in shown.items() if entities}


def expected_of(golden):
    wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for request in golden:
        for repository in request.get("body", {}).get("repositories", ()):
            for kind in KINDS:
                for entity in repository.get(kind, ()):
                    for key in entity["issueKeys"]:
                        wanted[key].add((kind, entity["id"]))
    return dict(wanted)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_a_body_of_ours(path, mailbox, bodies_town):
    golden = json.loads((TESTS / "domain" / "golden" / path.name).read_text())
    mailbox(path.read_bytes())
    wanted = {} if path.stem in WITHOUT_ITS_COMMIT else expected_of(golden)
    assert on_issues(bodies_town.site) == wanted
    assert bodies_town.site.violations == []


# what the documentation's own samples must lead to once their texts name an issue
SAMPLES = {
    "git.push": ("Fixed bug in web.config file", {("commits", "33b55f7cb7e7e245323987634f960cf4a6e6bc74")}),
    "git.pullrequest.created": ("my first pull request", {("pullRequests", "1")}),
    "git.pullrequest.updated": ("my first pull request", {("pullRequests", "1")}),
    "git.pullrequest.merged": ("my first pull request", {("pullRequests", "1")}),
    "ms.vss-code.git-pullrequest-comment-event": ("my first pull request", {("pullRequests", "1")}),
}


@pytest.mark.specs
@pytest.mark.parametrize("event_type", SAMPLES)
def test_a_sample_of_the_documentation_that_names_an_issue(event_type, mailbox, bodies_town):
    text, wanted = SAMPLES[event_type]
    body = (reference_bodies() / f"{event_type}.json").read_text()
    assert text in body
    mailbox(body.replace(text, f"OPS-7 {text}").encode())
    assert on_issues(bodies_town.site) == {"OPS-7": wanted}


@pytest.mark.specs
def test_no_sample_of_the_documentation_is_lost_or_refused(mailbox, bodies_town):
    for path in sorted(reference_bodies().glob("*.json")):
        if not path.name.startswith("_"):
            mailbox(path.read_bytes())
    installation = bodies_town.services.installations.list_all()[0]
    reasons = {
        letter.event_type: letter.reason for letter in bodies_town.services.dead_letters.list_for(installation.id)
    }
    assert reasons == {}
    assert on_issues(bodies_town.site) == {}
