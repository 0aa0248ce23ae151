"""Every answer Azure DevOps has for a new branch, and what becomes of it."""

import json
from pathlib import Path

import pytest

from domain.errors import AccessDenied, AppError, BadInput, WrongState
from domain.ref_answers import REFUSALS, RefAnswer, ref_refusal

ANSWERS: list[tuple[str, type[AppError], str, str]] = [
    ("forcePushRequired", AccessDenied, "force_push_required", "permission Force push"),
    ("staleOldObjectId", WrongState, "exists", "a branch of this name already"),
    ("invalidRefName", BadInput, "invalid_name", "does not take this name"),
    ("unprocessed", WrongState, "not_processed", "Press the button again"),
    ("unresolvableToCommit", BadInput, "source_gone", "Choose the source again"),
    ("writePermissionRequired", AccessDenied, "no_write", "permission Contribute"),
    ("manageNotePermissionRequired", AccessDenied, "no_notes", "permission Manage notes"),
    ("createBranchPermissionRequired", AccessDenied, "no_create_branch", "permission Create branch"),
    ("createTagPermissionRequired", AccessDenied, "no_create_tag", "permission Create tag"),
    ("rejectedByPlugin", AccessDenied, "plugin", "An extension"),
    ("locked", WrongState, "locked", "have it unlocked"),
    ("refNameConflict", WrongState, "name_conflict", "upper and lower case only"),
    ("rejectedByPolicy", AccessDenied, "policy", "A policy of this repository"),
    ("succeededNonExistentRef", WrongState, "unexpected_answer", "as if a branch had been deleted"),
    ("succeededCorruptRef", WrongState, "unexpected_answer", "as if a branch had been deleted"),
    ("somethingNew", WrongState, "refused", "gave somethingNew as the reason"),
    ("", WrongState, "refused", "gave no reason"),
]


def test_a_branch_that_was_made_is_no_refusal() -> None:
    assert ref_refusal(RefAnswer("succeeded", success=True)) is None


@pytest.mark.parametrize(("status", "kind", "code", "words"), ANSWERS)
def test_every_refusal_has_its_class_its_code_and_its_sentence(
    status: str, kind: type[AppError], code: str, words: str
) -> None:
    error = ref_refusal(RefAnswer(status, success=False), url="https://dev.azure.com/acme")
    assert type(error) is kind
    assert error.code == code
    assert words in str(error)


@pytest.mark.parametrize("status", ["succeeded", "succeededCorruptRef"])
def test_an_answer_that_is_not_wholly_a_success_is_none(status: str) -> None:
    assert ref_refusal(RefAnswer(status, success=status != "succeeded")) is not None


def test_the_table_has_every_status_of_the_api(specs: Path) -> None:
    document = json.loads((specs / "ado/7.1/git/git.json").read_text(encoding="utf-8"))
    statuses = document["definitions"]["GitRefUpdateResult"]["properties"]["updateStatus"]["enum"]
    assert {*REFUSALS, "succeeded"} == set(statuses)


@pytest.mark.parametrize(("status", "pointer"), [("invalidRefName", "/name"), ("unresolvableToCommit", "/source")])
def test_a_refusal_of_what_was_typed_names_the_field(status: str, pointer: str) -> None:
    error = ref_refusal(RefAnswer(status, success=False))
    assert isinstance(error, BadInput)
    assert [fault.pointer for fault in error.faults] == [pointer]


def test_what_is_in_the_way_is_told_with_its_address() -> None:
    error = ref_refusal(RefAnswer("staleOldObjectId", success=False), url="https://dev.azure.com/acme/x")
    assert error is not None
    assert error.url == "https://dev.azure.com/acme/x"


@pytest.mark.parametrize(
    ("message", "by", "words"),
    [
        ("Names must\n  begin with team/", "", "Azure DevOps says: Names must begin with team/"),
        ("No.", "Branch guard", "Azure DevOps says (Branch guard): No."),
        ("", "Branch guard", "It was Branch guard that refused."),
        ("x" * 400, "", "x" * 300),
    ],
)
def test_the_words_of_azure_devops_follow_ours(message: str, by: str, words: str) -> None:
    told = str(ref_refusal(RefAnswer("rejectedByPolicy", success=False, message=message, rejected_by=by)))
    assert told.startswith("A policy of this repository")
    assert told.endswith(words)
