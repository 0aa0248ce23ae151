"""History, read a page at a time and told as changes; what back-fill and reconciliation both stand on."""

from collections.abc import Mapping

from domain.subscriptions import LinkKind
from jobs.history_branches import read_branches
from jobs.history_builds import read_builds
from jobs.history_commits import read_commits
from jobs.history_deployments import read_deployments
from jobs.history_pages import Reader, Reading, Window
from jobs.history_pulls import read_pull_requests

__all__ = ["READERS", "Reader", "Reading", "Window"]

READERS: Mapping[LinkKind, Reader] = {
    "commits": read_commits,
    "branches": read_branches,
    "pullRequests": read_pull_requests,
    "builds": read_builds,
    "deployments": read_deployments,
}
