"""What the administrators of a site chose, as one document per site."""

from dataclasses import dataclass

from sqlalchemy import JSON, BigInteger, Column, Engine, String, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.site_settings import DEFAULTS, SiteSettings, read_document, write_document
from store.db import metadata, read_only

site_settings = Table(
    "site_settings",
    metadata,
    Column("installation_id", String(36), primary_key=True),
    Column("document", JSON, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """The settings of a site; `changed_at` (ms) is None while they are the defaults nobody has touched."""

    settings: SiteSettings
    changed_at: int | None


class SettingsBook:
    """Reads and writes the settings of sites."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def read(self, installation_id: str) -> KeptSettings:
        """The settings as of now. Nothing is kept in memory, so that a change holds from the next batch on."""
        query = select(site_settings).where(site_settings.c.installation_id == installation_id)
        with self._reader.connect() as connection:
            row = connection.execute(query).one_or_none()
        return KeptSettings(read_document(row.document), row.changed_at) if row else KeptSettings(DEFAULTS, None)

    def save(self, installation_id: str, settings: SiteSettings, now: int) -> None:
        """Put `settings` in place of what there was. `now` in ms."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        values = {"document": write_document(settings), "changed_at": now}
        statement = insert(site_settings).values(installation_id=installation_id, **values)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=[site_settings.c.installation_id], set_=values)
            )

    def forget(self, installation_id: str) -> None:
        """Delete the settings of a site that is gone."""
        with self._engine.begin() as connection:
            connection.execute(delete(site_settings).where(site_settings.c.installation_id == installation_id))
