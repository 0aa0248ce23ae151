"""At rest: no column of any table holds a secret, neither as text nor in a usual encoding; nor does a database file."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, inspect, select

from store.connections import Connections
from store.installations import Installations
from store.links import Links, Subscription
from store.secrets import data_keys
from store.token_keepers import LocalTokens

NOW = 1_800_000_000_000


def forms_of(secret: bytes) -> list[bytes]:
    """A secret as it is, and as base64 (any offset), hex or a URL would show it."""
    shifted = [base64.b64encode(b"\0" * offset + secret)[4:-4] for offset in range(3)]
    return [secret, secret.hex().encode(), quote(secret).encode(), *shifted]


def dump_tables(engine: Engine) -> bytes:
    """Every column of every table, as the database gives it without our types."""
    parts: list[bytes] = []
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all():
                parts += [bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row]
    return b"\n".join(parts)


@pytest.fixture
def filled(engine, vault, local_keys):
    """Every way in used once, twice where a value can be replaced; gives the secrets that went in, by name."""
    installations, connections, links = Installations(engine, vault), Connections(engine, vault), Links(engine, vault)
    tokens = LocalTokens(engine, vault)
    words = {
        name: SecretStr(f"fictitious-{name}-5Zq9/+x")
        for name in ("first-shared", "second-shared", "first-pat", "second-pat", "oauth", "second-oauth")
    }
    site = installations.save_connect("client-acme", "https://acme.atlassian.net", words["first-shared"], NOW)
    installations.save_connect("client-acme", "https://acme.atlassian.net", words["second-shared"], NOW)
    reference = tokens.put("cloud-tenant", "jira-oauth", words["oauth"])
    tokens.replace("cloud-tenant", reference, words["second-oauth"])
    installations.save_oauth("https://beta.atlassian.net", "cloud-1", "oauth-client-1", reference, NOW)
    connection = connections.add(
        site.id, organization="fabrikam", organization_url="https://dev.azure.com/fabrikam",
        instance_id="instance-1", token=words["first-pat"], problems=[], now=NOW,
    )  # fmt: skip
    connections.replace_token(connection, words["second-pat"], [])
    link = links.add(site.id, connection.id, "project-1", ["commits"], NOW)
    words["first-hook"] = links.read_secret(link)
    words["second-hook"] = links.begin_rotation(link)
    links.save_subscription(Subscription("subscription-1", link.id, "git.push", "enabled"))
    return words


def test_no_table_holds_a_secret(engine, filled):
    dump = dump_tables(engine)
    for known in (b"client-acme", b"fabrikam", b"oauth-client-1", b"project-1", b"subscription-1"):
        assert known in dump
    found = [name for name, word in filled.items() for f in forms_of(word.get_secret_value().encode()) if f in dump]
    assert found == []


def test_no_table_holds_a_key(engine, filled, local_keys, tmp_path: Path):
    with engine.connect() as connection:
        rows = connection.execute(select(data_keys)).all()
    keys = [local_keys.unwrap(row.tenant, row.wrapped, row.master_key) for row in rows]
    lines = (tmp_path / "crosswalk.keys").read_text().splitlines()
    keys += [base64.b64decode(line.partition(":")[2]) for line in lines if not line.startswith("#")]
    assert len(keys) == 3
    dump = dump_tables(engine)
    assert [key for key in keys for form in forms_of(key) if form in dump] == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_no_file_of_the_database_holds_a_secret(engine, filled):
    files = list(Path(engine.url.database).parent.glob(Path(engine.url.database).name + "*"))
    content = b"".join(file.read_bytes() for file in files)
    assert b"fabrikam" in content
    assert [name for name, word in filled.items() if word.get_secret_value().encode() in content] == []


def test_the_search_would_find_a_secret_that_leaked(engine, filled):
    secret = filled["second-pat"].get_secret_value()
    for leaked in (secret, base64.b64encode(b"user:" + secret.encode()).decode(), secret.encode().hex()):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE connections SET organization = '{leaked}'")
        assert [form for form in forms_of(secret.encode()) if form in dump_tables(engine)]
