"""What a model makes of data: its figures, answers to raw rows, and what it gives back of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.classification_report import ClassificationReport, classification_report
from zoo.data import AnyEncoded, Dataset, Parts, encoded, open_dataset, raw_rows, split
from zoo.errors import DataError, UsageError
from zoo.evaluation import evaluate as evaluate_samples
from zoo.evaluation import pieces
from zoo.evaluation import predict as predict_samples
from zoo.events import Listener
from zoo.generative import Reconstructs
from zoo.loading import about, load
from zoo.model import Model
from zoo.prepare import samples_of
from zoo.probabilities import predict_probabilities, refuse_without_probabilities
from zoo.saved import model_from, plan_from
from zoo.stored_run import opened_again
from zoo.streams import Stream
from zoo.trust import is_trusted, trusting
from zoo.workers import Workers

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on data, and what those data are."""

    figures: Mapping[str, float]
    data: str
    part: str
    classification: ClassificationReport | None = None  # of classes and labels, on the same samples


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
        figures, part = held_out_figures(model, dataset, parts, seed, workers)
        report = classification_report(model, measured_part(model, dataset, parts)[1], workers)
    return Evaluation(figures, dataset.name, part, report)


def opened(
    source: Model | str | Path, data: Mapping[str, Any] | Dataset | None = None, listen: Listener = lambda event: None
) -> tuple[Model, Dataset, Parts, int]:
    """A model and the data to show it: those its file names, or others; the parts those have, and the run's seed."""
    if isinstance(source, Model):
        if data is None:
            raise UsageError("evaluate: got a model without data, expected data as well, or the path of a checkpoint")
        model, manifest = source, {}
    else:
        file = checkpoint.read(source, trusted=is_trusted())
        with about(source):
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
        dataset = opened_again(stored, listen)
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


def held_out_figures(
    model: Model, dataset: Dataset, parts: Parts, seed: int, workers: Workers
) -> tuple[dict[str, float], str]:
    """Figures on the test part; where there is none on the validation part; else on the training part."""
    part, samples = measured_part(model, dataset, parts)
    figures = evaluate_samples(model, samples, Stream(seed), workers)
    if dataset.judge is not None:
        figures |= dataset.judge(model, samples)
    figures |= model.appraise(figures, workers)
    return figures, f"{parts.describe(part)}, {len(samples):,} samples"


def measured_part(model: Model, dataset: Dataset, parts: Parts) -> tuple[str, AnyEncoded]:
    """The name and the samples of the test part; of the validation part where there is none; else those trained on."""
    for part in ("test", "validation", "train"):
        samples = samples_of(dataset, parts, part, model)
        if samples is not None:
            return part, samples
    raise DataError(f"{dataset.name}: there are no rows to evaluate on")


def predict(
    source: Model | str | Path,
    raw: Any,
    *,
    probabilities: bool = False,
    threads: int | None = None,
    trusted: bool = False,
) -> Array:
    """Raw rows (an array, a path or a dataset's name) to answers: label names, or targets in their units.

    Rows are encoded as in training. Multi-label: (rows, labels) of true and false. With `probabilities` those of each
    class or label instead, (rows, classes) in the order of `model.labels`; `UsageError` where the model has none.
    """
    model = source if isinstance(source, Model) else load(source, trusted=trusted)
    if probabilities:
        refuse_without_probabilities(model)
    if model.preprocessing is None:
        raise UsageError("predict: the model has no preprocessing, so raw data cannot be encoded; use model.predict")
    with trusting(trusted):
        rows: Dataset = raw_rows(raw, model.preprocessing)
    samples = encoded(rows, np.arange(len(rows)), model.preprocessing, model.architecture.dtype)
    with Workers(threads) as workers:
        if probabilities:
            return predict_probabilities(model, samples, workers)
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
    with trusting(trusted):
        rows: Dataset = raw_rows(raw, model.preprocessing)
    samples = encoded(rows, np.arange(len(rows)), model.preprocessing, model.architecture.dtype)
    with Workers(threads) as workers:
        return np.concatenate(list(workers.in_order(lambda each: model.reconstruct(each.inputs), pieces(samples))))
