import dataclasses

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app import create_app, dead_letters
from store.queue import QUEUE, Entry, EventQueue
from tests.app.actions import kept_link, pointers

NOON = 1_790_000_000_000  # 2026-09-21 14:13:20 UTC


@pytest.fixture
def buried(site, connection, linked, webshop):
    """An event that Jira did not take; returns its inbox and the dead letter's id."""
    return bury(site, kept_link(site, connection, webshop), "Jira answered 400: no repositories")


def bury(site, link, reason, at=NOON):
    entry = Entry("1-0", b'{"eventType": "git.push", "secret words": "of a message"}', at, "git.push")
    letter = site.services.dead_letters.bury(link.installation_id, f"{link.id}/repo", entry, reason, at)
    return f"{link.id}/repo", letter


def test_a_dead_letter_is_shown_with_its_reason_and_without_its_body(site, connection, buried, webshop):
    answer = site.call("GET", "/api/dead-letters")

    assert answer.json() == {
        "items": [
            {
                "id": buried[1],
                "connectionId": connection["id"],
                "projectId": webshop,
                "eventType": "git.push",
                "reason": "Jira answered 400: no repositories",
                "at": "2026-09-21T14:13:20Z",
            }
        ],
        "next": None,
        "count": 1,
        "dropped": 0,
    }
    assert "secret words" not in answer.text


def test_the_newest_comes_first(site, connection, buried, webshop):
    _inbox, newer = bury(site, kept_link(site, connection, webshop), "later", at=NOON + 1)

    assert [item["id"] for item in site.call("GET", "/api/dead-letters").json()["items"]] == [newer, buried[1]]


def test_the_letters_of_a_project_go_when_it_is_unlinked(site, projects, buried, webshop):
    site.call("DELETE", f"{projects}/{webshop}")

    assert site.call("GET", "/api/dead-letters").json()["items"] == []


def test_a_retried_letter_is_back_in_its_inbox_and_a_worker_is_told(site, buried):
    inbox, letter = buried

    answer = site.call("POST", f"/api/dead-letters/{letter}/retry")

    assert (answer.status_code, answer.json()) == (202, {"id": letter})
    assert [entry.body[:13] for entry in site.services.queue.read(inbox, 10)] == [b'{"eventType":']
    (job,) = Queue(QUEUE, connection=site.services.redis, serializer=JSONSerializer).jobs
    assert list(job.args) == ["drain", inbox]
    assert site.call("GET", "/api/dead-letters").json()["items"] == []


def test_a_letter_is_retried_once(site, buried):
    assert site.call("POST", f"/api/dead-letters/{buried[1]}/retry").status_code == 202
    assert site.call("POST", f"/api/dead-letters/{buried[1]}/retry").status_code == 404


def test_another_site_s_letter_is_neither_shown_nor_retried(site, connection):
    entry = Entry("1-0", b"{}", NOON, "git.push")
    letter = site.services.dead_letters.bury("other", "x/repo", entry, "no", NOON)

    assert site.call("GET", "/api/dead-letters").json()["items"] == []
    assert site.call("POST", f"/api/dead-letters/{letter}/retry").status_code == 404
    assert site.services.dead_letters.count("other") == 1


def test_the_list_goes_on_where_a_page_ended(site, connection, linked, webshop):
    link = kept_link(site, connection, webshop)
    made = [bury(site, link, "no", at=NOON + number)[1] for number in range(201)]

    pages = [site.call("GET", "/api/dead-letters").json()]
    while pages[-1]["next"]:
        pages.append(site.call("GET", f"/api/dead-letters?after={pages[-1]['next']}").json())
    shown = [[item["id"] for item in page["items"]] for page in pages]

    assert [len(page) for page in shown] == [100, 100, 1]
    assert [letter for page in shown for letter in page] == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9999999999999", "٣"])
def test_a_place_that_is_none_is_refused(site, cursor):
    answer = site.call("GET", f"/api/dead-letters?after={cursor}")

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/after"]


def test_a_letter_of_an_unlinked_project_cannot_be_retried_and_stays(site, connection, buried, webshop):
    site.services.links.delete(kept_link(site, connection, webshop).id)

    answer = site.call("POST", f"/api/dead-letters/{buried[1]}/retry")

    assert answer.status_code == 409
    assert "not linked any more" in answer.json()["detail"]
    assert [item["id"] for item in site.call("GET", "/api/dead-letters").json()["items"]] == [buried[1]]


def test_a_worker_that_cannot_be_told_does_not_turn_a_retry_into_a_failure(services, town, site, buried):
    away = Redis(port=1, socket_connect_timeout=1)
    app = create_app(dataclasses.replace(services, queue=EventQueue(away)))
    headers = {"Authorization": f"JWT {town.site.context_token('crosswalk-azure-devops', town.site.admin.account_id)}"}

    answer = app.test_client().post(f"/api/dead-letters/{buried[1]}/retry", headers=headers)

    assert answer.status_code == 202
    assert len(services.queue.read(buried[0], 10)) == 1
    away.close()


def retry_all(site, before=None):
    answer = site.call("POST", f"/api/dead-letters/retry?before={before}" if before else "/api/dead-letters/retry")
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_all_letters_go_back_at_once_the_oldest_first(site, connection, buried, webshop):
    link = kept_link(site, connection, webshop)
    bury(site, link, "older", at=NOON - 1)
    unlinked = dataclasses.replace(link, id="unlinked")
    bury(site, unlinked, "nowhere to go")

    answer = retry_all(site)

    assert (answer["retried"], answer["left"]) == (2, 0)
    assert [item["reason"] for item in site.call("GET", "/api/dead-letters").json()["items"]] == ["nowhere to go"]
    assert len(site.services.queue.read(f"{link.id}/repo", 10)) == 2


def test_many_letters_go_back_in_portions_and_each_answer_says_what_is_left(
    site, connection, linked, webshop, monkeypatch
):
    monkeypatch.setattr(dead_letters, "RETRIED_AT_ONCE", 2)
    link = kept_link(site, connection, webshop)
    lately = site.services.now() - 1_000
    bury(site, dataclasses.replace(link, id="unlinked"), "nowhere to go", at=lately - 1)
    for number in range(5):
        bury(site, link, "no", at=lately + number)

    answers = [retry_all(site)]
    given_up_again = bury(site, link, "still no", at=site.services.now() + 60_000)[1]
    while answers[-1]["left"]:
        answers.append(retry_all(site, answers[-1]["before"]))

    assert [(answer["retried"], answer["left"]) for answer in answers] == [(2, 3), (2, 1), (1, 0)]
    assert len({answer["before"] for answer in answers}) == 1
    assert site.call("GET", "/api/dead-letters").json()["items"][0]["id"] == given_up_again
    assert len(site.services.queue.read(f"{link.id}/repo", 10)) == 5


def test_a_letter_that_ended_is_no_end_of_the_list(site, connection, linked, webshop, monkeypatch):
    monkeypatch.setattr(dead_letters, "RETRIED_AT_ONCE", 1)
    link = kept_link(site, connection, webshop)
    for number in range(2):
        site.services.redis.delete(f"crosswalk:dead:{bury(site, link, 'no', at=NOON + number)[1]}")
    bury(site, link, "no", at=NOON + 5)

    answer = retry_all(site)

    assert (answer["retried"], answer["left"]) == (1, 0)


def test_a_time_that_is_none_is_refused(site):
    answer = site.call("POST", "/api/dead-letters/retry?before=soon")

    assert (answer.status_code, pointers(answer)) == (422, ["/before"])
