"""What administrators choose, wire to wire: a choice made over the API decides what stands on the Jira issue."""

import pytest

from tests.app.actions import list_calls
from tests.routes.test_event_road import deployments, healthy, link_webshop

KEY, OTHER, THIRD = "SHOP-1", "SHOP-2", "SHOP-3"
BOT = {"author": "renovate[bot]", "mail": "bot@renovate.example"}


@pytest.fixture
def road(open_town):
    """A linked project; nobody had to refuse anything when the test is over."""
    link_webshop(open_town, backfill=False)
    yield open_town
    healthy(open_town)


@pytest.fixture
def choose(road):
    """Replace the settings of the site."""

    def put(**document):
        answer = road.call("PUT", "/api/settings", document)
        assert answer.status_code == 200, answer.text

    return put


@pytest.fixture
def merged(road):
    """Bring a commit to main by a pull request; its branch is gone afterwards. Nothing of it is delivered yet."""

    def merge(title, *, branch="topic", merge="squash", user=None, files=(), description=""):
        organization = road.organization
        organization.push("shop-web", [{"message": "work", "files": list(files)}], branch=branch)
        pull = organization.open_pull_request("shop-web", branch, title, user=user, description=description)
        organization.update_pull_request(pull.id, status="completed", merge=merge, delete_source=True)
        commit = organization.pull_requests[pull.id].merge_commit
        return pull, commit

    return merge


def push(road, message, repository="shop-web", branch=None, **commit):
    road.organization.push(repository, [{"message": message} | commit], branch=branch)
    road.work()


def counts(road, key=KEY):
    """How much of each kind an issue shows."""
    return {kind: len(found) for kind, found in road.site.panel(key).items() if found}


def pipeline(road, stages=True):
    found = road.organization.pipelines.values()
    return next(one for one in found if one.repository.name == "shop-web" and (len(one.stages) > 2) is stages)


def run(road, **options):
    made = road.organization.run_pipeline(pipeline(road), **options)
    road.work()
    return made


# --- what is sent --------------------------------------------------------------------------------------------------


def test_a_kind_that_was_left_out_is_not_sent_and_comes_back_when_chosen_again(road, choose):
    choose(kinds=["branches", "pullRequests"])
    push(road, KEY, branch=f"feature/{KEY}")
    assert counts(road) == {"branches": 1}
    choose()
    push(road, KEY, branch=f"feature/{KEY}")
    assert counts(road) == {"branches": 1, "commits": 1}


def test_builds_and_deployments_can_be_left_out(road, choose):
    choose(kinds=["commits", "builds"])
    push(road, KEY)
    run(road)
    assert counts(road) == {"commits": 1, "builds": 1}


def test_a_repository_that_was_left_out_sends_nothing(road, choose):
    choose(repositories={"never": ["*-web"]})
    push(road, KEY, branch=f"feature/{KEY}")
    road.organization.open_pull_request("shop-web", f"feature/{KEY}", KEY)
    run(road, branch=f"feature/{KEY}")
    assert counts(road) == {}
    push(road, KEY, repository="shop-api")
    assert counts(road) == {"commits": 1}


def test_azure_devops_is_asked_nothing_about_what_was_left_out(road, choose):
    choose(repositories={"never": ["shop-web"]}, pipelines={"never": ["*"]})
    before = len(asked_of(road))
    push(road, KEY, branch=f"feature/{KEY}")
    road.organization.open_pull_request("shop-web", f"feature/{KEY}", KEY)
    run(road)
    assert asked_of(road)[before:] == []


def asked_of(road):
    """The questions about commits, pull requests, runs and deployments."""
    calls = [call for method in ("GET", "POST") for call in list_calls(road.ado, method, "/_apis/")]
    return [call["path"] for call in calls if "/hooks/" not in call["path"]]


def test_only_repositories_that_were_named_send(road, choose):
    choose(repositories={"only": ["webshop/shop-api"]})
    push(road, KEY)
    push(road, OTHER, repository="shop-api")
    assert (counts(road), counts(road, OTHER)) == ({}, {"commits": 1})


def test_a_branch_of_a_repository_that_was_left_out_since_still_goes(road, choose):
    name = f"feature/{KEY}"
    push(road, "work", branch=name)
    assert counts(road) == {"branches": 1}
    choose(repositories={"never": ["shop-web"]})
    road.organization.delete_branch("shop-web", name)
    road.work()
    assert counts(road) == {}


def test_a_pipeline_that_was_left_out_sends_no_builds_and_no_deployments(road, choose):
    choose(pipelines={"never": [pipeline(road).name]})
    push(road, KEY)
    run(road)
    assert counts(road) == {"commits": 1}


def test_a_classic_release_definition_can_be_left_out(road, choose):
    push(road, KEY)
    definition = next(iter(road.organization.release_definitions.values()))
    made = road.organization.run_pipeline(definition.pipeline)
    choose(pipelines={"never": ["*-classic"]})
    road.organization.deploy_release(definition.id, run=made.id, environment="Staging")
    road.work()
    assert deployments(road) == {}
    choose()
    road.organization.deploy_release(definition.id, run=made.id, environment="Staging")
    road.work()
    assert deployments(road) == {"Staging": ("staging", "successful")}


def test_a_waiting_stage_of_a_pipeline_that_was_left_out_since_waits_no_longer(road, choose):
    push(road, KEY)
    first = run(road)
    road.organization.approve_stage(first.id)
    road.work()
    push(road, OTHER)
    waiting = run(road)
    assert deployments(road, OTHER)["production"] == ("production", "pending")
    choose(pipelines={"never": ["*"]})
    road.organization.approve_stage(waiting.id)
    road.work()
    assert set(deployments(road, OTHER)) == {"qa1"}


def test_a_repository_links_only_to_the_projects_it_may(road, choose):
    rows = [{"repositories": "shop-web", "projects": ["OPS"]}]
    choose(repositoryProjects=rows)
    push(road, f"{KEY} and OPS-1")
    push(road, f"{OTHER} and OPS-2", repository="shop-api")
    assert (counts(road), counts(road, "OPS-1")) == ({}, {"commits": 1})
    assert (counts(road, OTHER), counts(road, "OPS-2")) == ({"commits": 1}, {"commits": 1})
    run(road)
    assert (counts(road), counts(road, "OPS-1")) == ({}, {"commits": 1, "builds": 1, "deployments": 1})


def test_a_moved_issue_does_not_take_a_repository_where_it_may_not_link(road, choose):
    choose(repositoryProjects=[{"repositories": "shop-web", "projects": ["SHOP"]}])
    moved = road.site.move_issue(KEY, "OPS")
    push(road, f"{KEY} by its old key")
    push(road, f"{KEY} by its old key", repository="shop-api")
    assert counts(road, moved.key) == {"commits": 1}


def test_a_project_that_was_renamed_stays_the_one_of_the_repository(road, choose):
    choose(repositoryProjects=[{"repositories": "shop-web", "projects": ["SHOP"]}])
    road.site.rename_project("SHOP", "STORE")
    road.services.project_keys.forget_tenant(road.services.installations.list_all()[0].id)
    push(road, "STORE-4 by its new key and OPS-5")
    assert (counts(road, "STORE-4"), counts(road, "OPS-5")) == ({"commits": 1}, {})


def test_ignored_branches_send_nothing_until_their_commits_arrive_elsewhere(road, choose):
    choose(ignoredBranches=["wip/*"])
    name = f"wip/{KEY}"
    push(road, KEY, branch=name)
    pull = road.organization.open_pull_request("shop-web", name, KEY)
    run(road, branch=name)
    assert {kind: n for kind, n in counts(road).items() if kind != "deployments"} == {}
    road.organization.update_pull_request(pull.id, status="completed")
    road.work()
    assert counts(road)["commits"] == 1
    assert "pullRequests" not in counts(road)


def test_what_an_ignored_author_wrote_links_nothing(road, choose):
    choose(ignoredAuthors=["*[bot]"])
    push(road, f"{KEY} bump", **BOT)
    push(road, f"{OTHER} by hand")
    run(road)
    assert counts(road) == {}
    assert counts(road, OTHER) == {"commits": 1, "builds": 1, "deployments": 1}


def test_the_branch_of_a_person_stays_when_a_bot_wrote_its_last_commit(road, choose):
    choose(ignoredAuthors=["*@renovate.example"])
    push(road, f"{OTHER} formatted", branch=f"feature/{KEY}", **BOT)
    assert (counts(road), counts(road, OTHER)) == ({"branches": 1}, {})


def test_pull_requests_of_ignored_authors_are_not_sent(road, choose, merged):
    choose(ignoredAuthors=["Yuki *"])
    merged(KEY, user="Yuki Onodera", merge="merge")
    road.work()
    assert "pullRequests" not in counts(road)
    merged(OTHER, branch="other", user="Tomasz Baran")
    road.work()
    assert counts(road, OTHER)["pullRequests"] == 1


# --- how it is shown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("means", ["failed", "successful"])
def test_a_partial_success_of_a_build_is_what_the_site_says(means, road, choose):
    choose(partialBuildIs=means)
    push(road, KEY)
    road.organization.run_pipeline(pipeline(road, stages=False), result="partiallySucceeded")
    road.work()
    (build,) = road.site.panel(KEY)["builds"]
    assert build["state"] == means


@pytest.mark.parametrize("means", ["failed", "successful"])
def test_a_partial_success_of_a_deployment_is_what_the_site_says(means, road, choose):
    choose(partialDeploymentIs=means)
    push(road, KEY)
    run(road, result="partiallySucceeded", failing_stage="Deploy-QA")
    push(road, OTHER)
    run(road)
    # what arrived only in part and counts as failed is shipped by the next run too
    expected = {"failed": ["failed", "successful"], "successful": ["successful"]}
    assert sorted(one["state"] for one in road.site.panel(KEY)["deployments"]) == expected[means]
    assert deployments(road, OTHER)["qa1"] == ("testing", "successful")


def test_a_classic_partial_success_is_what_the_site_says(road, choose):
    choose(partialDeploymentIs="failed")
    push(road, KEY)
    definition = next(iter(road.organization.release_definitions.values()))
    made = road.organization.run_pipeline(definition.pipeline)
    road.organization.deploy_release(definition.id, run=made.id, environment="Staging", result="partiallySucceeded")
    road.work()
    assert deployments(road) == {"Staging": ("staging", "failed")}


def test_the_table_of_environments_decides_the_type(road, choose):
    choose(environmentMapping={"development": ["qa*"]})
    push(road, KEY)
    run(road)
    assert deployments(road)["qa1"] == ("development", "successful")


# --- what was shipped ----------------------------------------------------------------------------------------------


def test_a_squash_merge_links_by_its_pull_request(road, merged):
    merged("Round prices", branch=f"feature/{KEY}", description=f"Closes {OTHER}")
    road.work()
    run(road)
    for key in (KEY, OTHER):
        assert {kind: n for kind, n in counts(road, key).items() if kind in {"builds", "deployments"}} == {
            "builds": 1, "deployments": 1,
        }  # fmt: skip


def test_tags_and_variables_of_a_run_name_issues(road):
    push(road, "no key")
    run(road, tags=[f"jira {KEY}"], variables={"JIRA_ISSUES": f"{OTHER}, {THIRD}", "charset": "UTF-8"})
    for key in (KEY, OTHER, THIRD):
        assert counts(road, key) == {"builds": 1, "deployments": 1}


def test_tags_and_variables_of_a_classic_release_name_issues(road):
    definition = next(iter(road.organization.release_definitions.values()))
    made = road.organization.create_release(definition.id, tags=[KEY], variables={"issues": OTHER})
    road.organization.deploy_release(release=made.id, environment="Staging")
    road.work()
    assert deployments(road) == deployments(road, OTHER) == {"Staging": ("staging", "successful")}


def test_of_a_pipeline_in_a_monorepo_only_commits_on_its_paths_count(road, choose, merged):
    choose(pathFilters=[{"pipelines": "*-deploy", "paths": ["services/shop", "*.sql"]}])
    push(road, KEY, files=["/services/shop/prices.py"])
    push(road, OTHER, files=["/services/mail/send.py"])
    merged(THIRD, files=["/db/prices.sql"])
    run(road)
    assert (counts(road)["deployments"], counts(road)["builds"]) == (1, 1)
    assert counts(road, OTHER) == {"commits": 1}
    assert (counts(road, THIRD)["deployments"], counts(road, THIRD)["builds"]) == (1, 1)


def test_a_pipeline_without_a_filter_takes_every_commit(road, choose):
    choose(pathFilters=[{"pipelines": "another", "paths": ["services/shop"]}])
    push(road, KEY, files=["/services/mail/send.py"])
    run(road)
    assert counts(road) == {"commits": 1, "builds": 1, "deployments": 1}


# --- how it ended --------------------------------------------------------------------------------------------------


def stage_run(road, *, qa="succeeded", tell=KEY):
    """A run of single steps whose stage Deploy-QA ends as told."""
    push(road, tell)
    made = road.organization.run_pipeline(pipeline(road), steps=True)
    road.organization.start_run(made.id)
    road.organization.finish_stage(made.id, "Build")
    road.organization.finish_stage(made.id, "Deploy-QA", result=qa)
    road.work()
    return made


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("succeeded", "successful"),
        ("failed", "failed"),
        ("canceled", "cancelled"),
        ("partiallySucceeded", "successful"),
    ],
)
def test_a_stage_ends_in_jira_as_it_ended(result, state, road):
    stage_run(road, qa=result)
    assert deployments(road) == {"qa1": ("testing", state)}


def test_a_skipped_stage_is_no_deployment(road):
    push(road, KEY)
    run(road, result="failed", failing_stage="Build")
    assert deployments(road) == {}


def test_a_refused_approval_leaves_no_deployment(road):
    push(road, KEY)
    first = run(road)
    road.organization.approve_stage(first.id)
    push(road, OTHER)
    second = run(road)
    assert deployments(road, OTHER)["production"] == ("production", "pending")
    road.organization.approve_stage(second.id, approved=False)
    road.work()
    assert set(deployments(road, OTHER)) == {"qa1"}


def test_a_retried_stage_is_a_second_deployment(road):
    made = stage_run(road, qa="failed")
    road.organization.retry_stage(made.id, "Deploy-QA")
    road.organization.finish_stage(made.id, "Deploy-QA")
    road.work()
    states = [one["state"] for one in road.site.panel(KEY)["deployments"]]
    assert sorted(states) == ["failed", "successful"]


def test_an_older_run_that_is_deployed_again_is_rolled_back(road):
    old = stage_run(road)
    stage_run(road, tell=OTHER)
    road.organization.retry_stage(old.id, "Deploy-QA")
    road.organization.finish_stage(old.id, "Deploy-QA")
    road.work()
    states = [one["state"] for one in road.site.panel(KEY)["deployments"]]
    assert sorted(states) == ["rolled_back", "successful"]
    assert [one["state"] for one in road.site.panel(OTHER)["deployments"]] == ["successful"]


def test_an_older_release_that_is_deployed_again_is_rolled_back(road):
    definition = next(iter(road.organization.release_definitions.values()))
    releases = []
    for key in (KEY, OTHER):
        push(road, key)
        made = road.organization.run_pipeline(definition.pipeline)
        releases.append(road.organization.deploy_release(definition.id, run=made.id, environment="Staging").release)
        road.work()
    road.organization.deploy_release(release=releases[0].id, environment="Staging")
    road.work()
    assert sorted(one["state"] for one in road.site.panel(KEY)["deployments"]) == ["rolled_back", "successful"]
