"""Answers what the web process asks a worker about a migration: suggest, choices, check, dry run."""

import traceback
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from domain.errors import AppError, OurFault, RateLimited, UnknownObject
from domain.mapping_documents import read_mapping
from domain.mapping_records import NO_MAPPING
from jobs.retry import PASSING
from linkage.migration_sources import source_opener
from migration.check import answer_check
from migration.choices import answer_choices
from migration.dry_run import PER_TYPE, Wish, dry_run
from migration.mapping_ground import NO_SITE, find_migration
from migration.source import OpenSource
from migration.suggest import answer_suggest
from services import Services
from store.questions import Question, QuestionKind

log = structlog.get_logger("crosswalk.questions")

FAULT = "A fault in Crosswalk ({error}) keeps a worker from answering. Tell its operator: a worker's log has the place."

Answer = Callable[[Services, Question, OpenSource], dict[str, Any]]


def work_question(services: Services, question_id: str) -> int | None:
    """Answer a question, with an error that a person can read where there is no answer.

    Raises RateLimited, and what tells that our own stores are away: it is taken up again when that is over, if somebody
    still waits for it then.
    """
    question = services.questions.find(question_id)
    if question is None:
        return None
    try:
        services.questions.answer(question, ANSWERS[question.kind](services, question, source_opener(services)))
    except RateLimited:
        raise
    except AppError as error:
        log.warning("question.refused", kind=question.kind, error=type(error).__name__)
        services.questions.refuse(question, error)
    except PASSING:
        raise
    except Exception as error:  # asking again would meet it again
        services.questions.refuse(question, _tell_fault(question, error))
    return None


def _tell_fault(question: Question, error: Exception) -> OurFault:
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.name}:{last.lineno}"
    log.error("question.failed", kind=question.kind, error=type(error).__name__, place=place)
    return OurFault(FAULT.format(error=type(error).__name__))


def answer_dry_run(services: Services, question: Question, open_source: OpenSource) -> dict[str, Any]:
    """Drafts of some work items: those of `ids`, else `perType` of each type."""
    migration, wanted = find_migration(services, question), question.arguments
    document = services.mappings.read(migration.id, wanted.get("version"))
    if document is None:
        raise UnknownObject(NO_MAPPING)
    site = services.installations.find(migration.installation_id)
    connection = services.connections.find(migration.installation_id, migration.connection_id)
    if site is None or connection is None:
        raise UnknownObject(NO_SITE)
    return dry_run(
        services, migration, read_mapping(document), installation=site, connection=connection,
        open_source=open_source, wish=Wish(int(wanted.get("perType") or PER_TYPE), tuple(wanted.get("ids") or ())),
        say=lambda words: services.questions.note(question.id, words),
    )  # fmt: skip


ANSWERS: Mapping[QuestionKind, Answer] = {
    "suggest": answer_suggest,
    "choices": answer_choices,
    "check": answer_check,
    "dry-run": answer_dry_run,
}
