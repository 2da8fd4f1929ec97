"""Embedded datasets of the family."""
