"""Measurements, printed as JSON. Nothing here is part of the product."""
