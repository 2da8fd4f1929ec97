"""Every training setting and every option of every architecture: it changes what is learned, or it is refused."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

import zoo
from zoo.checkpoint.model_state import arrays_of
from zoo.errors import ZooError
from zoo.options import Option, options_of
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.testing.case import fewer, finish
from zoo.training.prepare import prepare

# Settings that say how the same sums are computed; the bits of tiny arrays do not tell.
CUTS = {"shards", "kernels"}
# The embedded samples leave these nothing to change: values in [0, 1] already, no state that grows with resets.
OF_THE_DATA = {
    ("grnn", "stop_after"),  # one epoch is all there is
    ("pnn", "stop_after"),
    ("art2a", "rescale"),
    ("fuzzy-art", "rescale"),
    ("fuzzy-artmap", "rescale"),
    ("fuzzy-art", "count_resets"),
    ("boltzmann", "update"),  # a single batch
    ("boltzmann", "batch_size"),
    ("perceptron", "scaling"),
    ("rbm", "binarize"),  # binary already
}
SLOW = {"alexnet", "vgg", "googlenet", "resnet", "cnn", "lenet5", "boltzmann", "rbm", "dbn", "gru", "lstm", "jordan"}


def learned(name: str, options: Mapping[str, Any], training: Mapping[str, Any]) -> str:
    """A digest of all that a short run came to, or the error that refused it."""
    kind = lookup.find_architecture(name)
    proposed = {"epochs": 3, "batch_size": 16}
    try:
        run = prepare(Recipe(name, name, training=proposed), options={**kind.small, **options}, training=training)
        run.parts = fewer(run.parts, 40)
        finish(run)
    except ZooError as error:
        return f"{type(error).__name__}: {error}"
    arrays = sorted(arrays_of(run.training).items())
    return hashlib.sha256(b"".join(key.encode() + array.tobytes() for key, array in arrays)).hexdigest()


@functools.cache
def plain(name: str) -> str:
    return learned(name, {}, {})


def values(option: Option, now: Any) -> list[Any]:
    if option.name in ("monitor", "until"):
        return ["nonsense"]
    small = [0.001] if option.type is float and not option.many else []  # below any norm there is
    return [*small, *dict.fromkeys(option.others(now))]


def has_effect(name: str, option: Option, now: Any, of_training: bool) -> bool:
    for value in values(option, now):
        given = {option.name: value}
        if (learned(name, {}, given) if of_training else learned(name, given, {})) != plain(name):
            return True
    return False


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in zoo.list_architectures()]
)
def test_every_setting_and_option_has_an_effect_or_is_refused(name: str) -> None:
    kind = lookup.find_architecture(name)
    assert "Error: " not in plain(name)
    dead = [
        option.name
        for option in options_of(type(kind.settings)).values()
        if option.name not in CUTS
        and (name, option.name) not in OF_THE_DATA
        and not has_effect(name, option, getattr(kind.settings, option.name), True)
    ]
    dead += [
        option.name
        for option in options_of(kind).values()
        if (name, option.name) not in OF_THE_DATA
        and not has_effect(name, option, kind.small.get(option.name, option.default), False)
    ]
    assert set(dead) <= {"seed", "order_seed"} | ({"annealing_steps", "annealing_chains"} if name == "rbm" else set())
