"""The metrics of the family, declared."""

from __future__ import annotations

from zoo import LOSS, Metric

NORMALIZED_ERROR = Metric("normalized_error", higher_is_better=False)
DISTORTION = Metric("distortion", higher_is_better=False)  # of k-means
EXPLAINED = Metric("explained", higher_is_better=True)  # by the centres that were chosen, of the targets' squares
MISSED = Metric("missed", higher_is_better=False)  # distance of an interpolating surface from a target
CENTRES = Metric("centres", higher_is_better=None)
WIDTH = Metric("width", higher_is_better=None)
CONDITION = Metric("condition", higher_is_better=None)
STORED = Metric("stored", higher_is_better=None)

METRICS = (LOSS, NORMALIZED_ERROR, DISTORTION, EXPLAINED, MISSED, CENTRES, WIDTH, CONDITION, STORED)
