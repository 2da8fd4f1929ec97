"""Data options for a trained model: those of its training, with overrides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from zoo.data.dispatch import AnyPreprocessing
from zoo.data.open import reader_of, refuse_others, registered
from zoo.data.options import COMMON, DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.provenance import Provenance
from zoo.data.readers.csv import dispatch, sequences
from zoo.errors import UsageError, warn
from zoo.options import options_of
from zoo.platform.paths import expanded

FORMATS = (  # how files are read
    *("missing", "missing_values", "decimal", "thousands", "dates", "header", "delimiter", "encoding"),
    *("background", "corrupt", "in_memory", "order", "inputs"),
)
NOT_FOR_ROWS = ("window", "horizon", "order", "group", "sequence")  # of a model that takes single rows or images
NOT_FOR_SEQUENCES = ("horizon", "order", "group", "missing", "missing_targets")
NOT_FOR_SERIES = ("sequence", "missing", "missing_targets")
SETTLED = ("categorical", "image_colour")  # by training, for good
BY_COLUMN = ("target", "ignore", "use", "categorical", "sequence", "group")  # found by the columns' names instead
FREE = ("in_memory", "test", "held_out")  # of which data can have others without being read in another way


def options_as_trained(
    name: str | Path,
    given: Mapping[str, Any],
    preprocessing: AnyPreprocessing,
    provenance: Provenance | None,
    only: Collection[str] = (),
) -> dict[str, Any]:
    """The options to open data with: those of training (`only` some of them), overridden by those `given`.

    An override that differs gives a warning; `UsageError` where the model cannot take what is given. Columns of a
    table are found by their names, so the options that name them are not passed on.
    """
    options, given = _of_training(preprocessing, provenance), checked(given, str(name))
    refuse_settled(given, options, preprocessing, str(name))
    source = registered(name)
    if source is not None:
        kinds = {*options_of(source.options).keys() - options_of(DataOptions).keys(), *source.takes, *COMMON}
        takes = {key for key in kinds if key in options_of(source.options)}
        if provenance is not None and provenance.name == source.name:
            takes |= provenance.options.keys()
    else:
        path = expanded(name)
        asked = DataOptions.of({key: value for key, value in {**options, **given}.items() if key == "task"})
        reader = reader_of(path, asked.replace(sequence=str(options.get("sequence", ""))))
        takes = {*reader.takes, *COMMON}
        other = _others(given, options)
        refuse_others(DataOptions.of({key: given[key] for key in other}, str(name)), takes, str(name), reader.kind)
        if reader in (dispatch.READER, sequences.READER):
            takes -= {*BY_COLUMN}
        elif "target" in options:
            options["target"] = _places(options["target"], preprocessing)
    if only:
        takes &= {*only}
    kept = {key: value for key, value in options.items() if key in takes}
    _tell_of_overrides(str(name), given, options, provenance)
    return {**kept, **given}


def given_options(
    given: Mapping[str, Any],
    preprocessing: AnyPreprocessing,
    provenance: Provenance | None,
    where: str,
    takes: Collection[str],
) -> dict[str, Any]:
    """The options of data handed over in Python, which take some: those of training, overridden by those `given`."""
    options, given = _of_training(preprocessing, provenance), checked(given, where)
    refuse_settled(given, options, preprocessing, where)
    refuse_others(DataOptions.of(given, where), set(takes), where, "data given in Python")
    _tell_of_overrides(where, given, options, provenance)
    return {**{key: value for key, value in options.items() if key in {*takes} - {*BY_COLUMN}}, **given}


def checked(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Options as their types have them, so that they compare with those of training."""
    known = options_of(DataOptions)
    return {key: known[key].check(value, where) if key in known else value for key, value in given.items()}


def _of_training(preprocessing: AnyPreprocessing, provenance: Provenance | None) -> dict[str, Any]:
    """The data options of training, also those that nobody set and the data decided."""
    options = dict(provenance.options) if provenance is not None else {}
    task = provenance.task if provenance is not None else preprocessing.task
    if task != "unsupervised":
        options.setdefault("task", task)
    if preprocessing.missing != "error":
        options["missing"] = preprocessing.missing
    if isinstance(preprocessing, SequencePreprocessing):
        if preprocessing.sequence:
            options.setdefault("sequence", preprocessing.sequence)
        if preprocessing.task == "forecast":
            options |= {"window": preprocessing.window, "horizon": preprocessing.horizon}
        if preprocessing.group:
            options.setdefault("group", ",".join(preprocessing.group))
    elif preprocessing.kind == "images":
        shape = preprocessing.shape
        if shape[0] == shape[1]:
            options["image_size"] = shape[0]
        options["image_colour"] = "grey" if len(shape) == 2 else "colour"
    return options


def refuse_settled(
    given: Mapping[str, Any], trained: Mapping[str, Any], preprocessing: AnyPreprocessing, where: str
) -> None:
    """`UsageError` where an option asks for what the model cannot take."""
    settled = [*SETTLED, *(("window", "horizon") if preprocessing.task == "forecast" else ())]
    settled += ["image_size"] if preprocessing.kind == "images" else []
    for key in settled:
        if key in given and key in trained and given[key] != trained[key]:
            raise UsageError(
                f"{where}: {_flag(key)} is {given[key]}, but the model was trained with {_flag(key)} {trained[key]} and"
                " takes no other; leave it out, or train anew"
            )
    for key in _others(given, trained):
        if key in ("categorical", "use"):
            why = "for a trained model, whose columns are those of training, of the same kinds"
        elif key in _not_for(preprocessing):
            why = f"for this model, which takes {_taken(preprocessing)}"
        else:
            continue
        raise UsageError(f"{where}: {_flag(key)} does nothing {why}; leave it out")


def _not_for(preprocessing: AnyPreprocessing) -> tuple[str, ...]:
    """Options of data that a model of this kind does not heed."""
    if not isinstance(preprocessing, SequencePreprocessing):
        return NOT_FOR_ROWS
    return NOT_FOR_SERIES if preprocessing.task == "forecast" else NOT_FOR_SEQUENCES


def _taken(preprocessing: AnyPreprocessing) -> str:
    if isinstance(preprocessing, SequencePreprocessing):
        return "a series" if preprocessing.task == "forecast" else "sequences"
    return "images" if preprocessing.kind == "images" else "rows one by one"


def _others(given: Mapping[str, Any], trained: Mapping[str, Any]) -> list[str]:
    """The options of data that are given with other values than in training."""
    default = {name: option.default for name, option in options_of(DataOptions).items()}
    return [key for key, value in given.items() if key in default and value != trained.get(key, default[key])]


def _tell_of_overrides(
    where: str, given: Mapping[str, Any], trained: Mapping[str, Any], provenance: Provenance | None
) -> None:
    """Warn of options that differ from those of training, as far as these are known."""
    defaults = {name: option.default for name, option in options_of(DataOptions).items() if provenance is not None}
    other = {
        key: trained.get(key, defaults.get(key))
        for key, value in given.items()
        if key not in FREE and (key in trained or key in defaults) and value != trained.get(key, defaults.get(key))
    }
    if other:
        now = ", ".join(f"{_flag(key)} {given[key]}" for key in other)
        then = ", ".join(f"{_flag(key)} {value}" if value != "" else f"no {_flag(key)}" for key, value in other.items())
        warn(f"{where}: read with {now}; in training: {then}")


def _places(target: str, preprocessing: AnyPreprocessing) -> str:
    """The columns that an option names as their numbers, for data whose columns have no names."""
    order = preprocessing.step.table if isinstance(preprocessing, SequencePreprocessing) else preprocessing.table
    if target in order:
        return str(order.index(target) + 1)
    parts = [part.strip() for part in target.split(",")]
    return ",".join(str(order.index(part) + 1) if part in order else part for part in parts)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
