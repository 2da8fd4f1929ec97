"""Evaluate a model on data, predict raw rows, reconstruct inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.checkpoint.load import about, load
from zoo.checkpoint.model_state import model_from
from zoo.core.events import Listener
from zoo.core.metrics import Metric, metrics_line
from zoo.core.model import Model
from zoo.core.protocols import DecodesOutputs, Reconstructs
from zoo.core.random import RandomStream
from zoo.data import Dataset, encoded, split
from zoo.data.as_trained import raw_rows
from zoo.data.dispatch import AnyEncoded
from zoo.data.row_hashes import count_known
from zoo.data.splits import Parts
from zoo.errors import DataError, UsageError
from zoo.inference.batched import evaluate as evaluate_samples
from zoo.inference.batched import in_batches, predict_named
from zoo.inference.batched import predict as predict_samples
from zoo.inference.classification_report import ClassificationReport, classification_report
from zoo.inference.probabilities import predict_probabilities, refuse_without_probabilities
from zoo.parallel.threads import Workers
from zoo.platform.trust import is_trusted, trusting
from zoo.printable import printable
from zoo.training.prepare import samples_of, with_preprocessing
from zoo.training.run_state import TO_MEASURE, NewData, opened_for, opened_same
from zoo.types import Array


@dataclass(frozen=True)
class Evaluation:
    """Metrics of a model on data, and what those data are."""

    metrics: Mapping[str, float]
    data: str
    part: str
    classification: ClassificationReport | None = None  # of classes and labels, on the same samples
    declared_metrics: tuple[Metric, ...] = ()  # the metrics as they are declared
    quantities: tuple[str, ...] = ()  # the targets in whose units errors are, of regression and forecast

    def __repr__(self) -> str:
        """The line that `zoo eval` prints; `classification` has the metrics of each class."""
        return f"<{printable(self.data)}, {printable(self.part)}: {metrics_line(self.metrics, self.declared_metrics)}>"


def evaluate(
    source: Model | str | Path,
    data: NewData | None = None,
    *,
    threads: int | None = None,
    listen: Listener = lambda event: None,
) -> Evaluation:
    """The family's metrics: on the part of its own data that was held out, or on other data.

    Of other data the test part counts where they have one of their own, else all rows; of the data it was trained on,
    the held-out part.
    """
    model, dataset, parts, seed = opened(source, data, listen)
    with Workers(threads) as workers:
        metrics, part = held_out_metrics(model, dataset, parts, seed, workers)
        report = classification_report(model, measured_part(model, dataset, parts)[1], workers)
    quantities = tuple(model.signature.labels) if model.signature.task in ("regression", "forecast") else ()
    return Evaluation(metrics, dataset.name, part, report, declared_by(model, dataset), quantities)


def opened(
    source: Model | str | Path, data: NewData | None = None, listen: Listener = lambda event: None
) -> tuple[Model, Dataset, Parts, int]:
    """A model and the data to show it: those its file names, or others; the parts those have, and the run's seed.

    Data that it was trained on are recognized by their digest, and split as they were then.
    """
    file = None
    if isinstance(source, Model):
        if data is None:
            raise UsageError("evaluate: got a model without data, expected data as well, or the path of a checkpoint")
        model = source
    else:
        file = checkpoint.read(source, trusted=is_trusted())
        with about(source):
            model = model_from(file)
    model = with_preprocessing(model)
    assert model.preprocessing is not None
    provenance = model.provenance
    if data is None:
        if provenance is None or file is None:
            raise UsageError(f"{source}: the file names no dataset; name one with --data")
        dataset = opened_same(file, model, None, listen, TO_MEASURE)
        return model, dataset, provenance.split(dataset), provenance.seed
    dataset = opened_for(model, data)
    model.preprocessing.check_fits(dataset)
    asked = isinstance(data, Mapping) and bool({"test", "held_out"} & data.keys())  # to be split in another way
    if provenance is not None and provenance.is_of(dataset):
        trained = provenance.split(dataset)
        if not asked:
            return model, dataset, trained, provenance.seed
        parts = split(dataset, provenance.seed, validation=provenance.validation)
        return model, dataset, replace(parts, trained=trained.train), provenance.seed
    seed = provenance.seed if provenance else 0
    if dataset.has_test_part:
        return model, dataset, _known_in(replace(split(dataset, seed), trained=None), dataset, model), seed
    if asked:
        raise UsageError(
            f"{dataset.where}: --test and --held-out do nothing for data that the model was not trained on: all rows"
            " are measured; leave them out"
        )
    return model, dataset, _known_in(Parts.all_for_test(dataset), dataset, model), seed


def _known_in(parts: Parts, dataset: Dataset, model: Model) -> Parts:
    """The parts of data other than those of training, with how many rows to test equal some that were trained on."""
    samples = samples_of(dataset, parts, "test", model)
    if model.provenance is None or model.provenance.rows is None or samples is None:
        return parts
    known, estimated = count_known(samples, model.provenance.rows)
    return replace(parts, known=known, estimated=estimated)


def declared_by(model: Model, dataset: Dataset) -> tuple[Metric, ...]:
    """What is declared of the metrics of a model on these data."""
    return (*dataset.declared_metrics, *model.declared_metrics, *model.architecture.declared_metrics)


def held_out_metrics(
    model: Model,
    dataset: Dataset,
    parts: Parts,
    seed: int,
    workers: Workers,
    begin: Callable[[str], None] = lambda part: None,
    dear: bool = True,
) -> tuple[dict[str, float], str]:
    """Metrics on the test part; where there is none on the validation part; else on the training part. `begin`
    is called with the part's name first. Raises `Stopped` between two steps when the workers are asked to stop.

    Without `dear` those alone that are evaluated after epochs as well: no likelihood, no judge of the data."""
    part, samples = measured_part(model, dataset, parts)
    described = parts.describe(part)
    begin(described)
    workers.check_stop()
    metrics = evaluate_samples(model, samples, RandomStream(seed), workers)
    if not dear:
        return metrics, described
    if dataset.judge is not None:
        workers.check_stop()
        metrics |= dataset.judge(model, samples)
    workers.check_stop()
    metrics |= model.derived_metrics(metrics, workers)
    return metrics, described


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
    **options: Any,
) -> Array | dict[str, Array]:
    """Raw rows (an array, a path or a dataset's name) to answers: label names, or targets in their units.

    Rows are read, where `options` of data do not say otherwise, and encoded as in training. Multi-label: (rows, labels)
    of true and false. With `probabilities` those of each class or label instead, (rows, classes) in the order of
    `model.labels`; `UsageError` where the model has none. A model that decodes its outputs itself (`DecodesOutputs`)
    gives arrays by name.
    """
    model = with_preprocessing(source if isinstance(source, Model) else load(source, trusted=trusted))
    assert model.preprocessing is not None
    if probabilities:
        refuse_without_probabilities(model)
    with trusting(trusted):
        rows: Dataset = raw_rows(raw, model.preprocessing, model.provenance, **options)
    samples = encoded(rows, np.arange(len(rows)), model.preprocessing, model.architecture.dtype)
    with Workers(threads) as workers:
        if probabilities:
            return predict_probabilities(model, samples, workers)
        if isinstance(model, DecodesOutputs):
            return predict_named(model, samples, workers)
        return predict_samples(model, samples, workers)


def reconstruct(source: Model | str | Path, raw: Any, *, threads: int | None = None, trusted: bool = False) -> Array:
    """Raw rows to what the model gives back of them: (rows, *input_shape), encoded as it saw them.

    `UsageError` where the architecture does not reconstruct.
    """
    found = source if isinstance(source, Model) else load(source, trusted=trusted)
    if not isinstance(found, Reconstructs):
        raise UsageError(f"predict: {found.architecture.name} does not reconstruct its inputs; leave --reconstruct out")
    model: Any = with_preprocessing(found)
    with trusting(trusted):
        rows: Dataset = raw_rows(raw, model.preprocessing, model.provenance)
    samples = encoded(rows, np.arange(len(rows)), model.preprocessing, model.architecture.dtype)
    with Workers(threads) as workers:
        return np.concatenate(list(workers.in_order(lambda each: model.reconstruct(each.inputs), in_batches(samples))))
