"""The training step that presents inputs to the categories, shared by all unsupervised ART models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from zoo import Batch, GrowableArrays, Metric, Model, Phase, StepContext, TrainingStep, locate_errors
from zoo_art.kernels.resonance import NEW
from zoo_art.metrics import PRESENTATION
from zoo_art.model import CategoryModel


class UntilStable(Phase):
    """Presents all samples again until an epoch changes no category; with fast learning a few epochs do."""

    objective = "changed"
    uses = ("epochs", "update", "patience", "monitor")  # samples are presented one by one, whatever the batch

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return PRESENTATION

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield "resets", ("samples",)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        return bool(curves.get("changed")) and curves["changed"][-1] == 0


class Clusters(UntilStable):
    """Learns categories without classes."""

    def step(self, model: Model) -> Presentation:
        assert isinstance(model, CategoryModel)
        return Presentation(model)


class Presentation(TrainingStep):
    """Each input in turn finds the category it resonates with, which learns, or founds one.

    Every input sees what the last one changed, so the rule is not additive. state: resets (samples,), how often a
    category was reset in the search of each sample, by its number in the data.
    """

    model: CategoryModel

    def __init__(self, model: CategoryModel) -> None:
        super().__init__(model)
        self.state = {"resets": np.zeros(0, np.int64)}
        self._resets = GrowableArrays(self.state)
        self._weights = GrowableArrays(model.weights)
        # What follows from the weights is kept up with them: here, and how many presentations there were.
        self._known = model.rule.known(model.weights["W"])
        self._presented = int(model.weights["sizes"].sum())

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        rule, weights, most = self.model.rule, self.model.weights, self.model.most
        resets = self._resets.to("resets", int(batch.numbers.max(initial=-1)) + 1)
        new = changed = refused = all_resets = 0
        with locate_errors(batch, self.model.preprocessing):
            inputs = rule.encode(batch.inputs)
        for number, I in zip(batch.numbers.tolist(), inputs, strict=True):
            J, tried = self._known.find(I, weights["W"], rule.uncommitted(I))
            if tried:
                resets[number] += tried
                all_resets += tried
            if J != NEW:
                if rule.learn(I, weights["W"][J]):
                    changed += 1
                    self._known.learned(J, weights["W"])
                weights["sizes"][J] += 1
            elif len(weights["W"]) < most:
                self._weights.append("W", rule.commit(I))
                self._weights.append("sizes", 1)
                self._weights.append("born", self._presented)
                self._known.added(weights["W"])
                new += 1
            else:
                refused += 1
                continue
            self._presented += 1
        self.model.resets = resets
        metrics = {"new": new, "changed": new + changed, "resets": all_resets}
        if refused:
            metrics["refused"] = refused
        return {name: count / len(batch) for name, count in metrics.items()}
