"""Goals that end a phase, and dear metrics recorded after epochs: decided by the record alone, so resumed exactly."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

import zoo
from zoo import events
from zoo.cli import main
from zoo.errors import OptionError, UsageError
from zoo.training.goal import Goal

GOAL = "validation/accuracy >= 0.85"
NET = {"hidden": 8, "epochs": 40, "validation": 0.2, "schedule": "constant"}
ROOT = Path(__file__).parents[2]


def weights(model: zoo.Model) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in model.weights.items()}


@pytest.mark.parametrize(
    ("text", "reached"),
    [("loss < 0.5", True), ("loss<=0.4", True), ("loss > 0.4", False), ("a/b >= 1e-3", True), ("other > 0", False)],
)
def test_a_goal_looks_at_the_last_epoch(text: str, reached: bool) -> None:
    assert Goal.parse(text).reached({"loss": [0.1, 0.9, 0.4], "a/b": [0.5]}) == reached
    assert not Goal.parse(text).reached({}) and not Goal.parse(text).reached({"loss": [math.nan], "a/b": [math.nan]})


@pytest.mark.parametrize("text", ["loss", "loss = 1", "loss > nan", "loss > x", "> 3", "loss >> 3"])
def test_a_goal_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match=r"until is .*expected a metric, one of >=, <=, >, <, and a number"):
        zoo.train("mlp", "moons", **{**NET, "until": text})


def test_a_phase_ends_at_its_goal_and_a_resumed_run_at_the_same_epoch(tmp_path: Path) -> None:
    received: list[events.Event] = []
    whole = zoo.train("mlp", "moons", **NET, until=GOAL, listen=received.append)
    curve = whole.history["train"]["validation/accuracy"]
    assert len(curve) < 40 and curve[-1] >= 0.85 and all(value < 0.85 for value in curve[:-1])
    assert [each.reason for each in received if isinstance(each, events.PhaseDone)] == ["goal"]

    def stop(event: events.Event) -> None:
        if isinstance(event, events.EpochDone):
            event.stop()

    zoo.train("mlp", "moons", **NET, until=GOAL, out=tmp_path / "run.h5", listen=stop)
    resumed = zoo.resume(tmp_path / "run.h5")
    assert weights(resumed) == weights(whole) and resumed.history.phases == whole.history.phases


def test_goals_and_metrics_that_nothing_records_are_refused_before_training(tmp_path: Path) -> None:
    for given, message in (
        ({"until": "accurcy > 0.9"}, "'accurcy' is not recorded; did you mean 'accuracy'"),
        ({"until": "validation/accuracy > 0.9", "validation": 0.0}, "no part is held out for validation"),
        ({"measure": "log_likelihood"}, "measure log_likelihood is no metric of it"),
        ({"every": 3}, "every has no effect without measure"),
    ):
        with pytest.raises(UsageError, match=message):
            zoo.train("mlp", "moons", out=tmp_path / "run.h5", **{**NET, **given})
    assert not list(tmp_path.iterdir())


def test_the_command_line_says_that_the_goal_is_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "mlp", "--data", "moons", "--hidden", "8", "--epochs", "40", "--validation", "0.2"]
    assert main([*command, "--until", GOAL, "--out", str(tmp_path / "run.h5")]) == 0
    assert "its goal is reached" in capsys.readouterr().err


def test_a_likelihood_is_recorded_every_so_many_epochs_and_changes_no_bit(tmp_path: Path) -> None:
    net = {"data": "bars-and-stripes", "hidden": 6}
    plain = zoo.train("rbm", **net, epochs=7)
    model = zoo.train("rbm", **net, epochs=7, measure="log_likelihood", every=3)
    curve = model.history["train"]["log_likelihood"]
    assert [epoch for epoch, value in enumerate(curve, 1) if not math.isnan(value)] == [3, 6, 7]
    assert weights(model) == weights(plain)
    assert curve[-1] == pytest.approx(zoo.evaluate(model, "bars-and-stripes").metrics["log_likelihood"])
    assert zoo.plot(model, tmp_path / "curves.png", plots="learning").exists()
    zoo.train("rbm", **net, epochs=7, measure=["log_likelihood"], every=3, out=tmp_path / "run.h5")
    kept = zoo.load(tmp_path / "run.h5").history["train"]["log_likelihood"]
    assert [value for value in kept if value == value] == [value for value in curve if value == value]
    watched = zoo.train("rbm", **net, epochs=2, validation=0.3, measure="log_likelihood,free_energy")
    assert {"validation/log_likelihood", "validation/free_energy"} <= set(watched.history["train"])


def test_the_study_of_sampling_rules_runs_in_twenty_lines(tmp_path: Path) -> None:
    script = ROOT / "examples" / "likelihood_over_training.py"
    assert len([line for line in script.read_text().splitlines() if line.strip()]) <= 20
    command = [sys.executable, str(script), "3", str(tmp_path / "curves.png")]
    subprocess.run(command, check=True, env={**os.environ, "MPLBACKEND": "agg"})
    assert (tmp_path / "curves.png").stat().st_size > 1000
