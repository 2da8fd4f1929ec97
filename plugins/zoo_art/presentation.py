"""The training step that presents inputs to the categories, shared by all unsupervised ART models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from zoo import Batch, GrowableArrays, Metric, Model, Phase, StepContext, TrainingSettings, TrainingStep, locate_errors
from zoo_art.by_rule import ByRule
from zoo_art.kernels.box_search import search_of
from zoo_art.kernels.resonance import NEW
from zoo_art.metrics import PRESENTATION
from zoo_art.model import CategoryModel


class UntilStable(Phase):
    """Presents all samples again until an epoch changes no category; with fast learning a few epochs do."""

    objective = "changed"
    has_kernels = True
    uses = ("epochs", "update", "patience", "monitor")  # samples are presented one by one, whatever the batch

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return PRESENTATION

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield "resets", ("samples",)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        return bool(curves.get("changed")) and curves["changed"][-1] == 0


class Clusters(UntilStable):
    """Learns categories without classes."""

    def __init__(self, name: str, settings: TrainingSettings, has_compiled_kernels: bool) -> None:
        super().__init__(name, settings)
        self.has_compiled_kernels = has_compiled_kernels

    def step(self, model: Model) -> Presentation:
        assert isinstance(model, CategoryModel)
        return Presentation(model, self.settings)


class Presentation(TrainingStep):
    """Each input in turn finds the category it resonates with, which learns, or founds one.

    Every input sees what the last one changed, so the rule is not additive. state: resets (samples,), how often a
    category was reset in the search of each sample, by its number in the data.
    """

    model: CategoryModel

    def __init__(self, model: CategoryModel, settings: TrainingSettings = TrainingSettings()) -> None:
        super().__init__(model)
        self.state = {"resets": np.zeros(0, np.int64)}
        self._resets = GrowableArrays(self.state)
        self._weights = GrowableArrays(model.weights)
        # What follows from the weights is kept up with them: here, and how many presentations there were.
        kernel = model.kernel
        W = model.weights["W"]
        self._search = ByRule(kernel.rule) if settings.by_the_rule else search_of(kernel, W, settings.compiled)
        self._presented = int(model.weights["sizes"].sum())

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        kernel, weights, most = self.model.kernel, self.model.weights, self.model.most
        resets = self._resets.to("resets", int(batch.numbers.max(initial=-1)) + 1)
        new = changed = refused = all_resets = 0
        with locate_errors(batch, self.model.preprocessing):
            inputs = kernel.encode(batch.inputs)
        for number, I in zip(batch.numbers.tolist(), inputs, strict=True):
            J, tried = self._search.find(I, weights["W"])
            if tried:
                resets[number] += tried
                all_resets += tried
            assert J is not None
            if J != NEW:
                changed += self._search.learn(J, I, weights["W"])
                weights["sizes"][J] += 1
            elif len(weights["W"]) < most:
                self._weights.append("W", kernel.commit(I))
                self._weights.append("sizes", 1)
                self._weights.append("born", self._presented)
                self._search.added(weights["W"])
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
