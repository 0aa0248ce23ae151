from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.addresses import read_organization, read_site
from domain.errors import BadInput

EXTRA = frozenset({"127.0.0.1:8011", "ado.example.com"})
ACME = "https://dev.azure.com/acme"

PASTED = [
    ACME,
    f"{ACME}/",
    f"  {ACME}\n",
    f"{ACME}/Web%20Shop/_git/web?path=/README.md&version=GBmain",
    f"{ACME}/Größe/_boards",
    f"{ACME}?view=all#top",
    "HTTPS://DEV.AZURE.COM/ACME",
    "dev.azure.com/acme",
    "dev.azure.com/acme/Webshop",
    "//dev.azure.com/acme",
    "https://acme.visualstudio.com",
    "https://acme.visualstudio.com/",
    "https://ACME.VisualStudio.com/DefaultCollection/Webshop",
    "acme.visualstudio.com",
    "acme",
    "Acme",
]


@pytest.mark.parametrize("pasted", PASTED)
def test_every_form_that_people_paste_names_the_same_organization(pasted):
    read = read_organization(pasted, EXTRA)

    assert (read.organization, read.url) == ("acme", ACME)


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("http://127.0.0.1:8011/acme", "http://127.0.0.1:8011/acme"),
        ("https://ado.example.com/Main_Collection/Webshop?a=b", "https://ado.example.com/Main_Collection"),
        ("http://ADO.example.com:8080/Main", "http://ado.example.com:8080/Main"),
        ("ado.example.com/Main", "https://ado.example.com/Main"),
    ],
)
def test_a_host_of_the_operator_may_use_plain_http_and_a_port(pasted, url):
    assert read_organization(pasted, EXTRA).url == url


REFUSED = [
    "",
    "   ",
    "https://",
    "https://dev.azure.com",
    "https://dev.azure.com/",
    "https://dev.azure.com//acme",
    "https://dev.azure.com/?acme",
    "https://dev.azure.com/ac me",
    "https://dev.azure.com/ac%20me",
    "https://dev.azure.com/-acme",
    "https://dev.azure.com/acme-",
    "https://dev.azure.com/ａcme",
    f"https://dev.azure.com/{'a' * 51}",
    "http://dev.azure.com/acme",
    "ftp://dev.azure.com/acme",
    "javascript://dev.azure.com/acme",
    "https://dev.azure.com:443/acme",
    "https://dev.azure.com:8443/acme",
    "https://dev.azure.com:99999/acme",
    "https://dev.azure.com./acme",
    "https://acme@dev.azure.com/acme/_git/web",
    "https://user:secret@dev.azure.com/acme",
    "https://dev.azure.com@evil.example/acme",
    "https://dev.azure.com\\@evil.example/acme",
    "https://dev.azure.com.evil.example/acme",
    "https://evil-dev.azure.com/acme",
    "https://evil.example/dev.azure.com/acme",
    "https://evil.example#.visualstudio.com",
    "https://evil.example?.visualstudio.com",
    "https://dev.azure.com%2fevil.example/acme",
    "https://dev。azure。com/acme",
    "https://dev.аzure.com/acme",  # a Cyrillic letter
    "https://vsrm.dev.azure.com/acme",
    "https://.visualstudio.com/acme",
    "https://a.acme.visualstudio.com",
    "https://visualstudio.com/acme",
    "https://acme.visualstudio.com.evil.example",
    "https://10.0.0.1/acme",
    "https://[::1]/acme",
    "https://[::1/acme",
    "https://localhost/acme",
    "http://127.0.0.1/acme",
    "http://127.0.0.1:8012/acme",
    "http://127.0.0.1:8011",
    "http://127.0.0.1:8011/..",
    "http://127.0.0.1:8011@evil.example/acme",
    "ado.example.com",
    "https://dev.azure.com/ac\tme",
    "https://dev.azure\n.com/acme",
    "https://dev.azure.com/acme\u200b",
    "https://dev.azure.com/acme\x00",
    "/acme",
    "acme/web",
    "git@ssh.dev.azure.com:v3/acme/web/web",
    "https://dev.azure.com/" + "a/" * 2000,
]


@pytest.mark.parametrize("pasted", REFUSED)
def test_whatever_is_not_on_the_list_is_refused_with_what_is_allowed(pasted):
    with pytest.raises(BadInput) as refused:
        read_organization(pasted, EXTRA)

    (fault,) = refused.value.faults
    assert fault.pointer == "/organizationUrl"
    assert "https://dev.azure.com/your-organization" in fault.detail


def test_a_hosted_installation_names_only_the_cloud():
    with pytest.raises(BadInput, match=r"Write for example https://dev\.azure\.com/your-organization\.$"):
        read_organization("https://ado.example.com/Main", frozenset())


ALPHABET = "abcDEV.-_/:@\\?#%[]0189 \t\u3002\u200bаазｅ"
PIECES = [
    "https://",
    "http://",
    "dev.azure.com",
    ".visualstudio.com",
    "127.0.0.1",
    ":8011",
    "evil.example",
    "acme",
    "@",
]
TEXTS = st.one_of(
    st.text(), st.text(ALPHABET, max_size=60), st.lists(st.sampled_from([*PIECES, *ALPHABET])).map("".join)
)


@given(TEXTS)
def test_no_text_ever_names_a_host_off_the_list(pasted):
    try:
        read = read_organization(pasted, EXTRA)
    except BadInput:
        return
    parts = urlsplit(read.url)
    known = (parts.scheme, parts.netloc) == ("https", "dev.azure.com")
    assert known or parts.netloc in EXTRA or parts.hostname in EXTRA
    assert parts.path == f"/{read.organization}"
    assert not (parts.username or parts.password or parts.query or parts.fragment)


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("https://acme.atlassian.net", "https://acme.atlassian.net"),
        ("https://Acme.Atlassian.net/jira/your-work?x=1", "https://acme.atlassian.net"),
        ("acme.atlassian.net", "https://acme.atlassian.net"),
        ("https://acme.jira.com/", "https://acme.jira.com"),
        ("http://127.0.0.1:8011/browse/A-1", "http://127.0.0.1:8011"),
    ],
)
def test_a_site_is_its_address_without_a_path(pasted, address):
    assert read_site(pasted, EXTRA) == address


@pytest.mark.parametrize(
    "pasted",
    [
        "acme", "https://atlassian.net", "https://.atlassian.net", "https://a.b.atlassian.net", "https://acme.jira.com:444",
        "http://acme.atlassian.net", "https://acme.atlassian.net.evil.example", "https://acme@acme.atlassian.net",
        "https://evil.example/acme.atlassian.net", "https://acme.atlassian.com", "https://xn--.atlassian.net/\n\x00",
    ],
)  # fmt: skip
def test_an_address_that_is_no_site_is_refused(pasted):
    with pytest.raises(BadInput) as refused:
        read_site(pasted, EXTRA)

    assert refused.value.faults[0].pointer == "/siteUrl"


@given(TEXTS)
def test_no_text_ever_names_a_site_off_the_list(pasted):
    try:
        parts = urlsplit(read_site(pasted, EXTRA))
    except BadInput:
        return
    assert parts.netloc in EXTRA or parts.hostname in EXTRA or parts.netloc.endswith((".atlassian.net", ".jira.com"))
    assert parts.path == parts.query == ""
