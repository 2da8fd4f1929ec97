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
    from zoo.architecture import Architecture, Wants
    from zoo.chosen import use_plugin
    from zoo.figures import Figure
    from zoo.hookspecs import hookimpl
    from zoo.metrics import Metric
    from zoo.model import Model
    from zoo.options import Options, option
    from zoo.phase import Phase
    from zoo.recipes import Recipe, shipped
    from zoo.rows import Rows
    from zoo.settings import Settings, TrainingPlan
    from zoo.signature import Signature
    from zoo.step import AdditiveStep, Context, Measured, TrainingStep
    from zoo.stored import Stored, read
    from zoo.streams import Stream

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
    "zoo.architecture": ("Architecture", "Wants"),
    "zoo.chosen": ("use_plugin",),
    "zoo.figures": ("Figure",),
    "zoo.hookspecs": ("hookimpl",),
    "zoo.metrics": ("Metric",),
    "zoo.model": ("Model",),
    "zoo.options": ("Options", "option"),
    "zoo.phase": ("Phase",),
    "zoo.recipes": ("Recipe", "shipped"),
    "zoo.rows": ("Rows",),
    "zoo.settings": ("Settings", "TrainingPlan"),
    "zoo.signature": ("Signature",),
    "zoo.step": ("AdditiveStep", "Context", "Measured", "TrainingStep"),
    "zoo.stored": ("Stored", "read"),
    "zoo.streams": ("Stream",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AdditiveStep",
    "Architecture",
    "Context",
    "Figure",
    "Measured",
    "Metric",
    "Model",
    "Options",
    "Phase",
    "Recipe",
    "Rows",
    "Settings",
    "Signature",
    "Stored",
    "Stream",
    "TrainingPlan",
    "TrainingStep",
    "Wants",
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
