"""A running site for the tests of a file about issues; each test gets it clean."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.sandbox.issue_rig import IssueRig, clean, running_issues
from tests.untraced import untraced


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Nothing of the product runs in these tests. Pytest calls this hook for tests of other folders as well."""
    if not item.path.is_relative_to(Path(__file__).parent):
        return (yield)
    with untraced():
        return (yield)


@pytest.fixture(scope="module")
def issue_site() -> Iterator[IssueRig]:
    with running_issues() as rig:
        yield rig


@pytest.fixture
def issues(issue_site: IssueRig) -> Iterator[IssueRig]:
    """Whatever the test took away, slowed down or limited is given back afterwards."""
    yield issue_site
    clean(issue_site)
    broken = list(issue_site.site.violations)
    issue_site.site.violations.clear()
    assert broken == []
