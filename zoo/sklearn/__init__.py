"""Architectures as scikit-learn estimators: `from zoo.sklearn import MlpClassifier, Som, RbmTransformer`.

There is a class for every task of every registered architecture, those of plugins included. Each is made when it is
first asked for, and only the plugin it belongs to is imported; see docs/sklearn.md. Needs the extra `sklearn`.
"""

from __future__ import annotations

import importlib
from typing import Any

from zoo.errors import UsageError

INSTALL = "pip install 'zoo-networks[sklearn]'"


def __getattr__(name: str) -> Any:
    if name != "__all__" and not name[:1].isupper():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    generate = _generator()
    return generate.names() if name == "__all__" else generate.estimator(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_generator().names()})


def _generator() -> Any:
    """The module that makes the classes; `ImportError` where scikit-learn is missing or too old."""
    try:
        from sklearn.utils.validation import validate_data  # noqa: F401  # since 1.6
    except ImportError as error:
        found = " ".join(str(error).split())
        raise ImportError(
            str(UsageError(f"zoo.sklearn needs scikit-learn 1.6 or later ({found}); install it: {INSTALL}"))
        ) from error
    return importlib.import_module("zoo.sklearn.generate")
