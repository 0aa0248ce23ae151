from tests.town_fixtures import open_town, settings_changes, town

__all__ = ["open_town", "settings_changes", "town"]
