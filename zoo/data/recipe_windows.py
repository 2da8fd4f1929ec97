"""How sequences are cut (windows, horizon, sequence column) when a recipe's data are replaced."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.data.open import registered
from zoo.data.options import DataOptions
from zoo.data.readers import reader_for, text
from zoo.data.readers.csv import dispatch
from zoo.data.readers.csv.series import wants_series
from zoo.errors import ZooError
from zoo.options import options_of
from zoo.platform.paths import expanded

CUTS = {  # what cuts data of a kind, and the tasks that such data have
    "text": (("task", "window"), ("language",)),
    "series": (("task", "window", "horizon"), ("forecast",)),
    "sequences": (("task", "sequence"), ("labelling", "classification", "regression")),
}


def cuts_kept(stored: Mapping[str, Any], name: str | Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of a recipe's data options (`stored`, with the name of its data) those that cut the data `name` as well.

    They do where both are text, series, or tables of sequences, as far as nothing that is `given` asks for something
    else, and as far as a registered dataset takes them. Data that cannot be read keep none: opening them says why.
    """
    try:
        kind = _kind(str(stored["name"]), stored)
        if not kind:
            return {}
        cuts, tasks = CUTS[kind]
        kept = {key: stored[key] for key in cuts if key in stored and key not in given}
        if given.get("task", "auto") not in ("auto", *tasks) or _kind(name, {**kept, **given}) != kind:
            return {}
        source = registered(name)
    except ZooError:
        return {}
    if source is None:
        return kept
    takes = {*source.takes, *(options_of(source.options).keys() - options_of(DataOptions).keys())}
    return {key: value for key, value in kept.items() if key in takes}


def _kind(name: str | Path, options: Mapping[str, Any]) -> str:
    """Which of CUTS data with these options are; "" where they are none."""
    source = registered(name)
    if source is not None:
        return {"language": "text", "forecast": "series"}.get(source.task, "")
    path = expanded(name)
    reader = reader_for(path) if path.exists() else dispatch.READER  # a recipe's own file may be elsewhere
    asked = DataOptions.of({key: options[key] for key in ("task", "window", "horizon", "sequence") if key in options})
    if reader is text.READER or (asked.task == "language" and not asked.sequence):
        return "text"
    if reader is not dispatch.READER:
        return ""
    if asked.sequence:
        return "" if wants_series(asked) else "sequences"
    return "series" if wants_series(asked) else ""
