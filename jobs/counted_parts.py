"""Which parts of what a run or release brings count for a site, and the issue keys they name.

Reads the paths of commits where a pipeline has a path filter; the rules themselves are in `domain.selection`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clients.ado_git import PATHS_READ
from domain.errors import Forbidden, NotFound
from domain.facts import DeploymentFacts, Shipped
from domain.issue_keys import KeyRules, find_keys
from domain.selection import narrow_rules, path_filters, select_shipped, touches, why_no_repository
from jobs.devinfo import Road

LOOKUPS = 200  # commits whose paths are read for one build or deployment; those beyond count


def count_parts(shipped: Iterable[Shipped], pipeline: str, road: Road, rules: KeyRules) -> tuple[Shipped, ...]:
    """The parts that count. Under a path filter those without a key are left out unread.

    Raises the CallError of a look-up that may succeed later.
    """
    check = PathCheck(road, pipeline, rules)
    return tuple(part for part in select_shipped(road.settings, shipped) if check.counts(part))


def count_deployment(facts: DeploymentFacts, road: Road, rules: KeyRules) -> tuple[DeploymentFacts, tuple[str, ...]]:
    """The deployment with the commits that count, and the keys of all that counts, each under the rules of its own
    repository.
    """
    settings = road.settings
    parts = count_parts(facts.shipped, facts.pipeline, road, rules)
    texts = () if why_no_repository(settings, facts.repository) else facts.texts
    keys = list(find_keys(narrow_rules(settings, rules, facts.repository), *texts))
    for part in parts:
        keys += find_keys(narrow_rules(settings, rules, part.repository), *part.texts)
    return replace(facts, commits=counted_commits(facts, parts)), tuple(dict.fromkeys(keys))


def counted_commits(facts: DeploymentFacts, parts: Sequence[Shipped]) -> tuple[str, ...]:
    """The commits without those that do not count; one counts by itself, not by the pull request behind it."""
    known = {part.commit for part in facts.shipped if part.branch is None}
    counted = {part.commit for part in parts if part.branch is None}
    return tuple(commit for commit in facts.commits if commit in counted or commit not in known)


@dataclass(slots=True)
class PathCheck:
    """The path filters of one pipeline, with what may still be looked up for them."""

    road: Road
    pipeline: str
    rules: KeyRules
    left: int = LOOKUPS

    def counts(self, part: Shipped) -> bool:
        """True without a filter, for a commit that touches one of the paths, and for one that cannot be looked at."""
        filters = path_filters(self.road.settings, self.pipeline, part.pipeline)
        if not filters or part.commit is None or part.repository is None:
            return True
        if not find_keys(self.rules, *part.texts):
            return False
        paths = self.paths_of(part.repository.id, part.commit)
        return paths is None or len(paths) >= PATHS_READ or touches(paths, filters)

    def paths_of(self, repository_id: str, sha: str) -> tuple[str, ...] | None:
        """The changed paths, kept for the batch; None when the commit is gone or enough were looked up."""
        kept = self.road.changed_paths
        if (repository_id, sha) not in kept:
            if self.left == 0:
                return None
            self.left -= 1
            kept[repository_id, sha] = self.read_paths(repository_id, sha)
        return kept[repository_id, sha]

    def read_paths(self, repository_id: str, sha: str) -> tuple[str, ...] | None:
        try:
            return self.road.git.list_changed_paths(repository_id, sha)
        except (NotFound, Forbidden):
            return None
