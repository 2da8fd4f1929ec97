"""A plugin of one file, as somebody's own, and a checkpoint of a model it trained."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import zoo
from zoo.registry.selection import plugin_files

MEAN = '''
    """One mean for each class; the nearest answers."""
    from dataclasses import dataclass
    from typing import ClassVar
    import numpy as np
    import zoo

    __version__ = "1.0"

    @dataclass(frozen=True)
    class Mean(zoo.Architecture):
        name: ClassVar[str] = "mean"
        family: ClassVar[str] = "means"
        summary: ClassVar[str] = "nearest mean"
        tasks: ClassVar[tuple[str, ...]] = ("classification",)
        data: ClassVar[str] = "nand"
        settings: ClassVar[zoo.TrainingSettings] = zoo.TrainingSettings(epochs=2)
        declared_metrics: ClassVar[tuple[zoo.Metric, ...]] = (
            zoo.Metric("accuracy", higher_is_better=True, unit="%"), zoo.Metric("rows", higher_is_better=None))
        power: float = zoo.option(2.0, "of the distance", above=0.0, high=8.0)

        def shapes(self, signature):
            yield "means", (signature.outputs, signature.inputs)

        def build(self, signature, stream):
            return MeanModel(self, signature, {name: np.zeros(size, "f4") for name, size in self.shapes(signature)})

        def phases(self, plan):
            return [Means("train", plan.phase("train"))]

    class MeanModel(zoo.Model):
        def predict(self, inputs):
            away = np.abs(inputs.reshape(len(inputs), 1, -1) - self.weights["means"]) ** self.architecture.power
            return -away.sum(axis=2)

        def evaluate(self, batch, stream):
            right = (self.predict(batch.inputs).argmax(axis=1) == batch.targets).sum()
            return {"right": np.float64(right), "rows": np.float64(len(batch))}

        def metrics(self, sums):
            return {"accuracy": float(sums["right"] / sums["rows"])}

    class Means(zoo.Phase):
        def step(self, model):
            return Step(model)

    class Step(zoo.TrainingStep):
        def __call__(self, batch, context):
            for x, t in zip(batch.inputs.reshape(len(batch), -1), batch.targets):
                self.model.weights["means"][t] += 0.1 * (x - self.model.weights["means"][t])
            return {"rows": float(len(batch))}

    @zoo.hookimpl
    def zoo_architectures():
        return [Mean]
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The file mean.py."""
    path = tmp_path / "mean.py"
    path.write_text(textwrap.dedent(MEAN).lstrip())
    return path


@pytest.fixture
def trained(plugin: Path, tmp_path: Path) -> Path:
    """A checkpoint that the plugin's version 1.0 made."""
    with plugin_files([str(plugin)]):
        zoo.train("mean", out=tmp_path / "mean.h5", power=3.0)
    return tmp_path / "mean.h5"


@pytest.fixture
def changed(plugin: Path, tmp_path: Path) -> Callable[..., Path]:
    """The same plugin in another version, with some of its text replaced, in another folder."""

    def changed(*pairs: tuple[str, str]) -> Path:
        text = plugin.read_text()
        for old, new in (('"1.0"', '"2.0"'), *pairs):
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "later" / plugin.name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return changed
