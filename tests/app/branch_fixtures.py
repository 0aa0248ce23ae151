"""The fixtures of a desk: one town for each file, put back in order after each test."""

import pytest

from tests.app.branch_rig import running_desk


@pytest.fixture(scope="module")
def shared_desk(redis_server, migrated_file, tmp_path_factory):
    with running_desk(redis_server, migrated_file, tmp_path_factory.mktemp("desk")) as desk:
        yield desk
        assert (desk.site.violations, desk.organization.violations) == ([], [])


@pytest.fixture
def desk(shared_desk):
    """The member is signed in as Tomasz, nothing is chosen, nobody is denied anything."""
    shared_desk.sign_in()
    yield shared_desk
    shared_desk.organization.denied_git.clear()
    shared_desk.organization.denied_repositories.clear()
    shared_desk.organization.ref_refusals.clear()
    shared_desk.site.tracker.permissions._denied.clear()
    shared_desk.forget_marks()
    if "settings" in shared_desk.changed:
        shared_desk.choose()
    if "link" in shared_desk.changed:
        shared_desk.link(jiraProjects=None)
    shared_desk.changed.clear()
