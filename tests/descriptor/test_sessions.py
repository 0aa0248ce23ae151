"""Who a browser window belongs to: the cookie, the CSRF token, and what neither of them opens."""

import pytest
from flask import Response

from descriptor.callers import identify_caller, identify_page, identify_window, require_admin
from descriptor.sessions import cookie_name, open_session, read_session, require_own_page
from domain.errors import AccessDenied, Unauthenticated
from services import build_services
from settings import Settings
from tests.conftest import PUBLIC_URL

FERN, MOSS = "712020:fern", "712020:moss"


@pytest.fixture
def opened(services, installed):
    return services.browser_sessions.open(installed.id, FERN, services.now())


@pytest.fixture
def as_window(app, opened):
    """A request with the cookie of the session."""

    def visit(method="GET", path="/api/me", **headers):
        sent = {"Cookie": f"crosswalk={opened.cookie.get_secret_value()}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return app.test_request_context(path, method=method, headers=sent)

    return visit


def test_a_window_names_site_person_and_session(services, as_window, opened, installed):
    with as_window():
        caller = identify_caller(services)
    assert (caller.installation, caller.account_id, caller.session) == (installed, FERN, opened.session)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_needs_no_token(services, as_window, method):
    with as_window(method, Origin="https://evil.example"):
        assert identify_caller(services).account_id == FERN


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_changing_needs_the_token_of_the_session(services, as_window, opened, method):
    token = opened.session.csrf_token.get_secret_value()
    with as_window(method, X_CSRF_Token=token):
        assert identify_caller(services).account_id == FERN
    with as_window(method, X_CSRF_Token=token, Origin=PUBLIC_URL):
        assert identify_caller(services).account_id == FERN
    for headers in ({}, {"X_CSRF_Token": token[:-1]}, {"X_CSRF_Token": token, "Origin": "https://evil.example"}):
        with as_window(method, **headers), pytest.raises(AccessDenied, match="Reload"):
            identify_caller(services)


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://crosswalk.example.com", "https://crosswalk.example.com"),
        ("https://crosswalk.example.com:443", "https://crosswalk.example.com"),
        ("https://CROSSWALK.example.com/below", "https://crosswalk.example.com"),
        ("https://crosswalk.example.com:8443", "https://crosswalk.example.com:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_the_origin_is_that_of_the_public_address(services, as_window, opened, public_url, origin):
    moved = build_services(Settings(public_url=public_url))
    token = opened.session.csrf_token.get_secret_value()
    with as_window("POST", X_CSRF_Token=token, Origin=origin):
        require_own_page(moved, opened.session)
    with as_window("POST", X_CSRF_Token=token, Origin=f"{origin}0"), pytest.raises(AccessDenied):
        require_own_page(moved, opened.session)


@pytest.mark.parametrize(
    ("public_url", "cookie"),
    [("https://crosswalk.example.com/below", "__Host-crosswalk"), ("http://127.0.0.1:8000", "crosswalk")],
)
def test_the_cookie_is_for_this_host_alone(services, app, installed, public_url, cookie):
    moved = build_services(services.settings.model_copy(update={"public_url": public_url}))
    with app.test_request_context("/pages/create-branch"):
        response = Response()
        session = open_session(moved, response, installed.id, FERN)
    name, _, rest = response.headers["Set-Cookie"].partition("=")
    value, *attributes = rest.split("; ")
    assert (name, cookie_name(public_url)) == (cookie, cookie)
    secure = {"Secure"} if public_url.startswith("https") else set()
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Lax"} | secure
    with app.test_request_context("/", headers={"Cookie": f"{cookie}={value}"}):
        assert read_session(moved) == session


def test_opening_ends_the_session_the_request_came_with(services, as_window, opened, installed):
    with as_window():
        open_session(services, Response(), installed.id, MOSS)
        assert read_session(services) is None


def test_a_token_of_jira_comes_before_the_cookie(services, as_window, river):
    headers = {"Authorization": f"JWT {river.token('GET', '/', qsh='context-qsh', sub=MOSS)}"}
    with as_window("POST", **headers):
        caller = identify_caller(services)
    assert (caller.account_id, caller.session) == (MOSS, None)


@pytest.mark.parametrize("authorization", ["JWT nonsense", "Bearer x", "Basic x", ""])
def test_nobody_falls_back_from_a_bad_token_to_the_cookie(services, as_window, authorization):
    with as_window(Authorization=authorization), pytest.raises(Unauthenticated):
        identify_caller(services)
    with as_window(Authorization=authorization), pytest.raises(Unauthenticated):
        identify_window(services)


def test_a_page_of_a_window_takes_the_token_in_the_address_before_the_session(services, app, as_window, river):
    with as_window(path="/pages/create-branch?issueKey=FERN-1"):
        assert identify_window(services).account_id == FERN
    token = river.token("GET", "/pages/create-branch", "issueKey=FERN-1", sub=MOSS)
    with as_window(path=f"/pages/create-branch?issueKey=FERN-1&jwt={token}"):
        assert identify_window(services).account_id == MOSS
    with as_window(path="/pages/create-branch?issueKey=FERN-1&jwt=nonsense"), pytest.raises(Unauthenticated):
        identify_window(services)


def test_a_framed_page_takes_no_session(services, as_window):
    with as_window(path="/pages/issue?issueKey=FERN-1"), pytest.raises(Unauthenticated):
        identify_page(services)


def test_an_administrators_call_takes_no_session(services, as_window, opened, atlassian):
    atlassian.admins = {FERN}
    token = opened.session.csrf_token.get_secret_value()
    with as_window("POST", path="/api/connections", X_CSRF_Token=token), pytest.raises(Unauthenticated):
        require_admin(services)
    assert atlassian.checks == 0


def test_a_session_of_a_site_that_left_is_nobodys(services, as_window, installed):
    services.installations.mark_uninstalled(installed.id, 1)
    with as_window(), pytest.raises(Unauthenticated, match="uninstalled"):
        identify_caller(services)


def test_without_cookie_and_token_nobody_calls(services, app):
    with app.test_request_context("/api/me"), pytest.raises(Unauthenticated):
        identify_caller(services)
