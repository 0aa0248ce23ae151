"""What a project is called, by which a work item tells where it is."""

from collections.abc import Collection
from threading import Lock

from clients.ado import AdoClient
from clients.ado_projects import read_project


class ProjectNames:
    """The names of one project (its GUID), beginning with the one that is known. Work items tell the name of their
    project and no id, and people rename projects, so it is asked for where another name turns up. Safe for several
    threads.
    """

    def __init__(self, client: AdoClient, project_id: str, name: str) -> None:
        self._client, self._project_id = client, project_id
        self._known = frozenset({name.casefold()})
        self._lock = Lock()

    def find_own(self, names: Collection[str]) -> frozenset[str]:
        """Which of some names are the project's. Raises the CallError of an answer."""
        with self._lock:
            if any(name.casefold() not in self._known for name in names):
                self._known |= {read_project(self._client, self._project_id).name.casefold()}
            return frozenset(name for name in names if name.casefold() in self._known)
