"""The metrics of the family, declared."""

from __future__ import annotations

from zoo import ACCURACY, Metric

RECONSTRUCTION_ERROR = Metric("reconstruction_error", higher_is_better=False)
FREE_ENERGY = Metric("free_energy", higher_is_better=None)  # of a machine whose log Z moves along, no measure
PSEUDO_LIKELIHOOD = Metric("pseudo_likelihood", higher_is_better=True, unit="nats")
HIDDEN_ACTIVITY = Metric("hidden_activity", higher_is_better=None)
VISIBLE_ACTIVITY = Metric("visible_activity", higher_is_better=None)
DISAGREEMENT = Metric("disagreement", higher_is_better=False)
CODES = Metric("codes", higher_is_better=True)  # states of the hidden units that stand for some row
CODE_DISTANCE = Metric("code_distance", higher_is_better=True)  # between the codes of two rows, at least
LIKELIHOODS = (
    Metric("log_likelihood", higher_is_better=True, unit="nats"),
    Metric("log_likelihood_low", higher_is_better=True, unit="nats"),
    Metric("log_likelihood_high", higher_is_better=True, unit="nats"),
    Metric("log_partition", higher_is_better=None, unit="nats"),
)
DIVERGENCE = (HIDDEN_ACTIVITY, RECONSTRUCTION_ERROR, PSEUDO_LIKELIHOOD)  # of a machine while it is trained

METRICS = (
    RECONSTRUCTION_ERROR,
    FREE_ENERGY,
    PSEUDO_LIKELIHOOD,
    ACCURACY,
    HIDDEN_ACTIVITY,
    VISIBLE_ACTIVITY,
    DISAGREEMENT,
    CODES,
    CODE_DISTANCE,
    *LIKELIHOODS,
)
