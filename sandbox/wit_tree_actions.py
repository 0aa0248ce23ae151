"""What administrators do around work items: processes, areas, iterations, teams, people, and what cannot be read."""

from sandbox.ado_errors import bad_request
from sandbox.ado_model import Ambush, Json, Project, User
from sandbox.ado_past import Moment, read_moment
from sandbox.ado_state import OrganizationState
from sandbox.wit_errors import no_work_item
from sandbox.wit_model import Node, SavedQuery, Team, TreeKind, WorkItem
from sandbox.wit_process import Process
from sandbox.wit_wiql import parse_query

BROKEN_OR_HIDDEN = frozenset({404, 500})


class WorkTreeActions(OrganizationState):
    """Projects are named by id or name, nodes by their path below the root."""

    def set_process(self, project: str, process: str) -> Process:
        """Choose the process of a project without work items. Raises AdoError when it has some."""
        with self.lock:
            home = self.find_project(project)
            used = any(plan.ground.project is home for plan in self.work.plans)
            if used or any(item.project is home for item in self.work.kept.values()):
                raise bad_request(f"The project {home.name} has work items already.")
            return self.work.set_process(home, process)

    def add_area(self, project: str, path: str) -> Node:
        """Make a node and those above it."""
        return self._add_nodes(project, "area", path)

    def add_iteration(
        self, project: str, path: str, *, start: Moment | None = None, finish: Moment | None = None
    ) -> Node:  # fmt: skip
        """Dates come together or not at all; the finish is the last day."""
        if (start is None) is not (finish is None):
            raise bad_request("VS402360: An iteration has both a start and a finish date, or none.")
        made = self._add_nodes(project, "iteration", path)
        if start is not None and finish is not None:
            made.start, made.finish = read_moment(start), read_moment(finish)
        return made

    def _add_nodes(self, project: str, kind: TreeKind, path: str) -> Node:
        with self.lock:
            found = self.work.root(self.find_project(project), kind)
            for name in path.replace("\\", "/").strip("/").split("/"):
                found = found.find_child(name) or self.work.add_node(found, name)
            return found

    def rename_node(self, project: str, kind: TreeKind, path: str, name: str) -> Node:
        """Work items follow: their paths are read anew."""
        with self.lock:
            found = self.work.find_node(self.find_project(project), kind, path)
            if found.parent is None:
                raise bad_request("VS402486: The root of a tree has the name of its project.")
            found.own_name = name
            return found

    def add_team(self, project: str, name: str, *, area: str = "", iterations: list[str] | None = None) -> Team:
        """A team with an area and its iterations, by path."""
        with self.lock:
            home = self.find_project(project)
            made = Team(self.work.new_guid(), name, home, self.work.find_node(home, "area", area))
            made.iterations += [self.work.find_node(home, "iteration", path) for path in iterations or ()]
            self.work.teams_of(home).append(made)
            return made

    def choose_iteration(self, project: str, path: str, *, team: str | None = None) -> Team:
        """Put an iteration on a team's list; the project's first team without a name."""
        with self.lock:
            home = self.find_project(project)
            teams = self.work.teams_of(home)
            found = next((one for one in teams if team in {one.name, one.id}), teams[0])
            found.iterations.append(self.work.find_node(home, "iteration", path))
            return found

    def save_query(self, project: str, name: str, wiql: str, *, user: str | User | None = None) -> SavedQuery:
        """A query directly below Shared Queries. Raises AdoError for a text that is no query."""
        with self.lock:
            parse_query(wiql)
            home, person = self.find_project(project), self.find_user(user)
            made = SavedQuery(self.work.new_guid(), "Shared Queries", None, None, person, home.updated)
            folder = self.work.queries.setdefault(home.id, made)
            query = SavedQuery(self.work.new_guid(), name, folder, wiql, person, self.clock.now())
            folder.children.append(query)
            return query

    def deny_area(
        self, project: str, path: str = "", *, user: str | User | None = None, denied: bool = True
    ) -> Node:  # fmt: skip
        """Take from a person the right to view work items below an area: they do not exist for that person."""
        with self.lock:
            found = self.work.find_node(self.find_project(project), "area", path)
            entry = (self.find_user(user).id, found.id)
            (self.work.denials.nodes.add if denied else self.work.denials.nodes.discard)(entry)
            return found

    def hide_project(
        self, project: str, *, user: str | User | None = None, hidden: bool = True
    ) -> Project:  # fmt: skip
        """Take a person out of a project, or back in: neither it nor its work items exist for that person."""
        with self.lock:
            home, person = self.find_project(project), self.find_user(user)
            (self.hidden_projects.add if hidden else self.hidden_projects.discard)((person.id, home.id))
            self.deny_area(home.name, user=person, denied=hidden)
            return home

    def break_work_item(self, number: int, *, status: int | None = 500) -> WorkItem:
        """An item that cannot be read: with 404 nobody sees it, with 500 it is listed and every read fails. None mends
        it."""
        with self.lock:
            if status is not None and status not in BROKEN_OR_HIDDEN:
                raise bad_request("A work item is broken with 404 or 500.")
            if not self.work.exists(number):
                raise no_work_item(number)
            self.work.denials.items.pop(number, None)
            if status is not None:
                self.work.denials.items[number] = status
            return self.work.find(number)

    def disable_user(self, user: str, *, disabled: bool = True) -> User:
        """A person who may not sign in any more, and still stands in work items."""
        with self.lock:
            person = self.find_user(user)
            (self.work.inactive_people.add if disabled else self.work.inactive_people.discard)(person.id)
            return person

    def lay_ambush(self, route: str, does: str, arguments: Json | None = None, *, skip: int = 0) -> Ambush:
        """Do an action just before a call of a route is answered, after `skip` calls of it have gone by."""
        with self.lock:
            if does.startswith("_") or not callable(getattr(self, does, None)):
                raise bad_request(f"There is no action {does}.")
            made = Ambush(route, does, dict(arguments or {}), skip)
            self.ambushes.append(made)
            return made
