"""Layers and the combinators that join them: every public class of a module here is found by itself."""

from __future__ import annotations

import importlib
import pkgutil

from zoo.nn.layer import Layer


def layers() -> dict[str, type[Layer]]:
    """Every layer that a module of this package defines, by the name of its class."""
    found: dict[str, type[Layer]] = {}
    for each in pkgutil.iter_modules(__path__, f"{__name__}."):
        for name, value in vars(importlib.import_module(each.name)).items():
            if isinstance(value, type) and issubclass(value, Layer) and value.__module__ == each.name:
                found[name] = value
    return found
