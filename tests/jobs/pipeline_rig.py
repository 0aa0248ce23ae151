"""The stand-in of `pipeline_wire` behind real clients."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_git import GitApi
from clients.ado_pipelines import PipelinesApi
from clients.hosts import ado_hosts
from clients.http import HttpClient
from sandbox.server import serve
from tests.jobs.pipeline_wire import PipelineWire


@dataclass(frozen=True)
class Rig:
    wire: PipelineWire
    pipelines: PipelinesApi
    git: GitApi


def open_rig() -> Iterator[Rig]:
    wire = PipelineWire()
    server = serve(wire.app)
    wire.url = f"{server.url}/larkspur"
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({server.url.removeprefix("http://")})))
    client = AdoClient(wire.url, SecretStr("Basic eA=="), http)
    yield Rig(wire, PipelinesApi(client), GitApi(client))
    server.stop()
