"""The signature of data: shapes, task and labels of one sample, enough to build a network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoo.errors import ZooError

TASKS = ("classification", "multi-label", "regression", "unsupervised", "labelling", "language", "forecast")


@dataclass(frozen=True)
class Signature:
    """Task, shape of one encoded input and of one encoded output, and the names of the outputs.

    A dimension that varies from sample to sample (the time steps of sequences) is -1. Sequences: input_shape (time,
    features); labelling (a label per time step) and language (the next symbol): output_shape (-1, labels); forecast:
    output_shape (horizon, targets), the targets being the first features of a time step. `labels` are the
    class names in the order of the outputs, for regression the names of the targets; unsupervised: none.
    """

    task: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    labels: tuple[str, ...] = ()

    @property
    def inputs(self) -> int:
        """Number of values in one input; of a sequence of any length, in one time step."""
        return math.prod(n for n in self.input_shape if n >= 0)

    @property
    def outputs(self) -> int:
        """Number of values in one output: classes, labels or targets; of a sequence of any length, in one time step."""
        return math.prod(n for n in self.output_shape if n >= 0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "task": self.task,
            "input_shape": list(self.input_shape),
            "output_shape": list(self.output_shape),
            "labels": list(self.labels),
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Signature:
        """The signature a manifest holds; `ZooError` when it is not one."""
        task, labels = values.get("task"), values.get("labels")
        if set(values) != {"task", "input_shape", "output_shape", "labels"} or task not in TASKS:
            raise ZooError(f"signature: got task {task!a} and members {sorted(values)!a}, expected one of {TASKS}")
        if not isinstance(labels, list) or len(labels) > 2**20 or not all(isinstance(label, str) for label in labels):
            raise ZooError("signature: labels are not a list of texts")
        shapes = []
        for name in ("input_shape", "output_shape"):
            shape = values[name]
            whole = isinstance(shape, list) and len(shape) <= 8 and all(type(n) is int for n in shape)
            if not whole or not all(-1 <= n < 2**31 for n in shape):
                raise ZooError(f"signature: {name} is {ascii(shape)[:80]}, expected at most 8 whole numbers")
            shapes.append(tuple(shape))
        if 0 in shapes[0] or (0 in shapes[1] and task != "unsupervised"):
            raise ZooError(f"signature: got inputs {shapes[0]} and outputs {shapes[1]}, expected no dimension of 0")
        return cls(task, shapes[0], shapes[1], tuple(labels))
