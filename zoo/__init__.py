"""zoo: a zoo of neural-network architectures on NumPy.

    model = zoo.train("mlp", data="glyphs", epochs=5)
    zoo.save(model, "digits.h5")
    zoo.predict(zoo.load("digits.h5"), raw)

Importing this package imports nothing else: each name is fetched from its module when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from zoo import errors
    from zoo.api import compare, create, evaluate, list_architectures, load, plot, predict, resume, save, train
    from zoo.checkpoint.contents import CheckpointContents, read
    from zoo.core.architecture import Architecture, InputSpec
    from zoo.core.batch import Batch
    from zoo.core.metrics import Metric
    from zoo.core.model import Model
    from zoo.core.phase import Phase
    from zoo.core.random import RandomStream
    from zoo.core.settings import TrainingPlan, TrainingSettings
    from zoo.core.signature import Signature
    from zoo.core.training_step import AdditiveStep, PartialSums, StepContext, TrainingStep
    from zoo.options import Options, option
    from zoo.plots.plot import Plot
    from zoo.registry.hookspecs import hookimpl
    from zoo.registry.recipes import Recipe, shipped
    from zoo.registry.selection import use_plugin
    from zoo.types import Array, Shape

_MODULES = {
    "zoo.api": (
        "compare",
        "create",
        "evaluate",
        "list_architectures",
        "load",
        "plot",
        "predict",
        "resume",
        "save",
        "train",
    ),
    "zoo.core.architecture": ("Architecture", "InputSpec"),
    "zoo.registry.selection": ("use_plugin",),
    "zoo.plots.plot": ("Plot",),
    "zoo.registry.hookspecs": ("hookimpl",),
    "zoo.core.metrics": ("Metric",),
    "zoo.core.model": ("Model",),
    "zoo.options": ("Options", "option"),
    "zoo.core.phase": ("Phase",),
    "zoo.registry.recipes": ("Recipe", "shipped"),
    "zoo.core.batch": ("Batch",),
    "zoo.core.settings": ("TrainingSettings", "TrainingPlan"),
    "zoo.core.signature": ("Signature",),
    "zoo.core.training_step": ("AdditiveStep", "StepContext", "PartialSums", "TrainingStep"),
    "zoo.checkpoint.contents": ("CheckpointContents", "read"),
    "zoo.core.random": ("RandomStream",),
    "zoo.types": ("Array", "Shape"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AdditiveStep",
    "Architecture",
    "Array",
    "Batch",
    "CheckpointContents",
    "InputSpec",
    "Metric",
    "Model",
    "Options",
    "PartialSums",
    "Phase",
    "Plot",
    "RandomStream",
    "Recipe",
    "Shape",
    "Signature",
    "StepContext",
    "TrainingPlan",
    "TrainingSettings",
    "TrainingStep",
    "compare",
    "create",
    "errors",
    "evaluate",
    "hookimpl",
    "list_architectures",
    "load",
    "option",
    "plot",
    "predict",
    "read",
    "resume",
    "save",
    "shipped",
    "train",
    "use_plugin",
]


def __getattr__(name: str) -> Any:
    if name == "errors":
        return importlib.import_module("zoo.errors")
    if name not in _HOME:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
