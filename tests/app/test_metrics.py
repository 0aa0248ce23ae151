import socket

import pytest
import requests

from app.metrics import HealthCollector, serve_metrics
from tests.app.actions import push_commit
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
    quantiles = [name for name in found if name.startswith("crosswalk_delivery_seconds")]
    assert len(quantiles) == 2
    assert site.call("GET", "/metrics").status_code == 404


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
