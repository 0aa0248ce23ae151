import pytest

from clients.ado_tenants import read_tenant
from clients.hosts import ado_hosts
from clients.http import HttpClient
from domain.errors import Unavailable

TENANT = "6f1f0a2e-4c53-4d0b-9d56-0c9d2f7be101"
NONE = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def ask(wire):
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))
    return lambda: read_tenant(f"{wire.url}/acme", http)


@pytest.mark.parametrize(
    ("status", "headers", "tenant"),
    [
        (401, {"X_VSS_ResourceTenant": TENANT.upper()}, TENANT),
        (302, {"X_VSS_ResourceTenant": TENANT, "Location": "https://login.example/"}, TENANT),
        (200, {"X_VSS_ResourceTenant": TENANT}, TENANT),  # an organization with public projects
        (401, {"X_VSS_ResourceTenant": NONE}, NONE),
        (401, {"WWW_Authenticate": f"Bearer authorization_uri=https://login.windows.net/{TENANT}"}, TENANT),
        (
            401,
            {"WWW_Authenticate": f'Basic realm="x", Bearer authorization_uri="https://login.x.net/{TENANT}"'},
            TENANT,
        ),
        (401, {"X_VSS_ResourceTenant": "nonsense", "WWW_Authenticate": "NTLM"}, ""),
        (401, {}, ""),
        (404, {}, ""),
    ],
)
def test_the_tenant_is_told_to_everybody(wire, ask, status, headers, tenant):
    wire.will_answer(status, **headers)
    assert ask() == tenant
    assert wire.asked[0]["PATH_INFO"] == "/acme/_apis/connectionData"
    assert "HTTP_AUTHORIZATION" not in wire.asked[0]


def test_an_organization_that_is_away_cannot_say(wire, ask):
    for _again in range(2):
        wire.will_answer(503)
    with pytest.raises(Unavailable):
        ask()
