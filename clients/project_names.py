"""What a project is called, by which a work item tells where it is."""

from collections.abc import Collection
from threading import Lock

from clients.ado import AdoClient
from clients.ado_projects import read_project


class ProjectNames:
    """The name of one project (its GUID), beginning with one that it has or had. Work items tell the name of their
    project and no id, and people rename projects, so it is asked for where another name turns up; from then on the name
    of before counts no more, which another project may have by now. Safe for several threads.
    """

    def __init__(self, client: AdoClient, project_id: str, name: str) -> None:
        self._client, self._project_id = client, project_id
        self._name = name.casefold()
        self._foreign: set[str] = set()
        self._lock = Lock()

    def find_own(self, names: Collection[str]) -> frozenset[str]:
        """Which of some names are the project's. Raises the CallError of an answer."""
        with self._lock:
            if {name.casefold() for name in names} - {self._name} - self._foreign:
                self._name = read_project(self._client, self._project_id).name.casefold()
                self._foreign = {name.casefold() for name in names} - {self._name}
            return frozenset(name for name in names if name.casefold() == self._name)
