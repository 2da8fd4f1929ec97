"""Compare models on the same data: checkpoints, or architectures and recipes trained on them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.core.events import EpochDone, Event, Listener, PhaseDone, Started
from zoo.core.metrics import (
    ACCURACY,
    LABEL_ACCURACY,
    LOSS,
    MEAN_ABSOLUTE_ERROR,
    MEAN_SQUARED_ERROR,
    R_SQUARED,
    ROOT_MEAN_SQUARED_ERROR,
    Metric,
    find_metric,
    formatted,
)
from zoo.core.model import Model
from zoo.data import Dataset
from zoo.data.as_trained import warn_of_training_data
from zoo.data.python_data import given_dataset
from zoo.data.splits import Parts
from zoo.errors import UsageError, ZooError
from zoo.inference.evaluate import declared_by, held_out_metrics, measured_part, opened
from zoo.parallel.threads import Workers
from zoo.platform.paths import is_path
from zoo.printable import printable
from zoo.registry import lookup
from zoo.training.prepare import Run, prepare
from zoo.training.run import train
from zoo.training.run_state import NewData

# What is measured in the units of the data, and means the same whatever the architecture.
SHARED = {
    each.name
    for each in (ACCURACY, LABEL_ACCURACY, MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR, MEAN_ABSOLUTE_ERROR, R_SQUARED)
}


@dataclass(frozen=True)
class Compared:
    """One model: what it is, the part of which data it was measured on, its metrics there, seconds of training."""

    name: str
    architecture: str
    weights: int
    data: str
    part: str
    metrics: Mapping[str, float]
    seconds: float | None = None  # None: it was not trained here
    path: str = ""  # its checkpoint, where it has one
    failed: str = ""  # why it has no metrics
    family: str = ""
    task: str = ""
    loss: str = ""  # which loss its `loss` is
    encoding: str = ""  # how its inputs and targets are encoded
    samples: str = ""  # digest of the samples it was measured on
    declared: tuple[Metric, ...] = field(default=(), repr=False)

    @property
    def loss_kind(self) -> str:
        """Which loss its `loss` is, in words; where no loss has a name, the architecture's."""
        return (self.loss or self.architecture).replace("_", " ")

    @property
    def measured(self) -> bool:
        return not self.failed


@dataclass(frozen=True)
class Comparison:
    """A line for each model, in the order given. `note`: why their metrics cannot be compared; "" where they can."""

    rows: tuple[Compared, ...]
    note: str = ""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of all metrics, in the order in which they are first met."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.metrics))

    def best(self, metric: str) -> tuple[int, ...]:
        """The numbers of the rows with the best value of a metric; none where values do not compare.

        They do where all models that were measured have the metric, it has a direction, and it means the same for each:
        a loss where all minimize the same one, a family's own metric of quantities within the family, any other among
        models of one architecture.
        """
        rows = [(number, row) for number, row in enumerate(self.rows) if row.measured]
        if self.note or len(rows) < 2 or not all(metric in row.metrics for _, row in rows):
            return ()
        declared = find_metric(metric, rows[0][1].declared)
        if declared is None or declared.higher_is_better is None or not _means_the_same(metric, [r for _, r in rows]):
            return ()
        best = rows[0][1].metrics[metric]
        for _, row in rows:
            if declared.better(row.metrics[metric], best):
                best = row.metrics[metric]
        return tuple(number for number, row in rows if row.metrics[metric] == best)

    @property
    def table(self) -> tuple[list[str], list[list[str]]]:
        """(columns, rows) as `zoo compare` prints them, the best values marked with *.

        Losses of different kinds, such as cross-entropy and squared error, stand in columns of their own.
        """
        best = {name: self.best(name) for name in self.metrics}
        timed = any(row.seconds is not None for row in self.rows)
        kinds = list(dict.fromkeys(row.loss_kind for row in self.rows if LOSS.name in row.metrics))
        measured: list[tuple[str, str, str | None]] = []  # title, metric, kind of loss
        for name in self.metrics:
            several = kinds if name == LOSS.name and len(kinds) > 1 else [None]
            measured += [(name if kind is None else f"{name} ({kind})", name, kind) for kind in several]
        rows = []
        for number, row in enumerate(self.rows):
            cells = []
            for _, name, kind in measured:
                there = name in row.metrics and kind in (None, row.loss_kind)
                mark = " *" if number in best[name] else ""
                cells.append(formatted(name, row.metrics[name], row.declared) + mark if there else "-")
            time = [] if not timed else ["-" if row.seconds is None else f"{row.seconds:.3g} s"]
            place = f"failed: {row.failed}" if row.failed else f"{row.data}, {row.part}"
            rows.append([row.name, row.architecture, f"{row.weights:,}", *cells, *time, place])
        titles = [title for title, _, _ in measured]
        return ["name", "architecture", "weights", *titles, *(["time"] if timed else []), "measured on"], rows

    def __repr__(self) -> str:
        """The table that `zoo compare` prints."""
        columns, rows = self.table
        lines = [[printable(cell) for cell in line] for line in (columns, *rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        shown = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        return "\n".join([*shown, *([printable(self.note)] if self.note else [])])

    def as_dict(self) -> dict[str, Any]:
        """As `zoo compare --json` prints it."""
        models = [
            {
                "name": row.name,
                "architecture": row.architecture,
                "weights": row.weights,
                "data": row.data,
                "part": row.part,
                "metrics": dict(row.metrics),
                "loss": row.loss_kind if LOSS.name in row.metrics else None,
                "seconds": row.seconds,
                "path": row.path or None,
                "failed": row.failed or None,
            }
            for row in self.rows
        ]
        best = {name: [self.rows[number].name for number in self.best(name)] for name in self.metrics}
        return {"comparable": not self.note, "note": self.note or None, "models": models, "best": best}


def compare(
    names: Sequence[str | Path | Model],
    data: NewData | None = None,
    *,
    training: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    listen: Listener = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
    asked: Sequence[str] = (),
) -> Comparison:
    """Measures checkpoints, and trains and measures architectures and recipes, each in the order given.

    Checkpoints are measured as `zoo eval` does: on the part of their own data that was held out, or on `data`. Names of
    architectures and recipes are trained on `data`, with the settings proposed for these, the same seed and the same
    split; `training` changes settings of all of them ("seed", "epochs"). Each is saved as NAME.h5 in the folder `out`.
    `asked` are names of other options given that have an effect on trainings alone.
    """
    if not names:
        raise UsageError("compare: got no names, expected checkpoints, or architectures and --data")
    asked = [f"--{each}" for each in (*(training or {}), *(["out"] if out is not None else []), *asked)]
    training = {"seed": 0, **(training or {})}
    # All that can be refused is refused before any time is spent.
    plans = [_plan(name, data, training) for name in names]
    if asked and not any(isinstance(plan, Run) for plan in plans):
        raise UsageError(
            f"compare: {' and '.join(asked)} {'have' if asked[1:] else 'has'} no effect: no model is trained here;"
            f" leave {'them' if asked[1:] else 'it'} out, or name an architecture and data"
        )
    files = _files([plan for plan in plans if isinstance(plan, Run)], out)
    rows: list[Compared] = []
    for name, plan in zip(names, plans, strict=True):
        if stop():
            break
        if isinstance(plan, Run):
            rows.append(_trained(str(name), plan, files.get(id(plan)), threads, listen, stop))
        else:
            rows.append(_measured(name, plan, data, threads, listen))
    return Comparison(tuple(rows), _difference(rows))


def _plan(name: str | Path | Model, data: NewData | None, training: Mapping[str, Any]) -> Run | Path | Model:
    """A run made ready for what has to be trained; else the model or its file."""
    if isinstance(name, Model):
        return name
    if isinstance(name, Path) or not _is_trainable(name, data is not None):
        return lookup.find_checkpoint(str(name))
    if data is None:
        raise UsageError(
            f"compare: {name!a} is no checkpoint but an architecture or recipe, which is trained: name the data with"
            " --data"
        )
    run = _prepared(name, data, training)
    warn_of_training_data(run.dataset)
    return run


def _prepared(name: str, data: NewData, training: Mapping[str, Any]) -> Run:
    if isinstance(data, Dataset):
        return prepare(name, training=training, dataset=data)
    options = dict(data)
    given = options.pop("name")
    if isinstance(given, (str, Path)):
        return prepare(name, training=training, data={"name": str(given), **options})
    return prepare(name, training=training, dataset=given_dataset(given, options))


def _is_trainable(name: str, has_data: bool) -> bool:
    """Whether a name is that of an architecture or recipe; of one that is a checkpoint's too, only with data."""
    if is_path(name):
        return Path(name).suffix.lower() == ".toml"
    plain = name.rpartition(":")[2]
    if plain not in {offer.name for _, offer in lookup.registry().offers("architecture", "recipe")}:
        return False
    return has_data or plain not in {offer.name for _, offer in lookup.registry().offers("checkpoint")}


def _files(runs: Sequence[Run], out: str | Path | None) -> dict[int, Path]:
    """A new file in the folder for each run."""
    if out is None:
        return {}
    folder = Path(out)
    if not folder.is_dir():
        raise UsageError(f"compare: --out {str(out)!a} is no folder, expected one that the trained models are saved in")
    files: dict[int, Path] = {}
    for run in runs:
        path = folder / f"{run.recipe.name}.h5"
        if path in files.values():
            raise UsageError(
                f"compare: {run.recipe.name!a} is named twice, and one file cannot hold both; leave --out out"
            )
        if path.exists():
            raise UsageError(f"compare: {str(path)!a} exists already; name another folder with --out")
        files[id(run)] = path
    return files


def _trained(
    name: str, run: Run, out: Path | None, threads: int | None, listen: Listener, stop: Callable[[], bool]
) -> Compared:
    model, part = run.model, ""
    metrics: Mapping[str, float] = {}
    failed, stopwatch = "", Stopwatch(listen)
    try:
        result = train(run, out=out, threads=threads, listen=stopwatch, stop=stop)
    except ZooError as error:  # what refuses one model says nothing of the others
        failed = str(error)
    else:
        model, metrics, part = result.model, result.metrics, result.part
        failed = "stopped" if result.stopped else ""
    seconds = stopwatch.seconds
    digest = "" if failed else _digest(model, run.dataset, run.parts)
    return _row(name, model, run.dataset, part, metrics, digest, seconds=seconds, path=str(out or ""), failed=failed)


class Stopwatch:
    """A listener that measures how long a training takes, from its start to the end of its last epoch."""

    def __init__(self, listen: Listener) -> None:
        self.listen = listen
        self.began = self.ended = time.perf_counter()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self.began = self.ended = time.perf_counter()
        elif isinstance(event, (EpochDone, PhaseDone)):
            self.ended = time.perf_counter()
        self.listen(event)

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def _measured(
    name: str | Path | Model,
    source: Path | Model,
    data: NewData | None,
    threads: int | None,
    listen: Listener,
) -> Compared:
    model, dataset, parts, seed = opened(source, data, listen)
    with Workers(threads) as workers:
        metrics, part = held_out_metrics(model, dataset, parts, seed, workers)
    path = "" if isinstance(source, Model) else str(source)
    name = model.architecture.name if isinstance(name, Model) else str(name)
    return _row(name, model, dataset, part, metrics, _digest(model, dataset, parts), path=path)


def _row(
    name: str, model: Model, dataset: Dataset, part: str, metrics: Mapping[str, float], digest: str, **more: Any
) -> Compared:
    return Compared(
        name=name,
        architecture=model.architecture.name,
        weights=sum(array.size for array in model.weights.values()),
        data=dataset.name,
        part=part,
        metrics=dict(metrics),
        family=model.architecture.family,
        task=model.signature.task,
        loss=getattr(getattr(model, "loss", None), "name", ""),
        encoding=repr(model.architecture.effective_input_spec),
        samples=digest,
        declared=declared_by(model, dataset),
        **more,
    )


def _digest(model: Model, dataset: Dataset, parts: Parts) -> str:
    """What tells the samples of one measurement, and the task on them, from others."""
    part, _ = measured_part(model, dataset, parts)
    numbers = getattr(parts, part).astype("<i8")
    key = hashlib.sha256(f"{dataset.rows_digest} {model.signature.task} ".encode())
    key.update(numbers.tobytes())
    return key.hexdigest()


def _difference(rows: Sequence[Compared]) -> str:
    """Why metrics of these rows do not compare; "" where all are of the same samples."""
    measured = [row for row in rows if row.measured]
    if len({row.samples for row in measured}) < 2:
        return ""
    parts = dict.fromkeys(f"{row.data}, {row.part}" for row in measured)
    if len(parts) > 1:
        return (
            "not comparable, measured on different samples: "
            + "; ".join(list(parts)[:4])
            + ("; …" if len(parts) > 4 else "")
        )
    return f"not comparable: each {next(iter(parts))}, but not of the same rows"


def _means_the_same(metric: str, rows: Sequence[Compared]) -> bool:
    """Whether a metric is the same quantity for all rows: errors relative to the targets within a family, what is of
    encoded inputs only where one architecture encodes them alike."""
    if metric in SHARED:
        return True
    if metric == LOSS.name:
        return len({row.loss for row in rows}) == 1 and bool(rows[0].loss)
    if len({row.family for row in rows}) == 1 and {row.task for row in rows} <= {"regression", "forecast"}:
        return True
    return len({(row.architecture, row.encoding) for row in rows}) == 1
