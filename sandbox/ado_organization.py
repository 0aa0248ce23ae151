"""One Azure DevOps organization in memory: its state and everything people can do in it."""

from datetime import datetime
from typing import Any, Self

from sandbox.ado_branch_actions import BranchActions
from sandbox.ado_hook_actions import HookActions
from sandbox.ado_place_actions import PlaceActions
from sandbox.ado_seed import HISTORY_END, plant
from sandbox.wit_seed import WorkSeedActions


class AdoOrganization(BranchActions, PlaceActions, HookActions, WorkSeedActions):
    """Made empty, or by `seeded`. Call `stop` when done: deliveries run in threads."""

    @classmethod
    def seeded(
        cls, name: str = "acme", *, seed: int = 1, projects: int = 2, repositories: int = 3, commits: int = 12,
        until: datetime = HISTORY_END, since: datetime | None = None, work_items: int = 0, **settings: Any,
    ) -> Self:  # fmt: skip
        """An organization with history: `repositories` in each project, `commits` in each repository, up to `until`.

        With `since` the first repository of each project also has pull requests, builds, deployments and releases from
        then on. With `work_items` the first project has so many, hard cases among them. The same arguments give the
        same ids, names and times. `settings` go to the constructor.
        """
        made = cls(name, seed=seed, **settings)
        plant(
            made, seed=seed, projects=projects, repositories=repositories, commits=commits, until=until, since=since
        )  # fmt: skip
        if work_items:
            home = next(iter(made.projects.values()))
            made.seed_work_items(home.id, work_items, seed=seed, extras=True, oddities=True, until=until)
        return made
