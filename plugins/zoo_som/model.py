"""The trained map: which unit wins a sample, what it answers with, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from zoo import Architecture, Array, Batch, Metric, Model, RandomStream, Signature, Sums, Value
from zoo.data import Samples
from zoo_som.grid import Grid
from zoo_som.kernels.distance import DISTANCES, Distance, parts
from zoo_som.kernels.neighbourhood import strengths_near
from zoo_som.metrics import METRICS
from zoo_som.rules import map_quality
from zoo_som.rules.trustworthiness import trustworthiness

SAMPLED = 1000  # samples that a neighbourhood preservation is measured on: it needs all distances between them


class SomModel(Model):
    """Weights W (units, inputs) and hits (units, classes), units numbered row by row."""

    output_kind = "probabilities"  # shares of the classes among the training samples that a unit won

    def __init__(
        self, architecture: Architecture, signature: Signature, weights: dict[str, Array], grid: Grid, distance: str
    ) -> None:
        super().__init__(architecture, signature, weights)
        self.grid = grid
        self.kind = DISTANCES[distance]

    @property
    def distance(self) -> Distance:
        """The distance, bound to the weights as they stand."""
        return self.kind(self.weights["W"])

    def samples(self, inputs: Array) -> Array:
        """Encoded inputs (rows, *input_shape) as the distance sees them: (rows, values)."""
        return self.kind.samples(inputs.reshape(len(inputs), -1))

    @property
    def classes(self) -> Array:
        """Share of each class among the training samples a unit won, 0 where it won none: (units, classes)."""
        hits = self.weights["hits"]
        return np.asarray(hits / np.maximum(1, hits.sum(axis=1, keepdims=True)))

    @property
    def units(self) -> Array:
        """The weights of each unit in the units of the data: (rows, columns, *input_shape). With cosine distances,
        which know no lengths, as they are."""
        W = self.weights["W"].reshape(self.grid.rows, self.grid.columns, *self.signature.input_shape)
        return W.astype(np.float64) if self.kind.name == "cosine" else self.decode_inputs(W)

    def u_matrix(self) -> Array:
        """Mean distance from each unit's weights to its neighbours', as the map measures it: (rows, columns)."""
        mean = map_quality.u_matrix(self.weights["W"], self.grid.neighbours, self.kind.between)
        return mean.reshape(self.grid.rows, self.grid.columns)

    def winners(self, inputs: Array) -> Array:
        """The best-matching unit of each encoded input, numbered row by row: (rows,); `np.divmod(winners, columns)` is
        its row and column, which `predict` gives as well."""
        x, distance = self.samples(inputs), self.distance
        scores = [distance.scores(x[part]).argmax(axis=1) for part in parts(x, self.grid.units)]
        return np.concatenate(scores) if scores else np.zeros(0, np.intp)

    def predict(self, inputs: Array) -> Array:
        """Row and column of the best-matching unit; with classes their shares in the nearest unit that won any
        sample."""
        x, distance = self.samples(inputs), self.distance
        outputs = np.empty((len(x), *self.signature.output_shape), x.dtype)
        for part in parts(x, self.grid.units):
            scores = distance.scores(x[part])
            if self.signature.task == "classification":
                outputs[part] = self.classes[self._answering(scores)]
            else:
                outputs[part] = np.stack(np.divmod(scores.argmax(axis=1), self.grid.columns), axis=1)
        return outputs

    def _answering(self, scores: Array) -> Array:
        """The nearest unit among those that won a sample in training; among all, as long as none has."""
        won = self.weights["hits"].any(axis=1)
        return np.asarray(np.where(won | ~won.any(), scores, -np.inf).argmax(axis=1))

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return METRICS if self.signature.task == "classification" else METRICS[:-1]

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        """Sums of the errors; `metrics` divides them by the samples."""
        x, distance, grid = self.samples(batch.inputs), self.distance, self.grid
        won = bool(self.weights["hits"].any())
        quantization = distortion = broken = right = 0.0
        for part in parts(x, grid.units):
            scores = distance.scores(x[part])
            best = scores.argmax(axis=1)
            quantization += float(distance.between(x[part], distance.W[best]).sum(dtype=np.float64))
            distances = distance.from_scores(x[part], scores)
            near = strengths_near(grid, x.dtype.str, best)
            distortion += float(np.einsum("ij,ij,ij->i", near, distances, distances).sum(dtype=np.float64))
            if won and batch.targets is not None and self.signature.task == "classification":
                answers = self.classes[self._answering(scores)].argmax(axis=1)
                right += float((answers == batch.targets[part]).sum())
            scores[np.arange(len(scores)), best] = -np.inf
            broken += float((~grid.adjacent(best, scores.argmax(axis=1))).sum())
        sums = {"quantization": quantization, "broken": broken, "distortion": distortion, "rows": len(x)}
        if won and self.signature.task == "classification":
            sums["right"] = right
        return {name: np.array(value, np.float64) for name, value in sums.items()}

    def metrics(self, sums: Sums) -> dict[str, float]:
        """quantization_error: mean distance to the best-matching unit. topographic_error: share of samples whose second
        best unit is no neighbour of the best (K. Kiviluoto 1996). distortion: mean of Σᵢ h(d(c, i)) |x − wᵢ|² with a
        Gaussian of radius 1 (T. Kohonen 1991). accuracy: of the classes, once the hits are counted."""
        rows = float(sums["rows"])
        metrics = {
            "quantization_error": float(sums["quantization"]) / rows,
            "topographic_error": float(sums["broken"]) / rows,
            "distortion": float(sums["distortion"]) / rows,
        }
        if "right" in sums:
            metrics["accuracy"] = float(sums["right"]) / rows
        return metrics

    def notes(self, data: Samples) -> Iterator[str]:
        """The map's size, units that won nothing, and how far neighbours on the map are neighbours in the data."""
        grid, hits = self.grid, self.weights["hits"].sum(axis=1)
        kind = ("hexagonal" if grid.hexagonal else "rectangular") + (" torus" if grid.toroidal else " map")
        idle = int((hits == 0).sum())
        won = "each won a sample" if not idle else f"{idle} of them won no sample"
        yield f"{kind} of {grid.rows} × {grid.columns} units; {won}"
        batch = data.rows(np.unique(np.linspace(0, len(data) - 1, min(SAMPLED, len(data))).astype(np.int64)))
        neighbours = min(10, (len(batch) - 1) // 2)
        if neighbours >= 1 and not math.isnan(share := self.trustworthiness(batch.inputs, neighbours)):
            yield f"trustworthiness {share:.3f}: how far the {neighbours} nearest on the map are nearest in the data"

    def trustworthiness(self, inputs: Array, neighbours: int) -> float:
        """How far the `neighbours` nearest samples on the map are among the nearest in the data."""
        x = self.samples(inputs)
        data = np.stack([self.kind.between(each, x) for each in x])
        winners = self.winners(inputs)
        across, down = self.grid.across[winners], self.grid.down[winners]
        shown = self.grid.squared_of(across[:, None] - across, down[:, None] - down)
        return trustworthiness(data, shown, neighbours)

    def to_onnx(self, x: Value) -> Value:
        scores = self.distance.to_onnx(x.flattened())
        if self.signature.task == "classification":
            won = self.weights["hits"].any(axis=1)
            answers = scores + np.where(won | ~won.any(), 0.0, -np.inf)
            return x.graph.constant(self.classes, x.dtype).take(answers.argmax())
        best = scores.argmax()
        places = np.stack(np.divmod(np.arange(self.grid.units), self.grid.columns), axis=1)
        return x.graph.constant(places, x.dtype).take(best)
