"""Handles for tests, benches and people: target projects, rights, rates, the index, limits, and counting.

Below `/_control`; no real Jira has them.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.control import ROOT
from sandbox.jira_migration import add_migration_project, boards_of, count_things, keys_by_source
from sandbox.jira_permissions import APPS
from sandbox.jira_quota import Rates
from sandbox.jira_scheme_seed import Wanted
from sandbox.jira_site import JiraSite

SETTINGS = frozenset({"upload_limit", "keep_files"})


def tracker_control(site: JiraSite) -> Blueprint:
    blueprint = Blueprint("tracker_control", __name__, url_prefix=ROOT)
    blueprint.register_error_handler(KeyError, lambda error: (jsonify(error=f"unknown: {error}"), 404))
    for kind in (TypeError, ValueError):
        blueprint.register_error_handler(kind, lambda error: (jsonify(error=str(error)), 400))
    add_seeding(blueprint, site)
    add_rights(blueprint, site)
    add_rates(blueprint, site)
    add_knobs(blueprint, site)
    add_counting(blueprint, site)
    return blueprint


def add_seeding(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/migration-project")
    def make_project() -> ResponseReturnValue:
        """`{key, name?, board?, epic_link?, ...fields of Wanted}`."""
        given: dict[str, Any] = request.get_json()
        own = {name: given.pop(name) for name in ("name", "board", "epic_link") if name in given}
        key = given.pop("key")
        lists = {name: as_tuple(value) for name, value in given.items()}
        project = add_migration_project(site, key, wanted=replace(Wanted(), **lists), **own)
        boards = [one.id for one in boards_of(site, project)]
        return jsonify(id=project.id, key=project.key, boards=boards), 201


def as_tuple(value: Any) -> Any:
    """Lists of JSON as the tuples they stand for."""
    return tuple(as_tuple(one) for one in value) if isinstance(value, list) else value


def add_rights(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/app-rights")
    def change_rights() -> ResponseReturnValue:
        """`{project, deny?: [...], allow?: [...]}`: what apps may do there; people have `/permissions`."""
        given = request.get_json()
        project = site.projects[given["project"]]
        site.tracker.permissions.deny(APPS, project.id, *given.get("deny", ()))
        site.tracker.permissions.allow(APPS, project.id, *given.get("allow", ()))
        return "", 204

    @blueprint.post("/archive")
    def archive() -> ResponseReturnValue:
        """`{issue}` or `{project}`."""
        given = request.get_json()
        if "project" in given:
            site.tracker.archived_projects.add(site.projects[given["project"]].id)
        else:
            site.tracker.archive(given["issue"])
        return "", 204


def add_rates(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/rates")
    def set_rates() -> ResponseReturnValue:
        """The fields of Rates; `{}` sets Jira's own, `null` lifts all."""
        given = request.get_json()
        if given is not None and "per_issue" in given:
            given["per_issue"] = as_tuple(given["per_issue"])
        site.tracker.quota.rates = None if given is None else Rates(**given)
        return "", 204

    @blueprint.get("/meter")
    def read_meter() -> ResponseReturnValue:
        """Calls, points, refusals."""
        return jsonify(site.tracker.quota.shown())

    @blueprint.delete("/meter")
    def forget_meter() -> ResponseReturnValue:
        site.tracker.quota.forget()
        return "", 204


def add_knobs(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/search-lag")
    def set_lag() -> ResponseReturnValue:
        """`{seconds}`: how long a write stays unseen by searches."""
        site.tracker.index.lag_seconds = float(request.get_json()["seconds"])
        return "", 204

    @blueprint.post("/issue-limits")
    def set_limits() -> ResponseReturnValue:
        """The fields of IssueLimits."""
        site.tracker.limits = replace(site.tracker.limits, **request.get_json())
        return "", 204

    @blueprint.post("/keeping")
    def set_keeping() -> ResponseReturnValue:
        """`{upload_limit?, keep_files?, whole_below?}`: the site's limit of a file, and what is kept of bytes."""
        given = request.get_json()
        if "whole_below" in given:
            site.tracker.texts.whole_below = given.pop("whole_below")
        if set(given) - SETTINGS:
            raise ValueError(f"unknown: {', '.join(sorted(set(given) - SETTINGS))}")
        for name, value in given.items():
            setattr(site.tracker, name, value)
        return "", 204


def add_counting(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.get("/census")
    def read_census() -> ResponseReturnValue:
        """`?project=KEY`: counts of issues and of what is on them."""
        return jsonify(count_things(site, request.args.get("project")))

    @blueprint.get("/sources")
    def read_sources() -> ResponseReturnValue:
        """`?property=&path=`: how many values there are inside a property, and the keys of those made twice."""
        found = keys_by_source(site, request.args["property"], request.args["path"])
        doubled = {str(value): keys for value, keys in found.items() if len(keys) > 1}
        return jsonify(values=len(found), doubled=doubled)
