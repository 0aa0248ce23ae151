"""What a mapping may name, over the API: a worker tells the project, the site tells its accounts."""

import pytest

from sandbox.jira_migration import add_person
from tests.app.actions import pointers
from tests.app.migration_fixtures import desk, shared_migrations

__all__ = ["desk", "shared_migrations"]

CHOICES = {
    "types": [{"id": "1", "name": "Bug", "level": 0, "statuses": [{"id": "3", "name": "To Do"}]}],
    "fields": [{"id": "f", "name": "Team", "kind": "option", "items": "", "types": ["1"], "options": {"Red": "7"}}],
    "priorities": [{"id": "1", "name": "Highest"}],
    "linkTypes": [{"id": "5", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}],
    "components": [{"id": "9", "name": "Shop"}],
    "sprints": [{"id": 4, "name": "Sprint 4", "state": "future"}],
    "hasSprints": True,
    "linkLabels": {"System.LinkTypes.Related": "Related"},
    "people": [{"id": "guid-1", "name": "Ada"}],
}


def test_a_worker_tells_what_a_mapping_may_name(desk):
    migration = desk.make()
    desk.scan(migration)
    with desk.worker(choices=CHOICES):
        answer = desk.call("GET", f"/api/migrations/{migration}/choices")
    assert (answer.status_code, answer.json()) == (200, CHOICES)


def test_without_a_scan_there_is_nothing_to_choose_for(desk):
    answer = desk.call("GET", f"/api/migrations/{desk.make()}/choices")
    assert answer.status_code == 409
    assert "Scan the project first" in answer.json()["detail"]


def test_accounts_are_found_by_the_beginning_of_a_name(desk):
    person = add_person(desk.town.site, "Fern Fable", "fern@example.com")
    answer = desk.call("GET", "/api/migration-accounts?q=fern")
    assert answer.json()["items"] == [{"id": person.account_id, "name": "Fern Fable"}]


def test_accounts_are_told_by_name_also_when_they_are_not_active(desk):
    gone = add_person(desk.town.site, "Gwen Gone", "gwen@example.com", active=False)
    answer = desk.call("GET", f"/api/migration-accounts?ids={gone.account_id},712020:nobody")
    assert answer.json()["items"] == [{"id": gone.account_id, "name": "Gwen Gone"}]
    assert desk.call("GET", "/api/migration-accounts?q=gwen").json()["items"] == []


@pytest.mark.parametrize("query", ["", "?q=a&ids=b", "?q=%20", f"?ids={','.join(map(str, range(101)))}"])
def test_a_question_for_nobody_or_for_too_many_is_refused_in_words(desk, query):
    answer = desk.call("GET", f"/api/migration-accounts{query}")
    assert (answer.status_code, pointers(answer)) == (422, ["/q"])


@pytest.mark.parametrize("path", ["/api/migrations/m/choices", "/api/migration-accounts?q=a"])
def test_only_administrators_may_ask(desk, path):
    assert desk.call("GET", path, account=desk.town.site.member.account_id).status_code == 403
