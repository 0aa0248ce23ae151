"""Setting a site up for a migration: a project with its own schemes, people, and a count of what arrived."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sandbox.jira_agile_model import Board, BoardType
from sandbox.jira_scheme import EPIC_LINK
from sandbox.jira_scheme_seed import Wanted, make_scheme
from sandbox.jira_search_index import read_values
from sandbox.jira_site import JiraSite, Person, Project


def add_migration_project(
    site: JiraSite,
    key: str,
    name: str = "",
    *,
    wanted: Wanted | None = None,
    board: BoardType | None = "scrum",
    epic_link: bool = False,
) -> Project:
    """A project set up as `wanted`, with a board unless `board` is None; a team-managed one gets a simple board.

    `epic_link` adds the field that only sites of old have. Raises ValueError for a key that is taken.
    """
    chosen = wanted or Wanted()
    with site.lock:
        if key in site.projects:
            raise ValueError(f"the key {key} is taken")
        project = site.projects[key] = Project(str(10_000 + len(site.projects)), key, name or key.title())
        tracker = site.tracker
        tracker.set_scheme(project.id, make_scheme(tracker.catalogue, chosen, project.id))
        if board is not None:
            kind: BoardType = "simple" if chosen.style == "team" else board
            tracker.agile.add_board(f"{key} board", kind, project.id)
        if epic_link:
            tracker.catalogue.add_field("Epic Link", "fixed", EPIC_LINK)
    return project


def add_person(
    site: JiraSite, name: str, email: str, *, active: bool = True, shows_email: bool = True, kind: str = "atlassian"
) -> Person:
    """One more user; the account id follows from the mail address."""
    account = uuid.uuid5(uuid.NAMESPACE_URL, email).hex[:24]
    person = Person(account, name, email, active=active, shows_email=shows_email, kind=kind)
    with site.lock:
        site.people[account] = person
    return person


def boards_of(site: JiraSite, project: Project) -> list[Board]:
    return site.tracker.agile.of_project(project.id)


def count_things(site: JiraSite, project: str | None = None) -> dict[str, int]:
    """How many issues and things on them there are, in one project (by key) or in all."""
    tracker = site.tracker
    wanted = site.projects[project].id if project else None
    records = [one for one in list(tracker.records.values()) if wanted in {None, one.state.project}]
    ids = {one.id for one in records}
    return {
        "issues": len(records),
        "comments": sum(len(one.comments) for one in records),
        "links": sum(link.inward in ids for link in list(tracker.links.values())),
        "remoteLinks": sum(len(one.remote_links) for one in records),
        "files": sum(len(one.files) for one in records),
        "bytes": sum(file.size for one in records for file in one.files),
        "worklogs": sum(len(one.worklogs) for one in records),
        "sprints": len(tracker.agile.sprints),
        "components": len(tracker.components),
    }


def keys_by_source(site: JiraSite, property_key: str, path: str) -> dict[Any, list[str]]:
    """Keys of issues by a value inside a property: more than one key means that something was made twice."""
    found: defaultdict[Any, list[str]] = defaultdict(list)
    for record in list(site.tracker.records.values()):
        sent = record.state.properties.get(property_key)
        for value in read_values(sent, path) if sent is not None else ():
            found[value].append(site.tracker.issue(record).key)
    return dict(found)


def files_by_digest(site: JiraSite, keys: Iterable[str]) -> dict[str, list[str]]:
    """Keys of issues by the SHA-256 of the files on them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        record = site.tracker.record(key)
        for file in record.files if record else ():
            found[file.sha256].append(key)
    return dict(found)
