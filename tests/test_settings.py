import pytest

from clients.http import CONNECT_SECONDS, READ_SECONDS
from domain.rates import PATIENCE
from migration.loads import LATEST_START
from settings import SHORTEST_SETTLE, Settings, SettingsError, load_settings
from store.issue_paces import SHORT_MILLISECONDS


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_every_setting_has_a_value_on_an_empty_machine():
    settings = load_settings()
    assert settings.secret_backend == "local"
    assert settings.database_url.startswith("sqlite:///")


def test_hosts_are_a_comma_separated_list(monkeypatch):
    monkeypatch.setenv("ADO_HOSTS", " ado.example.com:8080 , Server ")
    assert load_settings().ado_hosts == {"ado.example.com:8080", "server"}


def test_an_empty_value_counts_as_absent(monkeypatch):
    monkeypatch.setenv("ADO_HOSTS", "")
    assert load_settings().ado_hosts == frozenset()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PUBLIC_URL", "http://crosswalk.example.com", "https://"),
        ("PUBLIC_URL", "crosswalk.example.com", "not an address"),
        ("SECRET_BACKEND", "vault", "SECRET_BACKEND"),
        ("SECRET_BACKEND", "aws", "KMS_KEY_ID"),
        ("ADO_HOSTS", "https://ado.example.com", "host or host:port"),
        ("JIRA_HOSTS", "user@jira.example.com", "host or host:port"),
        ("ADO_HOSTS", "ado.example.com:99999", "host or host:port"),
        ("ADO_HOSTS", "ado.example.com:port", "host or host:port"),
        ("JIRA_HOSTS", "jira.example.com;x", "host or host:port"),
        ("DATABASE_URL", "mysql://u:word@db/crosswalk", "DATABASE_URL: .*sqlite:/// or postgresql"),
        ("DATABASE_URL", "postgresql://u@db:port/crosswalk", "port must be a number"),
        ("DATABASE_URL", "var/crosswalk.sqlite", "sqlite:/// or postgresql"),
        ("REDIS_URL", "http://127.0.0.1:6379", "REDIS_URL: .*redis://"),
        ("REDIS_URL", "redis://127.0.0.1:port/0", "port must be a number"),
        ("CONNECT_JS_URL", "https://a.example/all.js; script-src *", "CONNECT_JS_URL"),
        ("CONNECT_JS_URL", "https://a.example/'self'", "CONNECT_JS_URL"),
        ("CONNECT_JS_URL", "//a.example/all.js", "CONNECT_JS_URL"),
        ("CONNECT_JS_URL", "https://:80/all.js", "CONNECT_JS_URL"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("MIGRATION_SETTLE_SECONDS", "54", "MIGRATION_SETTLE_SECONDS"),
        ("MIGRATION_SETTLE_SECONDS", "601", "MIGRATION_SETTLE_SECONDS"),
        ("MIGRATION_SETTLE_SECONDS", "soon", "MIGRATION_SETTLE_SECONDS"),
        ("CONNECT_KEYS_URL", "ftp://keys.example.com", "CONNECT_KEYS_URL"),
        ("ATLASSIAN_CLIENT_ID", "an-app", "ATLASSIAN_CLIENT_SECRET belong together"),
        ("ATLASSIAN_CLIENT_SECRET", "a-secret", "ATLASSIAN_CLIENT_ID and"),
        ("ATLASSIAN_AUTH_URL", "auth.atlassian.com", "ATLASSIAN_AUTH_URL"),
        ("ATLASSIAN_AUTH_URL", "http://auth.example.com", "ATLASSIAN_AUTH_URL: .*https://"),
        ("ATLASSIAN_API_URL", "http://api.example.com", "ATLASSIAN_API_URL: .*https://"),
        ("ENTRA_AUTHORITY", "login.microsoftonline.com/organizations", "ENTRA_AUTHORITY: .*not an address"),
        ("ENTRA_AUTHORITY", "http://login.example.com/organizations", "ENTRA_AUTHORITY: .*https://"),
        ("ENTRA_CLIENT_ID", "an-app", "ENTRA_CLIENT_SECRET is missing"),
        ("ENTRA_CLIENT_SECRET", "do-not-show", "ENTRA_CLIENT_ID is missing"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name_and_the_reason(monkeypatch, name, value, words):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=words):
        load_settings()


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_an_address_that_may_hold_a_password_is_not_repeated(monkeypatch, name):
    monkeypatch.setenv(name, "mysql://user:do-not-show@host/1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "do-not-show" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql+psycopg://u@db/crosswalk"),
        ("DATABASE_URL", "postgresql://u:a#b[c?d@db:5432/crosswalk"),
        ("DATABASE_URL", "sqlite:////srv/crosswalk.sqlite"),
        ("REDIS_URL", "rediss://:word@redis.example.com:6380/1"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("ADO_HOSTS", "[::1]:8080"),
        ("CONNECT_JS_URL", "http://127.0.0.1:8443/all.js"),
    ],
)
def test_what_may_be_set_is_taken(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert load_settings()


def test_a_secret_setting_prints_stars(monkeypatch):
    monkeypatch.setenv("ENTRA_CLIENT_ID", "an-app")
    monkeypatch.setenv("ENTRA_CLIENT_SECRET", "do-not-show")
    assert "do-not-show" not in repr(load_settings())


def test_the_log_level_is_taken_in_any_case(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert load_settings().log_level == "DEBUG"


def test_a_run_never_believes_that_a_call_came_to_nothing_while_the_call_may_be_on_its_way():
    waits = (LATEST_START + SHORT_MILLISECONDS + PATIENCE["migration"]) / 1000
    assert waits + 2 * CONNECT_SECONDS + READ_SECONDS <= SHORTEST_SETTLE
