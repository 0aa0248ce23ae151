"""Commands for a whole Jira site: adding it, its settings, its dead letters, and why something is not on its issue."""

import json
from typing import TextIO

import click

from app.api import check_document
from app.command_line import on_schema, read_secret, stamp
from app.config_files import decode_yaml
from app.dead_letters import moment, retry_portion
from app.explain import ExplainQuery, ExplainView, answer_query
from app.site_settings import SettingsBody, read_settings, save_settings
from app.sites import add_site, require_site
from domain.addresses import read_site
from services import Services

LETTERS_SHOWN = 100


@click.command("add-site")
@click.argument("site")
@click.option("--client-id", help="Client id of the OAuth credentials; asked for when left out.")
@click.option("--secret-stdin", is_flag=True, help="Read the client secret from standard input.")
@on_schema
def new_site(services: Services, site: str, client_id: str | None, secret_stdin: bool) -> None:
    """Add a Jira SITE by OAuth credentials made there (Apps > OAuth credentials)."""
    if secret_stdin and not client_id:
        raise click.UsageError("--secret-stdin needs --client-id.")
    read_site(site, services.settings.jira_hosts)  # before a secret is typed in vain
    named = client_id or click.prompt("Client id")
    added = add_site(services, site, named.strip(), read_secret("Client secret", from_input=secret_stdin))
    click.echo(f"Added {added.base_url}. Next: crosswalk connect-organization {added.base_url} ORGANIZATION")


@click.group("settings")
def settings() -> None:
    """Show or replace what a site sends."""


@settings.command("show")
@click.argument("site")
@on_schema
def show_settings(services: Services, site: str) -> None:
    """Write the settings of a SITE as JSON, as `settings set` takes them."""
    click.echo(read_settings(services, require_site(services, site)).model_dump_json(by_alias=True, indent=2))


@settings.command("set")
@click.argument("site")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@on_schema
def set_settings(services: Services, site: str, file: TextIO) -> None:
    """Replace the settings of a SITE by those of a FILE, JSON or YAML; `-` is standard input."""
    body = check_document(SettingsBody, decode_document(file.read(), file.name))
    kept = save_settings(services, require_site(services, site), body)
    click.echo(f"Saved. {kept.effect}")


@click.command("explain")
@click.argument("site")
@click.argument("text", required=False)
@click.option("--issue", metavar="KEY", help="Instead, everything that was sent for this issue.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as the API gives it.")
@on_schema
def explain(services: Services, *, site: str, text: str | None, issue: str | None, as_json: bool) -> None:
    """Tell why a TEXT (a hash, an address, a message) is on issues of a SITE or is not."""
    if (text is None) == (issue is None):
        raise click.UsageError("Give either TEXT or --issue KEY.")
    query = check_document(ExplainQuery, {"text": text} if issue is None else {"issueKey": issue})
    found = answer_query(services, require_site(services, site), query)
    if as_json:
        click.echo(found.model_dump_json(by_alias=True, indent=2))
    else:
        show_explanation(found)


@click.command("dead-letters")
@click.argument("site")
@click.option("--retry", is_flag=True, help="Put all of them back at the end of their inboxes.")
@on_schema
def dead_letters(services: Services, site: str, *, retry: bool) -> None:
    """List the events of a SITE that were given up, the newest first, with the reason."""
    known = require_site(services, site)
    if retry:
        click.echo(f"{retry_each(services, known.id)} events are on their way again.")
        return
    count = services.dead_letters.count(known.id)
    for letter in services.dead_letters.list_for(known.id, LETTERS_SHOWN):
        click.echo(f"{stamp(moment(letter.at))}  {letter.event_type}  {letter.reason}")
    click.echo(f"{count} events could not be delivered." + (" These are the newest." if count > LETTERS_SHOWN else ""))


def retry_each(services: Services, installation_id: str) -> int:
    """Try again what was given up until now; how many those were."""
    before, retried = services.now() + 1, 0
    while True:
        portion = retry_portion(services, installation_id, before)
        retried += portion.retried
        if not portion.left or not portion.retried:
            return retried


def decode_document(text: str, name: str) -> object:
    """The data in a JSON or YAML text. Raises BadInput."""
    try:
        return json.loads(text)
    except ValueError:
        return decode_yaml(text, name=name, pointer="", typed=True)


def show_explanation(found: ExplainView) -> None:
    """The verdict first; then what it rests on."""
    click.echo(found.verdict.sentence)
    for place in found.places:
        where = "/".join(part for part in (place.project, place.repository) if part)
        click.echo(f"  {place.kind} {place.id} {where}: {place.verdict.sentence}")
    for key in found.keys:
        click.echo(f"  key {key.key}: {key.rule}")
    for refused in found.refused:
        click.echo(f"  no key {refused.text}: {refused.reason}")
    for sent in found.sent:
        words = f": {sent.answer}" if sent.answer else ""
        keys = ", ".join(sent.keys) or "no issue"
        click.echo(
            f"  sent {sent.sent_at:%Y-%m-%d %H:%M:%S} UTC  {sent.kind} {sent.id} for {keys}: {sent.state}{words}"
        )
    for event in found.events:
        words = f": {event.words}" if event.words else ""
        click.echo(f"  event {event.at:%Y-%m-%d %H:%M:%S} UTC  {event.type}: {event.outcome}{words}")
