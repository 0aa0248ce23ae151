"""Checks a mapping against the scan and the Jira project as it is now. Writes nothing anywhere."""

from dataclasses import asdict
from typing import Any

from clients.jira_accounts import list_active
from domain.errors import WrongState
from domain.mapping_documents import read_mapping
from domain.mapping_records import NO_MAPPING
from domain.migration_checks import check_mapping
from domain.problem_codes import Problem
from migration.mapping_ground import Say, find_migration, read_ground, say_nothing
from migration.source import OpenSource
from services import Services
from store.migrations import Migration
from store.questions import Question


def check_migration(
    services: Services,
    migration: Migration,
    open_source: OpenSource,
    *,
    version: int | None = None,
    say: Say = say_nothing,
) -> tuple[Problem, ...]:
    """Every reason why a run with this version of the mapping, the newest one by default, would fail or lose something.

    Raises WrongState without a mapping or a scan, UnknownObject when the site or the connection is gone, BadInput for
    a document of an older version that is not understood any more, and the CallError of an answer.
    """
    document = services.mappings.read(migration.id, version)
    if document is None:
        raise WrongState(NO_MAPPING, code="not_mapped")
    mapping = read_mapping(document)
    ground = read_ground(services, migration, open_source, say)
    say("looking at the accounts of the mapping")
    accounts = list_active(ground.jira, (row.target for row in mapping.people if row.target))
    return check_mapping(
        ground.report, ground.source, ground.target, mapping, migration.options, accounts=accounts
    )  # fmt: skip


def answer_check(services: Services, question: Question, open_source: OpenSource) -> dict[str, Any]:
    """What a worker answers: `{problems: [{code, severity, where, detail, count, examples, advice}]}`."""
    version = question.arguments.get("version")
    problems = check_migration(
        services, find_migration(services, question), open_source,
        version=int(version) if version is not None else None,
        say=lambda words: services.questions.note(question.id, words),
    )  # fmt: skip
    return {"problems": [asdict(problem) | {"examples": list(problem.examples)} for problem in problems]}
