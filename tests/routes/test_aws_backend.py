"""The main road with AWS keeping the secrets: KMS wraps the keys, Secrets Manager keeps OAuth secrets."""

import json

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from pydantic import SecretStr
from sqlalchemy import text

from linkage.persons import ado_as
from services import build_services
from settings import Settings, SettingsError
from tests.routes.sign_in_rig import Window, connection_of
from tests.routes.test_event_road import KEY, link_webshop

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def aws_server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(aws_server, monkeypatch):
    """A server that answers like AWS, and the surroundings a process has there."""
    for name, value in {"AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    host, port = aws_server.get_host_and_port()
    return f"http://{host}:{port}"


@pytest.fixture
def settings_changes(town, aws):
    key = boto3.client("kms", endpoint_url=aws).create_key()["KeyMetadata"]["Arn"]
    return {**town.settings(), "secret_backend": "aws", "kms_key_id": key, "aws_endpoint_url": aws}


def test_an_event_reaches_its_issue(open_town):
    link_webshop(open_town)
    open_town.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    open_town.work()
    assert len(open_town.site.panel(KEY)["commits"]) == 1


def test_an_oauth_secret_is_in_secrets_manager_and_the_database_holds_its_arn(town, services, app):
    town.open(services)
    made = requests.post(f"{town.jira}/_control/oauth-credentials", timeout=5).json()
    done = app.test_cli_runner().invoke(
        args=["crosswalk", "add-site", town.jira, "--client-id", made["clientId"], "--secret-stdin"],
        input=made["clientSecret"],
    )
    assert done.exit_code == 0, done.output
    (site,) = services.installations.list_all()
    assert site.oauth_secret_reference.startswith(f"arn:aws:secretsmanager:{REGION}:")
    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM tokens")).scalar() == 0
    kept = boto3.client("secretsmanager", endpoint_url=services.settings.aws_endpoint_url)
    assert kept.get_secret_value(SecretId=site.oauth_secret_reference)["SecretString"] == made["clientSecret"]


def test_a_persons_sign_in_is_in_secrets_manager_and_renewed_there(open_town):
    town, services = open_town, open_town.services
    link_webshop(town)
    window, connection = Window(town), connection_of(town)
    assert window.sign_in(connection).status_code == 303
    (person,) = services.people.list_connection(connection.id)
    assert person.reference.startswith(f"arn:aws:secretsmanager:{REGION}:")
    kept = boto3.client("secretsmanager", endpoint_url=services.settings.aws_endpoint_url)

    def value():
        return json.loads(kept.get_secret_value(SecretId=person.reference)["SecretString"])

    before = value()
    access = {"branches": before["access"]["branches"] | {"expires_at": services.now()}}
    ended = SecretStr(json.dumps(before | {"access": access}))
    services.tokens.replace(person.installation_id, person.reference, ended)
    assert ado_as(services, connection, window.account_id).read_connection().user_name == "Mara Lindqvist"
    assert value()["refresh_token"] != before["refresh_token"]
    with services.engine.connect() as database:
        assert database.execute(text("SELECT count(*) FROM tokens")).scalar() == 0
    window.call("DELETE", "/api/me/ado")
    with pytest.raises(kept.exceptions.ClientError):
        value()


def test_uninstalling_removes_the_secrets(open_town):
    link_webshop(open_town)
    town, services = open_town, open_town.services
    (site,) = services.installations.list_all()
    services.tokens.put(site.id, "person", services.connections.read_token(services.connections.list_for(site.id)[0]))
    requests.post(f"{town.jira}/_control/uninstall", json={}, timeout=20)
    kept = boto3.client("secretsmanager", endpoint_url=services.settings.aws_endpoint_url)
    names = [
        secret["Name"] for secret in kept.list_secrets()["SecretList"]
    ]  # the server keeps those of other tests too
    assert [name for name in names if site.id in name] == []
    assert services.connections.read_token(services.connections.list_for(site.id)[0]) is None


def test_a_missing_region_stops_the_start_with_a_sentence(services, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(SettingsError, match="AWS_DEFAULT_REGION"):
        build_services(Settings(secret_backend="aws", kms_key_id="alias/crosswalk"))
