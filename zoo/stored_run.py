"""Runs out of checkpoints, to be resumed or begun anew, and what a run's checkpoint says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zoo.checkpoint import Checkpoint
from zoo.data import AnyPreprocessing, Dataset, Preprocessing, open_again, open_dataset, split
from zoo.data.clipping import tell_of_clipping
from zoo.errors import CheckpointError, ZooError
from zoo.events import Listener, Opening
from zoo.model import Model
from zoo.prepare import Run
from zoo.recipes import Recipe
from zoo.rescheduling import changed, reschedule
from zoo.saved import SCHEDULE_FROM, Manifest, describe, fill, model_from, plan_from, training_from
from zoo.streams import Stream
from zoo.trainer import Training


def run_from(
    file: Checkpoint,
    *,
    epochs: int | None = None,
    schedule_from: str | None = None,
    data: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    listen: Listener = lambda event: None,
) -> Run:
    """The run a checkpoint holds: to be resumed, or, with other `data`, to begin anew from its weights."""
    before = plan = plan_from(file.manifest)
    if epochs is not None:
        training = {**(training or {}), "epochs": epochs}
    if training:
        plan = changed(file, plan, training)
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
        reschedule(state, before, schedule_from)
        dataset = opened_again(file.manifest.get("dataset"), listen)
    preprocessing = state.model.preprocessing
    assert preprocessing is not None
    preprocessing.check_fits(dataset)
    if data is not None and isinstance(preprocessing, Preprocessing):
        tell_of_clipping(
            dataset,
            preprocessing,
            "; learning on keeps that range: to learn what lies beyond it, train on all data anew",
        )
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


def opened_again(stored: Any, listen: Listener) -> Dataset:
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
            **({SCHEDULE_FROM: position.schedule_from} if position.schedule_from else {}),
        },
        "parent": run.parent,
    }
