"""Make the estimator classes of registered architectures, each when it is first asked for."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator

from zoo.core.signature import Signature
from zoo.errors import OptionError, PluginError, ZooError, did_you_mean
from zoo.options import options_of
from zoo.registry import lookup
from zoo.sklearn.estimators import Classifier, Clusterer, Map, Regressor, Transformer, ZooEstimator
from zoo.sklearn.parameters import described, parameters_of, signature_of

Kind = Any  # type[Architecture]: type checkers do not take the class of a dataclass for hashable
ENDINGS: dict[str, type[ZooEstimator]] = {
    "Classifier": Classifier,
    "Regressor": Regressor,
    "Clusterer": Clusterer,
    "Transformer": Transformer,
    "": Map,
}


def names() -> list[str]:
    """The names of all estimators; imports every plugin that offers architectures."""
    return sorted(prefix + ending for name, prefix in _prefixes() for ending in _endings(name))


def estimator(name: str) -> type[BaseEstimator]:
    """The class of this name; `AttributeError` where no architecture has one."""
    for architecture, prefix in _prefixes():
        if name.startswith(prefix) and (ending := name[len(prefix) :]) in ENDINGS:
            kind: Kind = lookup.find_architecture(architecture)
            if ending in _tasks(kind):
                return _made(kind, ending)
    raise AttributeError(f"module 'zoo.sklearn' has no attribute {name!r}{did_you_mean(name, names())}")


def _prefixes() -> Iterator[tuple[str, str]]:
    """Names of architectures with the first part of the names of their estimators."""
    offered = dict.fromkeys(offer.name for _, offer in lookup.registry().offers("architecture"))
    return ((name, "".join(part[:1].upper() + part[1:] for part in re.split(r"\W|_", name))) for name in offered)


def _endings(name: str) -> list[str]:
    try:
        kind: Kind = lookup.find_architecture(name)
    except PluginError:  # of two packages, or broken: asking for the class says why
        return []
    return list(_tasks(kind))


@functools.cache
def _tasks(kind: Kind) -> dict[str, tuple[str, tuple[tuple[str, Any], ...]]]:
    """By the end of the estimator's name its task, and the options that the task needs."""
    found = {}
    for task, ending in (("classification", "Classifier"), ("regression", "Regressor"), ("unsupervised", "")):
        if task in kind.tasks and (needed := _needed(kind, task)) is not None:
            found[ending or _unsupervised(kind, dict(needed))] = (task, needed)
    return found


def _needed(kind: Kind, task: str) -> tuple[tuple[str, Any], ...] | None:
    """The option without which an architecture does not learn a task: RbmClassifier has label units."""
    if task in kind().supported_tasks:
        return ()
    for name, option in options_of(kind).items():
        for value in option.others(option.default) if option.choices is not None or option.type is bool else ():
            try:
                if task in kind.of({name: value}).supported_tasks:
                    return ((name, value),)
            except OptionError:  # one that excludes another
                continue
    return None


def _unsupervised(kind: Kind, options: dict[str, Any]) -> str:
    """The end of the name of what learns without targets: by what its outputs are."""
    try:
        outputs = kind.of(options).output_signature(Signature("unsupervised", (4,), (0,)))
    except ZooError:  # takes no tables
        return "Transformer"
    if outputs.labels == ("row", "column"):
        return ""
    return "Clusterer" if outputs.labels == ("category",) else "Transformer"


@functools.cache
def _made(kind: Kind, ending: str) -> type[BaseEstimator]:
    task, forced = _tasks(kind)[ending]
    prefix = next(prefix for name, prefix in _prefixes() if name == kind.name)
    parameters = parameters_of(kind, forced)
    signature = signature_of(parameters)

    def __init__(self: Any, **given: Any) -> None:
        for name in given:
            if name not in signature.parameters:
                known = [each for each in signature.parameters if each != "self"]
                raise TypeError(f"{prefix + ending}: there is no parameter {name!r}{did_you_mean(name, known)}")
        for name, parameter in signature.parameters.items():
            if name != "self":
                setattr(self, name, given.get(name, parameter.default))

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    __init__.__qualname__ = f"{prefix}{ending}.__init__"
    base = ENDINGS[ending]
    first = f"{kind.summary[:1].upper()}{kind.summary[1:]}."
    doc = f"{first}\n\n{inspect.getdoc(base)}\n\n{described(parameters)}"
    members = {
        "__init__": __init__,
        "__doc__": doc,
        "__module__": "zoo.sklearn",
        "_architecture": kind,
        "_task": task,
        "_parameters": parameters,
    }
    return type(prefix + ending, (base,), members)
