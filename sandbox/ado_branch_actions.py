"""What administrators do to branches: locks, policies, rights in one repository. And refusals on demand."""

from sandbox.ado_errors import bad_request
from sandbox.ado_git_actions import GitActions, full_branch
from sandbox.ado_history import resolve_version
from sandbox.ado_model import REF_STATUSES, BranchPolicy, Repository, User

# https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference (Git Repositories)
GIT_RIGHTS = frozenset(
    {"GenericContribute", "CreateBranch", "CreateTag", "ManageNote", "ForcePush", "PullRequestContribute"}
)
NO_PUSHES = (
    "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch."
)  # fmt: skip


class BranchActions(GitActions):
    """Repositories are named by id or name, people by id, mail or name."""

    def lock_branch(
        self, repository: str | Repository, branch: str, *, locked: bool = True, user: str | User | None = None
    ) -> Repository:  # fmt: skip
        """Nobody but who locked a branch can change it."""
        with self.lock:
            found, ref = self.find_repository(repository), full_branch(branch)
            resolve_version(found, ref)
            found.locks.pop(ref, None)
            if locked:
                found.locks[ref] = self.find_user(user)
            return found

    def protect_branches(
        self, repository: str | Repository, pattern: str, *, message: str = NO_PUSHES, name: str | None = None,
        protected: bool = True,
    ) -> Repository:  # fmt: skip
        """A policy on the branches that fit, also on new ones: `main`, `release/*`. `name` is told as `rejectedBy`."""
        with self.lock:
            found = self.find_repository(repository)
            found.policies = [policy for policy in found.policies if policy.pattern != full_branch(pattern)]
            if protected:
                found.policies.append(BranchPolicy(full_branch(pattern), message, name))
            return found

    def deny_git(
        self, repository: str | Repository, right: str, *, user: str | User | None = None, denied: bool = True
    ) -> Repository:  # fmt: skip
        """Take one right in a repository from a person, or give it back. Raises AdoError for an unknown right."""
        if right not in GIT_RIGHTS:
            raise bad_request(f"A right is one of {', '.join(sorted(GIT_RIGHTS))}.")
        with self.lock:
            found, person = self.find_repository(repository), self.find_user(user)
            rights = self.denied_git.setdefault((person.id, found.id), set())
            (rights.add if denied else rights.discard)(right)
            return found

    def refuse_ref(self, status: str, *, message: str | None = None, rejected_by: str | None = None) -> str:
        """Answer the next ref update so, whatever it is. Raises AdoError for an unknown status."""
        if status not in REF_STATUSES:
            raise bad_request(f"A status is one of {', '.join(sorted(REF_STATUSES))}.")
        with self.lock:
            self.ref_refusals.append((status, message, rejected_by))
            return status
