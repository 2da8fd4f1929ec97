"""How rate and radius fall from their first value a to their last b, over the share p of training done.

linear: a + (b − a) p. exponential: a (b/a)^p. inverse: a / (1 + (a/b − 1) p).
"""

from __future__ import annotations

DECAYS = ("linear", "exponential", "inverse")


def decayed(kind: str, first: float, last: float, progress: float) -> float:
    """The value at `progress`, 0 ≤ progress ≤ 1."""
    if kind == "exponential":
        return float(first * (last / first) ** progress)
    if kind == "inverse":
        return first / (1.0 + (first / last - 1.0) * progress)
    return first + (last - first) * progress
