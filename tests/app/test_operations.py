from dataclasses import replace

import pytest
from pydantic import SecretStr
from redis import Redis

from app import create_app
from app.api import api_document
from store.db import metadata

PATHS = {
    "/api/connections": {"get", "post"},
    "/api/connections/{connection_id}": {"get", "delete"},
    "/api/connections/{connection_id}/token": {"put"},
    "/api/connections/{connection_id}/projects": {"get"},
    "/api/connections/{connection_id}/projects/{project_id}": {"put", "delete"},
    "/api/dead-letters": {"get"},
    "/api/dead-letters/{letter_id}/retry": {"post"},
    "/api/health": {"get"},
    "/api/branch-form": {"get"},
    "/api/repositories": {"get"},
    "/api/repositories/{repository_id}/branches": {"get"},
    "/api/branches": {"post"},
    "/api/branches/check": {"post"},
    "/api/issue-work": {"get"},
}


@pytest.fixture
def document(client):
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_a_process_that_is_up_says_so(client):
    assert client.get("/healthz").status_code == 200


def test_a_process_is_ready_when_database_redis_and_secrets_are(client):
    assert client.get("/readyz").json == {"status": "ready"}
    assert client.get("/readyz").status_code == 200


def refuse_readiness(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.headers["Retry-After"]
    return answer.json


def test_an_old_schema_is_not_ready(client, services):
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")

    refused = refuse_readiness(client)

    assert refused["failed"] == ["database"]
    assert "upgrade-database" in refused["detail"]


def test_a_database_that_lost_its_tables_is_named(client, services):
    metadata.drop_all(services.engine)

    refused = refuse_readiness(client)

    assert refused["failed"] == ["secrets"]
    assert "OperationalError" in refused["detail"]


def test_secrets_that_cannot_be_opened_are_named(client, services):
    services.settings.local_key_file.touch(0o644)

    refused = refuse_readiness(client)

    assert refused["failed"] == ["secrets"]
    assert "chmod 600" in refused["detail"]


def test_readiness_makes_neither_key_file_nor_data_key(client, services):
    client.get("/readyz")

    assert not services.settings.local_key_file.exists()
    assert services.vault.used_master_keys() == frozenset()


def test_a_lost_key_file_is_not_ready_and_its_place_is_not_told(client, services):
    services.vault.seal("acme", "shared_secret", SecretStr("s"))
    services.settings.local_key_file.unlink()

    refused = refuse_readiness(client)

    assert refused["failed"] == ["secrets"]
    assert "Bring back a copy" in refused["detail"]
    assert str(services.settings.local_key_file.parent) not in refused["detail"]


def test_redis_being_away_is_named(services):
    away = Redis(port=1, socket_connect_timeout=1)
    client = create_app(replace(services, redis=away)).test_client()

    assert refuse_readiness(client)["failed"] == ["redis"]
    assert client.get("/healthz").status_code == 200
    away.close()


def test_the_document_describes_every_call(document):
    described = {path: set(methods) for path, methods in document["paths"].items()}

    assert PATHS.items() <= described.items()


def test_every_call_has_words_a_refusal_and_answers_that_exist(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert "422" not in operation["responses"]
    schemas = document["components"]["schemas"]
    assert {name for name in references(document) if name not in schemas} == set()


def test_no_page_of_others_scripts_comes_with_the_document(client):
    for page in ("swagger", "redoc", "scalar"):
        assert client.get(f"/api/openapi.json/{page}/").status_code == 404


def test_names_are_written_as_on_the_wire(document):
    assert set(document["components"]["schemas"]["NewConnection"]["properties"]) == {
        "organizationUrl",
        "token",
        "expiresOn",
    }
    assert document["components"]["schemas"]["NewConnection"]["properties"]["token"]["writeOnly"] is True


def test_the_document_is_valid_openapi(document):
    from openapi_spec_validator import validate

    validate(document)


def references(part):
    if isinstance(part, dict):
        found = part.get("$ref", "")
        names = {found.rpartition("/")[2]} if found else set()
        return names.union(*(references(value) for value in part.values()))
    return set().union(*(references(value) for value in part)) if isinstance(part, list) else set()


def test_the_document_is_made_anew_for_each_reader(app):
    with app.app_context():
        first = api_document()
        first["paths"].clear()

        assert PATHS.keys() <= api_document()["paths"].keys()
