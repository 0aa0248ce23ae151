"""The web process: `wsgi:app` under any WSGI server. Builds services, creates the application."""

import sys

import click
from flask import Flask

from app import create_app
from app.metrics import serve_metrics
from logs import configure_logs
from services import build_services
from settings import SettingsError, load_settings
from store.db import require_schema
from store.outages import OUTAGES, name_outage


def build_app() -> Flask:
    """The application from the environment. Ends the process with a sentence when it cannot serve."""
    try:
        settings = load_settings()
        configure_logs(settings.log_level, settings.log_format)
        services = build_services(settings)
        if click.get_current_context(silent=True) is None:  # a command may be the one that mends the database
            require_schema(services.engine)
            serve_metrics(services)
    except SettingsError as error:
        sys.exit(str(error))
    except OUTAGES as error:
        sys.exit(name_outage(error))
    return create_app(services)


app = build_app()
