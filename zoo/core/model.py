"""Base class of models: named arrays and what is computed from them."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zoo.core.array_equality import same_arrays
from zoo.core.batch import Batch
from zoo.core.graph import drop_outdated_form, no_form
from zoo.core.history import History
from zoo.core.invalid_input import locate_errors
from zoo.core.metrics import CORE, Metric
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.sum_tree import Sums
from zoo.core.weights import Weights
from zoo.errors import UsageError
from zoo.parallel.pickling import Whole
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture
    from zoo.core.graph import Value
    from zoo.core.trained import Trained
    from zoo.data.dispatch import AnyPreprocessing
    from zoo.data.provenance import Provenance
    from zoo.data.samples.protocol import Samples
    from zoo.parallel.threads import Workers

Carried = dict[str, Array]  # a state by name, which rows leave to those that follow them; {}: that of a beginning


class Model(Whole, ABC):
    """An architecture with weights, built for one signature. Weights are named by tree paths: "stage2/skip/conv1/W".

    Whoever uses `weights` looks them up anew; assigning (`model.weights["W"] = new`) writes into the array there is.
    Only a model that grows may replace one (`model.weights.put`). What training and loading know besides stands in
    `preprocessing`, `provenance` (the data it was trained on), `history` and `trained` (settings, parts of the data and
    metrics of its training).

    A model compares, copies and pickles as a value. As its weights change it has no hash: `id(model)` is a key.
    """

    architecture: Architecture
    signature: Signature
    preprocessing: AnyPreprocessing | None = None
    provenance: Provenance | None = None
    history: History | None = None
    chunks: Any = None  # what `zoo.learn` goes on with at the next chunk: steps and their state
    trained: Trained | None = None
    # What `predict` gives for each class or label: "probabilities", or in words what it gives instead.
    output_kind: str = "scores whose scale is not known"

    def __init__(self, architecture: Architecture, signature: Signature, weights: dict[str, Array]) -> None:
        self.architecture = architecture
        self.signature = signature
        self._weights = weights if isinstance(weights, Weights) else Weights(weights)

    @property
    def weights(self) -> Weights:
        """The arrays by name: `model.weights["output/W"] = new` writes into the one there, see `zoo.Weights`."""
        return self._weights

    @weights.setter
    def weights(self, values: Mapping[str, Array]) -> None:
        if values is not self._weights:
            if missing := [name for name in self._weights if name not in values]:
                raise UsageError(f"weights: {missing[0]!a} is missing; assign all, or one: model.weights[name] = array")
            self._weights.assign(values)

    def take_over(self, other: Model) -> None:
        """Know what training and loading know of another model with weights of the same names."""
        self.preprocessing, self.provenance = other.preprocessing, other.provenance
        self.history, self.trained = other.history, other.trained

    @property
    def labels(self) -> tuple[Any, ...]:
        """The classes, in their own type, or names of labels in the order of the outputs' columns; of regression the
        names of the targets."""
        values = getattr(self.preprocessing, "label_values", None)
        if (
            values is None
            or self.signature.task not in ("classification", "labelling")
            or len(values) != len(self.signature.labels)
        ):
            return tuple(self.signature.labels)
        return tuple(values.tolist())

    def decode_inputs(self, inputs: Array) -> Array:
        """Encoded inputs (…, *input_shape) in the units of the data, in double precision; as they are where the
        preprocessing does not know them."""
        decode = getattr(self.preprocessing, "decode_inputs", None)
        return np.asarray(inputs, np.float64) if decode is None else np.asarray(decode(inputs))

    @abstractmethod
    def predict(self, inputs: Array) -> Array:
        """Encoded inputs (rows, *input_shape) to outputs (rows, *output_shape); changes nothing.

        Classification: a score per class, the largest is the answer (probabilities, where `output_kind` says so).
        Multi-label: a score per label, over one half means present. Regression: the encoded targets.
        """

    def answer(self, batch: Batch) -> Array:
        """`predict` of a batch; a model of sequences of different lengths looks at the mask besides."""
        with locate_errors(batch, self.preprocessing):
            return self.predict(batch.inputs)

    @property
    def carries(self) -> bool:
        """Whether a row of data that follows the row before it begins with the state which that one came to."""
        return False

    def answer_from(self, batch: Batch, carried: Carried) -> tuple[Array, Carried]:
        """(`answer` of these rows, what they carry on), from what the rows before them carried on."""
        return self.answer(batch), {}

    def evaluate_from(self, batch: Batch, stream: RandomStream, carried: Carried) -> tuple[Sums, Carried]:
        """(`evaluate` of these rows, what they carry on), from what the rows before them carried on."""
        return self.evaluate(batch, stream), {}

    @abstractmethod
    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        """Sums over these rows out of which `metrics` makes the family's metrics; changes nothing."""

    @abstractmethod
    def metrics(self, sums: Sums) -> dict[str, float]:
        """Metrics, named as the field names them, out of sums added over any number of rows: {"loss": …, "accuracy":
        …}."""

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        """What `metrics` reports, declared: one of these can be monitored. By default all that its architecture
        declares; the metrics zoo itself declares where that is nothing."""
        return self.architecture.declared_metrics or CORE

    def derived_metrics(self, metrics: Mapping[str, float], workers: Workers) -> dict[str, float]:
        """More metrics out of those of `metrics`, too dear for every epoch: a likelihood whose partition function is
        estimated. Asked for at the end of training and by `zoo eval`."""
        return {}

    def to_onnx(self, x: Value) -> Value:
        """`predict` as operators of ONNX, for `zoo export`: encoded inputs (rows, *input_shape) to outputs.

        `UsageError` where a model has no such form, with the reason. A subclass that predicts otherwise needs its own.
        """
        raise no_form(self.architecture.name, f"{type(self).__name__} does not define `to_onnx`")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        drop_outdated_form(cls, Model, "predict", "answer", "answer_from")

    def notes(self, data: Samples) -> Iterator[str]:
        """What the family has to say at the end of training, a line each: what was learned, or why it was not."""
        return iter(())

    def __eq__(self, other: object) -> bool:
        """Whether both are of one class, with the same architecture, signature, weights and preprocessing, types
        included: they compute the same. How they were trained (`history`) makes no difference."""
        if not isinstance(other, Model):
            return NotImplemented
        return (
            type(self) is type(other)
            and (self.architecture, self.signature) == (other.architecture, other.signature)
            and _same_preprocessing(self.preprocessing, other.preprocessing)
            and same_arrays(self.weights, other.weights)
        )

    __hash__ = None  # type: ignore[assignment]  # weights change

    def __copy__(self) -> Self:
        """A model of its own, as `copy.deepcopy` makes it: what one learns the other does not."""
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        count = sum(array.size for array in self.weights.values())
        shapes = f"{self.signature.input_shape} → {self.signature.output_shape}"
        return f"<{self.architecture!r} for {shapes}, {count:,} weights>"


def _same_preprocessing(mine: AnyPreprocessing | None, other: AnyPreprocessing | None) -> bool:
    """Whether both encode and decode alike."""
    if mine is None or other is None:
        return mine is other
    return mine.to_manifest() == other.to_manifest() and same_arrays(mine.arrays(), other.arrays())
