"""High-water marks: up to when what happened in a linked project is known to be in Jira."""

from collections.abc import Iterable, Mapping

from sqlalchemy import BigInteger, Column, Engine, ForeignKey, String, Table, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from store.db import metadata, read_only
from store.links import select_link

marks = Table(
    "marks",
    metadata,
    Column("link_id", String(36), ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("part", String(64), primary_key=True),  # a repository id, '' for the whole project
    Column("at", BigInteger, nullable=False),  # ms
)
WHOLE = ""  # the part of a mark that holds for the whole project
NAMES = ("link_id", "kind", "part", "at")


class Marks:
    """Reads and moves marks; a mark never moves back by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def read(self, link_id: str) -> Mapping[tuple[str, str], int]:
        """Every mark of a link: (kind, part) to ms."""
        with self._reader.connect() as connection:
            rows = connection.execute(select(marks).where(marks.c.link_id == link_id)).all()
        return {(row.kind, row.part): row.at for row in rows}

    def start(self, link_id: str, kinds: Iterable[str], at: int) -> None:
        """Set the marks of the whole project where there is none yet, when a link is made: nothing older is its."""
        known = self.read(link_id)
        for kind in kinds:
            if (kind, WHOLE) not in known:
                self.move(link_id, kind, WHOLE, at)

    def move(self, link_id: str, kind: str, part: str, at: int) -> None:
        """Set a mark or move it forward to `at` (ms); an earlier time changes nothing, nor does a link that is gone."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        row = select_link(link_id, literal(kind), literal(part), literal(at, BigInteger))
        statement = insert(marks).from_select(NAMES, row)
        later = statement.excluded.at > marks.c.at
        newer = {"at": statement.excluded.at}
        move = statement.on_conflict_do_update(index_elements=NAMES[:3], set_=newer, where=later)
        with self._engine.begin() as connection:
            connection.execute(move)

    def forget_part(self, link_id: str, part: str) -> None:
        """Drop every mark of one part: its repository is no longer in the project."""
        with self._engine.begin() as connection:
            connection.execute(delete(marks).where((marks.c.link_id == link_id) & (marks.c.part == part)))
