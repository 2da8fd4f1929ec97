"""Off a terminal a phase of many epochs has some fifty lines, the first and the last epoch among them."""

from __future__ import annotations

import pytest

from zoo.cli.output import metrics_line
from zoo.cli.progress import Lines
from zoo.core.events import EpochDone
from zoo.core.metrics import Metric


@pytest.mark.parametrize(("epochs", "lines"), [(1, 1), (12, 12), (50, 50), (60, 31), (1000, 51)])
def test_lines(epochs: int, lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    listen = Lines()
    for epoch in range(1, epochs + 1):
        listen(EpochDone("train", epoch, epochs, {"loss": 0.5}, False, 0.1))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == lines
    assert said[0].startswith(f"train 1/{epochs} ") and said[-1].startswith(f"train {epochs}/{epochs} ")


def test_shares_of_right_and_wrong_answers_are_in_per_cent() -> None:
    metrics = {"validation/accuracy": 0.975, "errors": 0.025, "mean_squared_error": 0.025}
    assert metrics_line(metrics) == "validation/accuracy 97.50 %  errors 0.025  mean_squared_error 0.025"
    errors = Metric("errors", higher_is_better=False, unit="%")
    assert metrics_line(metrics, [errors]) == "validation/accuracy 97.50 %  errors 2.50 %  mean_squared_error 0.025"
