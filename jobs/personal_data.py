"""Reports to Atlassian whose account ids are held, and does what it answers: forgets closed accounts.

What is held of a person is ids and times, so there is nothing to read anew of an account that changed: it is noted as
confirmed. https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
"""

import math
from collections.abc import Callable, Sequence

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from clients.atlassian_people import report_accounts
from domain.errors import AppError, CallError, Permanent, RateLimited, WrongState
from domain.personal_data import REPORT_LIMIT, HeldAccount, ReportAnswer
from linkage.holding import hold
from linkage.persons import forget_person
from services import Services
from store.installations import Installation

log = structlog.get_logger("crosswalk.people")

HOUR = 3_600_000  # ms; a closed account that could not be forgotten is taken up again after it
REFUSED_SECONDS = 24 * 3600.0  # a site that refuses reports is left alone for that long
LONGEST_REST = 7 * 24 * 3600.0


def report_people(services: Services) -> int:
    """Report every account that is due, 90 at once; returns how many. One worker at a time; safe to kill and to repeat.

    Through Connect sites alone: a site with OAuth credentials knows no people, and Forge sites are not in this version.
    """
    sites = [site for site in services.installations.list_all() if _reports(site)]
    try:
        with hold(services, "report-people", wait_seconds=0) as renew:
            return sum(_report_site(services, site, renew) for site in sites)
    except WrongState:
        return 0  # another worker is at it


def _reports(site: Installation) -> bool:
    return site.kind == "connect" and site.state == "installed"


def _report_site(services: Services, site: Installation, renew: Callable[[], None]) -> int:
    """A site that fails stops none of the others; what it has not reported is due at the next run."""
    reported = 0
    try:
        while not _rests(services, site) and (due := _list_due(services, site)):
            _report_batch(services, site, due)
            reported += len(due)
            renew()
    except CallError as error:
        _rest(services, site, error)
        log.warning("people.report_failed", installation=site.id, error=type(error).__name__, status=error.status)
    except (AppError, RedisError, SQLAlchemyError) as error:
        log.warning("people.report_failed", installation=site.id, error=type(error).__name__)
    return reported


def _list_due(services: Services, site: Installation) -> Sequence[HeldAccount]:
    if services.stopping.is_set():
        return ()
    return services.person_reports.list_due(site.id, services.now(), REPORT_LIMIT)


def _report_batch(services: Services, site: Installation, due: Sequence[HeldAccount]) -> None:
    answer = report_accounts(services.jira(site, "reconcile"), due)
    _note_answer(services, due, answer)
    for account_id in answer.updated:
        services.people.note_refresh(account_id, services.now())
        services.migrations.note_reader(account_id, services.now())
    forgotten = sum(_forget_account(services, account_id) for account_id in answer.closed)
    log.info(
        "people.reported", installation=site.id, accounts=len(due), closed=len(answer.closed), forgotten=forgotten,
        updated=len(answer.updated),
    )  # fmt: skip


def _note_answer(services: Services, due: Sequence[HeldAccount], answer: ReportAnswer) -> None:
    """Before anybody is forgotten: who cannot be is due again soon, and nobody is reported twice in a row."""
    now = services.now()
    staying = [one.account_id for one in due if one.account_id not in answer.closed]
    services.person_reports.put_off(staying, now + answer.cycle)
    services.person_reports.put_off(answer.closed, now + HOUR)


def _forget_account(services: Services, account_id: str) -> bool:
    """On every site: an account is closed once and for all. Windows first, so that nobody signs in meanwhile.

    False when something was away; the account is due again then, and the others are not held up.
    """
    try:
        for site in services.installations.list_all():
            services.browser_sessions.forget_account(site.id, account_id)
        for person in services.people.list_account(account_id):
            forget_person(services, person)
        services.migrations.forget_reader(account_id)
    except (AppError, RedisError, SQLAlchemyError) as error:
        log.warning("people.forget_failed", error=type(error).__name__)
        return False
    return True


def _rests(services: Services, site: Installation) -> bool:
    return bool(services.redis.exists(_rest_key(site)))


def _rest(services: Services, site: Installation, error: CallError) -> None:
    """As long as Atlassian asks; a day for a refusal, which no repetition mends; else until the next run."""
    asked = error.retry_after if isinstance(error, RateLimited) else None
    seconds = REFUSED_SECONDS if isinstance(error, Permanent) else asked or 0.0
    if seconds:
        services.redis.set(_rest_key(site), "1", ex=math.ceil(min(seconds, LONGEST_REST)))


def _rest_key(site: Installation) -> str:
    return f"crosswalk:report-rest:{site.id}"
