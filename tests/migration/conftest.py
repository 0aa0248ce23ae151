"""Fixtures that several tests of runs share."""

import pytest

from domain.rates import RETURNS


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a refusal migrations wait for the other lanes, by the time of Redis."""
    monkeypatch.setitem(RETURNS, "migration", 0)
