"""Whom we call. A client returns facts and raises the errors of `domain.errors`; it stores nothing."""
