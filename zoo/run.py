"""What zoo does, as functions: train, resume, evaluate, predict, reproduce, load and save. The command line calls
these."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint, registry
from zoo.checkpoint import Checkpoint
from zoo.checkpoint.block import looks_like
from zoo.data import AnyPreprocessing, Dataset, Parts, encoded, open_again, open_dataset, raw_rows, split
from zoo.errors import CheckpointError, DataError, TrainingError, UsageError, ZooError, ZooWarning
from zoo.evaluation import evaluate as evaluate_samples
from zoo.evaluation import pieces
from zoo.evaluation import predict as predict_samples
from zoo.events import Event, Finished, Listener, Opening, Started
from zoo.generative import Reconstructs
from zoo.history import better
from zoo.keeping import Keeper, SaveEvery
from zoo.model import Model
from zoo.prepare import Run, prepare, samples_of
from zoo.recipes import Recipe
from zoo.saved import Manifest, arrays_of_model, describe, fill, model_from, other_versions, plan_from, training_from
from zoo.settings import TrainingPlan
from zoo.step import NotFinite
from zoo.streams import Stream
from zoo.trainer import Position, Training, begin
from zoo.trainer import train as run_training
from zoo.workers import Workers, blas_is_known

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Result:
    """What a training came to: its file, the model with the weights that count, its figures, whether it was stopped."""

    path: Path | None
    model: Model
    figures: Mapping[str, float]  # on the held-out part
    part: str  # what that part is: "test part, 10,000 samples"
    remarks: Sequence[str] = ()  # what the family has to say: what was learned, or why it was not
    stopped: bool = False


@dataclass(frozen=True)
class Reached:
    """One figure of a recipe: what a paper gives, what the recipe promises, what this run reached."""

    figure: str
    published: float | None
    expected: float | None
    reached: float | None

    @property
    def held(self) -> bool:
        """Whether the promise was kept."""
        if self.expected is None:
            return True
        return self.reached is not None and not better(self.figure, self.expected, self.reached)


# --- training -------------------------------------------------------------------------------------------------------


def train(
    run: Run,
    *,
    out: str | Path | None = None,
    threads: int | None = None,
    save_every: str | None = None,
    listen: Listener = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Trains a prepared run to its end, or until `stop()`; saves into `out`, which must not exist yet (None: no
    file)."""
    keeper = None
    if out is not None:
        every = SaveEvery.parse(save_every) if save_every else None
        keeper = Keeper(out, lambda training: manifest_of(run, training), every, listen, exclusive=True)
    return _go(run, keeper, threads, listen, stop, resumed=False)


def resume(
    path: str | Path,
    *,
    epochs: int | None = None,
    threads: int | None = None,
    save_every: str | None = None,
    out: str | Path | None = None,
    listen: Listener = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
    trusted: bool = False,
) -> Result:
    """Goes on exactly where the file stands, with the data it names, and saves into it (or into `out`, a new file).

    `epochs` changes how far the last phase goes; everything else is as it was, so the result is the uninterrupted
    run's.
    """
    file = checkpoint.read(path, trusted=trusted)
    with _about(path):
        run = run_from(file, epochs=epochs, listen=listen)
    if others := other_versions(file.manifest):
        warnings.warn(f"{path} was made with other versions, the bits may differ: {others}", ZooWarning, stacklevel=2)
    every = SaveEvery.parse(save_every) if save_every else None
    keeper = Keeper(out or path, lambda training: manifest_of(run, training), every, listen, exclusive=out is not None)
    return _go(run, keeper, threads, listen, stop, resumed=True)


def continue_from(
    path: str | Path,
    *,
    data: Mapping[str, Any],
    training: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    save_every: str | None = None,
    listen: Listener = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Trains the model of a file on new data, into a new file whose parent it is: weights, labels and preprocessing are
    kept, step and position are fresh. A class unseen before is an error, unless the architecture grows."""
    file = checkpoint.read(path)
    with _about(path):
        run = run_from(file, data=data, training=training)
    keeper = None
    if out is not None:
        every = SaveEvery.parse(save_every) if save_every else None
        keeper = Keeper(out, lambda training: manifest_of(run, training), every, listen, exclusive=True)
    return _go(run, keeper, threads, listen, stop, resumed=False)


def run_from(
    file: Checkpoint,
    *,
    epochs: int | None = None,
    data: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    listen: Listener = lambda event: None,
) -> Run:
    """The run a checkpoint holds: to be resumed, or, with other `data`, to begin anew from its weights."""
    plan = plan_from(file.manifest)
    if epochs is not None:
        training = {**(training or {}), "epochs": epochs}
    if training:
        plan = TrainingPlan.of(type(plan.common), {**plan.as_dict(), **training}, "training")
    if file.manifest.get("preprocessing") is None:
        raise CheckpointError("manifest: there is no preprocessing; the model was saved without a run to resume")
    recipe = recipe_from(file.manifest)
    if data is not None:
        model = model_from(file)
        assert model.preprocessing is not None
        values = dict(data)
        dataset = open_dataset(values.pop("name"), **values)
        if model.architecture.grows:
            model = with_classes_of(dataset, model, model.preprocessing)
        state = Training(model, model.architecture.phases(plan), plan.common.seed)
    else:
        state = training_from(file, plan)
        dataset = _opened_again(file.manifest.get("dataset"), listen)
    preprocessing = state.model.preprocessing
    assert preprocessing is not None
    preprocessing.check_fits(dataset)
    parts = split(dataset, plan.common.seed, validation=plan.common.validation)
    state.model.history = state.history
    return Run(recipe, plan, dataset, parts, state, file.sha256 if data is not None else file.manifest.get("parent"))


def with_classes_of(dataset: Dataset, model: Model, preprocessing: AnyPreprocessing) -> Model:
    """The model of a growing architecture with the classes of new data behind those it knows, whose numbers stay."""
    new = tuple(label for label in dataset.labels if label not in preprocessing.labels) if dataset.has_classes else ()
    if not new:
        return model
    preprocessing = replace(preprocessing, labels=(*preprocessing.labels, *new))
    grown = model.architecture.build(model.architecture.answers(preprocessing.signature), Stream(0))
    fill(grown.weights, model.weights)
    grown.preprocessing, grown.history = preprocessing, model.history
    return grown


def _opened_again(stored: Any, listen: Listener) -> Dataset:
    """The dataset a manifest names, which is said before it is opened."""
    listen(Opening(str(stored.get("name", "")) if isinstance(stored, Mapping) else ""))
    return open_again(stored)


def recipe_from(manifest: Manifest) -> Recipe:
    """The recipe a manifest names; for a model without one, its architecture alone."""
    try:
        return _recipe_from(manifest)
    except (ZooError, AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(f"manifest: recipe cannot be used: {ascii(str(error))[1:-1][:300]}") from error


def _recipe_from(manifest: Manifest) -> Recipe:
    stored = manifest.get("recipe") or {}
    values = {key: value for key, value in stored.items() if key != "name"}
    name = str(stored.get("name", manifest["architecture"]["name"]))
    return Recipe.of({"architecture": manifest["architecture"]["name"], **values}, name)


def manifest_of(run: Run, training: Training, metrics: Mapping[str, float] | None = None) -> Manifest:
    """All that a run's checkpoint says."""
    position = training.position
    return describe(training.model, metrics) | {
        "dataset": run.dataset.to_manifest(),
        "recipe": {"name": run.recipe.name, **run.recipe.as_dict()},
        "training": run.plan.as_dict(),
        "position": {
            "phase": position.phase,
            "epoch": position.epoch,
            "batch": position.batch,
            "updates": position.updates,
        },
        "parent": run.parent,
    }


def _go(
    run: Run, keeper: Keeper | None, threads: int | None, listen: Listener, stop: Callable[[], bool], resumed: bool
) -> Result:
    """The run from where it stands to its end: saved first, now and then, and last with its figures."""
    data, held_out = run.samples("train"), run.samples("validation")
    assert data is not None
    if not blas_is_known():
        warnings.warn(
            "this NumPy's BLAS is not one threadpoolctl knows: the same bits on any number of threads are not promised",
            ZooWarning,
            stacklevel=2,
        )
    training = run.training
    heard = _all_listeners(listen)
    phases = tuple((phase.name, phase.settings.epochs) for phase in training.phases)
    count = sum(array.size for array in run.model.weights.values())
    with Workers(threads) as workers, keeper or nullcontext():
        if training.phase is not None:
            begin(training, training.phase)
        if keeper is not None and not resumed:
            keeper.save(training)
        heard(Started(run.model.architecture.name, phases, len(data), len(held_out) if held_out else 0, count, resumed))
        between = keeper.between if keeper else (lambda training, epoch_done: None)
        try:
            finished = run_training(training, data, held_out, workers, listen=heard, between=between, stop=stop)
        except NotFinite as error:
            kept = f"; the last good checkpoint is {keeper.path}" if keeper else ""
            raise TrainingError(f"{error}{kept}") from error
        if not finished:
            if keeper is not None:
                keeper.save(training)
            return Result(keeper.path if keeper else None, best_model(training), {}, "", stopped=True)
        model = best_model(training)
        model.history = training.history
        figures, part = _held_out_figures(model, run.dataset, run.parts, run.plan.common.seed, workers)
        if keeper is not None:
            keeper.save(training, metrics=describe(model, figures)["metrics"])
        remarks = tuple(model.remarks(data))
    heard(Finished(str(keeper.path) if keeper else None, figures))
    return Result(keeper.path if keeper else None, model, figures, part, remarks)


def _all_listeners(listen: Listener) -> Listener:
    """The caller's listener and those of plugins."""
    others = registry.listeners()

    def heard(event: Event) -> None:
        listen(event)
        for other in others:
            other(event)

    return heard if others else listen


def best_model(training: Training) -> Model:
    """The model with the best weights, where some were kept, else as it is."""
    model = training.model
    if not training.best:
        return model
    best = model.architecture.build(model.signature, Stream(0))
    fill(best.weights, training.best)
    best.preprocessing, best.history = model.preprocessing, model.history
    return best


# --- evaluation and prediction ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on data, and what those data are."""

    figures: Mapping[str, float]
    data: str
    part: str


def evaluate(
    source: Model | str | Path,
    data: Mapping[str, Any] | Dataset | None = None,
    *,
    threads: int | None = None,
    listen: Listener = lambda event: None,
) -> Evaluation:
    """The family's figures: on the part of its own data that was held out, or on other data.

    Of other data the test part counts where they have one of their own, else all rows; of the data it was trained on,
    the held-out part.
    """
    model, dataset, parts, seed = opened(source, data, listen)
    with Workers(threads) as workers:
        figures, part = _held_out_figures(model, dataset, parts, seed, workers)
    return Evaluation(figures, dataset.name, part)


def opened(
    source: Model | str | Path, data: Mapping[str, Any] | Dataset | None = None, listen: Listener = lambda event: None
) -> tuple[Model, Dataset, Parts, int]:
    """A model and the data to show it: those its file names, or others; the parts those have, and the run's seed."""
    if isinstance(source, Model):
        if data is None:
            raise UsageError("evaluate: got a model without data, expected data as well, or the path of a checkpoint")
        model, manifest = source, {}
    else:
        file = checkpoint.read(source)
        with _about(source):
            model, manifest = model_from(file), file.manifest
    if model.preprocessing is None:
        raise UsageError("evaluate: the model has no preprocessing, so raw data cannot be encoded; use model.predict")
    plan = plan_from(manifest) if manifest.get("training") else None
    seed = plan.common.seed if plan else 0
    validation = plan.common.validation if plan else 0.0
    stored = manifest.get("dataset")
    if data is None:
        if not stored:
            raise UsageError(f"{source}: the file names no dataset; name one with --data")
        dataset = _opened_again(stored, listen)
        return model, dataset, split(dataset, seed, validation=validation), seed
    if isinstance(data, Dataset):
        dataset = data
    else:
        values = dict(data)
        dataset = open_dataset(values.pop("name"), **values)
    model.preprocessing.check_fits(dataset)
    if stored and stored.get("digest") == dataset.digest:
        return model, dataset, split(dataset, seed, validation=validation), seed
    parts = split(dataset, seed) if dataset.has_test_part else Parts.all_for_test(dataset)
    return model, dataset, parts, seed


def _held_out_figures(
    model: Model, dataset: Dataset, parts: Parts, seed: int, workers: Workers
) -> tuple[dict[str, float], str]:
    """Figures on the test part; where there is none on the validation part; else on the training part."""
    for part in ("test", "validation", "train"):
        samples = samples_of(dataset, parts, part, model)
        if samples is not None:
            figures = evaluate_samples(model, samples, Stream(seed), workers)
            if dataset.judge is not None:
                figures |= dataset.judge(model, samples)
            figures |= model.appraise(figures, workers)
            return figures, f"{parts.describe(part)}, {len(samples):,} samples"
    raise DataError(f"{dataset.name}: there are no rows to evaluate on")


def predict(source: Model | str | Path, raw: Any, *, threads: int | None = None, trusted: bool = False) -> Array:
    """Raw rows (an array, a path or a dataset's name) to answers: label names, or targets in their units.

    Rows are encoded as in training. Multi-label: (rows, labels) of true and false.
    """
    model = source if isinstance(source, Model) else load(source, trusted=trusted)
    if model.preprocessing is None:
        raise UsageError("predict: the model has no preprocessing, so raw data cannot be encoded; use model.predict")
    rows: Dataset = raw_rows(raw, model.preprocessing)
    samples = encoded(rows, np.arange(len(rows)), model.preprocessing, model.architecture.dtype)
    with Workers(threads) as workers:
        return predict_samples(model, samples, workers)


def reconstruct(source: Model | str | Path, raw: Any, *, threads: int | None = None, trusted: bool = False) -> Array:
    """Raw rows to what the model gives back of them: (rows, *input_shape), encoded as it saw them.

    `UsageError` where the architecture does not reconstruct.
    """
    model = source if isinstance(source, Model) else load(source, trusted=trusted)
    if not isinstance(model, Reconstructs):
        raise UsageError(f"predict: {model.architecture.name} does not reconstruct its inputs; leave --reconstruct out")
    if model.preprocessing is None:
        raise UsageError("predict: the model has no preprocessing, so raw data cannot be encoded")
    rows: Dataset = raw_rows(raw, model.preprocessing)
    samples = encoded(rows, np.arange(len(rows)), model.preprocessing, model.architecture.dtype)
    with Workers(threads) as workers:
        return np.concatenate(list(workers.in_order(lambda each: model.reconstruct(each.inputs), pieces(samples))))


# --- recipes ----------------------------------------------------------------------------------------------------------


def reproduce(
    name: str | Recipe,
    *,
    data: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    listen: Listener = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Result, Sequence[Reached]]:
    """Trains a recipe as it stands, and sets what was published, what it promises and what it reached side by side."""
    recipe = name if isinstance(name, Recipe) else registry.find_recipe(name)
    result = train(prepare(recipe, data=data), out=out, threads=threads, listen=listen, stop=stop)
    published = {recipe.published.metric: recipe.published.value} if recipe.published else {}
    names = dict.fromkeys([*published, *recipe.expect])
    rows = [Reached(n, published.get(n), recipe.expect.get(n), result.figures.get(n)) for n in names]
    return result, rows


# --- loading and saving
# -------------------------------------------------------------------------------------------------


def load(path: str | Path, *, weights: str = "best", trusted: bool = False, sha256: str | None = None) -> Model:
    """The model in a checkpoint, with its best weights (or weights="last"). Safe on files from strangers: opens nothing
    else, runs nothing, and either gives what was saved or raises `CheckpointError`.

    A file that zoo did not lay out itself is parsed by a child process first; `trusted=True`, or the file's known
    SHA-256, skips that.
    """
    if weights not in ("best", "last"):
        raise UsageError(f"load: weights is {weights!a}, expected 'best' or 'last'")
    file = checkpoint.read(path, trusted=trusted, sha256=sha256)
    with _about(path):
        return model_from(file, weights)


def save(model: Model, path: str | Path) -> None:
    """Saves a model alone: weights, options, preprocessing and history, without a run to resume.

    Replaces a checkpoint of a model alone; `CheckpointError` where there is a file of another kind, or one that holds a
    run, which could not be resumed any more.
    """
    if Path(path).is_file():
        with open(path, "rb") as file:
            if (first := file.read(16)) and not looks_like(first):
                raise CheckpointError(
                    f"{path}: there is a file of another kind, which is not replaced; name another one"
                )
        if first and checkpoint.inspect(path).manifest.get("training"):
            raise CheckpointError(
                f"{path}: holds a run that can be resumed, which is not replaced by a model alone; name another file"
            )
    with _about(path):
        checkpoint.write(path, describe(model), arrays_of_model(model))


class _about:
    """Puts the file's name before a `CheckpointError` from within."""

    def __init__(self, path: str | Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, CheckpointError) and str(self.path) not in str(error):
            raise CheckpointError(f"{self.path}: {error}") from error


__all__ = [
    "Evaluation",
    "Position",
    "Reached",
    "Result",
    "Run",
    "continue_from",
    "evaluate",
    "load",
    "opened",
    "predict",
    "prepare",
    "reconstruct",
    "reproduce",
    "resume",
    "save",
    "train",
]
