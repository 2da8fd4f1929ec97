"""Find the places of PyTorch's tensors in a layer tree: by names given, by equal names, or because one place fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from zoo.core.model import Model
from zoo.errors import CheckpointError, UsageError
from zoo.nn.layer import Layer
from zoo.nn.training.model import GradientModel
from zoo.types import Array, Shape

OF_TIME = re.compile(r"(weight_ih|weight_hh|bias_ih|bias_hh)(_l\d+(?:_reverse)?)")  # of PyTorch's RNN, GRU and LSTM
COUNTERS = "num_batches_tracked"


@dataclass
class Place:
    """A layer with parameters: its path, their shapes, and what was flattened before it."""

    path: str
    layer: Layer
    shapes: dict[str, Shape]
    images: Shape
    modules: list[str] = field(default_factory=list)  # that fit


def fill_from_torch(model: Model, tensors: Mapping[str, Array], names: Mapping[str, str]) -> None:
    """Puts the tensors of a `state_dict` into the model's weights, each module into the layer that `names` says
    (module to layer), that is named alike, or that alone fits. All are placed, or nothing is changed: `UsageError`."""
    if not isinstance(model, GradientModel):
        raise UsageError(
            f"import: {model.architecture.name} is no network of layers, so tensors of PyTorch have no place in it"
        )
    places = list(_places(model.network, "", model.signature.input_shape, [()]))
    modules = _modules(tensors)
    chosen = _matched(places, modules, names)
    values: dict[str, Array] = {}
    for place in places:
        found = place.layer.from_torch(modules[chosen[place.path]], place.images)
        values |= {f"{place.path}/{name}": array for name, array in found.items()}
    for name, array in values.items():
        if not np.isfinite(array).all():
            raise CheckpointError(f"import: {name}: holds a value that is not finite")
    for name, array in values.items():
        model.weights[name][...] = array


def _places(layer: Layer, path: str, shape: Shape, images: list[Shape]) -> Iterator[Place]:
    parts = list(layer.inside(shape))
    for name, inner, inner_shape in parts:
        yield from _places(inner, f"{path}/{name}" if path else name, inner_shape, images)
    if parts:
        return
    shapes = layer.shapes(shape)
    if shapes.parameters:
        own = {name: each.shape for name, each in (shapes.parameters | shapes.averages).items()}  # type: ignore[operator]
        yield Place(path, layer, own, images[0])
        images[0] = ()
    elif len(shape) == 3 and len(shapes.output) == 1:
        images[0] = shape if int(np.prod(shape)) == shapes.output[0] else ()


def _modules(tensors: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """Tensors by module: "fc1.weight" is weight of fc1, "rnn.weight_ih_l0" weight_ih of rnn.l0."""
    modules: dict[str, dict[str, Array]] = {}
    for name, array in tensors.items():
        module, _, last = name.rpartition(".")
        if last == COUNTERS:
            continue
        if over := OF_TIME.fullmatch(last):
            module, last = f"{module}.{over[2][1:]}".lstrip("."), over[1]
        modules.setdefault(module, {})[last] = array
    return modules


def _matched(
    places: list[Place], modules: Mapping[str, Mapping[str, Array]], names: Mapping[str, str]
) -> dict[str, str]:
    """The module of each place, by path."""
    by_path = {place.path: place for place in places}
    for module, path in names.items():
        if module not in modules:
            raise UsageError(f"import: --map {module}={path}: expected one of the modules {_listed(modules)}")
        if path not in by_path:
            raise UsageError(f"import: --map {module}={path}: expected one of the layers {', '.join(by_path)}")
        if not _fits(by_path[path], modules[module]):
            raise UsageError(
                f"import: --map {module}={path}: got {_shapes(modules[module])}, expected what makes"
                f" {by_path[path].shapes}"
            )
    chosen = {path: module for module, path in names.items()}
    for path in by_path:
        if path not in chosen and (alike := path.replace("/", ".")) in modules and alike not in chosen.values():
            chosen[path] = alike
    while open_places := [place for place in places if place.path not in chosen]:
        left = [module for module in modules if module not in chosen.values()]
        fitting = {place.path: [name for name in left if _fits(place, modules[name])] for place in open_places}
        alone = [path for path, found in fitting.items() if len(found) == 1]
        if not alone:
            path, found = min(fitting.items(), key=lambda each: len(each[1]))
            what = f"several modules fit ({', '.join(found)})" if found else f"no module fits {by_path[path].shapes}"
            raise UsageError(
                f"import: layer {path}: {what}; name it with --map MODULE={path}; modules: {_listed(modules)}"
            )
        chosen[alone[0]] = fitting[alone[0]][0]
    if over := [module for module in modules if module not in chosen.values()]:
        raise UsageError(f"import: {_listed({name: modules[name] for name in over})}: there is no layer for it")
    return chosen


def _fits(place: Place, tensors: Mapping[str, Array]) -> bool:
    try:
        found = place.layer.from_torch(tensors, place.images)
    except (KeyError, ValueError):  # other tensors, or axes that do not divide
        return False
    return {name: array.shape for name, array in found.items()} == place.shapes


def _listed(modules: Mapping[str, Mapping[str, Array]]) -> str:
    return "; ".join(f"{name} ({_shapes(tensors)})" for name, tensors in list(modules.items())[:12])


def _shapes(tensors: Mapping[str, Array]) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in tensors.items())
