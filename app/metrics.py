"""/metrics for Prometheus, on a port of its own: counts by connection, read when they are asked for.

The numbers come from Redis and the database, so one process tells those of all. Labels are ids, never names.
"""

import errno
from collections.abc import Iterator
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.dead_letters import moment
from app.health import read_health
from app.health_views import ConnectionHealth, RateView
from services import Services

log = structlog.get_logger("crosswalk.metrics")

CONNECTION = ("installation", "connection")
SCOPE = ("scope", "group")
COLORS = {"green": 0, "yellow": 1, "red": 2}


class HealthCollector(Collector):
    """Makes the metrics anew for each scrape."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Every metric, with a sample for each connection of each installed site."""
        gauges = Gauges(moment(self._services.now()))
        for site in self._services.installations.list_all():
            if site.state != "installed":
                continue
            health = read_health(self._services, site.id)
            gauges.dead_letters.add_metric((site.id,), self._services.dead_letters.count(site.id))
            gauges.add_rates(site.id, health.jira)
            for connection in health.items:
                gauges.add_connection(site.id, connection)
        yield from gauges.all()


class Gauges:
    """The metrics of a moment while they are filled."""

    def __init__(self, now: datetime) -> None:
        def gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
            return GaugeMetricFamily(f"crosswalk_{name}", words, labels=[*CONNECTION, *labels])

        def counter(name: str, words: str) -> CounterMetricFamily:
            return CounterMetricFamily(f"crosswalk_{name}", words, labels=list(CONNECTION))

        def rate(name: str, words: str) -> GaugeMetricFamily:
            return GaugeMetricFamily(f"crosswalk_{name}", words, labels=list(SCOPE))

        self._now = now
        self.light = gauge("connection_light", "0 green, 1 yellow, 2 red.")
        self.inbox = gauge("inbox_events", "Events that wait for Jira.")
        self.oldest = gauge("inbox_oldest_seconds", "Age of the oldest event that waits; 0 when none does.")
        self.last_event = gauge("last_event_seconds", "Age of the newest event that came.")
        self.delivery = gauge("delivery_seconds", "From intake to Jira's answer, over the last hour.", "quantile")
        self.accepted = counter("entities_accepted", "Entities that Jira accepted.")
        self.failed = counter("entities_failed", "Entities that Jira refused.")
        self.unknown = counter("unknown_keys", "Issue keys that Jira did not know.")
        self.subscriptions = gauge("subscriptions", "Service hook subscriptions.", "status")
        self.history = gauge("backfill_parts", "Parts of the history: ended, failed, all.", "state")
        self.unsent = gauge("entities_to_send_again", "Entities that Jira lost.")
        self.found = counter("entities_found_by_reconciliation", "Things that no event told of in time.")
        self.calls = rate("calls_last_minute", "Calls out.")
        self.allowed = rate("calls_allowed_per_second", "How fast calls may go now.")
        self.waits = rate("call_waits_last_hour", "How often calls waited for their turn.")
        self.waited = rate("call_waited_seconds_last_hour", "How long they waited for it in all.")
        self.paused = rate("calls_paused", "1 while calls wait.")
        self.letters = gauge("connection_dead_letters", "Events of a connection given up.")
        self.dead_letters = GaugeMetricFamily("crosswalk_dead_letters", "Events given up.", labels=["installation"])

    def all(self) -> Iterator[Metric]:
        yield from (metric for metric in vars(self).values() if isinstance(metric, Metric))

    def add_connection(self, installation_id: str, health: ConnectionHealth) -> None:
        at = (installation_id, health.id)
        self.light.add_metric(at, COLORS[health.light.color])
        self.inbox.add_metric(at, sum(link.inbox.depth for link in health.links))
        self.oldest.add_metric(at, max((link.inbox.oldest_age_seconds or 0 for link in health.links), default=0))
        self.letters.add_metric(at, health.dead_letters)
        last = max((link.last_event.at for link in health.links if link.last_event), default=None)
        if last is not None:
            self.last_event.add_metric(at, max(0.0, (self._now - last).total_seconds()))
        self.unsent.add_metric(at, sum(link.to_send_again for link in health.links))
        self.found.add_metric(at, sum(link.reconciled.found for link in health.links))
        self._add_answers(at, health)
        self._add_states(at, health)
        self.add_rates(health.id, health.rates)

    def add_rates(self, scope: str, rates: tuple[RateView, ...]) -> None:
        for rate in rates:
            self.calls.add_metric((scope, rate.group), rate.calls_last_minute)
            self.allowed.add_metric((scope, rate.group), rate.per_second)
            self.waits.add_metric((scope, rate.group), rate.waits)
            self.waited.add_metric((scope, rate.group), rate.waited_milliseconds / 1000)
            self.paused.add_metric((scope, rate.group), int(rate.paused_until is not None))

    def _add_answers(self, at: tuple[str, str], health: ConnectionHealth) -> None:
        answers = [link.last_answer for link in health.links if link.last_answer]
        self.accepted.add_metric(at, sum(answer.accepted for answer in answers))
        self.failed.add_metric(at, sum(answer.failed for answer in answers))
        self.unknown.add_metric(at, sum(answer.unknown_keys for answer in answers))

    def _add_states(self, at: tuple[str, str], health: ConnectionHealth) -> None:
        statuses = [row.status for link in health.links for row in link.subscriptions]
        for status in sorted(set(statuses)):
            self.subscriptions.add_metric((*at, status), statuses.count(status))
        for name in ("done", "failed", "total"):
            parts = [getattr(link.backfill, name) for link in health.links if link.backfill]
            self.history.add_metric((*at, name), sum(parts))
        for quantile in ("p50", "p95"):
            values = [getattr(link.latency, f"{quantile}_milliseconds") for link in health.links]
            slowest = max((value for value in values if value is not None), default=None)
            if slowest is not None:  # of several projects the slowest
                self.delivery.add_metric((*at, f"0.{quantile[1:]}"), slowest / 1000)


def serve_metrics(services: Services) -> None:
    """Serve on METRICS_PORT, unless another process of this machine does already or the port is not set."""
    host, port = services.settings.metrics_address
    if not port:
        return
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HealthCollector(services))
    try:
        start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        log.info("metrics.served_elsewhere", port=port)
