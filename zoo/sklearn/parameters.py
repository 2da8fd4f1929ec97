"""Parameters of an estimator out of the option fields of an architecture and of its training settings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin, ClusterMixin, RegressorMixin, TransformerMixin

from zoo.core.architecture import Architecture
from zoo.data import DataOptions
from zoo.options import Option, options_of

RENAMED = {"seed": "random_state"}  # options that scikit-learn has under another name
SIZES = (1, 30, 100, 300, 1000, 3000, 10_000, 100_000, 1_000_000)  # rows for which settings are asked for

# Parameters that every estimator has besides: name → (default, help).
SHARED: dict[str, tuple[Any, str]] = {
    "random_state": (
        None,
        "what every random number is derived from: a whole number, a RandomState; None: another at each fit",
    ),
    "n_jobs": (None, "threads, as scikit-learn counts them: None is one, -1 are all; they change no result"),
    "verbose": (0, "1: a line for each epoch"),
    "warm_start": (False, "whether fit goes on from the weights, labels and preprocessing of the fit before"),
}
RESERVED = {
    *(
        each
        for base in (BaseEstimator, ClassifierMixin, RegressorMixin, ClusterMixin, TransformerMixin)
        for each in dir(base)
    ),
    *("fit", "predict", "predict_proba", "decision_function", "transform", "fit_transform", "fit_predict"),
    *("score", "partial_fit", "classes_", "self", "to_checkpoint", "from_checkpoint", "set_output"),
    *SHARED,
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of `__init__`: the option it sets, and what it is without being given."""

    name: str
    group: str  # "options", "training" or "data", as `zoo.train` takes them
    option: Option
    default: Any
    neutral: Any  # what `zoo.train` takes where it is not given
    proposed: bool = False  # None: the architecture proposes a value for the number of rows

    def value(self, given: Any, where: str) -> Any:
        """What to hand to `zoo.train`; None where it is what that takes anyhow. `OptionError` for what it refuses."""
        if given is None and (self.proposed or self.option.optional):
            return None
        value = self.option.check(given, where)
        return value if self.proposed or value != self.neutral else None

    @property
    def help(self) -> str:
        return self.option.help + ("; None: chosen for the number of rows" if self.proposed else "")


def parameter_name(option: str) -> str:
    """The name of an option as a parameter: `seed` is `random_state`, and what scikit-learn uses itself ends in
    `_option`."""
    if option in RENAMED:
        return RENAMED[option]
    return f"{option}_option" if option in RESERVED or option.strip("_") != option else option


@functools.cache
def parameters_of(kind: type[Architecture], forced: tuple[tuple[str, Any], ...] = ()) -> dict[str, Parameter]:
    """The parameters of an architecture by name; `forced` are options whose default the estimator's task needs."""
    settings = type(kind.settings)
    proposed = _proposed(kind, dict(forced))
    found = {}
    for name, option in options_of(kind).items():
        default = dict(forced).get(name, option.default)
        found[parameter_name(name)] = _parameter("options", option, default, option.default, proposed)
    for name, option in options_of(settings).items():
        if name not in RENAMED:
            default = getattr(kind.settings, name)
            found[parameter_name(name)] = _parameter("training", option, default, default, proposed)
    missing = options_of(DataOptions)["missing"]
    found[parameter_name("missing")] = _parameter("data", missing, missing.default, missing.default, frozenset())
    return found


def _parameter(group: str, option: Option, default: Any, neutral: Any, proposed: frozenset[str]) -> Parameter:
    chosen = option.name in proposed
    return Parameter(parameter_name(option.name), group, option, None if chosen else default, neutral, chosen)


def _proposed(kind: type[Architecture], forced: Mapping[str, Any]) -> frozenset[str]:
    """The options for which an architecture proposes values by the number of rows."""
    found = [kind.for_other_data(each, size, forced) for each in ("table", "images", "sequences") for size in SIZES]
    return frozenset(name for proposal in found for name in proposal or () if name not in forced)


def signature_of(parameters: Mapping[str, Parameter]) -> inspect.Signature:
    """The signature of `__init__`, every parameter by keyword."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    found = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    found += [inspect.Parameter(each.name, keyword, default=each.default) for each in parameters.values()]
    found += [inspect.Parameter(name, keyword, default=default) for name, (default, _) in SHARED.items()]
    return inspect.Signature(found)


def described(parameters: Mapping[str, Parameter]) -> str:
    """The section Parameters of a docstring."""
    lines = ["Parameters", "----------"]
    for each in parameters.values():
        kind = f"list of {each.option.type.__name__}" if each.option.many else each.option.type.__name__
        lines += [f"{each.name} : {kind}, default={each.default!r}", f"    {each.help}"]
    for name, (default, help) in SHARED.items():
        lines += [f"{name} : default={default!r}", f"    {help}"]
    return "\n".join(lines)
