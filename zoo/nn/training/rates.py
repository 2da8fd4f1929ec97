"""Which weights are trained, and at which share of the learning rate: `freeze` and `layer_rates` by path."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from zoo.errors import OptionError
from zoo.nn.parameters import Layout

MOST_LISTED = 40  # paths in an error


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """The paths of weights that a pattern means: "hidden1/W", "hidden1" (all of a layer), "hidden*", "*/b"."""
    return [path for path in paths if fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}/*")]


def parse_rate(text: str) -> tuple[str, float]:
    """(pattern, factor) of "hidden*=0.1"; `OptionError` where the text is not of that form."""
    pattern, _, value = text.rpartition("=")
    try:
        factor = float(value)
    except ValueError:
        factor = math.nan
    if not pattern or not 0 < factor <= 1e6:
        why = "; to keep weights as they are, use freeze" if factor == 0 else ""
        raise OptionError(
            f"training: layer_rates: got {text!a}, expected path=factor with a factor above 0 to 1,000,000, such as"
            f" hidden*=0.1{why}"
        )
    return pattern.strip(), factor


def rate_factors(layout: Layout, freeze: Sequence[str], layer_rates: Sequence[str]) -> dict[str, float]:
    """By the path of each parameter what the learning rate is multiplied by; 0 where it is frozen.

    Of several patterns in `layer_rates` that match a path the last one counts. `OptionError`, listing the paths there
    are, for a pattern that matches none, and where nothing would be left to train.
    """
    factors = dict.fromkeys(layout.parameters, 1.0)
    for name, pattern, factor in (
        *(("freeze", pattern, 0.0) for pattern in freeze),
        *(("layer_rates", *parse_rate(text)) for text in layer_rates),
    ):
        found = matching(pattern, factors)
        if not found:
            tied = matching(pattern, layout.tied)
            why = f"matches {tied[0]}, which is tied to {layout.tied[tied[0]].name}" if tied else "matches no weights"
            raise OptionError(f"training: {name}: {pattern!a} {why}; {listed(factors)}")
        if factor and all(factors[path] == 0 for path in found):
            raise OptionError(f"training: {name}: {pattern!a} matches frozen weights alone; leave it out")
        for path in found:
            if factors[path]:
                factors[path] = factor
    if factors and not any(factors.values()):
        patterns = ", ".join(map(ascii, freeze))
        raise OptionError(f"training: freeze: {patterns} leaves no weights to train; {listed(factors)}")
    return factors


def listed(paths: Iterable[str]) -> str:
    """ "the paths are hidden1/W, hidden1/b, …"."""
    paths = list(paths)
    more = f" and {len(paths) - MOST_LISTED} more" if len(paths) > MOST_LISTED else ""
    return f"the paths are {', '.join(paths[:MOST_LISTED])}{more}"
