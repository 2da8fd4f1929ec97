"""The metrics of the family, declared."""

from __future__ import annotations

from zoo import ACCURACY, Metric

QUANTIZATION_ERROR = Metric("quantization_error", higher_is_better=False)
TOPOGRAPHIC_ERROR = Metric("topographic_error", higher_is_better=False)
DISTORTION = Metric("distortion", higher_is_better=False)

METRICS = (QUANTIZATION_ERROR, TOPOGRAPHIC_ERROR, DISTORTION, ACCURACY)
