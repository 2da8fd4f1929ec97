"""What a refusal of data advises works when it is followed.

Every `raise` in zoo/data whose message names an option has a case here, in which the refusal is met and its advice
followed, or a reason why it has none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo.data
from zoo.core.architecture import InputSpec
from zoo.data import Dataset, encoded, fit_preprocessing
from zoo.data.as_trained import open_as_trained, raw_rows
from zoo.data.open import open_dataset
from zoo.data.provenance import Provenance
from zoo.data.python_data import given_dataset
from zoo.errors import ZooError

pytestmark = pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
N = 24
ROWS = range(N)


def csv(head: str, *columns: Any) -> str:
    rows = [",".join(str(column[n]) for column in columns) for n in ROWS]
    return "\n".join([head, *rows] if head else rows) + "\n"


X = [round(0.37 * n % 2 + 0.11, 2) for n in ROWS]
Z = [round(0.73 * n % 3 + 0.07, 2) for n in ROWS]
KIND = ["ab"[n % 2] for n in ROWS]
RUN = [n // 4 for n in ROWS]
DAYS = [str(np.datetime64("2024-01-03") + n) for n in ROWS]
SWISS = [f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in DAYS]
WORDS = [f"word {n} of many" for n in ROWS]
TABLE = csv("x,z,kind", X, Z, KIND)
SERIES = csv("day,z,x", DAYS, Z, X)
RUNS = csv("run,x,kind", RUN, X, [KIND[n] for n in RUN])
WINDOW = {"window": 3}


@dataclass(frozen=True)
class Case:
    """Data that are refused with a message like this, and what is changed by following it: options (None: left out), or
    the data, as "data" beside options."""

    message: str
    data: Any  # text of a CSV file, bytes, arrays of an NPZ file, a function that makes a file, or data in Python
    options: Mapping[str, Any] = field(default_factory=dict)
    advice: tuple[Mapping[str, Any] | str, ...] = ()  # each is followed by itself: options, or other data
    trained: tuple[str, Mapping[str, Any]] | None = None  # the table of training and its options
    call: str = "evaluate"  # of a trained model, or "predict"; "open": rows too few to train on
    name: str = "table.csv"


def without(row: int, text: str) -> str:
    lines = text.splitlines()
    return "\n".join(lines[:row] + lines[row + 1 :]) + "\n"


MISSING = csv("x,z,kind", ["" if n == 3 else x for n, x in enumerate(X)], Z, KIND)
TRAINED = (TABLE, {})
OF_SERIES = (SERIES, WINDOW)
OF_PANEL = (csv("shop,day,x", KIND, [DAYS[n // 2] for n in ROWS], X), {**WINDOW, "group": "shop"})
OF_RUNS = (RUNS, {"sequence": "run"})

CASES = {
    # missing values
    "missing": Case(
        "or fill it with --missing mean", MISSING, {}, ({"missing": "mean"}, {"ignore": "x"}, without(4, MISSING))
    ),
    "a mark": Case(
        "say so with --missing-values ''",
        csv("x,class,kind", X, ["None" if n == 3 else "?" if n == 5 else "u" for n in ROWS], KIND),
        {},
        ({"missing_values": ""}, {"missing": "most-frequent"}),
    ),
    "missing to predict": Case(
        "remove the row, or fill it with --missing mean",
        "x,z\n1,\n2,3\n",
        {},
        ({"missing": "mean"}, "x,z\n2,3\n"),
        (csv("x,z,y", X, Z, X[::-1]), {}),
        "predict",
    ),
    "missing target": Case(
        "a row without its target cannot be learned from: remove it, or leave such rows out with --missing-targets",
        csv("x,kind", X, ["" if n == 2 else k for n, k in enumerate(KIND)]),
        {},
        (csv("x,kind", X, KIND), {"missing_targets": "skip"}),
    ),
    "an empty column asked for": Case(
        "holds nothing but missing cells; leave it out with --ignore",
        csv("x,e,kind", X, [""] * N, KIND),
        {"use": "e", "categorical": "e", "missing": "mean"},
        ({"use": None, "categorical": None, "ignore": "e"},),
    ),
    # what stands in cells
    "no number": Case(
        "expected a number; fix it, leave the column out with --ignore, name a mark of missing values with",
        csv("x,z,kind", ["x" if n == 3 else n % 5 for n in ROWS], Z, KIND),
        {},
        ({"ignore": "x"}, {"missing_values": "x", "missing": "mean"}, {"categorical": "x"}),
    ),
    "written otherwise": Case(
        "where these numbers are written otherwise, say how: --decimal, --thousands",
        'x,z\n"1,5",2\n',
        {},
        ({"decimal": "comma"},),
        TRAINED,
        "predict",
    ),
    "dates otherwise": Case(
        "dates of another format: --dates FORMAT",
        csv("day,z", SWISS, Z),
        {},
        ({"dates": "%d.%m.%Y"},),
        (csv("day,z,x", DAYS, Z, X), {}),
        "predict",
    ),
    "a clock otherwise": Case(
        "as in training; dates of another format: --dates FORMAT; or --order file",
        csv("day,z,x", SWISS, Z, X),
        {},
        ({"dates": "%d.%m.%Y"}, {"order": "file"}),
        OF_SERIES,
        "predict",
    ),
    "no clock": Case(
        "say how they are written with --dates, or leave it out",
        csv("z,x", Z, X),
        {**WINDOW, "order": "clock"},
        ({"order": None},),
    ),
    "a clock with a hole": Case(
        "fix it, or say --order file",
        csv("day,x", ["" if n == 5 else day for n, day in enumerate(DAYS)], X),
        {**WINDOW, "order": "clock"},
        ({"order": "file"},),
    ),
    "dates without effect": Case(
        "leave it out, or name their format",
        csv("day,x", SWISS, X),
        {"dates": "%Y/%m/%d"},
        ({"dates": None}, {"dates": "%d.%m.%Y"}),
    ),
    "no date format": Case(
        "or day-first or month-first",
        csv("day,x", SWISS, X),
        {"dates": "swiss"},
        ({"dates": "day-first"}, {"dates": "%d.%m.%Y"}),
    ),
    "codes": Case(
        "name the column with --categorical, or, for a quantity, --task regression",
        csv("x,code", X, [("01", "1", "2.0")[n % 3] for n in ROWS]),
        {},
        ({"categorical": "code"}, {"task": "regression"}),
    ),
    "Latin-1": Case(
        "name the file's encoding with --encoding, such as latin-1",
        TABLE.replace("kind", "größe").encode("latin-1"),
        {},
        ({"encoding": "latin-1"}, {"encoding": "cp1252"}),
    ),
    "no encoding": Case(
        "expected utf-8, latin-1, cp1252",
        TABLE,
        {"encoding": "klingon"},
        ({"encoding": "utf-8"}, {"encoding": "latin-1"}),
    ),
    "NUL": Case(
        "see --encoding \\(utf-16-le, perhaps\\)",
        TABLE.encode("utf-16-le"),
        {"encoding": "latin-1"},
        ({"encoding": "utf-16-le"}, {"encoding": "utf-16"}, {"encoding": None}),
    ),
    "NUL in a text": Case(
        "see --encoding \\(utf-16-le, perhaps\\)",
        ("So long lives this, and this gives life to thee. " * 9).encode("utf-16-le"),
        {"window": 5},
        ({"encoding": "utf-16-le"},),
        name="poem.txt",
    ),
    "decimals without effect": Case(
        "no column in use holds numbers; leave it out",
        csv("c,kind", KIND[::-1], KIND),
        {"decimal": "comma"},
        ({"decimal": None},),
    ),
    # rows and headers
    "ragged": Case(
        "fix it, or see --delimiter",
        "x;z;kind\n" + "1;2,5;a\n2;3;b\n" * 9 + "1;2;3;a\n",
        {},
        ("x;z;kind\n" + "1;2,5;a\n2;3;b\n" * 9,),
    ),
    "names or data": Case(
        "say --header yes or --header no", "1,x,7\n2,3,1\n5,4,2\n" + "5,4,2\n6,1,1\n" * 5, {}, ({"header": "yes"},)
    ),
    "two names": Case("rename one, or say --header no if line 1 is data", TABLE.replace("x,z", "x,x", 1), {}, (TABLE,)),
    "names alone": Case("if line 1 is data, say --header no", "a;b\n", {}, ({"header": "no"},), call="open"),
    "names alone of one": Case(
        "if line 1 is data, say --header no", "x,z,kind\n", {"header": "yes"}, ({"header": "no"},), call="open"
    ),
    # columns
    "an unknown column": Case(
        "which is not there: neither as a name nor as a number",
        TABLE,
        {"target": "knd"},
        ({"target": "kind"}, {"target": "3"}),
    ),
    "used and ignored": Case(
        "is both in --use and in --ignore",
        csv("id,x,kind", ROWS, X, KIND),
        {"use": "id", "ignore": "id"},
        ({"use": None}, {"ignore": None}),
    ),
    "use without effect": Case("would not be left out; leave the option out", TABLE, {"use": "x"}, ({"use": None},)),
    "target and ignored": Case(
        "is both --target and in --ignore", TABLE, {"target": "x", "ignore": "x"}, ({"ignore": None},)
    ),
    "no inputs": Case(
        "no columns are left for the inputs: of 1", csv("x", X), {"delimiter": "comma"}, (csv("x,kind", X, KIND),)
    ),
    "numbers as categories": Case(
        "too many to be categories: leave it out of --categorical",
        TABLE,
        {"categorical": "x"},
        ({"categorical": None},),
    ),
    # targets
    "too many classes": Case(
        "name another column with --target, or --task regression",
        TABLE,
        {"target": "x", "task": "classification"},
        ({"target": "kind"}, {"task": "regression"}),
    ),
    "no targets": Case("see --target", TABLE, {"target": "none", "task": "regression"}, ({"target": "x"},)),
    "one class": Case(
        "see --target, and --task where the target is a quantity",
        csv("x,kind,c", X, KIND, [1] * N),
        {"target": "c"},
        ({"target": "kind"}, {"task": "regression"}),
    ),
    "task without effect": Case(
        "--task regression has no effect", SERIES, {**WINDOW, "task": "regression"}, ({"task": None},)
    ),
    "held out without effect": Case(
        "--held-out random has no effect", SERIES, {**WINDOW, "held_out": "random"}, ({"held_out": None},)
    ),
    # a series
    "order alone": Case(
        "name one of them, or leave it out",
        SERIES,
        {"order": "clock"},
        ({"window": 3}, {"horizon": 1, "window": 3}, {"order": None}),
    ),
    "a series without targets": Case(
        "leave out --target none, or", SERIES, {**WINDOW, "target": "none"}, ({"target": None}, {"window": None})
    ),
    "missing in a series": Case(
        "is not for a series, which must be whole; leave it out",
        SERIES,
        {**WINDOW, "missing": "mean"},
        ({"missing": None},),
    ),
    "categories in a series": Case(
        "--categorical is not for a series", SERIES, {**WINDOW, "categorical": "x"}, ({"categorical": None},)
    ),
    "targets of a series": Case(
        "is for rows that are samples by themselves, not for a series or sequences; leave it out",
        SERIES,
        {**WINDOW, "missing_targets": "skip"},
        ({"missing_targets": None},),
    ),
    "targets all missing": Case(
        "every target is missing; name another column with --target",
        csv("x,kind,e", X, KIND, [""] * N),
        {"target": "e", "missing_targets": "skip"},
        ({"target": "kind"},),
    ),
    "use in a series": Case(
        "--use has no effect: 'x' would not be left out", SERIES, {**WINDOW, "use": "x"}, ({"use": None},)
    ),
    "text in a series": Case("which is not a column of numbers$", SERIES, {**WINDOW, "use": "day"}, ({"use": None},)),
    "no numbers": Case(
        "there is no column of numbers, expected a series; see --ignore",
        SERIES,
        {**WINDOW, "ignore": "x,z"},
        ({"ignore": "x"},),
    ),
    "no number to forecast": Case(
        "which is not a column of numbers in use",
        SERIES,
        {**WINDOW, "target": "day"},
        ({"target": "x"}, {"window": None, "target": "x"}),
    ),
    "a short series": Case("name a smaller --window", SERIES, {"window": 30}, ({"window": 20},)),
    "a far horizon": Case("name a smaller --horizon", SERIES, {"window": 3, "horizon": 30}, ({"horizon": 3},)),
    "an empty group": Case(
        "expected the name of its series \\(--group\\); fill it",
        csv("shop,x", ["" if n == 4 else k for n, k in enumerate(KIND)], X),
        {**WINDOW, "group": "shop"},
        (csv("shop,x", KIND, X), {"group": None}),
    ),
    "a group that is not there": Case(
        "or say --group none where all rows are one series",
        csv("day,x", DAYS, X),
        {},
        ({"group": "none"}, OF_PANEL[0]),
        OF_PANEL,
        "predict",
    ),
    "a group that is an input": Case(
        "leave it out, or train anew with --group z",
        csv("day,z,x", DAYS, [n % 2 for n in ROWS], X),
        {"group": "z"},
        ({"group": None},),
        OF_SERIES,
        "predict",
    ),
    "another target": Case(
        "but the model forecasts x", SERIES, {"target": "z"}, ({"target": "x"}, {"target": None}), OF_SERIES
    ),
    # sequences
    "sequences and a series": Case(
        "of several series in one table: --group run in place of --sequence",
        RUNS,
        {**WINDOW, "sequence": "run"},
        ({"window": None}, {"sequence": None, "group": "run", "window": 2}),
    ),
    "missing in sequences": Case(
        "is not for sequences", RUNS, {"sequence": "run", "missing": "mean"}, ({"missing": None},)
    ),
    "use in sequences": Case(
        "--use has no effect on sequences", RUNS, {"sequence": "run", "use": "x"}, ({"use": None},)
    ),
    "targets within a sequence": Case(
        "--task labelling has one for each time step",
        csv("run,x,kind", RUN, X, KIND),
        {"sequence": "run", "task": "classification"},
        ({"task": "labelling"},),
    ),
    "no inputs of sequences": Case(
        "no columns are left for the inputs; see --target",
        csv("run,kind", RUN, [KIND[n] for n in RUN]),
        {"sequence": "run"},
        (RUNS,),
    ),
    "the key as the target": Case(
        "which names the sequences; name another", RUNS, {"sequence": "run", "target": "run"}, ({"target": "kind"},)
    ),
    "a language of two columns": Case(
        "a language has one column of symbols", RUNS, {"sequence": "run", "task": "language"}, ({"ignore": "x"},)
    ),
    "an input as the key": Case(
        "name the column that tells the sequences apart",
        RUNS,
        {"sequence": "x"},
        ({"sequence": "run"}, {"sequence": None}),
        OF_RUNS,
        "predict",
    ),
    # a trained model
    "ignoring an input": Case(
        "which the model was trained on; leave it in", TABLE, {"ignore": "x"}, ({"ignore": None},), TRAINED
    ),
    "an input as the target": Case(
        "--target names 'x', which is an input of the model", TABLE, {"target": "x"}, ({"target": None},), TRAINED
    ),
    "another task": Case(
        "see --target and --task",
        csv("x,z,kind", X, Z, X[::-1]),
        {"task": "regression"},
        ({"task": None, "data": TABLE},),
        TRAINED,
    ),
    "cannot impute": Case(
        "fill the cells yourself, or train with --missing mean",
        "x,c,z\n1,a,\n",
        {"missing": "mean"},
        ({"missing": None, "data": "x,c,z\n1,a,2\n"},),
        (csv("x,c,z,kind", X, KIND[::-1], Z, KIND), {}),
        "predict",
    ),
    # arrays
    "ambiguous arrays": Case(
        "which do not say what they are: --inputs NAME --targets NAME",
        {f"arr_{n}": np.array(X).reshape(-1, 1) for n in range(3)},
        {},
        ({"inputs": "arr_0", "targets": "arr_1"},),
        name="a.npz",
    ),
    "unknown targets": Case(
        "say which are the targets: --targets NAME --inputs x; or --task unsupervised",
        {"x": np.array([X, Z]).T, "w": np.array(X)},
        {},
        ({"inputs": "x", "targets": "w"}, {"task": "unsupervised"}),
        name="a.npz",
    ),
    "unknown inputs": Case(
        "the inputs: --inputs NAME",
        {"u": np.array([X, Z]).T, "w": np.array(X)},
        {"targets": "w"},
        ({"inputs": "u"},),
        name="a.npz",
    ),
    "targets to be named": Case(
        "are the targets: --targets NAME; or --task unsupervised",
        {"u": np.array([X, Z]).T, "w": np.array(X)},
        {"inputs": "u"},
        ({"targets": "w"}, {"task": "unsupervised"}),
        name="a.npz",
    ),
    "one array for both": Case(
        "expected two arrays",
        {"u": np.array([X, Z]).T, "w": np.array(X)},
        {"inputs": "u", "targets": "u"},
        ({"targets": "w"},),
        name="a.npz",
    ),
    "no such array": Case(
        "there is no such array; the file holds 'u', 'w'",
        {"u": np.array([X, Z]).T, "w": np.array(X)},
        {"inputs": "v"},
        ({"inputs": "u", "targets": "w"},),
        name="a.npz",
    ),
    "apart": Case(
        "expected one table that holds the targets", (np.array([X, Z]).T, np.array(X)), WINDOW, ({"window": None},)
    ),
    # texts
    "a short text": Case(
        "name a smaller --window", "So long lives this.", {"window": 30}, ({"window": 5},), name="poem.txt"
    ),
}
UNTRIED = {  # why a refusal that names an option has no case, by a piece of it
    "different texts in": "a file whose first 10,000 rows have fewer: tests/data/test_csv.py",
    "are called as the parts of one table": "followed in tests/data/test_sequence_tables.py",
    "trusted": "hostile files: tests/data/test_hostile_data.py opens them with trusted=True",
    "--keep carries columns": "of a command: tests/cli/test_predictions.py",
    "has no effect on these rows; leave it out": "every parameter: tests/test_parameters_have_effects.py",
    "--test has no effect": "every flag: tests/test_flags_have_effects.py",
    "has no effect: the file is": "every flag: tests/test_flags_have_effects.py",
    "the data that the checkpoint names cannot be opened": "of a checkpoint whose data are gone",
    "raise --in-memory": "data larger than memory",
    "--corrupt skip": "of images: tests/data/test_image_files.py",
    "labels for each time step of sequences are read from": "tests/data/test_labels.py",
    "these data have their own test part": "every flag: tests/test_flags_have_effects.py",
    "--image-size": "images of thousands of pixels on a side",
    "--missing keep is for architectures": "of an architecture: tests/data/test_missing_kept.py",
    "--target names a column, but the array has shape": "images in an NPY file, which have no columns",
    "which tell rows apart rather than classes": "more than 10,000 classes",
    "columns, but the model was trained on": "an array, from which another column is to be left out than in training",
    "targets beside sequences": "lists of sequences, for a task that they cannot have",
    "in the training part; leave it out with --ignore": "depends on the split: tests/data/test_preprocessing.py",
    "got sequences for": "a plugin's dataset of a task that sequences do not have",
    "expected sequences as in training": "a plugin's dataset of another kind",
    "as in training; see --task": "a plugin's dataset of another task",
    "and --horizon": "a plugin's dataset of another horizon",
    "was not seen in training": "labels that the model cannot know",
    "is one table, expected a folder": "a folder of files in training: tests/data/test_csv.py",
}


def made(case: Case, data: Any, folder: Path) -> Any:
    path = folder / case.name
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif isinstance(data, str):
        path.write_text(data, encoding="utf-8")
    elif isinstance(data, dict):
        np.savez(path, **data)
    else:
        return data
    return path


def read(case: Case, data: Any, options: Mapping[str, Any], folder: Path) -> Dataset:
    """The data, encoded as an architecture would have them."""
    source = made(case, data, folder)
    given = {name: value for name, value in options.items() if value is not None}
    if case.trained is None:
        dataset = open_dataset(source, **given) if isinstance(source, Path) else given_dataset(source, given)
        if case.call == "open":
            return dataset
        fitted = fit_preprocessing(dataset, np.arange(len(dataset)), InputSpec())
        encoded(dataset, None, fitted).rows(np.arange(1))
        return dataset
    text, reading = case.trained
    (folder / "train.csv").write_text(text)
    known = open_dataset(folder / "train.csv", **reading)
    fitted, provenance = fit_preprocessing(known, np.arange(len(known)), InputSpec()), Provenance.of(known, 0, 0.0)
    if case.call == "predict":
        dataset = raw_rows(source, fitted, provenance, **given)
    else:
        dataset = open_as_trained(source, given, fitted, provenance)
    encoded(dataset, None, fitted).rows(np.arange(1))
    return dataset


def refusal(case: Case, folder: Path) -> str:
    with pytest.raises(ZooError, match=case.message) as refused:
        read(case, case.data, case.options, folder)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("name", CASES)
def test_advice_works(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert refusal(case, tmp_path)
    assert case.advice
    for advice in case.advice:
        followed = {"data": advice} if isinstance(advice, str) else dict(advice)
        data = followed.pop("data", case.data)
        assert len(read(case, data, {**case.options, **followed}, tmp_path)) > 0


def refusals() -> Iterator[tuple[str, re.Pattern[str]]]:
    """(where it stands, what its message is like) of every message in zoo/data that names an option."""
    folder = Path(zoo.data.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                parts = list(constants(node.exc.args[0]))
                if any("--" in part for part in parts):
                    pattern = ".*".join(map(re.escape, parts))
                    yield f"{path.name}:{node.lineno}: {'…'.join(parts)}", re.compile(pattern, re.DOTALL)


def constants(node: ast.AST) -> Iterator[str]:
    """The pieces of text of a message, without those of what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for each in node.values:
            yield from constants(each)
    elif isinstance(node, ast.BinOp):
        yield from constants(node.left)
        yield from constants(node.right)


def test_every_refusal_that_names_an_option_is_met_here(tmp_path: Path) -> None:
    met = [refusal(case, tmp_path) for case in CASES.values()]
    unmet = [
        where
        for where, pattern in refusals()
        if not any(map(pattern.search, met)) and not any(piece in where for piece in UNTRIED)
    ]
    assert not unmet, "\n".join(unmet)
    idle = [piece for piece in UNTRIED if not any(piece in where for where, _ in refusals())]
    assert not idle, idle
