"""Whatever a public function is given in place of data, a model or a path is taken, or refused in one line.

Functions and their parameters are discovered by `inspect.signature` over `zoo.__all__`; a parameter that is added
later has to get a right value in `RIGHT`: without one the walk fails.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_parameters_have_effects import FUNCTIONS

import zoo
from zoo.data import open_dataset
from zoo.errors import ZooError

ROWS = 12
X = np.random.default_rng(0).normal(size=(ROWS, 2))
Y = np.arange(ROWS) % 2
SERIES = np.arange(20.0)[:, None] + np.arange(2.0)
RAGGED = [np.ones((2 + row % 3, 2)) * row for row in range(ROWS)]

MODELS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "table": ("logistic", (X, Y), {}),
    "quantity": ("mlp", (X, X[:, 0]), {"hidden": 2}),
    "words": ("mlp", {"a": X[:, 0], "b": list("xyz") * 4, "c": Y}, {"hidden": 2, "target": "c"}),
    "images": ("mlp", (np.ones((ROWS, 3, 3)) * X[:, :1, None], Y), {"hidden": 2}),
    "sequences": ("elman", (RAGGED, Y), {"hidden": 2}),
    "series": ("elman", SERIES, {"hidden": 2, "window": 3}),
    "no targets": ("rbm", X > 0, {"hidden": 2}),
}


def odd_values() -> Iterator[tuple[str, Any]]:
    """What somebody might hand over by mistake."""
    yield "a pair", (X, Y)
    yield "a pair of lists", (X.tolist(), Y.tolist())
    yield "a list of a pair", [(X, Y)]
    yield "three", (X, Y, Y)
    yield "one in a tuple", (X,)
    yield "an empty tuple", ()
    yield "an empty list", []
    yield "no rows", X[:0]
    yield "no columns", X[:, :0]
    yield "a row", X[0]
    yield "too few columns", X[:, :1]
    yield "too many columns", np.hstack([X, X])
    yield "rows in rows", X[None]
    yield "a number", 3.5
    yield "a truth value", True
    yield "an array of a number", np.array(3.0)
    yield "nothing", None
    yield "a list of nothing", [None, None]
    yield "text", "no-such-name"
    yield "a list of text", ["a", "b"]
    yield "rows of text", [["a", "b"], ["c", "d"]]
    yield "text and numbers", [["a", 1.0], [2.0, "b"]]
    yield "ragged", [[1.0, 2.0], [3.0]]
    yield "ragged deeper", [[[1.0], [2.0, 3.0]], [[4.0], [5.0]]]
    yield "bytes", b"abc"
    yield "a set", {1, 2}
    yield "an object", object()
    yield "a function", len
    yield "a class", dict
    yield "a generator", (row for row in X)
    yield "a mapping of numbers", {"a": 1}
    yield "a mapping of ragged columns", {"a": [1, 2], "b": [1]}
    yield "a mapping of tables", {"a": X}
    yield "an empty mapping", {}
    yield "complex", X.astype(complex)
    yield "dates", X.astype("M8[s]")
    yield "durations", X.astype("m8[s]")
    yield "missing", X * np.nan
    yield "infinite", X * np.inf
    yield "masked", np.ma.masked_array(X, X > 0)
    yield "a list of masked", [np.ma.masked_array(row, row > 0) for row in X]
    yield "objects", np.array([[None, 1.0], [{}, []]], object)
    yield "enormous", [[10**400, 1], [2, 3]]
    yield "a record", np.zeros(ROWS, [("a", "f4"), ("b", "f4", 2)])
    yield "a matrix", np.matrix(X)
    yield "half as many", X[: ROWS // 2]


def in_place_of(right: Any) -> Iterator[tuple[str, Any]]:
    """Odd values, and odd values in each half of a pair where that is what is right."""
    yield from odd_values()
    if isinstance(right, tuple):
        for place in (0, 1):
            for name, odd in odd_values():
                pair = list(right)
                pair[place] = odd
                yield f"{name} as the {'inputs' if place == 0 else 'targets'}", tuple(pair)


WALKED = ("data", "raw", "model", "models", "path", "name", "out")


def right_calls(name: str, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(function, arguments that it takes) for every function, of one model."""
    architecture, data, options = MODELS[name]
    raw = data[0] if isinstance(data, tuple) else data
    model = zoo.load(file)
    yield "train", {"name": architecture, "data": data, "out": "new.h5", "epochs": 1, **options}
    yield "steps", {"name": architecture, "data": data, "epochs": 1, **options}
    yield "learn", {"model": copy.copy(model), "data": data}
    yield "film", {"name": architecture, "data": data, "out": "film.png", "plots": "learning", "epochs": 1, **options}
    yield "resume", {"path": str(file), "data": data, "out": "more.h5"}
    yield "load", {"path": str(file)}
    yield "read", {"path": str(file)}
    yield "save", {"model": model, "path": "saved.h5"}
    yield "predict", {"model": model, "raw": raw}
    yield "evaluate", {"model": model, "data": data}
    yield "encode", {"model": model, "data": data}
    yield "compare", {"models": model, "data": data, "out": "."}
    yield "plot", {"model": model, "out": "new.png", "data": data}
    yield "sample", {"model": model}
    yield "export", {"model": model, "path": "out.onnx"}
    yield "import_model", {"path": "weights.safetensors"}
    yield "create", {"name": architecture}
    yield "list_architectures", {}
    yield "shipped", {"folder": "."}
    yield "use_plugin", {"path": "plugin.py"}
    yield "option", {"default": 1, "help": "an option"}


def fault_of(function: Callable[..., Any], arguments: Mapping[str, Any]) -> str:
    """Why a call fails otherwise than by a line of zoo's own; nothing where it succeeds, or is refused."""
    named = dict(arguments)
    positional = (named.pop("models"),) if "models" in named else ()
    try:
        function(*positional, **named)
    except ZooError as error:
        return "" if len(str(error)) > 20 and "\n" not in str(error) else f"says {str(error)!r}"
    except Exception as error:  # which is what is looked for
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    found = {name: folder / f"{number}.h5" for number, name in enumerate(MODELS)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, (architecture, data, options) in MODELS.items():
            zoo.train(architecture, data, epochs=1, out=found[name], **options)
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_odd_values_are_taken_or_refused_in_a_line(
    name: str, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, folders, seen = [], itertools.count(), 0
    for function, arguments in right_calls(name, files[name]):
        if name != "table" and function not in ("train", "predict", "evaluate"):
            continue  # which take data as `evaluate` does
        for parameter in [each for each in arguments if each in WALKED]:
            if name != "table" and parameter not in ("data", "raw"):
                continue  # the same for all models
            for what, odd in in_place_of(arguments[parameter] if parameter == "data" else None):
                here = tmp_path / str(next(folders))
                here.mkdir()
                monkeypatch.chdir(here)
                call = {**arguments, parameter: odd}
                if function == "train" and parameter == "data" and odd is None:
                    continue  # means the recipe's own
                seen += 1
                if fault := fault_of(FUNCTIONS[function], call):
                    found.append(f"zoo.{function} with {what} as {parameter}: {fault}"[:300])
    assert seen > 100
    assert not found, "\n".join(found)


def test_every_function_and_parameter_is_walked(files: dict[str, Path]) -> None:
    calls = dict(right_calls("table", files["table"]))
    assert calls.keys() | {"sweep"} == FUNCTIONS.keys()  # which prepares each run as train does, in processes
    for name, arguments in calls.items():
        takes = {each for each in inspect.signature(FUNCTIONS[name]).parameters if each in WALKED}
        assert takes <= arguments.keys(), f"zoo.{name}: name a right value of {takes - arguments.keys()}"


@pytest.mark.parametrize(("what", "odd"), odd_values(), ids=[what for what, _ in odd_values()])
def test_a_dataset_is_opened_by_a_name_or_path_alone(what: str, odd: Any) -> None:
    with pytest.raises(ZooError):
        open_dataset(odd)


def test_inputs_alone_or_targets_too_are_asked_for_as_the_function_takes_them() -> None:
    model = zoo.train("logistic", (X, Y), epochs=1)
    with pytest.raises(zoo.DataError, match=r"expected inputs alone"):
        zoo.predict(model, (X, Y))
    with pytest.raises(zoo.DataError, match=r"expected \(inputs, targets\)"):
        zoo.evaluate(model, X)
    with pytest.raises(zoo.DataError, match=r"expected a pair \(inputs, targets\)"):
        zoo.train("logistic", (X, Y, Y))


def test_masked_values_are_missing_values() -> None:
    masked = np.ma.masked_array(X, np.arange(2 * ROWS).reshape(ROWS, 2) == 7)
    with pytest.raises(zoo.DataError, match=r"column 2.*row 4 is missing"):
        zoo.train("logistic", (masked, Y), epochs=1)
    model = zoo.train("logistic", (masked, Y), epochs=1, missing="mean", seed=1)
    holes = np.where(masked.mask, np.nan, X)
    np.testing.assert_array_equal(
        zoo.predict(model, masked, probabilities=True), zoo.predict(model, holes, probabilities=True)
    )
    with pytest.raises(zoo.DataError, match="target of row 3 is nan"):
        zoo.train("logistic", (X, np.ma.masked_array(Y, np.arange(ROWS) == 2)), epochs=1)
    with pytest.raises(zoo.DataError, match="column 'a', row 2: got nothing, expected a value"):
        zoo.train("logistic", {"a": np.ma.masked_array(X[:, 0], np.arange(ROWS) == 1), "c": Y}, target="c", epochs=1)
