import socket

import pytest
import requests

from app.metrics import HealthCollector, serve_metrics
from store.queue import Entry
from store.rate_scripts import SLOTS, WAIT_SLOT
from tests.app.actions import kept_link, push_commit
from tests.ports import FreePort


@pytest.fixture
def port():
    port = FreePort()
    yield port
    port.release()


@pytest.fixture
def settings_changes(town, port):
    return {**town.settings(), "metrics_port": str(port.number)}


def scrape(services):
    host, port = services.settings.metrics_address
    answer = requests.get(f"http://{host}:{port}/metrics", timeout=5)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_metrics_are_served_on_their_own_port_and_only_there(site, port, connection, linked, webshop):
    services = site.services
    port.release()
    serve_metrics(services)
    push_commit(site, webshop, "SHOP-1 is mended")

    found = scrape(services)

    (installation,) = services.installations.list_all()
    label = f'{{connection="{connection["id"]}",installation="{installation.id}"}}'
    assert found[f"crosswalk_connection_light{label}"] == 0
    assert found[f"crosswalk_inbox_events{label}"] == 0
    assert found[f"crosswalk_entities_accepted_total{label}"] >= 1
    assert found[f'crosswalk_dead_letters{{installation="{installation.id}"}}'] == 0
    assert found[f"crosswalk_connection_dead_letters{label}"] == 0
    assert 0 <= found[f"crosswalk_last_event_seconds{label}"] < 60
    to_jira = f'{{group="POST devinfo",scope="{installation.id}"}}'
    assert found[f"crosswalk_calls_allowed_per_second{to_jira}"] > 0
    assert found[f"crosswalk_call_waits_last_hour{to_jira}"] == 0
    assert found[f"crosswalk_call_waited_seconds_last_hour{to_jira}"] == 0
    quantiles = [name for name in found if name.startswith("crosswalk_delivery_seconds")]
    assert len(quantiles) == 2
    assert site.call("GET", "/metrics").status_code == 404


def sample(services, name):
    return [
        (one.labels, one.value)
        for metric in HealthCollector(services).collect()
        for one in metric.samples
        if one.name == f"crosswalk_{name}"
    ]


def test_a_dead_letter_counts_for_its_connection(site, services, connection, linked, webshop):
    kept = kept_link(site, connection, webshop)
    letter = Entry("1-0", b"", 1, "git.push")
    services.dead_letters.bury(kept.installation_id, f"{kept.id}/r", letter, "no", services.now())

    ((labels, count),) = sample(services, "connection_dead_letters")

    assert (labels["connection"], count) == (connection["id"], 1)
    assert sample(services, "last_event_seconds") == []


def test_the_last_event_ages_and_waits_for_a_rate_are_counted(site, services, connection, linked, webshop):
    kept, came = kept_link(site, connection, webshop), services.now() - 600_000
    services.queue.put(kept.id, "r", identity="1", event_type="git.push", body=b"{}", now=came)
    slot = int(services.now() // WAIT_SLOT)
    waits = {f"POST devinfo|w:live:{slot % SLOTS}": f"{slot} 3 4500", "POST devinfo|c:0": 0}
    services.redis.hset(f"crosswalk:rate:{kept.installation_id}", mapping=waits)

    ((_labels, age),) = sample(services, "last_event_seconds")

    assert 600 <= age < 660
    own = {"scope": kept.installation_id, "group": "POST devinfo"}
    assert (own, 3) in sample(services, "call_waits_last_hour")
    assert (own, 4.5) in sample(services, "call_waited_seconds_last_hour")


def test_metrics_name_nobody(site, services, connection, linked):
    text = "\n".join(
        f"{sample.name} {sample.labels}" for metric in HealthCollector(services).collect() for sample in metric.samples
    )

    assert connection["id"] in text
    assert "acme" not in text
    assert "127.0.0.1" not in text


def test_a_port_that_another_process_serves_is_left_to_it(services, port, written):
    with socket.create_server(("127.0.0.1", port.release())):
        serve_metrics(services)

    assert "metrics.served_elsewhere" in written()


def test_without_a_port_nothing_is_served(services, monkeypatch):
    quiet = services.settings.model_copy(update={"metrics_port": ""})

    assert quiet.metrics_address == ("127.0.0.1", 0)
