"""ROC AUC: the probability that a sample of the class scores above one of the others."""

from __future__ import annotations

import numpy as np

from zoo.types import Array


def roc_auc(scores: Array, positive: Array) -> float:
    """P(score of a positive sample > score of a negative one) + ½ P(equal); NaN without samples of both kinds.

    scores (samples,), positive (samples,) of true and false. By ranks: (Σ ranks of positives − n₊ (n₊ + 1) / 2) /
    (n₊ n₋), equal scores sharing their mean rank. Source: J. A. Hanley and B. J. McNeil (1982), The meaning and use of
    the area under a receiver operating characteristic curve.
    """
    above = int(positive.sum())
    below = len(positive) - above
    if not above or not below or not np.isfinite(scores).all():
        return float("nan")
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts, dtype=np.float64)
    ranks = ends - (counts - 1) / 2  # the mean rank, from 1 on, of each value
    return float((ranks[places[positive]].sum() - above * (above + 1) / 2) / (above * below))
