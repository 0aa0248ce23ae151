"""What an event says, for tests that do not ask how it arrived."""

from domain.events import open_event
from domain.records import Event


def parse_event(body: bytes) -> Event:
    """Raises BadEvent, naming the field, when it cannot be read."""
    _, event = open_event(body)
    return event
