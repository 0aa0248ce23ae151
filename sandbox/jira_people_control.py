"""Handles for people of a Jira site: who there is, what they may not see, what became of their accounts."""

import uuid
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.jira_site import JiraSite, Person


def add_people(blueprint: Blueprint, site: JiraSite) -> None:
    """An unknown person, project or issue answers 404 (KeyError), a status that does not exist 409 (ValueError)."""

    @blueprint.get("/people")
    def list_people() -> ResponseReturnValue:
        return jsonify([person_body(person) for person in site.people.values()])

    @blueprint.post("/people")
    def add_person() -> ResponseReturnValue:
        """`{name, email, admin?, account?, active?, shows_email?, kind?}`."""
        given = request.get_json()
        account = given.get("account") or uuid.uuid5(uuid.UUID(site.cloud_id), given["email"]).hex[:24]
        more = {name: given[name] for name in ("admin", "active", "shows_email", "kind") if name in given}
        made = site.people[account] = Person(account, given["name"], given["email"], **more)
        return jsonify(person_body(made)), 201

    @blueprint.post("/permissions")
    def set_permission() -> ResponseReturnValue:
        """`{account, project, permission?, denied?}`: by default the project is no longer seen."""
        given = request.get_json()
        account, project = site.people[given["account"]].account_id, site.projects[given["project"]].id
        change = site.tracker.permissions.deny if given.get("denied", True) else site.tracker.permissions.allow
        change(account, project, given.get("permission", "BROWSE_PROJECTS"))
        return "", 204

    @blueprint.post("/hide-issue")
    def hide_issue() -> ResponseReturnValue:
        """`{account, key, hidden?}`: one issue, as a security level does."""
        given = request.get_json()
        account, issue = site.people[given["account"]].account_id, site.issues[given["key"]].id
        site.tracker.permissions.hide_issue(account, issue, hidden=given.get("hidden", True))
        return "", 204

    add_accounts(blueprint, site)


def add_accounts(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/accounts")
    def set_account() -> ResponseReturnValue:
        """`{account, status, when?}`: `closed`, or `updated` at a time. Any id will do: it may be of someone gone."""
        given = request.get_json()
        if given["status"] not in {"closed", "updated"}:
            raise ValueError("a status is closed or updated")
        if given["status"] == "closed":
            site.accounts.close(given["account"])
        else:
            site.accounts.change(given["account"], datetime.fromisoformat(given["when"]) if "when" in given else None)
        return "", 204

    @blueprint.get("/accounts")
    def list_reported() -> ResponseReturnValue:
        """Every account that was reported, as often as it was."""
        return jsonify(reported=site.accounts.reported)


def person_body(person: Person) -> dict[str, Any]:
    return {"account": person.account_id, "name": person.name, "email": person.email, "admin": person.admin}
