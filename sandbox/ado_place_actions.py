"""What administrators do to places: projects, repositories as a whole, the organization's name, rights, tokens."""

from datetime import datetime

from sandbox.ado_access import HIDDEN
from sandbox.ado_clock import parse_time
from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_events import created_event
from sandbox.ado_git_actions import GitActions
from sandbox.ado_model import Project, Push, Repository, SourceControl, Token, User

REFUSALS = frozenset({HIDDEN, 403})


class PlaceActions(GitActions):
    """Projects are named by id or name, repositories too. GUIDs stay whatever is renamed or moved."""

    def add_project(self, name: str, *, source_control: SourceControl = "Git") -> Project:
        """An empty project. One with Tfvc alone has no Git repositories."""
        with self.lock:
            self._require_free(name)
            made = Project(self.new_guid(), name, f"All about {name}", 11, self.clock.now(), source_control)
            self.projects[made.id] = made
            return made

    def rename_project(self, project: str, name: str) -> Project:
        """From now on the old name answers 404, but for a call that asks for former names."""
        with self.lock:
            found = self.find_project(project)
            self._require_free(name)
            found.former_names.append(found.name)
            found.name, found.revision, found.updated = name, found.revision + 1, self.clock.now()
            return found

    def create_repository(self, name: str, project: str, *, user: str | User | None = None) -> Repository:
        """An empty repository, with its event. Raises AdoError in a project without Git."""
        with self.lock:
            home = self.find_project(project)
            if home.source_control == "Tfvc":
                raise bad_request(f"TF400898: the project {home.name} has no Git.")
            made = self.add_repository(name, home)
            self.emit(created_event(made, self.find_user(user), self.clock.now(), self.base_url))
            return made

    def move_repository(self, repository: str, project: str) -> Repository:
        """To another project, with its pull requests; no event tells of it."""
        with self.lock:
            found, home = self.find_repository(repository), self.find_project(project)
            if any(one.project is home and one.name == found.name for one in self.repositories.values()):
                raise bad_request(f"TF400948: A Git repository with the name {found.name} already exists.")
            found.project = home
            return found

    def put_file(
        self, repository: str, path: str, content: str | None, *, branch: str | None = None,
        message: str | None = None, user: str | User | None = None,
    ) -> Push:  # fmt: skip
        """Push a text file to a branch (the default one); without content the file is deleted."""
        change = {"path": path, "kind": "delete" if content is None else "edit", "content": content}
        commit = {"message": message or f"Change {path}", "files": [change]}
        return self.push(repository, [commit], branch=branch, user=user)

    def rename_organization(self, name: str) -> str:
        """The old address answers 404 from now on. Raises AdoError for a name that an address cannot hold."""
        with self.lock:
            if not name or not name.replace("-", "").isalnum():
                raise bad_request(f"'{name}' is not a name of an organization.")
            self.base_url = self.base_url.removesuffix(self.name) + name
            self.former_names.append(self.name)
            self.name = name
            return name

    def deny_repository(
        self, repository: str, *, user: str | User | None = None, status: int = HIDDEN, denied: bool = True
    ) -> Repository:  # fmt: skip
        """Take from a person the right to read one repository, or give it back.

        404 hides it from lists too (TF401019); with 403 it is listed and every read refused (TF401027).
        """
        with self.lock:
            found, person = self.find_repository(repository), self.find_user(user)
            if status not in REFUSALS:
                raise bad_request("A repository is refused with 404 or 403.")
            self.denied_repositories.pop((person.id, found.id), None)
            if denied:
                self.denied_repositories[person.id, found.id] = status
            return found

    def remove_user(self, user: str, *, removed: bool = True) -> User:
        """Take a person out of the organization, or back in; what they did stays theirs."""
        with self.lock:
            person = self.find_user(user)
            (self.removed_users.add if removed else self.removed_users.discard)(person.id)
            return person

    def expire_token(self, secret: str, expires: datetime | str | None) -> Token:
        """Change when a token ends; None is never. Raises AdoError for an unknown token."""
        with self.lock:
            token = self.tokens.get(secret)
            if token is None:
                raise not_found("TokenNotFoundException", "The token could not be found.")
            token.expires = parse_time(expires) if isinstance(expires, str) else expires
            return token

    def _require_free(self, name: str) -> None:
        if any(project.name.casefold() == name.casefold() for project in self.projects.values()):
            raise bad_request(
                f"TF200019: The following project already exists: {name}.", "ProjectAlreadyExistsException"
            )
