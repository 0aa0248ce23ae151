"""The migration engine: one file per phase, used by jobs only."""
