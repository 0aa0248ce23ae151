import pytest

from domain.rate_answers import Advice, Allowance, read_advice, retry_seconds

NOW = 1_800_000_000.0
ADO_LEFT = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "40", "X-RateLimit-Reset": str(int(NOW) + 120)}
LEFT = Allowance(40, 200, NOW + 120)


@pytest.mark.parametrize(
    ("status", "headers", "advice"),
    [
        (200, {}, None),
        (404, {"Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, None),
        (200, {"Retry-After": "0"}, None),
        (200, {"Retry-After": "30"}, Advice("asked", 30, whole=True, strike=True)),
        (503, {"Retry-After": "30"}, Advice("asked", 30, whole=True)),
        (200, {"Retry-After": "90000"}, Advice("asked", 3600, whole=True, strike=True)),
        (200, {"Retry-After": "soon"}, None),
        (200, {"X-RateLimit-Delay": "1.250"}, Advice("delayed", whole=True, strike=True)),
        (200, {"X-RateLimit-Delay": "0"}, None),
        (429, {}, Advice("refused", None, whole=True, strike=True)),
        (429, {"Retry-After": "0"}, Advice("refused", None, whole=True, strike=True)),
        (429, {"Retry-After": "7"}, Advice("refused", 7, whole=True, strike=True)),
        (200, ADO_LEFT, Advice("left", whole=True, allowance=LEFT)),
        (200, ADO_LEFT | {"Retry-After": "2"}, Advice("asked", 2, whole=True, strike=True, allowance=LEFT)),
        (200, {"X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "0"}, None),
        (200, {"X-RateLimit-Limit": "200"}, None),
    ],
)
def test_what_azure_devops_tells(status, headers, advice):
    assert read_advice("core", status, headers, NOW) == advice


@pytest.mark.parametrize(("reset", "ends"), [(None, 300), ("1", 1), (str(int(NOW) + 90_000), 3600), ("later", 300)])
def test_a_reset_that_cannot_be_is_brought_near(reset, ends):
    headers = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "40"} | (
        {"X-RateLimit-Reset": reset} if reset else {}
    )
    advice = read_advice("core", 200, headers, NOW)
    assert advice and advice.allowance == Allowance(40, 200, NOW + ends)


def jira_429(reason, **headers):
    return {"RateLimit-Reason": reason} | headers


@pytest.mark.parametrize(
    ("status", "headers", "advice"),
    [
        (202, {}, None),
        (202, {"X-RateLimit-NearLimit": "false", "X-RateLimit-Remaining": "1", "X-RateLimit-Limit": "100"}, None),
        (202, {"X-RateLimit-NearLimit": "true"}, Advice("near")),
        (202, {"Beta-RateLimit": '"global-app-quota";r=0;t=900', "Beta-Retry-After": "900"}, None),
        (
            429,
            jira_429("jira-quota-global-based", **{"Retry-After": "900"}),
            Advice("quota", 900, whole=True, strike=True),
        ),
        (429, jira_429("jira-quota-tenant-based"), Advice("quota", None, whole=True, strike=True)),
        (429, jira_429("jira-burst-based", **{"Retry-After": "2"}), Advice("burst", 2, strike=True)),
        (429, jira_429("jira-per-issue-on-write", **{"Retry-After": "20"}), Advice("issue", 1)),
        (429, {}, Advice("refused", None, strike=True)),
        (503, {"Retry-After": "5"}, Advice("asked", 5)),
    ],
)
def test_what_jira_tells(status, headers, advice):
    assert read_advice("POST devinfo", status, headers, NOW) == advice


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30),
        ("Fri, 01 Jan 1999 00:00:00 GMT", 0),
        ("", None),
        ("soon", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text, seconds):
    assert retry_seconds({"Retry-After": text}, NOW) == seconds
