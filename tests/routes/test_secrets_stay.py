"""After everything was used: no secret in an answer, a log line, an error, a job, an address or the database."""

import requests
from sqlalchemy import MetaData, select

from sandbox.ado_seed import TOKENS
from tests.routes.test_event_road import KEY, link_webshop


def dump_database(services):
    tables = MetaData()
    tables.reflect(services.engine)
    with services.engine.connect() as connection:
        return repr([connection.execute(select(table)).all() for table in tables.sorted_tables])


def dump_redis(services):
    redis, found = services.redis, []
    for key in redis.keys("*"):
        reader = {
            b"string": redis.get, b"hash": redis.hgetall, b"zset": lambda k: redis.zrange(k, 0, -1),
            b"set": redis.smembers, b"list": lambda k: redis.lrange(k, 0, -1), b"stream": redis.xrange,
        }[redis.type(key)]  # fmt: skip
        found.append((key, reader(key)))
    return repr(found)


def use_everything(town):
    """The whole road, refusals included; returns every answer people got."""
    answers = [
        town.call("POST", "/api/connections", {"organizationUrl": town.organization_url, "token": TOKENS["expired"]}),
        town.call("POST", "/api/connections", {"organizationUrl": "https://evil.example", "token": TOKENS["full"]}),
        town.call("POST", "/api/connections", {"organizationUrl": 7, "token": [TOKENS["full"]]}),
        town.call("POST", "/api/connections", {"organizationUrl": town.organization_url, "token": TOKENS["no-hooks"]}),
    ]
    link_webshop(town)
    town.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    fault = {"method": "POST", "path": "/bulk", "status": 500, "times": 1}
    requests.post(f"{town.jira}/_control/faults", json=fault, timeout=5)
    town.work(rounds=2)
    (connection,) = town.call("GET", "/api/connections").json()["items"]
    body = {"token": TOKENS["expired"]}
    answers.append(town.call("PUT", f"/api/connections/{connection['id']}/token", body))
    for path in ("/api/connections", f"/api/connections/{connection['id']}", "/api/health", "/api/dead-letters"):
        answers.append(town.call("GET", path))
    answers.append(requests.get(f"{town.app_url}/pages/admin?jwt=nonsense", timeout=5))
    link = town.services.links.list_connection(connection["id"])[0]
    answers.append(requests.post(f"{town.app_url}/webhooks/ado/{link.hook}", auth=("x", "wrong"), timeout=5))
    return answers


def test_no_secret_is_left_anywhere(open_town, written):
    town, services = open_town, open_town.services
    answers = use_everything(town)
    installation = services.installations.list_all()[0]
    link = services.links.list_for(installation.id)[0]
    secrets = {
        **TOKENS,
        "shared secret": services.installations.shared_secret(installation.id).get_secret_value(),
        "hook secret": services.links.read_secret(link).get_secret_value(),
    }
    calls = [requests.get(f"{url}/_control/calls", timeout=5).text for url in (town.jira, town.ado, town.atlassian)]
    places = {
        "an answer": repr([(answer.text, answer.headers) for answer in answers]),
        "the log": written(),
        "an address that was called": repr(calls),
        "the database": dump_database(services),
        "Redis and its jobs": dump_redis(services),
    }
    assert places["the log"].count("http.call") > 10
    for place, text in places.items():
        assert [name for name, secret in secrets.items() if secret in text] == [], place
    for person in ("Mara Lindqvist", "mara.lindqvist@acme.example", "round prices"):
        assert person not in places["the log"]
        assert person not in places["the database"]
