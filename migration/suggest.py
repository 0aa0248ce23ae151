"""Suggests a mapping by rules. Nothing applies before a person has saved it; nothing is written anywhere."""

from typing import Any, cast

from domain.errors import BadInput
from domain.hierarchy_plans import PLANS, plan_hierarchies
from domain.mapping_documents import write_mapping
from domain.mapping_records import PlanName
from domain.mapping_suggestions import Suggester, suggest_mapping
from migration.account_search import find_accounts
from migration.mapping_ground import Say, find_migration, read_ground, say_nothing
from migration.source import OpenSource
from services import Services
from store.migrations import Migration
from store.questions import Question

SUGGESTERS: dict[str, Suggester] = {"rules": suggest_mapping}


def suggest_for(
    services: Services, migration: Migration, open_source: OpenSource, *, plan: PlanName | None = None,
    suggester: Suggester = suggest_mapping, say: Say = say_nothing,
) -> dict[str, Any]:  # fmt: skip
    """The document of a mapping, with what the three plans of the hierarchy lose. Raises what `read_ground` raises."""
    ground = read_ground(services, migration, open_source, say)
    say("looking up people by their mail addresses")
    people = find_accounts(ground.work_items, ground.jira, ground.report, ground.source)
    mapping = suggester(ground.report, ground.source, ground.target, people, plan)
    return write_mapping(mapping, plan_hierarchies(ground.report, ground.source, ground.target))


def answer_suggest(services: Services, question: Question, open_source: OpenSource) -> dict[str, Any]:
    """What a worker answers. Raises BadInput for a provider or a plan that is not there."""
    provider, plan = question.arguments.get("provider", "rules"), question.arguments.get("plan")
    if provider not in SUGGESTERS:
        raise BadInput(f"There is no provider {provider}. There is: {', '.join(SUGGESTERS)}.", code="provider")
    if plan is not None and plan not in PLANS:
        raise BadInput(f"There is no plan {plan}. There are: {', '.join(PLANS)}.", code="plan")
    return suggest_for(
        services, find_migration(services, question), open_source, plan=cast("PlanName | None", plan),
        suggester=SUGGESTERS[provider], say=lambda words: services.questions.note(question.id, words),
    )  # fmt: skip
