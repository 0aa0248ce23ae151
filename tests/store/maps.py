"""Writes into the maps of items and parts, as a worker does beside what became of its rows."""

from collections.abc import Iterable

from sqlalchemy import Engine

from store.item_map import MappedItem, MappedPart, MapPlace, put_items, put_parts


def map_items(engine: Engine, place: MapPlace, items: Iterable[MappedItem], run_id: str, now: int) -> None:
    with engine.begin() as connection:
        put_items(connection, place, items, run_id, now)


def map_parts(engine: Engine, place: MapPlace, parts: Iterable[MappedPart], run_id: str, now: int) -> None:
    with engine.begin() as connection:
        put_parts(connection, place, parts, run_id, now)
