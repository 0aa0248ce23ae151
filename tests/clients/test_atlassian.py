import pytest

from clients.atlassian import InstallKeys, read_cloud_id
from clients.hosts import AllowedHosts
from clients.http import HttpClient
from domain.errors import BadInput, Unauthenticated

PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"


@pytest.fixture
def http(wire):
    return HttpClient("Atlassian", AllowedHosts(frozenset(), (), frozenset({wire.host})))


def test_a_key_is_fetched_by_its_id_and_kept_for_an_hour(wire, http):
    now = [0.0]
    keys = InstallKeys(wire.url, http, lambda: now[0])
    for moment in (0.0, 3599.0, 3601.0):
        now[0] = moment
        if moment in {0.0, 3601.0}:
            wire.will_answer(200, PEM, content_type="application/x-pem-file")
        assert keys.find_key("abc-123") == PEM
    assert [asked["PATH_INFO"] for asked in wire.asked] == ["/abc-123", "/abc-123"]


@pytest.mark.parametrize("key_id", ["../evil", "a/b", "", "a" * 200, ".hidden", "a..b", "x\n", None, 7, "é"])
def test_a_key_id_of_another_shape_is_refused_without_asking(wire, http, key_id):
    with pytest.raises(Unauthenticated):
        InstallKeys(wire.url, http).find_key(key_id)
    assert wire.asked == []


@pytest.mark.parametrize(("status", "body"), [(404, "no"), (200, "<html>"), (302, "")])
def test_an_unknown_key_is_refused(wire, http, status, body):
    wire.will_answer(status, body, content_type="text/plain")
    with pytest.raises(Unauthenticated, match="does not know"):
        InstallKeys(wire.url, http).find_key("abc")


def test_a_site_names_its_cloud_id(wire, http):
    wire.will_answer(200, '{"cloudId": "cloud-1"}')
    assert read_cloud_id(wire.url, http) == "cloud-1"


@pytest.mark.parametrize("body", ["<html>", "{}", "[]"])
def test_an_address_that_is_no_jira_site_is_said_in_words(wire, http, body):
    wire.will_answer(200, body)
    with pytest.raises(BadInput, match="not a Jira Cloud site"):
        read_cloud_id(wire.url, http)
