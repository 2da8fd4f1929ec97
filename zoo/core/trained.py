"""What the training of a model came to: its settings, its data and the metrics measured at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zoo.core.metrics import Metric, metrics_line
from zoo.printable import printable
from zoo.types import Array


@dataclass(frozen=True, eq=False)
class Trained:
    """`model.trained.metrics["accuracy"]`, `X[model.trained.rows["test"]]`, `model.trained.settings["seed"]`.

    metrics: of the weights that training ended with, on `part`, in words; {} where they were not measured. data: the
    name of the data. rows: the ascending row numbers of the parts "train", "validation" and "test"; {} for a model out
    of a file. Weights that are assigned later change nothing here.
    """

    recipe: str = ""  # the recipe or architecture that was trained
    settings: Mapping[str, Any] = field(default_factory=dict)
    data: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    part: str = ""
    rows: Mapping[str, Array] = field(default_factory=dict)
    declared_metrics: tuple[Metric, ...] = ()

    def __repr__(self) -> str:
        shown = [self.recipe, f"on {self.data}" if self.data else "", f"seed {self.settings.get('seed', 0)}"]
        shown += [
            f"{name} {value}" for name, value in self.settings.items() if name.endswith("_seed") and value is not None
        ]
        if self.metrics:
            shown.append(f"{self.part or 'measured'}: {metrics_line(self.metrics, self.declared_metrics)}")
        return printable(f"<trained {', '.join(each for each in shown if each)}>")
