"""/healthz, /readyz and the API's own document: for machines that watch, without sign-in."""

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, Response, json
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.api import DOCUMENT_PATH, PROBLEM_TYPE, api_document
from domain.errors import AppError
from services import Services
from store.db import SchemaError, require_schema

log = structlog.get_logger("crosswalk.operations")

READY_WORDS = "ready"
RETRY_SECONDS = "5"


def routes(services: Services) -> Blueprint:
    """The blueprint with the operational addresses."""
    blueprint = Blueprint("operations", __name__)
    blueprint.add_url_rule("/healthz", view_func=show_alive)
    blueprint.add_url_rule("/readyz", view_func=services.bind(show_ready))
    blueprint.add_url_rule(DOCUMENT_PATH, "document", lambda: dict(api_document()))
    return blueprint


def show_alive() -> Mapping[str, str]:
    """The process is up; nothing else is asked."""
    return {"status": "ok"}


def show_ready(services: Services) -> Response:
    """Whether database, Redis and secrets can be used; 503 names those that cannot."""
    failed = {name: why for name, check in CHECKS.items() if (why := _failure(services, check))}
    if not failed:
        return Response(json.dumps({"status": READY_WORDS}), content_type="application/json")
    log.warning("ready.failed", parts=sorted(failed))
    detail = "; ".join(f"{name}: {why}" for name, why in failed.items())
    body = {"type": "about:blank", "title": "Not ready", "status": 503, "detail": detail, "failed": sorted(failed)}
    return Response(json.dumps(body), 503, {"Retry-After": RETRY_SECONDS}, content_type=PROBLEM_TYPE)


def _failure(services: Services, check: Callable[[Services], object]) -> str | None:
    """Why a part cannot be used, None when it can. Words of drivers stay inside: they hold addresses."""
    try:
        check(services)
    except (AppError, SchemaError) as error:
        return str(error)
    except (RedisError, SQLAlchemyError, OSError) as error:
        return f"cannot be reached ({type(error).__name__})"
    return None


def _check_secrets(services: Services) -> None:
    """The key file or the KMS key, and Secrets Manager. The AWS clients' own time-outs bound each call."""
    services.vault.check()
    services.tokens.check()


CHECKS: Mapping[str, Callable[[Services], object]] = {
    "database": lambda services: require_schema(services.engine),
    "redis": lambda services: services.redis.ping(),
    "secrets": _check_secrets,
}
