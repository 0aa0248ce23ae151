"""Deletes what is kept for some days only and does not end by itself."""

import structlog

from services import Services

log = structlog.get_logger("crosswalk.pruning")


def prune_ledger(services: Services) -> int:
    """Delete the rows of what Jira has no more, once nothing old can bring it back; returns how many."""
    pruned = services.ledger.forget_gone(services.now())
    log.info("ledger.pruned", rows=pruned)
    return pruned
