"""The best epoch and early stopping, beside a scan of the whole curve."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from zoo.core.metrics import Metric
from zoo.training.early_stopping import EarlyStopping

VALUES = st.lists(st.one_of(st.integers(-3, 3).map(float), st.just(math.nan), st.floats(allow_nan=False)), min_size=1)


@given(VALUES, st.booleans(), st.integers(0, 4))
def test_reading_each_value_once_decides_as_a_scan_of_the_whole_curve(values, higher, patience):
    metric = Metric("validation/score", higher_is_better=higher)
    early = EarlyStopping(metric, patience)
    for done in range(1, len(values) + 1):
        curve = values[:done]
        best = 0
        for epoch, value in enumerate(curve):
            if metric.better(value, curve[best]):
                best = epoch
        curves = {metric.name: curve}
        assert early.best_epoch(curves) == best == EarlyStopping(metric).best_epoch(curves)
        assert early.should_stop(curves) == (patience > 0 and done - 1 - best >= patience)


def test_nothing_is_decided_without_a_metric_or_its_curve():
    metric = Metric("loss", higher_is_better=False)
    assert EarlyStopping(None, 1).best_epoch({"loss": [1.0, 2.0]}) is None
    assert not EarlyStopping(None, 1).should_stop({"loss": [1.0, 2.0]})
    assert EarlyStopping(metric, 1).best_epoch({}) is None
    assert not EarlyStopping(metric, 1).should_stop({"loss": []})


def test_the_cost_of_an_epoch_does_not_grow_with_those_before_it():
    class Counted(list):
        read = 0

        def __getitem__(self, index):
            Counted.read += 1
            return super().__getitem__(index)

    early, curve = EarlyStopping(Metric("loss", higher_is_better=False), 5000), Counted()
    for epoch in range(2000):
        curve.append(1.0 / (epoch + 1))
        early.best_epoch({"loss": curve})
        early.should_stop({"loss": curve})
    assert Counted.read <= 2 * 2000
