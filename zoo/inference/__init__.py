"""Evaluate and predict, in batches."""
