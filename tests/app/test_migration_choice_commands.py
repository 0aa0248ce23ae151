"""What a mapping may name, by command."""

import pytest

from tests.app.command_rig import desk, flask, said, shared_migrations

__all__ = ["desk", "flask", "shared_migrations"]

CHOICES = {
    "types": [{"id": "10008", "name": "Epic", "level": 1, "statuses": [{"id": "1", "name": "To Do"}]}],
    "fields": [
        {"id": "priority", "name": "Priority", "kind": "priority", "items": "", "types": ["1"], "options": {}},
        {"id": "cf_1", "name": "Risk", "kind": "option", "items": "", "types": ["1"], "options": {"High": "7"}},
    ],
    "priorities": [{"id": "2", "name": "High"}],
    "linkTypes": [{"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}],
    "components": [],
    "sprints": [{"id": 5, "name": "Sprint 1", "state": "active"}],
    "hasSprints": True,
    "linkLabels": {},
    "people": [{"id": "guid-1", "name": "Mara Lindqvist"}],
}  # fmt: skip
SHOWN = """Issue types, with their level and statuses
  10008  Epic (1): 1 To Do
Fields, with their options
  priority  Priority (priority)
  cf_1  Risk (option): 7 High
Priorities
  2  High
Kinds of links
  10000  Blocks
Sprints
  5  Sprint 1
People of Azure DevOps
  guid-1  Mara Lindqvist
"""


def test_everything_is_listed_by_its_id(desk, flask):
    migration = desk.mapped()
    with desk.worker(choices=CHOICES):
        assert flask("choices", migration).stdout == SHOWN
    with desk.worker(choices=CHOICES):
        assert said(flask("choices", migration, "--json"))["sprints"] == CHOICES["sprints"]


@pytest.mark.parametrize(
    ("words", "shown"), [("ada", "Accounts\n  {id}  Ada Admin\n"), ("nobody", "No account begins like this.")]
)
def test_accounts_are_found_by_the_beginning_of_a_name(desk, flask, words, shown):
    account = desk.town.site.admin.account_id
    assert flask("accounts", desk.town.jira, words).stdout.startswith(shown.format(id=account))
    found = said(flask("accounts", desk.town.jira, words, "--json"))["items"]
    assert [one["id"] for one in found] == ([account] if "{id}" in shown else [])
