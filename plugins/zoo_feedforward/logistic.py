"""Logistic regression: one layer of weights, a probability for each class or label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zoo import Signature
from zoo.nn import (
    ZEROS,
    BinaryCrossEntropy,
    Dense,
    Flatten,
    GradientArchitecture,
    GradientSettings,
    Layer,
    Loss,
    Serial,
    loss_for,
)
from zoo_feedforward.table_settings import settings_for_a_table


@dataclass(frozen=True)
class Logistic(GradientArchitecture):
    """p = sigmoid(x·W + b) of the second of two classes and of each label; p = softmax(x·W + b) of more classes.

    Its likelihood has one maximum only, so it starts from zero. Sources: D. R. Cox (1958), The regression analysis of
    binary sequences; for more than two classes D. McFadden (1974), Conditional logit analysis of qualitative choice
    behavior.
    """

    name: ClassVar[str] = "logistic"
    family: ClassVar[str] = "feedforward"
    summary: ClassVar[str] = "logistic regression: sigmoid or softmax of one layer (Cox 1958)"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "multi-label")
    data: ClassVar[str] = "glyphs"
    settings: ClassVar[GradientSettings] = GradientSettings(epochs=20, batch_size=64, learning_rate=0.002)

    @classmethod
    def for_other_data(cls, kind: str, samples: int, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return settings_for_a_table(samples, 0.01, asked) if kind == "table" else None

    def network(self, signature: Signature) -> Layer:
        two = signature.task == "classification" and signature.outputs == 2
        return Serial(flatten=Flatten(), output=Dense(1 if two else signature.outputs, initial=ZEROS))

    def make_loss(self, signature: Signature) -> Loss:
        two = signature.task == "classification" and signature.outputs == 2
        return BinaryCrossEntropy() if two else loss_for(signature)
