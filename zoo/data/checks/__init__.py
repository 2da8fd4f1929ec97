"""Checks of values before a model sees them."""
