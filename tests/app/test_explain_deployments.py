"""Deployments that somebody asks about: by the pages of Azure DevOps, by number, by name."""

import pytest

from domain.deployments import environment_key, release_environment_key
from tests.app.actions import add_fault, add_token, connect
from tests.app.test_explain import change_settings, explain

KEY = "SHOP-1"


@pytest.fixture
def organization(site, linked):
    return site.organization


@pytest.fixture
def definition(organization):
    return next(iter(organization.release_definitions.values()))


@pytest.fixture
def build(organization, definition):
    """A run of the definition's pipeline whose change has this message."""

    def run(message=f"{KEY} released"):
        organization.push(definition.pipeline.repository, [{"message": message}])
        return organization.run_pipeline(definition.pipeline)

    return run


@pytest.fixture
def release(site, organization, definition, build):
    """Deploy a release; it and its deployment."""

    def deploy(message=f"{KEY} released", **more):
        made = organization.deploy_release(definition.id, run=build(message).id, **more)
        site.work()
        return made.release, made

    return deploy


def page(site, release, **query):
    words = "&".join(f"{name}={value}" for name, value in {"releaseId": release.id, **query}.items())
    return f"{site.organization_url}/Webshop/_releaseProgress?_a=release-pipeline-progress&{words}"


def test_a_release_is_explained_by_its_page_number_and_name(site, release):
    made, deployment = release()
    for text in (page(site, made), f"release {made.id}", f"Release {made.name}"):
        found = explain(site, text=text)

        assert (found["kind"], found["verdict"]["code"]) == ("deployment", "accepted"), text
        assert found["id"].endswith(f"/{deployment.id}")
        assert [row["keys"] for row in found["sent"]] == [[KEY]]
        assert {event["outcome"] for event in found["events"]} == {"sent"}
        assert KEY in {one["key"] for one in found["keys"]}


def test_each_environment_of_a_release_stands_for_itself(site, organization, release):
    made, _first = release()
    second = organization.deploy_release(release=made.id, environment=made.environments[1].name, result="rejected")
    site.work()
    places = explain(site, text=f"release {made.id}")["places"]
    one = explain(site, text=page(site, made, environmentId=second.environment.id))

    assert [place["verdict"]["code"] for place in places] == ["accepted", "accepted"]
    environment = release_environment_key(made.definition.project.id, made.environments[1].name)
    assert environment in one["id"]
    assert one["places"] == []


def test_a_release_that_was_not_deployed_says_so(site, organization, definition, build):
    build()
    made = organization.create_release(definition.id)
    site.work()

    found = explain(site, text=f"release {made.id}")

    assert found["verdict"]["code"] == "not_deployed"
    assert made.name in found["verdict"]["sentence"]


def test_a_deployment_that_names_nothing_says_what_was_not_looked_at(site, release):
    made, _deployment = release("no issue at all")

    found = explain(site, text=f"release {made.id}")

    assert found["verdict"]["code"] == "keys_not_known"
    assert "since the last success" in found["verdict"]["sentence"]


def test_a_pipeline_that_is_left_out_names_the_setting(site, release, definition):
    change_settings(site, pipelines={"only": [], "never": [definition.name]})
    made, _deployment = release()

    assert explain(site, text=f"release {made.id}")["verdict"]["code"] == "left_out"


def test_what_a_left_out_repository_says_does_not_count(site, release, definition):
    change_settings(site, repositories={"only": [], "never": [definition.pipeline.repository.name]})
    made, _deployment = release()

    found = explain(site, text=f"release {made.id}")

    assert (found["verdict"]["code"], found["keys"]) == ("keys_not_known", [])


def test_a_run_that_is_gone_leaves_the_words_of_the_release(site, organization, definition, build):
    made = organization.create_release(definition.id, run=build("nothing").id, tags=[KEY])
    organization.deploy_release(release=made.id)
    site.work()
    add_fault(site.ado, "build/builds/[0-9]+$", 404)

    found = explain(site, text=f"release {made.id}")

    assert (found["verdict"]["code"], [one["key"] for one in found["keys"]]) == ("accepted", [KEY])


def test_a_release_nobody_has_and_a_word_that_is_none(site, release):
    assert explain(site, text="release 4711")["verdict"]["code"] == "not_found"
    assert explain(site, text=f"release {KEY}")["verdict"]["code"] == "links"
    assert explain(site, text="environment nowhere")["verdict"]["code"] == "no_key"


@pytest.fixture
def deployed(site, organization):
    """The newest deployments of a YAML pipeline: its environment and its run."""
    pipeline = next(one for one in organization.pipelines.values() if one.repository.name == "shop-web")
    environment = next(iter(organization.environments.values()))

    def run(message):
        organization.push("shop-web", [{"message": message}])
        made = organization.run_pipeline(pipeline.id)
        site.work()
        return environment, made

    return run


def test_an_environment_shows_its_newest_deployments(site, deployed):
    deployed("nothing")
    environment, _run = deployed(f"{KEY} shipped")
    for text in (
        f"{site.organization_url}/Webshop/_environments/{environment.id}?view=deployments",
        f"environment {environment.id}", f"environment {environment.name.upper()}",
    ):  # fmt: skip
        found = explain(site, text=text)

        assert found["verdict"]["code"] == "several", text
        codes = [place["verdict"]["code"] for place in found["places"]]
        assert codes[:2] == ["accepted", "keys_not_known"], text
        home = environment_key(environment.project.id, environment.id)
        assert all(home in place["id"] for place in found["places"])


def test_a_deployment_that_was_sent_is_found_by_its_number(site, release):
    _made, deployment = release()

    found = explain(site, text=f"deployment {deployment.id}")

    assert found["verdict"]["code"] == "accepted"
    assert [row["kind"] for row in found["sent"]] == ["deployment"]


def test_a_deployment_that_was_not_sent_cannot_be_found_by_its_number(site, release):
    release()

    assert explain(site, text="deployment 4711")["verdict"]["code"] == "not_looked_up"


def test_a_token_that_may_not_read_releases_is_no_answer(site, release):
    made, _deployment = release()
    connect(site, add_token(site, {"vso.code", "vso.project", "vso.build"}))

    assert explain(site, text=f"release {made.id}")["verdict"]["code"] == "not_looked_up"
