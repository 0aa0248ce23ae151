import pytest

from clients.hosts import ado_hosts, jira_hosts
from domain.errors import BadInput

EXTRA = frozenset({"ado.example.com:8080", "server"})


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/acme",
        "https://DEV.azure.com/acme",
        "https://dev.azure.com:443/acme",
        "https://vsrm.dev.azure.com/acme",
        "https://acme.visualstudio.com",
        "http://ado.example.com:8080/acme",
        "https://server/tfs/acme",
    ],
)
def test_azure_devops_addresses_may_be_called(url):
    assert ado_hosts(EXTRA).require(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://dev.azure.com/acme",
        "https://dev.azure.com:8443/acme",
        "https://dev.azure.com.evil.example/acme",
        "https://evil.example/dev.azure.com",
        "https://user:pass@dev.azure.com/acme",
        "https://dev.azure.com@evil.example/acme",
        "https://visualstudio.com.evil.example",
        "https://evilvisualstudio.com",
        "http://169.254.169.254/latest",
        "http://ado.example.com:9090/acme",
        "ftp://server/acme",
        "file:///etc/passwd",
        "https://evil.example\\.visualstudio.com",
        "https://evil.example\t.visualstudio.com",
        "https://evil.example%2f.visualstudio.com",
        "https://dev.azure.com:99999/acme",
        "https://dev.azure.com:port/acme",
        "https://[",
        "",
    ],
)
def test_any_other_address_may_not(url):
    with pytest.raises(BadInput):
        ado_hosts(EXTRA).require(url)


def test_a_jira_site_is_known_by_its_suffix():
    assert jira_hosts(frozenset()).allows("https://acme.atlassian.net")
    assert not jira_hosts(frozenset()).allows("https://atlassian.net.evil.example")
    assert not jira_hosts(frozenset()).allows("https://api.atlassian.com")
