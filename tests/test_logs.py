import json
import logging

import pytest
import structlog

from logs import TENANTS, configure_logs, hash_tenant


@pytest.fixture
def logged(capsys):
    before = logging.getLogger().handlers[:]

    def lines(write):
        # configured inside the test: pytest puts the root logger's level back between set-up and call
        configure_logs("INFO", "json")
        write()
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert found
        return found

    yield lines
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "secret",
    [
        "Basic OnNlY3JldC1zZWNyZXQ=",
        "Bearer abcdefgh.ijklmnop",
        "JWT eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln",
        "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln",
        "a" * 52,
        "b1" * 42,
        "dana@example.com",
    ],
)
def test_what_looks_like_a_secret_or_a_person_is_masked(logged, secret):
    def write():
        structlog.get_logger("t").warning("some.event", words=f"before {secret} after")
        logging.getLogger("library").warning("before %s after", secret)

    for line in logged(write):
        assert secret not in json.dumps(line)
        assert "***" in json.dumps(line)


@pytest.mark.parametrize(
    "wrapped",
    [["dana@example.com"], {"who": ("dana@example.com",)}, ValueError("dana@example.com"), {"dana@example.com": 1}],
)
def test_it_is_masked_wherever_it_stands(logged, wrapped):
    (line,) = logged(lambda: structlog.get_logger("t").warning("some.event", value=wrapped))
    assert "dana" not in json.dumps(line)
    assert "***" in json.dumps(line)


@pytest.mark.parametrize("before", ["\n", "\t", "x\n"])
def test_a_line_end_before_it_does_not_hide_it(logged, before):
    for secret in ("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln", "a" * 52, "Bearer\nabcdefgh.ijklmnop"):
        (line,) = logged(lambda: structlog.get_logger("t").warning("some.event", words=before + secret))  # noqa: B023
        assert secret not in line["words"]


def test_names_and_numbers_stay(logged):
    (line,) = logged(lambda: structlog.get_logger("t").info("http.call", system="Jira", status=202, ms=12))
    assert (line["event"], line["system"], line["status"], line["ms"]) == ("http.call", "Jira", 202, 12)


def test_a_traceback_of_a_library_is_reduced_to_its_class(logged):
    def write():
        try:
            raise ValueError("Title of a secret work item")
        except ValueError:
            logging.getLogger("library").exception("it failed")

    (line,) = logged(write)
    assert "Title" not in json.dumps(line)
    assert "ValueError" in line["event"]


@pytest.mark.parametrize("name", TENANTS)
def test_a_tenant_is_named_by_a_hash_that_stays_the_same(logged, name):
    identity = "1ba63ede-c9ab-407b-8e65-10f10fc07f29"
    first, second, other = logged(
        lambda: [structlog.get_logger("t").info("some.event", **{name: one}) for one in (identity, identity, "x")]
    )
    assert first[name] == second[name] == hash_tenant(identity) != other[name]
    assert len(first[name]) == 12
    assert identity not in json.dumps([first, second, other])


def test_a_line_without_a_tenant_gets_none(logged):
    (line,) = logged(lambda: structlog.get_logger("t").info("some.event", link=None, repository="r-1"))
    assert (line["link"], line["repository"]) == (None, "r-1")
