"""Fills a project with planned work items, and counts what there is."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sandbox.ado_errors import bad_request
from sandbox.ado_model import Json, Project, User
from sandbox.ado_past import Moment, PastActions, read_moment
from sandbox.wit_counts import count_items
from sandbox.wit_link_actions import WorkLinkActions
from sandbox.wit_model import Node
from sandbox.wit_oddities import ODDITIES, plant_oddities
from sandbox.wit_plan import Amounts, Ground, Plan

SEED_UNTIL = datetime(2026, 11, 20, tzinfo=UTC)
ODD_HOUR = timedelta(hours=1)  # in which the hard cases are made, one thing a second
SPAN, SPRINT = timedelta(days=3 * 365), timedelta(days=14)
AREAS = (
    "Shop", "Shop/Basket", "Shop/Checkout", "Shop/Checkout/Payments", "Backend", "Backend/Prices", "Größen – Mode",
    "移动",
)  # fmt: skip
TAGS = (
    "customer", "needs review", "performance", "Ümlaut", "tech-debt", "a11y", "release/2026.4", "c++", "très urgent",
    "优先", '"quoted"', "Q4",
)  # fmt: skip
PEOPLE = (  # name, address, and whether the person is active, disabled or removed
    ("Łukasz Żółkiewski", "lukasz.zolkiewski@acme.example", "active"),
    ("李 娜", "li.na@acme.example", "active"),
    ("Aoife O'Brien", "aoife.obrien@acme.example", "active"),
    ("Sam Taylor", "sam.taylor@acme.example", "active"),
    ("Sam Taylor", "sam.taylor2@acme.example", "active"),
    ("Priya Nair", "priya.nair_partner.example#EXT#@acme.example", "active"),
    ("Denis Disabled", "denis.disabled@acme.example", "disabled"),
    ("Gone Girard", "gone.girard@acme.example", "removed"),
)
SERVICE = "Build Service"


class WorkSeedActions(WorkLinkActions, PastActions):
    """Many work items at once."""

    def seed_work_items(
        self, project: str, count: int, template: str = "Agile", seed: int = 1, *, comments: int = 2, links: int = 1,
        attachments: float = 0.2, extras: bool = False, oddities: bool = False, since: Moment | None = None,
        until: Moment = SEED_UNTIL,
    ) -> Plan:  # fmt: skip
        """Give a project `count` work items, in seconds at any size: they are made up when they are read.

        Each has `comments`, `links` to others (0 to 3) and `attachments` on average; `extras` adds images in texts,
        hyperlinks and links to commits, pull requests and builds. With `oddities` some of the `count` are the hard
        cases of `wit_oddities`, made one by one. The same arguments give the same work items.
        """
        with self.lock:
            home, end = self.find_project(project), read_moment(until)
            planned = count - (len(ODDITIES) if oddities else 0)
            if planned < 1 or not 0 <= links <= 3 or not 0 <= attachments < 15 or comments < 0:
                raise bad_request("Seeding needs a count above that of the oddities, and amounts within their limits.")
            if home.id not in {one.ground.project.id for one in self.work.plans}:
                self.work.set_process(home, template)
            ground = self._make_ground(home, end, extras=extras)
            amounts = Amounts(comments, links, attachments, extras)
            start, close = read_moment(since) if since else end - SPAN, end - (ODD_HOUR if oddities else timedelta())
            plan = Plan(
                ground, amounts, first=self.work.last_id + 1, count=planned, seed=seed, start=start, until=close,
                comment_base=self.work.last_comment + 1,
            )  # fmt: skip
            self.work.add_plan(plan)
            if oddities:
                with self.past(close, step=timedelta(seconds=1)):
                    plant_oddities(self, plan)
            return plan

    def _make_ground(self, home: Project, end: datetime, *, extras: bool) -> Ground:
        areas = [self.work.root(home, "area"), *(self.add_area(home.id, path) for path in AREAS)]
        sprints, undated = self._make_sprints(home, end)
        for name in TAGS:
            self.work.note_tag(home, name)
        people = tuple(self._seed_people())
        artifacts = tuple(self._artifacts(home)) if extras else ()
        process = self.work.process_of(home)
        return Ground(home, process, people, tuple(areas), sprints, undated, TAGS, artifacts)

    def _seed_people(self) -> list[User]:
        """Who is there, and some more: with strange letters, of one name, from outside, disabled and gone."""
        known = {user.mail for user in self.users.values()}
        for name, mail, state in PEOPLE:
            if mail in known:
                continue
            made = self.add_user(name, mail)
            if state == "disabled":
                self.work.inactive_people.add(made.id)
            elif state == "removed":
                self.removed_users.add(made.id)
        return [user for user in self.users.values() if user.name != SERVICE]

    def _make_sprints(self, home: Project, end: datetime) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        """Two weeks each, for a year back and six weeks ahead. Each year counts anew: names repeat."""
        first = datetime(end.year, end.month, end.day, tzinfo=UTC) - SPRINT * 26
        found, numbers = [], Counter[int]()
        for at in range(29):
            start = first + SPRINT * at
            numbers[start.year] += 1
            path = f"{start.year}/Sprint {numbers[start.year]}"
            found.append(self.add_iteration(home.id, path, start=start, finish=start + SPRINT - timedelta(days=1)))
        team = self.work.teams_of(home)[0]
        team.iterations += [node for node in found if node not in team.iterations]
        return tuple(found), (self.work.root(home, "iteration"), self.add_iteration(home.id, "Someday"))

    def _artifacts(self, home: Project) -> list[tuple[str, str]]:
        """Addresses of commits, pull requests and builds of the project, some of each."""
        found: list[tuple[str, str]] = []
        for repository in [one for one in self.repositories.values() if one.project is home][:2]:
            place = f"{home.id}%2F{repository.id}%2F"
            found += [(f"vstfs:///Git/Commit/{place}{sha}", "Fixed in Commit") for sha in list(repository.commits)[:4]]
            pulls = [pull.id for pull in self.pull_requests.values() if pull.repository is repository][:4]
            found += [(f"vstfs:///Git/PullRequestId/{place}{number}", "Pull Request") for number in pulls]
        runs = [run.id for run in self.runs.values() if run.pipeline.project is home][:3]
        return found + [(f"vstfs:///Build/Build/{number}", "Build") for number in runs]

    def count_work_items(self, project: str) -> Json:
        """What a migration of a project must account for."""
        with self.lock:
            home = self.find_project(project)
            return count_items(self.work, home)
