"""What an event does not say and had to be looked up; filled by `jobs` from the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.records import Commit, Person, Repository


@dataclass(frozen=True, slots=True)
class PushFacts:
    """`commits`: every commit of the push whose message has a key, with parents and files. `heads`: new head by ref."""

    commits: tuple[Commit, ...] = ()
    heads: Mapping[str, Commit] | None = None


@dataclass(frozen=True, slots=True)
class PullRequestFacts:
    """`touched`: when it was commented, voted on or moved last, None when that is not known."""

    comment_count: int = 0
    description: str | None = None  # the whole text, when the event's may be cut
    touched: datetime | None = None


@dataclass(frozen=True, slots=True)
class TestCounts:
    __test__ = False  # not a test class, whatever pytest thinks of the name

    total: int
    passed: int
    failed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Shipped:
    """A commit that a run or release brings, or a completed pull request behind one: words, and whose they are.

    `branch`: of a pull request, where it came from. A part without `commit` is what a further artifact of a release
    says of itself.
    """

    texts: tuple[str, ...]
    commit: str | None = None
    author: Person | None = None
    repository: Repository | None = None  # None: not of Azure Repos
    branch: str | None = None
    pipeline: str | None = None  # the pipeline that built it


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What a run built. `texts`: what it says of itself, such as branch, pull request title, tags and variables."""

    repository_id: str | None
    repository_url: str | None
    branch: str | None  # without refs/heads/; for a pull request run its source branch
    commit: str | None
    number: str | None
    texts: tuple[str, ...]
    tests: TestCounts | None = None
    branch_url: str | None = None
    result: Literal["succeeded", "partiallySucceeded", "failed", "canceled"] | None = None  # as the build itself says
    shipped: tuple[Shipped, ...] = ()
    repository: Repository | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that may name an issue."""
        return (*self.texts, *(text for part in self.shipped for text in part.texts))


@dataclass(frozen=True, slots=True)
class DeploymentFacts:
    """One deployment to one environment, from a YAML environment record or a classic release."""

    pipeline_key: str  # unique on the Jira site
    pipeline: str
    pipeline_url: str
    environment_key: str  # the same for every pipeline that deploys there
    environment: str
    sequence_number: int  # grows with every deployment of this pipeline to this environment
    name: str  # what people call it: run name or release name
    url: str
    # withdrawn: it was announced as pending, and is now known under another number or will never be
    state: Literal[
        "pending", "in_progress", "successful", "partially_successful", "failed", "cancelled", "unknown", "withdrawn"
    ]
    older_than_last_success: bool  # redeploy of an older release or run
    repository_id: str | None
    texts: tuple[str, ...]  # what the run or release says of itself
    commits: tuple[str, ...] = ()
    shipped: tuple[Shipped, ...] = ()  # everything it brings since the last success in this environment
    repository: Repository | None = None  # of `texts`; of a release that of its primary artifact
    updated: datetime | None = None  # when it became so; None: when it was told

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that may name an issue."""
        return (*self.texts, *(text for part in self.shipped for text in part.texts))
