"""The metrics of the family, declared."""

from __future__ import annotations

from zoo import ACCURACY, Metric

CATEGORIES = Metric("categories", higher_is_better=None)
NOVEL = Metric("novel", higher_is_better=None)
MATCH = Metric("match", higher_is_better=True)
PURITY = Metric("purity", higher_is_better=True)
PRESENTATION = tuple(
    Metric(name, higher_is_better=None) for name in ("new", "changed", "resets", "contradicting", "refused")
)  # of samples presented in training: shares of them, and resets of one

OF_CLUSTERS = (CATEGORIES, NOVEL, MATCH, PURITY)
OF_CLASSES = (ACCURACY, CATEGORIES)
