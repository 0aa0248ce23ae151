"""What the administrators of a site chose, as one document per site."""

from sqlalchemy import JSON, BigInteger, Column, Engine, String, Table

from store.db import metadata, read_only

site_settings = Table(
    "site_settings",
    metadata,
    Column("installation_id", String(36), primary_key=True),
    Column("document", JSON, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)


class SettingsBook:
    """Reads and writes the settings of sites."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)
