"""Learn from data that come in chunks: each is gone through once, in its own order, by a step that is kept between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.core.phase import Phase
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan
from zoo.core.training_step import NotFinite, StepContext, TrainingStep
from zoo.data import Dataset
from zoo.data.dispatch import AnyEncoded, encoded
from zoo.data.labels import common_type, numbers_in
from zoo.errors import OptionError, TrainingError, UsageError
from zoo.options import check_given, options_of
from zoo.parallel.pickling import Whole
from zoo.parallel.threads import Workers
from zoo.registry.recipes import Recipe
from zoo.training.loop import train as run_training
from zoo.training.option_effects import check_effects
from zoo.training.prepare import Run, plan_for

OF_EPOCHS = ("epochs", "update", "sample_order", "validation", "patience", "monitor", "schedule", "warmup")


@dataclass
class Chunks(Whole):
    """What learning from chunks goes on with: the phases that learn, their steps, and what they have seen."""

    given: Mapping[str, Any]
    plan: TrainingPlan
    phases: list[tuple[int, Phase]]  # with their places among all phases
    steps: list[TrainingStep] = field(default_factory=list)
    batches: int = 0


def learn_chunk(
    model: Model, dataset: Dataset, settings: Mapping[str, Any], threads: int | None, chunks: Chunks | None
) -> Chunks:
    """Changes the model by the rows of a dataset in their order; what the next chunk goes on with.

    Other settings than before begin anew, with a fresh step. `UsageError` where no phase learns from chunks.
    """
    preprocessing, architecture = model.preprocessing, model.architecture
    assert preprocessing is not None
    if chunks is None or (settings and dict(settings) != dict(chunks.given)):
        chunks = begin_chunks(model, settings)
    if architecture.grows:
        take_in_classes(model, dataset)
        assert model.preprocessing is not None
        preprocessing = model.preprocessing
    preprocessing.check_fits(dataset)
    samples = encoded(dataset, None, preprocessing, architecture.dtype)
    with Workers(threads) as workers:
        try:
            for step, (place, phase) in zip(chunks.steps, chunks.phases, strict=True):
                _learn(chunks, step, phase, place, samples, workers)
        except NotFinite as error:
            raise TrainingError(f"learn: {error}") from error
    chunks.batches += -(-len(samples) // chunks.phases[0][1].settings.batch_size)
    return chunks


def begin_chunks(model: Model, settings: Mapping[str, Any]) -> Chunks:
    """The phases of a model that learn from chunks, with fresh steps; `UsageError` where there are none."""
    architecture = model.architecture
    plan = plan_of(architecture, settings)
    phases = [each for each in enumerate(architecture.phases(plan)) if each[1].learns_chunks]
    if not phases:
        raise UsageError(
            f"learn: {architecture.name} does not learn from chunks as it is set; architectures whose rule goes from"
            " sample to sample, or by gradient from batch to batch, do: perceptron, mlp, lstm, fuzzy-artmap, and som"
            " with rule='online'; zoo.train takes all data together"
        )
    check_effects(architecture, plan, {}, settings, "learn")
    return Chunks(dict(settings), plan, phases, [phase.step(model) for _, phase in phases])


def plan_of(architecture: Any, settings: Mapping[str, Any]) -> TrainingPlan:
    """The settings that an architecture proposes, with those given; refused are those that are about epochs."""
    kind = type(architecture)
    for name, value in settings.items():
        if name in OF_EPOCHS:
            raise OptionError(
                f"learn: {name} has no effect: each chunk is gone through once, in its own order, and no epoch ends;"
                " leave it out"
            )
        if isinstance(value, Mapping):
            raise OptionError(f"learn: {name} is a table of settings, expected settings of all that learn")
    check_given(type(kind.settings), settings, "learn")
    plan = plan_for(kind, Recipe(kind.name, kind.name), settings)
    constant = {
        name: value
        for name, value in {"schedule": "constant", "warmup": 0.0, "update": "batch"}.items()
        if name in options_of(type(plan.common))
    }
    return replace(plan, common=plan.common.replace(**constant))


def _learn(chunks: Chunks, step: TrainingStep, phase: Phase, place: int, samples: AnyEncoded, workers: Workers) -> None:
    size = phase.settings.batch_size
    for number, start in enumerate(range(0, len(samples), size), chunks.batches):
        batch = samples.rows(np.arange(start, min(start + size, len(samples))))
        stream = RandomStream(phase.settings.seed, phase=place, batch=number)
        step(batch, StepContext(stream, workers, 0.0, number))


def prepare_first(run: Run) -> Model:
    """The model of a prepared run after the phases that set its first weights from the data, before any that learns.

    `UsageError` where others come before, or none learns from chunks.
    """
    training, model = run.training, run.model
    learning = next((n for n, phase in enumerate(training.phases) if phase.learns_chunks), None)
    if learning is None:
        begin_chunks(model, {})  # says what does
    before = training.phases[training.position.phase : learning]
    others = [phase.name for phase in before if not phase.initializes]
    if others:
        raise UsageError(
            f"learn: {model.architecture.name} is not begun by chunks: phase {others[0]} needs all data together; train"
            " a model first, zoo.train, and let that learn on"
        )
    data = run.samples("train")
    if before and data is not None:
        training.phases = training.phases[:learning]
        with Workers(1) as workers:
            run_training(training, data, None, workers)
        for name, best in training.best.items():
            model.weights[name][...] = best
    return model


def take_in_classes(model: Model, dataset: Dataset) -> None:
    """Adds the classes of new data behind those that a growing model knows, whose numbers stay."""
    preprocessing = model.preprocessing
    if not dataset.has_classes or preprocessing is None or model.signature.task == "unsupervised":
        return
    known = numbers_in(preprocessing.labels, preprocessing.label_type, dataset.labels, dataset.label_type)
    new = [label for label, number in zip(dataset.labels, known, strict=True) if number < 0]
    if new:
        labels = (*preprocessing.labels, *new)
        label_type = common_type(labels, preprocessing.label_type, dataset.label_type)
        model.preprocessing = replace(preprocessing, labels=labels, label_type=label_type)
        model.signature = model.architecture.output_signature(model.preprocessing.signature)
