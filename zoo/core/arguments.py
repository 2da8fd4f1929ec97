"""Check the arguments that public functions of Python share, before any of their work."""

from __future__ import annotations

import functools
import inspect
import numbers
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from zoo.core.architecture import Architecture
from zoo.core.model import Model
from zoo.errors import OptionError, UsageError, did_you_mean
from zoo.wording import as_arguments

Function = TypeVar("Function", bound=Callable[..., Any])

A_MODEL = "a model, or the path or name of a checkpoint"


def public(function: Function) -> Function:
    """A function whose arguments are checked by their names (`CHECKS`), and whose messages name arguments."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        with as_arguments():
            try:
                bound = signature.bind(*given, **named)
            except TypeError as error:
                raise UsageError(_unfit(function.__name__, signature, given, named, error)) from None
            for name, value in bound.arguments.items():
                _check(function.__name__, name, value)
            return function(*given, **named)

    return called  # type: ignore[return-value]


def _unfit(
    who: str, signature: inspect.Signature, given: Sequence[Any], named: Mapping[str, Any], error: TypeError
) -> str:
    """Why these are not the arguments of a function, and what it takes."""
    parameters = list(signature.parameters.values())
    unknown = [name for name in named if name not in signature.parameters]
    if unknown and not any(each.kind is each.VAR_KEYWORD for each in parameters):
        known = [each.name for each in parameters]
        return f"{who}: there is no argument {unknown[0]!a}{did_you_mean(unknown[0], known) or '; see help'}"
    places = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    if len(given) > len(places) and not any(each.kind is each.VAR_POSITIONAL for each in parameters):
        pair = "; inputs and targets are one argument, (X, y)" if "data" in places else ""
        return f"{who}: got {len(given)} arguments without a name, expected {len(places)}: {', '.join(places)}{pair}"
    return f"{who}: {error}"


def _check(who: str, name: str, value: Any) -> None:
    if name == "models":  # of `compare`, any number of them
        for each in value:
            if not CHECKS["model"][0](each):
                raise UsageError(f"{who}: one of models is {_shown(each)}, expected {A_MODEL}, or of an architecture")
        return
    if (name, who) == ("model", "plot") and isinstance(value, (list, tuple)):
        for each in value:
            if not CHECKS["model"][0](each):
                raise UsageError(f"plot: one of the models is {_shown(each)}, expected {A_MODEL}")
        return
    if (name, who) == ("model", "save"):
        if not isinstance(value, Model):
            raise UsageError(f"save: model is {_shown(value)}, expected a model: zoo.save(model, path)")
        return
    if name == "weights" and who in ("train", "steps") and value is not None and not isinstance(value, Mapping):
        raise UsageError(f"{who}: weights is {_shown(value)}, expected arrays by the names of weights, or None")
    fits, expected = CHECKS.get(f"{who} {name}", CHECKS.get(name, (None, "")))
    if fits is not None and not fits(value):
        wrong = OptionError if name in OPTIONS else UsageError
        raise wrong(f"{who}: {name} is {_shown(value)}, expected {expected}")


def _shown(value: Any) -> str:
    text = " ".join(ascii(value).split()) if not isinstance(value, Model) else f"a model of {value.architecture.name}"
    return text if len(text) <= 80 else f"{text[:80]}…"


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, Path))


def _is_switch(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


def _is_count(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= 1


def _are_names(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, Sequence) and all(isinstance(each, str) for each in value))


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_is_path, "the name of one, such as 'mlp'"),
    "train name": (
        lambda value: isinstance(value, (Architecture, Model)) or _is_path(value),
        "the name of one, such as 'mlp', an architecture or a model",
    ),
    "measure": (_or_none(lambda value: _is_switch(value) or _are_names(value)), "True, False, or names of metrics"),
    "model": (lambda value: isinstance(value, Model) or _is_path(value), A_MODEL),
    "path": (_is_path, "the path of a file"),
    "out": (_or_none(_is_path), "a path, or None"),
    "init_from": (_or_none(_is_path), "the path or name of a checkpoint, or None"),
    "threads": (_or_none(_is_count), "a whole number from 1, or None for as many as there are processors"),
    "save_every": (_or_none(lambda value: isinstance(value, str)), "a number and a unit: '1epoch', '200steps', '30s'"),
    "after_update": (_or_none(callable), "a function that takes a model, or None"),
    "keep_every": (_or_none(lambda value: isinstance(value, str)), "a number of epochs: '10epochs'"),
    "listen": (_or_none(callable), "a function that takes an event, or None"),
    "trusted": (_is_switch, "True or False"),
    "probabilities": (_is_switch, "True or False"),
    "pattern": (lambda value: isinstance(value, str), "a pattern such as '*lstm*'"),
    "plots": (_are_names, "the name of a plot, or several"),
    "sha256": (_or_none(lambda value: isinstance(value, str)), "the digest in hexadecimal digits, or None"),
}
OPTIONS = ("threads", "save_every", "keep_every")
