"""Every parameter of every public function, over every kind of data: something that can be seen is another, or it is
refused by its name.

Functions and parameters are discovered by `inspect.signature` over `zoo.__all__`; behind `**options` stand the options
of data, behind `**values` of `zoo.train` those of training as well. A parameter that is added later has to get a value
in `VALUES`: without one the walk fails. Options of architectures and all training settings are walked over
architectures in test_settings_have_effects.py.
"""

from __future__ import annotations

import inspect
import itertools
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effects_seen import KINDS, Seen, classes, digest, files_in, made, means_taken, numbers, of_model, verdict

import zoo
from zoo.core.model import Model
from zoo.data.options import DataOptions
from zoo.errors import ZooError
from zoo.inference.evaluate import Evaluation
from zoo.options import Option, options_of
from zoo.registry.lookup import find_architecture
from zoo.registry.selection import plugin_files
from zoo.sweeps.table import Sweep
from zoo.training.comparison import Comparison


def halve(model: Model) -> None:
    for array in model.weights.values():
        array *= array.dtype.type(0.5)


LISTEN = "listen"  # stands for a listener whose calls are seen
NO_PATH = 3.5

# Values to try, by name, or by function and name where one means something else there.
VALUES: dict[str, list[Any]] = {
    "name": ["logistic", NO_PATH],
    "model": [NO_PATH],
    "models": [NO_PATH],
    "path": ["another.h5", NO_PATH],
    "out": ["another.h5"],
    "data": [(numbers(9, 9), classes(9))],
    "raw": [numbers(3, 99)],
    "threads": [2],
    "cluster": ["nowhere"],
    "save_every": ["1steps"],
    "keep_every": ["1epoch"],
    "listen": [LISTEN],
    "trusted": [True],
    "like": ["nowhere.h5"],
    "names": [{"fc1": "hidden1"}],
    "epochs": [3],
    "schedule_from": ["start"],
    "seed": [7],
    "weights": ["last", "nonsense"],
    "sha256": ["0" * 64],
    "probabilities": [True],
    "plots": ["nonsense"],
    "pattern": ["*lstm*"],
    "plot out": ["another.png"],
    "compare out": ["."],
    "sweep out": ["study.csv"],
    "seeds": [2],
    "film out": ["film.gif"],
    "frames": [3],
    "shipped folder": ["checkpoints"],
    "use_plugin path": ["nothing.py"],
    "option default": [2],
    "option help": ["more"],
    "option low": [0],
    "option high": [9],
    "option above": [0],
    "option below": [9],
    "option choices": [("a", "b")],
    "option needs": [{"other": "set"}],
    "option aliases": [{",": "comma"}],
    "option listed": [True],
    # options of data, as in test_flags_have_effects.py
    "target": ["1"],
    "ignore": ["2"],
    "use": ["1"],
    "categorical": ["2"],
    "sequence": ["a"],
    "missing_values": ["x,1"],
    "dates": ["month-first"],
    "encoding": ["latin-1"],
    "delimiter": ["tab"],
    "test": [0.5],
    "window": [3],
    "horizon": [2],
    "in_memory": [0],
    # settings of training
    "validation": [0.3],
    "patience": [1],
    "until": ["loss < 1e9"],
    "monitor": ["nonsense"],
    "init_from": ["nowhere.h5"],
    "provenance": [False],
    "measure": [False],
    "after_update": [halve],
    # samples
    "count": [3],
    "steps": [3],
    "label": ["x"],
    "means": [True],
    "with_classes": [True],
    "length": [3],
    "temperature": [0.5],
    "prompt": ["a"],
}
SETTINGS = ("epochs", "batch_size", "seed", "validation", "patience", "monitor")
# What zoo exports from these modules is for authors of plugins, and takes arrays and batches.
OF_AUTHORS = (
    "zoo.core.batch_order",
    "zoo.core.compiled",
    "zoo.core.scores",
    "zoo.core.invalid_input",
    "zoo.inference.batched",
    "zoo.errors",
)
FUNCTIONS = {
    name: each
    for name in zoo.__all__
    if inspect.isfunction(each := getattr(zoo, name)) and inspect.unwrap(each).__module__ not in OF_AUTHORS
}
QUICK = ("classes", "text", "arrays", "named columns")
DRAWN = ("images", "pictures")  # kinds of which pictures are drawn, which takes time and opens data as `evaluate` does

RAGGED = [numbers(2 + row % 3, 2) for row in range(24)]
NAMED = {"a": numbers(24), "b": numbers(24) % 5, "kind": ["x", "y", "z"] * 8}
GIVEN: dict[str, tuple[Any, str, dict[str, Any]]] = {  # data, the architecture that learns them, options they need
    "arrays": ((numbers(24, 3), classes(24)), "mlp", {}),
    "named columns": (NAMED, "mlp", {"target": "kind"}),
    "pictures": ((numbers(24, 4, 4), classes(24)), "mlp", {}),
    "ragged": ((RAGGED, classes(24)), "elman", {}),
}


class Given:
    """One kind of data as functions take it, with what learns it and a checkpoint of that."""

    def __init__(self, name: str, folder: Path, files: Mapping[str, Path]) -> None:
        self.name = name
        if name in GIVEN:
            self.data, self.architecture, self.reading = GIVEN[name]
            self.options: Mapping[str, Any] = {"hidden": 3}
        else:
            kind = KINDS[name]
            self.data, self.architecture, self.reading = str(files[name]), kind.architecture, dict(kind.reading)
            self.options = kind.options
        self.folder = folder / name.replace(" ", "-")
        self.folder.mkdir()
        self.checkpoint = self.folder / "model.h5"
        scheduled = {"schedule": "linear"} if self.architecture == "mlp" else {}
        call = dict(data=self.data, epochs=1, out=self.checkpoint, **self.options, **self.reading, **scheduled)
        self.model: Model = zoo.train(self.architecture, **call)
        self.tensors = self.folder / "model.safetensors"
        zoo.export(self.model, self.tensors)

    @property
    def raw(self) -> Any:
        return self.data[0] if isinstance(self.data, tuple) else self.data


def calls(given: Given) -> Iterator[tuple[str, dict[str, Any]]]:
    """(function, its arguments) of the calls that take data, or a model made of them."""
    name, model = given.architecture, given.model
    yield "train", {"name": name, "data": given.data, **given.options, **given.reading, "epochs": 1}
    if given.name == "classes":  # whose arguments are those of `train`
        yield "steps", {"name": name, "data": given.data, **given.options, **given.reading, "epochs": 1}
    if given.name == "named columns":
        film = {"out": "film.png", "plots": "hinton", "frames": 2}
        yield "film", {"name": name, "data": given.data, **film, **given.options, **given.reading, "epochs": 2}
    if given.name == "classes":
        grid = {"hidden": [2, 3], "seeds": 1, "epochs": 1}
        yield "sweep", {"name": name, "data": given.data, **given.reading, **grid}
    if given.name == "arrays":
        yield "learn", {"model": name, "data": given.data, **given.options}
    again = {} if isinstance(given.data, str) else {"data": given.data}
    if name != "som":  # whose last phase has no epochs
        yield "resume", {"path": "model.h5", "epochs": 2, **again}
    if name == "mlp":  # what else is trained here follows no schedule
        yield "resume", {"path": "model.h5", "epochs": 2, "schedule_from": "here", **again}
    yield "load", {"path": str(given.checkpoint)}
    yield "read", {"path": str(given.checkpoint)}
    yield "save", {"model": model, "path": "saved.h5"}
    yield "predict", {"model": str(given.checkpoint), "raw": given.raw}
    yield "evaluate", {"model": str(given.checkpoint), "data": given.data}
    yield "encode", {"model": str(given.checkpoint), "data": given.data}
    yield "compare", {"models": (model, "mlp"), "data": given.data, "epochs": 1, **given.reading}
    yield "export", {"model": str(given.checkpoint), "path": "out.safetensors"}
    yield "import_model", {"path": str(given.tensors)}
    if given.name == "text":
        yield "sample", {"model": str(given.checkpoint)}
    if given.name in DRAWN:
        yield "plot", {"model": str(given.checkpoint), "plots": ["confusion"], "data": given.data}


PLAIN: list[tuple[str, dict[str, Any]]] = [
    ("create", {"name": "mlp"}),
    ("list_architectures", {}),
    ("shipped", {"folder": "models"}),
    ("use_plugin", {"path": "plugin.py"}),
    ("option", {"default": 1, "help": "an option"}),
]


# --- the walk ---


def parameters_of(function: str, given: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The parameters of a function that are not given already, or whose value decides, each with values to try."""
    for name, parameter in inspect.signature(FUNCTIONS[function]).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            yield from behind_keywords(function, given)
            continue
        if name in given and name not in ("name", "path", "model", "models", "data", "raw", "plots", "default"):
            continue
        values = VALUES.get(f"{function} {name}") or VALUES.get(name)
        assert values, f"zoo.{function}: {name} is walked by no value; name one in VALUES"
        yield name, values


def behind_keywords(function: str, given: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    if function == "create":
        known = dict(options_of(find_architecture("mlp")))
    else:
        known = dict(options_of(DataOptions))
    if function in ("train", "steps", "learn", "film", "sweep"):
        settings = options_of(type(find_architecture(str(given.get("name", given.get("model")))).settings))
        known |= {name: settings[name] for name in SETTINGS}
    for name, option in known.items():
        if name not in given:
            yield name, VALUES.get(name) or values_of(option)


def values_of(option: Option) -> list[Any]:
    values = [value for value in (*option.others(option.default), option.default) if value not in ("", (), "auto")]
    assert values, f"{option.name} is walked by no value; name one in VALUES"
    return values[:8]


class Caller:
    """Calls functions in empty folders and sees what comes of them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        self.numbers = itertools.count()

    def __call__(self, function: str, arguments: Mapping[str, Any], brings: Path | None = None) -> Seen:
        here = self.folder / str(next(self.numbers))
        here.mkdir()
        self.monkeypatch.chdir(here)
        (here / "plugin.py").write_text("zoo_interface = 1\n")
        if brings is not None:
            shutil.copy(brings, here / "model.h5")
        before = files_in(here)
        named, received = dict(arguments), [0]
        if named.get("listen") == LISTEN:
            named["listen"] = lambda event: received.append(1)
        positional = () if "models" not in named else models_in(named.pop("models"))
        seen = Seen()
        with warnings.catch_warnings(record=True) as caught, means_taken() as means:
            warnings.simplefilter("always")
            try:
                seen.value = seen_of(FUNCTIONS[function](*positional, **named))
            except ZooError as error:
                seen.error = str(error)
        seen.said = (
            "\n".join(str(each.message) for each in caught).replace(str(here), "") + f" received {len(received)}"
        )
        seen.files = {name: what for name, what in files_in(here).items() if before.get(name) != what}
        seen.means = tuple(means)
        return seen


def models_in(models: Any) -> tuple[Any, ...]:
    return models if isinstance(models, tuple) else (models,)


def seen_of(value: Any) -> str:
    """A digest of what a function returned."""
    if isinstance(value, Model):
        return of_model(value)
    if isinstance(value, Evaluation):
        return digest(dict(value.metrics), value.data, value.part)
    if isinstance(value, Comparison):
        return digest([(row.name, row.part, dict(row.metrics), row.failed) for row in value.rows], value.note)
    if isinstance(value, Sweep):
        return digest([(run.values, run.seed, dict(run.metrics), run.failed) for run in value.runs])
    if isinstance(value, Iterator):
        return digest(*(of_model(each.model) for each in value))
    if isinstance(value, zoo.Batch):
        return digest(value.inputs.tolist(), None if value.targets is None else value.targets.tolist())
    if isinstance(value, zoo.CheckpointContents):
        return digest(*(part for name, each in value.weights.items() for part in (name, np.asarray(each))))
    if isinstance(value, np.ndarray):
        return digest(value.tolist())
    return digest(value)


def walk(call: Callable[..., Seen], function: str, given: Mapping[str, Any], brings: Path | None = None) -> list[str]:
    """The parameters of a call that are neither heeded nor refused."""
    plain = call(function, given, brings)
    assert plain.error == "", f"{function}: {plain.error}"
    dead = []
    for name, values in parameters_of(function, given):
        for value in values:
            found = verdict(name, value, call(function, {**given, name: value}, brings), plain)
            if found != "no effect":
                break
        if found:
            dead.append(f"zoo.{function}: {name}={str(value)[:40]!r}: {found}"[:400])
    return dead


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    monkeypatch.setattr(os, "fsync", lambda file: None)
    with plugin_files([]):  # what is used inside is not in use afterwards
        yield Caller(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Given]:
    folder = tmp_path_factory.mktemp("given")
    files = made(tmp_path_factory.mktemp("data"))
    return lambda name: Given(name, folder, files)


@pytest.mark.parametrize(
    "kind",
    [pytest.param(each, marks=() if each in QUICK else (pytest.mark.slow,)) for each in (*KINDS, *GIVEN)],
)
def test_parameters_of_functions_on_data(kind: str, given: Callable[[str], Given], call: Caller) -> None:
    about = given(kind)
    dead = []
    for function, arguments in calls(about):
        if function == "compare" and about.architecture != "mlp":
            arguments = {"models": (about.model, about.model), "data": about.data}
        brings = about.checkpoint if function == "resume" else None
        dead += walk(call, function, arguments, brings)
    assert not dead, "\n".join(dead)


@pytest.mark.parametrize(("function", "arguments"), PLAIN, ids=[function for function, _ in PLAIN])
def test_parameters_of_other_functions(function: str, arguments: dict[str, Any], call: Caller) -> None:
    assert walk(call, function, arguments) == []


def test_every_function_is_walked() -> None:
    class Nothing:
        name, architecture, data, model, checkpoint, tensors, raw = "images", "mlp", "", None, "", "", ""
        options: Mapping[str, Any] = {}
        reading: Mapping[str, Any] = {}

    class Text(Nothing):
        name = "text"

    class Classes(Nothing):
        name = "classes"

    class Named(Nothing):
        name = "named columns"

    class Arrays(Nothing):
        name = "arrays"

    given = (Nothing(), Text(), Classes(), Named(), Arrays())
    walked = {function for each in given for function, _ in calls(each)}  # type: ignore[arg-type]
    assert walked | {function for function, _ in PLAIN} == set(FUNCTIONS)
