"""Preprocessing: fit on the training part, encode rows, and invert predictions."""
