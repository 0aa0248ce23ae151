import pytest

from domain.subscriptions import (
    ALL_KINDS,
    EVENT_TYPES,
    KIND_EVENTS,
    find_hook,
    is_in_order,
    matches,
    matches_event,
    subscription_body,
    wanted_subscriptions,
)

PROJECT = "5f2b7a10-3c1e-4a52-9d20-1a2b3c4d5e6f"
PUBLIC = "https://crosswalk.example.com"
HOOK = f"{PUBLIC}/webhooks/ado/abc"
REPOSITORY_EVENTS = {"git.repo.renamed", "git.repo.deleted"}


def events_of(*kinds):
    return {wanted.event_type for wanted in wanted_subscriptions(kinds, PROJECT, HOOK)}


@pytest.fixture
def push():
    return wanted_subscriptions(["commits"], PROJECT, HOOK)[0]


@pytest.fixture
def existing(push):
    """As Azure DevOps shows what `subscription_body` asked for."""
    body = dict(subscription_body(push, "crosswalk", "secret"))
    added = {"tfsSubscriptionId": "8c1f", "hostId": "77aa"}
    consumer = body["consumerInputs"] | {"basicAuthPassword": "********"}
    shown = {"id": "1", "status": "enabled", "publisherInputs": body["publisherInputs"] | added}
    return body | shown | {"consumerInputs": consumer}


@pytest.mark.parametrize(
    ("kinds", "events"),
    [
        ((), set()),
        (("commits",), {"git.push"}),
        (("branches",), {"git.push"}),
        (("builds",), {"build.complete", "ms.vss-pipelines.run-state-changed-event"}),
        (("unknown",), set()),
    ],
)
def test_a_kind_needs_its_events_and_the_lifecycle_of_repositories(kinds, events):
    assert events_of(*kinds) == events | REPOSITORY_EVENTS


def test_deployments_need_runs_stages_and_classic_releases():
    needed = events_of("deployments")

    assert {"ms.vss-pipelines.run-state-changed-event", "ms.vss-pipelines.stage-state-changed-event"} <= needed
    assert {name.rpartition(".")[2] for name in needed if name.startswith("ms.vss-release.")} == {
        "deployment-started-event", "deployment-completed-event", "release-abandoned-event",
    }  # fmt: skip


def test_all_kinds_need_every_event_type_once():
    wanted = wanted_subscriptions(ALL_KINDS, PROJECT, HOOK)

    assert [one.event_type for one in wanted] == list(EVENT_TYPES)
    assert set(KIND_EVENTS) == set(ALL_KINDS)


@pytest.mark.parametrize(
    ("event", "publisher", "version"),
    [
        ("git.push", "tfs", "1.0"),
        ("git.repo.deleted", "tfs", "1.0-preview.1"),
        ("build.complete", "tfs", "2.0"),
        ("ms.vss-code.git-pullrequest-comment-event", "tfs", "2.0"),
        ("ms.vss-pipelines.stage-state-changed-event", "pipelines", "5.1-preview.1"),
        ("ms.vss-release.deployment-completed-event", "rm", "3.0-preview.1"),
    ],
)
def test_every_event_names_its_publisher_and_version(event, publisher, version):
    body = next(
        subscription_body(wanted, "crosswalk", "secret")
        for wanted in wanted_subscriptions(ALL_KINDS, PROJECT, HOOK)
        if wanted.event_type == event
    )

    assert (body["publisherId"], body["resourceVersion"]) == (publisher, version)


def test_a_body_asks_for_everything_but_messages_and_holds_only_texts(push):
    assert subscription_body(push, "crosswalk", "secret") == {
        "publisherId": "tfs",
        "eventType": "git.push",
        "resourceVersion": "1.0",
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "publisherInputs": {"projectId": PROJECT},
        "consumerInputs": {
            "url": HOOK,
            "basicAuthUsername": "crosswalk",
            "basicAuthPassword": "secret",
            "resourceDetailsToSend": "all",
            "messagesToSend": "none",
            "detailedMessagesToSend": "none",
        },
    }


def test_what_was_asked_for_is_found_again_and_in_order(existing, push):
    assert matches(existing, push)
    assert is_in_order(existing, push)


def test_a_project_id_is_the_same_in_any_case(existing, push):
    assert matches(existing | {"publisherInputs": {"projectId": PROJECT.upper()}}, push)


@pytest.mark.parametrize(
    "change",
    [
        {"consumerId": "slack"},
        {"publisherId": "rm"},
        {"eventType": "git.repo.renamed"},
        {"publisherInputs": {"projectId": "another"}},
        {"publisherInputs": None},
        {"consumerInputs": {"url": HOOK + "d"}},
        {"consumerInputs": {}},
    ],
)
def test_another_subscription_is_left_alone(existing, push, change):
    assert not matches(existing | change, push)


def test_another_hook_still_has_the_event(existing, push):
    assert matches_event(existing | {"consumerInputs": {"url": "https://elsewhere.example"}}, push)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "disabledBySystem"},
        {"status": "onProbation"},
        {"resourceVersion": "1.0-preview.1"},
        {"consumerInputs": {"url": HOOK, "resourceDetailsToSend": "minimal"}},
        {"publisherInputs": {"projectId": PROJECT, "branch": "main"}},
        {"consumerInputs": {"url": "https://elsewhere.example"}},
    ],
)
def test_what_somebody_changed_is_not_in_order(existing, push, change):
    assert not is_in_order(existing | change, push)


@pytest.mark.parametrize(
    ("url", "hook"),
    [
        (HOOK, "abc"),
        (f"{PUBLIC}/webhooks/other", None),
        ("https://crosswalk.example.com.evil.example/webhooks/ado/abc", None),
        (None, None),
    ],
)
def test_a_hook_is_ours_by_its_address(url, hook):
    assert find_hook({"consumerInputs": {"url": url}}, PUBLIC) == hook
