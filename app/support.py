"""The support bundle: what helps to find a fault, and nothing that says whose data it is.

Ids, counts, states, times. Sites, organizations and linked projects have the hash by which the log names them. Names of
customers become a short digest: the same one is known again within a bundle, and says nothing outside of it.
"""

import hashlib
import json
import platform
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from app.health import read_health
from logs import MASKED, SECRETS, hash_tenant
from services import Services
from store.db import schema_of
from store.duties import DUTIES
from store.installations import Installation
from store.links import Link

LIBRARIES = ("flask", "sqlalchemy", "redis", "rq", "requests", "cryptography", "granian")
TRACES = 50
LETTERS = 200
TOLD_SETTINGS = ("secret_backend", "log_level", "log_format", "metrics_port")
NAMES = ("organization", "name")  # fields whose values are a customer's words
DIGEST_CHARACTERS = 10


@click.command("support-bundle")
@click.option("--output", "-o", type=click.File("w"), default="-", help="A file; standard output without it.")
@click.pass_obj
def support_bundle(services: Services, output: Any) -> None:
    """Write what helps to find a fault, as JSON, without secrets, names, addresses or content."""
    json.dump(make_bundle(services), output, indent=2, sort_keys=True, default=str)
    output.write("\n")


def make_bundle(services: Services) -> Mapping[str, Any]:
    """The bundle of all sites. Raises RedisError or SQLAlchemyError when a store is away."""
    installations = services.installations.list_all()
    redactor = Redactor(_tenant_ids(services, installations))
    sites = [redactor.redact(_tell_site(services, site)) for site in installations]
    return {
        "made_at": services.now(),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}},
        "schema": schema_of(services.engine),
        "settings": {name: str(getattr(services.settings, name)) for name in TOLD_SETTINGS},
        "duties": redactor.redact({kind: services.duties.list_due(kind) for kind in DUTIES}),
        "redis": _tell_redis(services),
        "sites": sites,
    }


class Redactor:
    """Replaces ids that name a tenant by the hash that the log has for them, names by digests with a salt that nobody
    keeps, and masks what looks like a secret or an address.
    """

    def __init__(self, tenant_ids: Collection[str]) -> None:
        self._tenant_ids = tenant_ids
        self._salt = secrets.token_bytes(16)

    def redact(self, value: Any, name: str = "") -> Any:
        if isinstance(value, Mapping):
            return {self._hash(key): self.redact(one, key) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.redact(one, name) for one in value]
        if isinstance(value, str):
            return self._digest(value) if name in NAMES else SECRETS.sub(MASKED, self._hash(value))
        return value

    def _hash(self, text: str) -> str:
        """A duty on the history of a site has the number of its slot behind the id."""
        identity, mark, slot = text.partition("#")
        return f"{hash_tenant(identity)}{mark}{slot}" if identity in self._tenant_ids else text

    def _digest(self, text: str) -> str:
        return "name-" + hashlib.sha256(self._salt + text.encode()).hexdigest()[:DIGEST_CHARACTERS]


def _tenant_ids(services: Services, installations: Sequence[Installation]) -> frozenset[str]:
    """The ids of all sites, organizations and linked projects."""
    connections = (one.id for site in installations for one in services.connections.list_for(site.id))
    links = (one.id for site in installations for one in services.links.list_for(site.id))
    return frozenset((*(site.id for site in installations), *connections, *links))


def _tell_site(services: Services, site: Installation) -> Mapping[str, Any]:
    """A site with its health; sentences of Azure DevOps and Jira are left out, because they may quote content."""
    health = read_health(services, site.id).model_dump(mode="json")
    letters = services.dead_letters.list_for(site.id, LETTERS)
    return {
        "id": site.id,
        "kind": site.kind,
        "state": site.state,
        "health": _without_sentences(health),
        "dead_letters": [{"type": one.event_type, "at": one.at, "link": one.link_id} for one in letters],
        "links": [_tell_link(services, link) for link in services.links.list_for(site.id)],
    }


def _tell_link(services: Services, link: Link) -> Mapping[str, Any]:
    found = services.backfills.find(link.id)
    parts = services.backfills.list_parts(found.id) if found else ()
    return {
        "id": link.id,
        "connection": link.connection_id,
        "project": link.project_id,
        "kinds": link.kinds,
        "limited_to_jira_projects": link.jira_projects is not None and len(link.jira_projects),
        "ledger": services.ledger.count_states(link.id),
        "marks": {f"{kind}/{part}": at for (kind, part), at in services.marks.read(link.id).items()},
        "backfill": asdict(found) if found else None,
        "parts": [_without_sentences(asdict(part)) for part in parts],
        "events": [_tell_trace(asdict(trace)) for trace in services.traces.last(link.id, TRACES)],
    }


def _tell_trace(trace: Mapping[str, Any]) -> Mapping[str, Any]:
    """What became of an event; branch ids are names and stay out."""
    ids = [one for one in trace["ids"] if not one.startswith("branch:")]
    return {"at": trace["at"], "type": trace["event_type"], "outcome": trace["outcome"], "ids": ids}


def _without_sentences(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {key: one for key, one in value.items() if key not in SENTENCES}
        return {key: _without_sentences(one) for key, one in kept.items()}
    return [_without_sentences(one) for one in value] if isinstance(value, (list, tuple)) else value


SENTENCES = frozenset({"detail", "words", "sentence", "error", "waitsFor", "default_branch"})


def _tell_redis(services: Services) -> Mapping[str, Any]:
    info: Any = services.redis.info()
    return {name: info.get(name) for name in ("redis_version", "used_memory", "aof_enabled", "uptime_in_seconds")}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
