"""Refusals of Jira in our words: never with what somebody wrote."""

import pytest

from domain.refused_issues import explain_refusal, is_shut

NAMES = {"customfield_10100": "Severity", "summary": "Summary"}


@pytest.mark.parametrize(
    ("errors", "messages", "code", "words"),
    [
        ({"customfield_10100": "Severity is required."}, [], "required_field", "Severity needs a value"),
        ({"summary": "You must specify a summary of the issue."}, [], "required_field", "Summary needs a value"),
        ({"duedate": "Field 'duedate' cannot be set. It is not on the appropriate screen, or unknown."}, [],
         "field_not_on_screen", "duedate is not on the screen"),
        ({"summary": "Summary can't exceed 255 characters."}, [], "too_long", "Summary is too long"),
        ({"description": "The entered text is too long."}, [], "too_long", "description is too long"),
        ({"labels": "The label 'secret words' contains spaces which is invalid."}, [], "value_refused",
         "labels has a value that it does not take"),
        ({"assignee": "User 'jane' cannot be assigned issues."}, [], "jira_refused", "assignee was refused"),
        ({"summary": "Severity is required.", "labels": "is invalid"}, [], "jira_refused", "labels has"),
        ({}, ["The parent issue is not valid: secret"], "value_refused", "something in it has a value"),
        ({}, ["Because."], "jira_refused", "Jira refused it."),
        ({}, [], "jira_refused", "Jira refused it."),
    ],
)  # fmt: skip
def test_a_refusal_is_told_by_its_sort(errors, messages, code, words):
    found, detail = explain_refusal(errors, messages, NAMES)
    assert found == code
    assert words in detail
    assert "secret" not in detail and "jane" not in detail


def test_of_many_fields_some_are_named_and_the_rest_counted():
    _code, detail = explain_refusal({f"field{n}": "is required" for n in range(9)}, [], {})
    assert detail.endswith("field5 needs a value; and 3 more.")


@pytest.mark.parametrize(
    ("errors", "messages", "expected"),
    [
        ({"project": "You do not have permission to create issues in this project."}, [], True),
        ({"pid": "You do not have permission to create issues in this project."}, [], True),
        ({"project": "The project is archived. You cannot create issues in it."}, [], True),
        ({}, ["You do not have permission to create issues in this project."], True),
        ({"summary": "permission to create issues"}, [], False),
        ({"project": "Specify a valid project ID or key"}, [], False),
        ({}, [], False),
    ],
)
def test_a_project_that_takes_no_issue_at_all_is_told_from_one_that_refuses_this_one(errors, messages, expected):
    assert is_shut(errors, messages) is expected
