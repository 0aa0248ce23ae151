import base64
import io
import json
import threading

import pytest
from flask import Flask
from pydantic import SecretStr
from redis import Redis
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.errors import register_errors
from services import now_milliseconds
from store.dead_letters import DeadLetters
from store.queue import EventQueue
from webhooks.routes import MAX_BODY, routes


def event(number=1, repository="repo-1", **changes):
    body = {
        "subscriptionId": "sub-1",
        "notificationId": number,
        "id": f"event-{number}",
        "eventType": "git.push",
        "publisherId": "tfs",
        "resource": {"repository": {"id": repository}, "pushId": number},
        "createdDate": "2026-11-20T10:00:00.123Z",
    }
    return json.dumps(body | changes).encode()


def unmeasured(path, secret, size):
    """A request whose body tells no length, as chunked ones do; a test client would measure it."""
    environ = EnvironBuilder(path=path, method="POST", headers=authorization(secret)).get_environ()
    environ["wsgi.input"], environ["wsgi.input_terminated"] = io.BytesIO(b"x" * size), True
    environ.pop("CONTENT_LENGTH", None)
    return environ


@pytest.fixture
def link(services):
    site = services.installations.save_connect("client-1", "https://acme.atlassian.net", SecretStr("s"), 1)
    connection = services.connections.add(
        site.id, organization="acme", organization_url="https://dev.azure.com/acme", instance_id="i",
        token=SecretStr("pat"), problems=(), now=1,
    )  # fmt: skip
    return services.links.add(site.id, connection.id, "project-1", ["commits"], 1)


def open_mouth(services):
    app = Flask("mouth")
    app.register_blueprint(routes(services))
    register_errors(app)
    return app


@pytest.fixture
def mouth(services):
    return open_mouth(services).test_client()


@pytest.fixture
def secret(services, link):
    return services.links.read_secret(link).get_secret_value()


def authorization(password, user="crosswalk"):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def post(mouth, link, secret, body, **headers):
    return mouth.post(f"/webhooks/ado/{link.hook}", data=body, headers=authorization(secret) | headers)


def stored(services, link, part="repo-1"):
    return [entry.body for entry in services.queue.read(f"{link.id}/{part}", 100)]


def test_an_event_is_safe_before_it_is_answered(services, mouth, link, secret):
    assert post(mouth, link, secret, event()).status_code == 202
    assert stored(services, link) == [event()]


def test_the_same_event_again_is_accepted_and_dropped(services, mouth, link, secret):
    for _twice in range(2):
        assert post(mouth, link, secret, event()).status_code == 202
    assert len(stored(services, link)) == 1


def test_an_event_without_numbers_is_known_by_its_own_id(services, mouth, link, secret):
    body = json.loads(event())
    del body["subscriptionId"], body["notificationId"]
    for _twice in range(2):
        assert post(mouth, link, secret, json.dumps(body)).status_code == 202
    assert len(stored(services, link)) == 1


def test_two_repositories_have_two_inboxes(services, mouth, link, secret):
    post(mouth, link, secret, event(1, "repo-1"))
    post(mouth, link, secret, event(2, "repo-2"))
    assert len(stored(services, link, "repo-1")) == len(stored(services, link, "repo-2")) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, authorization("wrong"), authorization(""), {"Authorization": "Bearer x"}, {"Authorization": "Basic %%%"}],
)
def test_a_wrong_secret_is_401_and_nothing_is_kept(services, mouth, link, headers):
    answer = mouth.post(f"/webhooks/ado/{link.hook}", data=event(), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert services.redis.keys("crosswalk:*") == []


def test_an_unknown_hook_is_401_even_with_a_right_secret_of_another(mouth, link, secret):
    answer = mouth.post(f"/webhooks/ado/{'0' * 32}", data=event(), headers=authorization(secret))
    assert answer.status_code == 401


def test_the_old_secret_is_accepted_while_a_rotation_runs_and_refused_after(services, mouth, link, secret):
    post(mouth, link, secret, event(1))  # the hook is kept in memory now
    new = services.links.begin_rotation(link).get_secret_value()
    assert post(mouth, link, new, event(2)).status_code == 202
    assert post(mouth, link, secret, event(3)).status_code == 202
    services.links.end_rotation(link.id)
    fresh = open_mouth(services)
    assert post(fresh.test_client(), link, secret, event(4)).status_code == 401
    assert post(fresh.test_client(), link, new, event(5)).status_code == 202


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[1]", b"\xff\xfe", b"null", event(eventType=7), event(createdDate="yesterday")]
)
def test_an_unreadable_body_is_202_and_quarantined_with_its_reason(services, mouth, link, secret, body):
    assert post(mouth, link, secret, body).status_code == 202
    (letter,) = services.dead_letters.list_for(link.installation_id)
    assert letter.event_type == "unreadable"
    assert letter.reason
    assert services.queue.depth(link.id) == (0, None)


def test_two_mebibytes_are_taken_and_one_byte_more_is_413(services, mouth, link, secret):
    padding = MAX_BODY - len(event(1, filler=""))
    assert post(mouth, link, secret, event(1, filler="x" * padding)).status_code == 202
    assert post(mouth, link, secret, event(2, filler="x" * (padding + 1))).status_code == 413
    assert len(stored(services, link)) == 1


def test_a_body_that_does_not_tell_its_length_is_cut_off_at_the_limit(services, mouth, link, secret):
    address = f"/webhooks/ado/{link.hook}"
    assert mouth.open(unmeasured(address, secret, 3 * MAX_BODY // 2)).status_code == 413
    assert services.redis.keys("crosswalk:*") == []


def test_a_body_that_breaks_off_is_503_and_not_kept(services, mouth, link, secret):
    environ = unmeasured(f"/webhooks/ado/{link.hook}", secret, 100)
    environ["CONTENT_LENGTH"] = "200"
    _body, status, _headers = run_wsgi_app(mouth.application, environ)
    assert status.startswith("503")
    assert services.redis.keys("crosswalk:*") == []


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "", 405), ("POST", "/more", 404), ("PUT", "", 405)])
def test_another_method_or_address_is_no_event(mouth, link, method, path, status):
    assert mouth.open(f"/webhooks/ado/{link.hook}{path}", method=method, data=event()).status_code == status


def test_an_unlinked_project_is_refused_at_once_by_every_process(services, mouth, link, secret):
    post(mouth, link, secret, event(1))  # the hook is kept in memory now
    services.queue.close_link(link.id, 60)
    assert post(mouth, link, secret, event(2)).status_code == 401
    assert len(stored(services, link)) == 1


def test_redis_away_is_503_so_that_azure_devops_sends_again(services, link, secret):
    from dataclasses import replace

    nobody = Redis.from_url("redis://127.0.0.1:1/0")
    away = replace(services, queue=EventQueue(nobody), dead_letters=DeadLetters(nobody))
    for body in (event(), b"unreadable"):
        answer = post(open_mouth(away).test_client(), link, secret, body)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


def test_the_database_away_is_503_and_not_401(services, mouth, link, secret):
    from sqlalchemy import text

    with services.engine.begin() as connection:
        connection.execute(text("ALTER TABLE links RENAME TO elsewhere"))
    assert post(mouth, link, secret, event()).status_code == 503


def test_after_uninstall_the_hook_is_closed(services, mouth, link, secret):
    services.installations.mark_uninstalled(link.installation_id, now_milliseconds())
    assert post(mouth, link, secret, event()).status_code == 401
    assert services.redis.keys("crosswalk:*") == []


def test_many_at_once_are_all_kept_once(services, mouth, link, secret):
    app = mouth.application

    def send(numbers):
        for number in numbers:
            assert post(app.test_client(), link, secret, event(number)).status_code == 202

    threads = [threading.Thread(target=send, args=(range(start, 40, 2),)) for start in (0, 1, 0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored(services, link)) == 40
