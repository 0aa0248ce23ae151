import pytest

from domain.hook_faults import find_strays, is_owned_by, judge_hook, repair_pause
from domain.subscriptions import USERNAME, WantedSubscription, project_of, subscription_body

PUBLIC = "https://crosswalk.example.com/apps"
PROJECT = "2f1c0d3a-0000-4000-8000-00000000000a"
PUSH = WantedSubscription("git.push", PROJECT, f"{PUBLIC}/webhooks/ado/abc")
SHAPE = dict(subscription_body(PUSH, USERNAME, "secret")) | {"id": "1", "status": "enabled"}
MINUTES = 60_000


@pytest.mark.parametrize(
    ("existing", "state"),
    [
        (SHAPE, "enabled"),
        (None, "deleted"),
        (SHAPE | {"status": "onProbation"}, "onProbation"),
        (SHAPE | {"status": "disabledByUser", "resourceVersion": "9"}, "disabledByUser"),
        (SHAPE | {"status": "aWordOfTomorrow"}, "aWordOfTomorrow"),
        (SHAPE | {"resourceVersion": "1.0-preview.1"}, "edited"),
        (SHAPE | {"publisherInputs": {"projectId": PROJECT, "branch": "main"}}, "edited"),
        (SHAPE | {"eventType": "build.complete"}, "edited"),
        (SHAPE | {"consumerInputs": {"url": "https://else.example.com"}}, "edited"),
    ],
)
def test_a_hook_is_judged(existing, state):
    assert judge_hook(existing, PUSH) == state


def sending(url, hook_id="2"):
    return {"id": hook_id, "consumerInputs": {"url": url}, "publisherInputs": {"projectId": PROJECT.upper()}}


@pytest.mark.parametrize(
    ("found", "is_stray"),
    [
        (sending(f"{PUBLIC}/webhooks/ado/abc"), True),
        (sending(f"{PUBLIC}/webhooks/ado/dead"), True),
        (sending(f"{PUBLIC}/pages/admin"), True),
        (sending(PUBLIC.upper()), True),
        (sending(f"{PUBLIC}/webhooks/ado/abc", "1"), False),  # ours
        (sending(f"{PUBLIC}/webhooks/ado/theirs"), False),  # of another site
        (sending("https://crosswalk.example.com/another-app"), False),
        (sending(f"{PUBLIC}.evil.example/webhooks/ado/abc"), False),
    ],
)
def test_what_sends_here_and_is_not_ours_is_a_stray(found, is_stray):
    strays = find_strays([found], PUBLIC, known_ids={"1"}, foreign_hooks={"theirs"})

    assert list(strays) == ([found] if is_stray else [])
    assert project_of(found) == PROJECT


@pytest.mark.parametrize(
    ("shape", "is_own"),
    [
        ({"createdBy": {"id": "A-1"}}, True),
        ({"createdBy": {"id": "b-2"}}, False),
        ({"createdBy": None}, False),
        ({}, False),
    ],
)
def test_a_hook_belongs_to_its_maker(shape, is_own):
    assert is_owned_by(shape, "a-1") == is_own


@pytest.mark.parametrize(("repairs", "minutes"), [(0, 0), (1, 15), (2, 30), (3, 60), (5, 240), (6, 240), (10_000, 240)])
def test_the_pause_grows_with_the_repairs_in_a_row(repairs, minutes):
    assert repair_pause(repairs) == minutes * MINUTES
