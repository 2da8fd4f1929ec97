"""The training step of every gradient-trained family: measure loss and gradient, apply them by the optimizer."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from zoo.core.batch import Batch
from zoo.core.metrics import find_metric
from zoo.core.random import RandomStream
from zoo.core.scores import OF_NUMBERS, scores_of
from zoo.core.shards import cut
from zoo.core.sum_tree import Sums
from zoo.core.training_step import AdditiveStep, PartialSums, StepContext
from zoo.nn.kernels.buffers import BufferPool, ScratchBuffers
from zoo.nn.kernels.matmul import BlockedProduct, Product, plain_product
from zoo.nn.layer import Mode
from zoo.nn.optimizers import Adam, AdamW
from zoo.nn.parameters import Gradients, Layout
from zoo.nn.regularization import add_penalty_gradient, clip_scale, limit_norm, penalty, square_sum
from zoo.nn.schedules import plateau, scheduled, warm_up
from zoo.nn.training.model import GradientModel, quiet
from zoo.nn.training.rates import rate_factors
from zoo.nn.training.settings import GradientSettings
from zoo.types import Array, Shape

COMPILED = (Adam, AdamW)  # optimizers with a kernel compiled by numba
PIECE = 2**17  # weights an optimizer goes through at a time: gradient, weights and state of a piece stay in cache


class GradientStep(AdditiveStep):
    """w ← optimizer(w, mean over the rows of d(loss + penalties)/dw).

    After an update the sums measured before it are invalid: their vectors are reused for the next sums.
    """

    model: GradientModel
    product: Product | None = None  # in place of those that the settings ask for

    def __init__(
        self, model: GradientModel, settings: GradientSettings, carried: Mapping[str, Shape] | None = None
    ) -> None:
        """`carried`: shapes (lanes, …) of the state that layers carry from sample to sample, by path; zero at first."""
        super().__init__(model)
        self.settings = settings
        self.optimizer = settings.make_optimizer()
        layout = model.layout
        self.factors = rate_factors(layout, settings.freeze, settings.layer_rates)
        self._state = tuple(self._first_state(name) for name in self.optimizer.state_names)
        self.state = {
            f"{state}/{name}": place.view(vector)
            for state, vector in zip(self.optimizer.state_names, self._state, strict=True)
            for name, place in layout.parameters.items()
        }
        self.carried = tuple(carried or ())
        self.state |= {name: np.zeros(shape, model.dtype) for name, shape in (carried or {}).items()}
        self._layers = gradients(model, settings)
        self._pieces = pieces_of(layout, PIECE, self.factors)
        self._trained = {name: place for name, place in layout.penalized().items() if self.factors[name]}
        frozen = frozenset(name for name, factor in self.factors.items() if not factor)
        self._buffers = BufferPool(partial(Gradients, layout, model.dtype, frozen), settings.shards)
        self._scratch: deque[Array] = deque()  # one for each thread that updates

    def _first_state(self, name: str) -> Array:
        """The state vector of this name before the first update."""
        vector = np.empty(self.model.layout.size, self.model.dtype)
        for path, place in self.model.layout.parameters.items():
            rate = self.settings.learning_rate * (self.factors[path] or 1.0)
            vector[place.start : place.stop] = self.optimizer.start(name, rate)
        return vector

    # measure

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """Sums over the rows of loss, gradient (penalties included) and what the task's metrics need."""
        with self._buffers.scratch() as scratch:
            return self._measure(batch, carried, stream, scratch)

    def _measure(
        self, batch: Batch, carried: dict[str, Array], stream: RandomStream, scratch: ScratchBuffers
    ) -> PartialSums:
        model, settings = self.model, self.settings
        x, targets = model.encoded(batch.inputs), model.targets(batch)
        product = self._product()
        gradients = self._buffers.vectors()
        vector, g = gradients.vector, gradients.tree
        g.begin(product)
        mode = Mode(
            training=True,
            input_gradient=False,
            stream=stream,
            mask=batch.mask,
            targets=targets,
            carried=carried,
            product=product,
            empty_like=scratch.empty_like,
            kernels=settings.kernels,
        )
        with quiet():
            z, pullback = model.layers.forward(model.parameters.tree, x, mode)
            losses, loss_pullback = model.loss.forward(z, targets)
            sums = model.tally(z, losses, batch)
            if scores_of(model.signature.task) != OF_NUMBERS:
                sums |= model.scored(z, batch)
            assert pullback is not None
            pullback(loss_pullback(batch.mask if losses.ndim > 1 else None), g)
            g.end()
            if mode.losses:
                sums["added"] = np.asarray(sum(model.tally(z, each, batch)["loss"] for each in mode.losses))
            if settings.l1 or settings.l2:
                count, weighed = float(sums["count"]), 0.0
                for place in self._trained.values():
                    W, dW = place.view(model.parameters.vector), place.view(vector)
                    add_penalty_gradient(W, dW, settings.l1, settings.l2, count)
                    weighed += count * penalty(W, settings.l1, settings.l2)
                sums["penalty"] = np.asarray(weighed)
        sums["gradient"] = vector
        if gradients.averages.size:
            sums["averages"], sums["rows"] = gradients.averages, np.asarray(float(len(batch)))
        return PartialSums(
            sums, {name: np.array(mode.carries[name]) for name in self.carried}
        )  # a copy: scratch buffers are reused

    def _product(self) -> Product:
        if self.product is not None:
            return self.product
        if self.settings.blocks > 1 and self.workers is not None:
            return BlockedProduct(self.settings.blocks, self.workers)
        return plain_product

    def changing(self) -> Sequence[Array] | None:
        """The weights; unknown for a subclass with its own `measure`, which may depend on more."""
        return (self.model.parameters.vector,) if type(self).measure is GradientStep.measure else None

    def release(self) -> None:
        """Reuse the vectors measured since the last update."""
        self._buffers.release()

    def objective(self, batch: Batch, stream: RandomStream) -> tuple[float, dict[str, Array]]:
        """(mean over the rows of everything that is minimized, its gradient by path), for gradient checks."""
        sums = self.measure(batch, {}, stream).sums
        count = float(sums["count"])
        places = self.model.layout.parameters
        value = sum(float(sums.get(name, 0.0)) for name in ("loss", "added", "penalty")) / count
        return value, {name: place.view(sums["gradient"]) / count for name, place in places.items()}

    # metrics

    def metrics(self, sums: Sums) -> dict[str, float]:
        """loss; objective, with what layers and heads add to it; penalty on the weights, which is part of the gradient;
        accuracy of classes; and the norm of the gradient by layer."""
        count = float(sums["count"])
        metrics = self.model.losses(sums)
        if "penalty" in sums:
            metrics["penalty"] = float(sums["penalty"]) / count
        if "correct" in sums:
            metrics |= self.model.metrics(sums)
        vector = sums["gradient"]
        for name, part in self._layers.items():
            metrics[name] = math.sqrt(square_sum(vector[part])) / count
        return metrics

    # update

    def update(self, sums: Sums, context: StepContext) -> None:
        """One update of the weights by the mean gradient, clipped; then max-norm and the averages."""
        settings, model, vector = self.settings, self.model, sums["gradient"]
        scale = 1.0 / float(sums["count"])
        if settings.clip_norm:
            scale *= clip_scale(scale * math.sqrt(square_sum(vector)), settings.clip_norm)
        apply = partial(self._apply, vector, scale, self.rate(context), context.updates + 1)
        context.workers.each(apply, self._pieces)
        if settings.max_norm:
            for place in self._trained.values():
                limit_norm(place.view(model.parameters.vector), settings.max_norm)
        for name, average in model.layout.shapes.averages.items():
            mean = model.layout.averages[name].view(sums["averages"]) / float(sums["rows"])
            model.weights[name][...] = average.decay * model.weights[name] + (1 - average.decay) * mean
        self.release()

    def _apply(self, vector: Array, scale: float, rate: float, count: int, piece: Piece) -> None:
        """The optimizer on one stretch of the vectors."""
        settings, weights = self.settings, self.model.parameters.vector
        rate *= piece.factor
        if settings.decay:
            for decayed in piece.penalized:
                weights[decayed] *= 1 - rate * settings.decay
        part = slice(piece.start, piece.stop)
        w, g = weights[part], vector[part]
        if settings.clip_norm or settings.clip_value:  # before an optimizer squares what may be huge
            g *= scale
            scale = 1.0
        if settings.clip_value:
            np.clip(g, -settings.clip_value, settings.clip_value, out=g)
        state = tuple([vector[part] for vector in self._state])
        if settings.compiled and isinstance(self.optimizer, Adam) and type(self.optimizer) in COMPILED:
            from zoo.nn.kernels.adam_numba import apply_adam  # an extra, which takes half a second to import

            apply_adam(self.optimizer, w, g, state, rate, count, scale)
            return
        try:
            scratch = self._scratch.pop()
        except IndexError:
            scratch = np.empty(min(PIECE, weights.size), weights.dtype)
        self.optimizer.apply(w, g, state, scratch[: g.size], rate, count, scale)
        self._scratch.append(scratch)

    def rate(self, context: StepContext) -> float:
        """The learning rate at this place of the phase."""
        settings, progress = self.settings, context.progress
        rate = settings.learning_rate
        if settings.schedule == "plateau":
            name = settings.monitor or ("validation/loss" if "validation/loss" in context.curves else "loss")
            metric = find_metric(name, self.model.declared_metrics)
            assert metric is not None  # the trainer refuses others before the first batch
            rate *= plateau(context.curves, metric, settings.plateau_patience, settings.rate_decay)
        else:
            rate *= scheduled(progress, settings)
        return rate * warm_up(progress, settings.warmup, context.updates)

    # locating errors

    def locate_non_finite(self, batch: Batch, context: StepContext) -> str:
        """The first layer whose output is not finite on these rows; else the loss or its gradient."""
        model = self.model
        found: list[str] = []

        def watch(path: str, y: Array) -> None:
            if not found and not np.isfinite(y).all():
                found.append(path)

        if not np.isfinite(batch.inputs).all():
            return "the inputs"
        for shard, (start, stop) in enumerate(cut(len(batch), self.shards)):
            part = batch.part(start, stop)
            carried = {name: self.state[name][part.lanes] for name in self.carried}
            stream, targets = context.stream.at(shard=shard), model.targets(part)
            mode = Mode(
                True, "", False, stream, part.mask, targets, carried, watch=watch, kernels=self.settings.kernels
            )
            with quiet():
                model.layers.forward(model.parameters.tree, model.encoded(part.inputs), mode)
            if found:
                return f"layer {found[0]}"
        return "the loss or its gradient"


def gradients(model: GradientModel, settings: GradientSettings) -> dict[str, slice]:
    """The stretch of the gradient of each layer that is trained, by the name of the metric that is its norm:
    "gradient/hidden1"."""
    factors = rate_factors(model.layout, settings.freeze, settings.layer_rates)
    trained = {name.rpartition("/")[0] for name, factor in factors.items() if factor}
    return {f"gradient/{path}".rstrip("/"): part for path, part in model.layout.layers().items() if path in trained}


@dataclass(frozen=True)
class Piece:
    """A stretch of the vectors with one factor of the learning rate, and the parts of it that penalties touch."""

    start: int
    stop: int
    penalized: tuple[slice, ...]
    factor: float = 1.0


def pieces_of(layout: Layout, size: int, factors: Mapping[str, float]) -> list[Piece]:
    """The stretches of the vectors that are trained, in equal pieces of at most `size`, an even number of each stretch
    that needs several."""
    pieces = []
    for start, stop, factor in stretches(layout, factors):
        count = -(-(stop - start) // size)
        count += count % 2 if count > 1 else 0
        for first, last in cut(stop - start, count):
            begin, end = start + first, start + last
            inside = [
                slice(max(begin, place.start), min(end, place.stop))
                for place in layout.penalized().values()
                if place.start < end and begin < place.stop
            ]
            pieces.append(Piece(begin, end, tuple(inside), factor))
    return pieces


def stretches(layout: Layout, factors: Mapping[str, float]) -> list[tuple[int, int, float]]:
    """(start, stop, factor) of neighbouring parameters with one factor of the learning rate; none of frozen ones."""
    found: list[tuple[int, int, float]] = []
    for name, place in layout.parameters.items():
        factor = factors[name]
        if not factor or place.start == place.stop:
            continue
        if found and found[-1][1:] == (place.start, factor):
            found[-1] = (found[-1][0], place.stop, factor)
        else:
            found.append((place.start, place.stop, factor))
    return found
