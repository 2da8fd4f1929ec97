"""Metrics: declared with a direction, monitored by it, copied for whoever listens, in the units of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo import nn
from zoo.cli.app import main
from zoo.core.events import EpochDone, Event, Finished
from zoo.core.metrics import CORE, Metric, find_metric
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.errors import UsageError
from zoo.nn.layers.combinators import Aside
from zoo.nn.losses import CategoricalCrossEntropy
from zoo.registry.selection import plugin_files
from zoo.training.prepare import prepare
from zoo.training.run import train


def test_a_metric_has_a_direction_and_a_unit() -> None:
    accuracy = Metric("accuracy", higher_is_better=True, unit="%")
    assert accuracy.better(0.9, 0.8) and not accuracy.better(0.8, 0.8) and accuracy.better(0.1, float("nan"))
    assert accuracy.format(0.5) == "50.00 %" and Metric("p", higher_is_better=True, unit="nats").format(-2) == "-2 nats"
    with pytest.raises(ValueError, match="neither direction"):
        Metric("width", higher_is_better=None).better(1, 2)
    with pytest.raises(TypeError):
        Metric("f1")  # type: ignore[call-arg]
    assert len({metric.name for metric in CORE}) == len(CORE)


def test_the_metric_of_the_validation_part_is_declared_by_its_plain_name() -> None:
    mine = Metric("loss", higher_is_better=True)
    assert find_metric("validation/loss", [mine]) == replace(mine, name="validation/loss")
    assert find_metric("validation/f1") is None


@pytest.mark.parametrize(
    ("monitor", "validation", "reported"),
    [
        ("f1", 0.2, "loss, objective, accuracy, validation/loss, validation/objective, validation/accuracy"),
        ("validation/recall", 0.2, r"zoo.Metric\('recall', higher_is_better=True\)"),
        ("mean_squared_error", 0.2, "not among the metrics"),
        ("gradient/output", 0.0, "no direction"),
        ("validation/accuracy", 0.0, "validation=0.1"),
    ],
)
def test_what_cannot_be_monitored_is_refused_before_training(
    monitor: str, validation: float, reported: str, tmp_path: Path
) -> None:
    received: list[Event] = []
    with pytest.raises(UsageError, match=reported):
        zoo.train(
            "logistic",
            "moons",
            epochs=2,
            monitor=monitor,
            validation=validation,
            listen=received.append,
            out=tmp_path / "a.h5",
        )
    assert not received and not (tmp_path / "a.h5").exists()


PLUGIN = """
import numpy as np, zoo
from dataclasses import dataclass
from typing import ClassVar

@dataclass(frozen=True)
class Rising(zoo.Architecture):
    name: ClassVar = "rising"
    family: ClassVar = "rising"
    summary: ClassVar = "a weight that counts its epochs"
    tasks: ClassVar = ("classification",)
    data: ClassVar = "nand"
    settings: ClassVar = zoo.TrainingSettings(epochs=3)
    DECLARED
    def shapes(self, signature):
        yield "w", (1, signature.outputs)
    def build(self, signature, stream):
        return Model(self, signature, {"w": np.zeros((1, signature.outputs), "f4")})
    def phases(self, plan):
        return [Phase("train", plan.phase("train"))]

class Model(zoo.Model):
    def predict(self, inputs):
        return np.repeat(self.weights["w"], len(inputs), axis=0)
    def evaluate(self, rows, stream):
        return {"f1": np.float64(self.weights["w"][0, 0] * len(rows)), "rows": np.float64(len(rows))}
    def metrics(self, sums):
        return {"f1": float(sums["f1"] / sums["rows"])}

class Phase(zoo.Phase):
    def step(self, model):
        return Step(model)

class Step(zoo.TrainingStep):
    def __call__(self, rows, context):
        self.model.weights["w"] += 1
        return self.model.metrics(self.model.evaluate(rows, context.stream))

@zoo.hookimpl
def zoo_architectures():
    return [Rising]
"""


@pytest.mark.parametrize("higher", [True, False])
def test_the_best_weights_are_those_of_the_declared_direction(higher: bool, tmp_path: Path) -> None:
    """A metric that rises from epoch to epoch: the last are best where higher is, the first where lower is."""
    name = f"rising-{higher}".lower()
    path = tmp_path / "rising.py"
    path.write_text(
        PLUGIN.replace('"rising"', f'"{name}"').replace(
            "DECLARED", f'declared_metrics: ClassVar = (zoo.Metric("f1", higher_is_better={higher}),)'
        )
    )
    out = tmp_path / "a.h5"
    assert main(["train", name, "--monitor", "f1", "--out", str(out), "-q", "--plugin", str(path)]) == 0
    with plugin_files([str(path)]):
        assert float(zoo.load(out).weights["w"][0, 0]) == (3.0 if higher else 1.0)


def test_a_metric_nobody_declared_cannot_be_monitored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "silent.py"
    path.write_text(PLUGIN.replace("DECLARED", "").replace("rising", "silent"))
    assert main(["train", "silent", "-q", "--out", str(tmp_path / "a.h5"), "--plugin", str(path)]) == 0
    capsys.readouterr()
    call = ["train", "silent", "--monitor", "f1", "-q", "--out", str(tmp_path / "b.h5"), "--plugin", str(path)]
    assert main(call) == 2
    reported = capsys.readouterr().err
    assert "zoo.Metric('f1', higher_is_better=True)" in reported and reported.count("\n") == 1
    assert not (tmp_path / "b.h5").exists()


def test_a_listener_changes_no_figure(tmp_path: Path) -> None:
    def falsify(event: Event) -> None:
        metrics: Any = getattr(event, "metrics", {})
        metrics["loss"] = metrics["accuracy"] = -1.0

    def trained(listen: Callable[[Event], None], name: str) -> tuple[Any, Any]:
        run = prepare("logistic", data={"name": "moons"}, training={"epochs": 2, "validation": 0.2})
        result = train(run, out=tmp_path / name, listen=listen)
        return result, run.training.history.phases

    honest, history = trained(lambda event: None, "honest.h5")
    falsified, same_history = trained(falsify, "falsified.h5")
    assert falsified.metrics == honest.metrics and same_history == history
    manifests = [zoo.evaluate(tmp_path / name).metrics for name in ("honest.h5", "falsified.h5")]
    assert manifests[0] == manifests[1]


def test_what_plugins_do_to_events_others_do_not_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "falsifier.py"
    path.write_text(
        "import zoo\n\n@zoo.hookimpl\ndef zoo_event(event):\n"
        "    if hasattr(event, 'metrics'):\n        event.metrics['loss'] = -1.0\n"
    )
    lines = []
    for more in ([], ["--plugin", str(path)]):
        out = str(tmp_path / f"{len(more)}.h5")
        assert main(["train", "logistic", "--data", "moons", "--epochs", "1", "--out", out, *more]) == 0
        lines.append([line.split("saved")[0] for line in capsys.readouterr().out.splitlines() if "loss" in line])
    assert lines[0] == lines[1] and "-1" not in lines[1][0]


def test_events_say_how_their_metrics_are_declared() -> None:
    received: list[Event] = []
    zoo.train("logistic", "moons", epochs=1, listen=received.append)
    for event in received:
        if isinstance(event, (EpochDone, Finished)):
            assert find_metric("accuracy", event.declared_metrics).unit == "%"  # type: ignore[union-attr]


# What layers add to the loss


class Divergence(nn.Layer):
    """y = x; adds ½ Σ x² to the loss, in training and where it is evaluated, or in training alone."""

    kind = "divergence"

    def __init__(self, always: bool) -> None:
        self.always = always

    def shapes(self, input_shape: tuple[int, ...]) -> nn.Shapes:
        return nn.Shapes(input_shape)

    def forward(self, p: Any, x: Any, mode: nn.Mode) -> Any:
        if mode.training or self.always:
            mode.losses.append(0.5 * (x * x).sum(axis=1))
        return x, (lambda dy, g: dy + x) if mode.training else None


def held_out(layers: nn.Layer) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(0)
    signature = Signature("classification", (5,), (3,), ("a", "b", "c"))
    model = nn.GradientModel(zoo.create("mlp"), signature, layers, RandomStream(0))
    rows = zoo.Batch.of(random.standard_normal((40, 5)).astype("f4"), random.integers(0, 3, 40))
    return model, rows, model.metrics(model.evaluate(rows, RandomStream(0)))


@pytest.mark.parametrize("always", [True, False])
def test_a_divergence_is_counted_in_what_is_held_out(always: bool) -> None:
    layers = nn.Serial(code=nn.Dense(4), divergence=Divergence(always), drop=nn.Dropout(0.5), output=nn.Dense(3))
    model, rows, metrics = held_out(layers)
    code = rows.inputs @ model.weights["code/W"] + model.weights["code/b"]
    assert metrics["objective"] - metrics["loss"] == pytest.approx(0.5 * np.square(code).sum(axis=1).mean(), rel=1e-5)
    p = model.predict(rows.inputs)  # of a net without dropout
    assert metrics["loss"] == pytest.approx(-np.log(p[np.arange(40), rows.targets]).mean(), rel=1e-5)


def test_an_auxiliary_head_is_counted_in_what_is_held_out() -> None:
    aside = Aside(nn.Dense(3), CategoricalCrossEntropy(), 0.3)
    model, rows, metrics = held_out(nn.Serial(hidden=nn.Dense(4), aside=aside, output=nn.Dense(3)))
    h = rows.inputs @ model.weights["hidden/W"] + model.weights["hidden/b"]
    z = h @ model.weights["aside/head/W"] + model.weights["aside/head/b"]
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    head = -log_p[np.arange(40), rows.targets].mean()
    assert metrics["objective"] - metrics["loss"] == pytest.approx(0.3 * head, rel=1e-4)


def test_penalties_are_a_metric_of_training_and_in_no_loss() -> None:
    """Train and validation loss are of the same kind: neither holds the penalty, which is recorded beside them."""
    run = prepare("logistic", data={"name": "moons"}, training={"epochs": 1, "validation": 0.2, "l2": 10.0})
    train(run)
    last = run.training.history.last("train")
    assert last["penalty"] > 0 and "objective" not in last and "validation/objective" not in last
    assert last["loss"] < np.log(2) * 1.5 and last["validation/loss"] < np.log(2) * 1.5


# In the units of the data


@pytest.mark.parametrize("name", ["mlp", "rbf", "grnn"])
def test_errors_are_in_the_units_of_the_targets(name: str, tmp_path: Path) -> None:
    random, path = np.random.default_rng(1), tmp_path / "table.csv"
    x = random.standard_normal((80, 2))
    y = np.stack([4000 + 700 * x[:, 0], 0.01 * x[:, 1]], axis=1)
    np.savetxt(path, np.concatenate([x, y], axis=1), delimiter=",", header="a,b,u,v", comments="")
    model = zoo.train(name, path, target="u,v")
    x = random.standard_normal((30, 2))
    y = np.stack([4000 + 700 * x[:, 0], 0.01 * x[:, 1]], axis=1)
    np.savetxt(tmp_path / "new.csv", np.concatenate([x, y], axis=1), delimiter=",", header="a,b,u,v", comments="")
    metrics = zoo.evaluate(model, tmp_path / "new.csv", target="u,v").metrics
    error = zoo.predict(model, x) - y
    assert metrics["mean_squared_error"] == pytest.approx(np.square(error).mean(), rel=1e-5)
    assert metrics["root_mean_squared_error"] == pytest.approx(np.sqrt(np.square(error).mean()), rel=1e-5)
    assert metrics["mean_absolute_error"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
    r_squared = 1 - np.square(error).sum(axis=0) / np.square(y - y.mean(axis=0)).sum(axis=0)
    assert metrics["r_squared"] == pytest.approx(r_squared.mean(), rel=1e-5)


def test_a_net_is_not_stopped_by_metrics_of_its_pretraining() -> None:
    """The loss of a whole net says nothing of one machine in it: pretraining keeps its last weights, not its first."""
    training = {"epochs": 1, "pretraining_epochs": 3, "validation": 0.2, "batch_size": 20}
    run = prepare("dbn", options={"hidden": (4,)}, data={"name": "moons"}, training=training)
    train(run)
    assert "fine-tuning" in run.training.history.monitors and "rbm1" not in run.training.history.monitors
