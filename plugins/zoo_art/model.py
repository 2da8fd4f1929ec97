"""A model with a growing set of categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo import Array, Batch, Metric, Model, RandomStream, Signature, Sums, Value, locate_errors
from zoo_art.categories import Category, boxes_of, categories_of
from zoo_art.kernels.competition import Competition
from zoo_art.kernels.resonance import NEW, search
from zoo_art.metrics import OF_CLUSTERS
from zoo_art.notes import telling

if TYPE_CHECKING:
    from zoo import Architecture
    from zoo.data import Samples


class CategoryModel(Model):
    """Weights W (categories, width); sizes (categories,), presentations each coded; born (categories,), presentations
    before its first. The categories grow with what is presented."""

    resets: Array | None = None  # by number of the sample, from the training in hand

    def __init__(self, architecture: Architecture, signature: Signature, kernel: Competition, most: int) -> None:
        super().__init__(
            architecture,
            signature,
            {
                "W": np.zeros((0, kernel.width(signature.inputs)), architecture.dtype),
                "sizes": np.zeros(0, np.int64),
                "born": np.zeros(0, np.int64),
            },
        )
        self.kernel = kernel
        self.most = most  # categories there can be

    def categories(self) -> list[Category]:
        """Every category with its size and its prototype, in the order in which they were founded; `predict` gives the
        number of each input's category."""
        return categories_of(self, self.kernel)

    def boxes(self) -> Array:
        """The lower and the upper corner of each category's box in the units of the data: (categories, 2,
        *input_shape). `UsageError` where categories are no boxes (ART 1, ART 2-A)."""
        return boxes_of(self, self.kernel)

    def resonate(self, inputs: Array) -> Iterator[tuple[int, float, int]]:
        """For each input the category it resonates with (NEW: none matches it), its match with that, and the resets."""
        W, kernel = self.weights["W"], self.kernel
        norms = kernel.sizes(W)
        for I in kernel.encode(inputs):
            choice, match = kernel.compete(I, W, norms)
            J, resets = search(choice, match, kernel.vigilance, -np.inf)
            yield J, float(match[J]) if J != NEW else 0.0, min(resets, 1) if kernel.shortcut else resets

    def predict(self, inputs: Array) -> Array:
        """The number of the category each input resonates with: (rows, 1); −1 where none matches it."""
        return np.array([J for J, _, _ in self.resonate(inputs)], np.int64).reshape(-1, 1)

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return OF_CLUSTERS

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        """How many rows no category matches, their matches, and by category the classes of its rows, where known."""
        with locate_errors(batch, self.preprocessing):
            found = list(self.resonate(batch.inputs))
        winners = np.array([J for J, _, _ in found], np.int64)
        sums = {
            "rows": np.array(len(batch), np.float64),
            "novel": np.array(np.count_nonzero(winners == NEW), np.float64),
            "match": np.array(sum(match for _, match, _ in found), np.float64),
        }
        if batch.targets is not None and self.preprocessing is not None:
            classes = np.zeros((len(self.weights["W"]), len(self.preprocessing.labels)))
            known = winners != NEW
            np.add.at(classes, (winners[known], batch.targets[known]), 1)
            sums["classes"] = classes
        return sums

    def metrics(self, sums: Sums) -> dict[str, float]:
        """novel: share of the rows no category matches; match, mean over the others; purity: share of the rows that are
        of the commonest class of their category, where classes are known (a novel row is of none)."""
        rows, novel = float(sums["rows"]), float(sums["novel"])
        metrics = {"categories": float(len(self.weights["W"])), "novel": novel / rows}
        if rows > novel:
            metrics["match"] = float(sums["match"]) / (rows - novel)
        if "classes" in sums:
            metrics["purity"] = float(sums["classes"].max(axis=1, initial=0.0).sum()) / rows
        return metrics

    def notes(self, data: Samples) -> Iterator[str]:
        """Categories, their sizes and prototypes, and which samples were reset most."""
        yield from telling(self.weights["sizes"], self.resets)

    def to_onnx(self, x: Value) -> Value:
        W = self.weights["W"]
        if not len(W):
            return x.flattened().cast(np.int64).slice(0, 1, 1) * 0 + NEW
        choice, match = self.kernel.to_onnx(x.flattened(), W)
        fits = match >= self.kernel.vigilance
        J = x.graph.where(fits, choice, -np.inf).argmax(keepdims=True)
        matches = fits.cast(np.int64).max()  # whether any does
        return x.graph.where(matches > 0, J, NEW)
