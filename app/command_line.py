"""What the commands share: services and errors, secrets that are typed, and what an argument names."""

import functools
import logging
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import click
import structlog
from pydantic import SecretStr

from app.sites import require_site
from domain.addresses import read_organization
from domain.errors import BadInput, UnknownObject
from linkage.token_check import Problem
from services import Services
from store.connections import Connection
from store.db import require_schema
from store.installations import Installation
from store.outages import OUTAGES, name_outage

DAY = click.DateTime(["%Y-%m-%d"])


class OperatorGroup(click.Group):
    """Gives every command the services, and turns expected errors into one sentence."""

    def __init__(
        self, services: Services, code_of_error: Callable[[Exception], int] = lambda _error: 1, **settings: Any
    ) -> None:  # fmt: skip
        super().__init__(**settings)
        self._services, self._code_of_error = services, code_of_error

    def invoke(self, ctx: click.Context) -> Any:
        ctx.obj = self._services
        move_logs()
        try:
            return super().invoke(ctx)
        except BadInput as error:
            raise self._refuse("\n".join([str(error), *_more_faults(error)]), error) from None
        except OUTAGES as error:
            raise self._refuse(name_outage(error), error) from None

    def _refuse(self, words: str, error: Exception) -> click.exceptions.Exit:
        click.ClickException(words).show()
        return click.exceptions.Exit(self._code_of_error(error))


def on_schema(run: Callable[..., None]) -> Callable[..., None]:
    """Give a command the services as its first argument once the database is at the newest schema."""

    @functools.wraps(run)
    def wrapped(**arguments: Any) -> None:
        services: Services = click.get_current_context().obj
        require_schema(services.engine)
        run(services, **arguments)

    return wrapped


def choose_sites(services: Services, site: str | None) -> list[Installation]:
    """The named site, or all that are installed. Raises UnknownObject."""
    if site:
        return [require_site(services, site)]
    return [known for known in services.installations.list_all() if known.state == "installed"]


def move_logs() -> None:
    """Send log lines to standard error: a command's own words have standard output to themselves."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
            structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))  # the rest stays


def read_secret(prompt: str, *, from_input: bool) -> SecretStr:
    """A secret from standard input (one line) or typed without echo."""
    text: str = sys.stdin.readline() if from_input else click.prompt(prompt, hide_input=True)
    if not text.strip():
        raise click.UsageError(f"{prompt}: standard input was empty.")
    return SecretStr(text.strip())


def require_organization(services: Services, installation: Installation, text: str) -> Connection:
    """A connected organization. Raises UnknownObject."""
    address = read_organization(text, services.settings.ado_hosts)
    found = services.connections.find_organization(installation.id, address.url)
    if found is None:
        raise UnknownObject(f"{address.url} is not connected to {installation.base_url}. Run: connect-organization")
    return found


def show_problems(found: Iterable[Problem]) -> None:
    for problem in found:
        click.echo(f"{problem.severity}: {problem.detail}")


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _more_faults(error: BadInput) -> list[str]:
    return [f"  {fault.pointer}: {fault.detail}" for fault in error.faults if fault.detail not in str(error)]
