"""Encoded samples by row number."""
