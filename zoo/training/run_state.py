"""Runs out of checkpoints, to be resumed or begun anew, and what a run's checkpoint says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.checkpoint import Checkpoint
from zoo.checkpoint.model_state import (
    SCHEDULE_FROM,
    Manifest,
    architecture_from,
    components_of,
    describe,
    model_from,
    plan_from,
    training_from,
)
from zoo.core.events import Listener, Opening
from zoo.core.model import Model
from zoo.core.phase_list import phases_of
from zoo.data import Dataset, Preprocessing, split
from zoo.data.as_trained import check_same, open_again
from zoo.data.checks.clipping import tell_of_clipping
from zoo.errors import CheckpointError, UsageError, ZooError, warn
from zoo.registry.recipes import Recipe
from zoo.training.compiled_kernels import check_installed, check_same_version, numba_version, uses_compiled
from zoo.training.handles import AfterUpdate, check_again, digest_of
from zoo.training.loop import Training
from zoo.training.prepare import NewData as NewData
from zoo.training.prepare import Run, with_classes_of
from zoo.training.prepare import opened_for as opened_for
from zoo.training.rescheduling import changed, reschedule


def run_from(
    file: Checkpoint,
    *,
    epochs: int | None = None,
    schedule_from: str | None = None,
    data: NewData | None = None,
    same: NewData | None = None,
    training: Mapping[str, Any] | None = None,
    listen: Listener = lambda event: None,
    after_update: AfterUpdate | None = None,
) -> Run:
    """The run a checkpoint holds: to be resumed, or, with other `data`, to begin anew from its weights.

    `same` are the data of the run itself, where the file does not say where these are, or they are elsewhere now;
    `DataError` where they are not the same.
    """
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
        dataset = opened_for(model, data)
        _warn_of_same(file, dataset)
        if model.architecture.grows:
            model = with_classes_of(dataset, model, model.preprocessing)
        state = Training(model, phases_of(model.architecture, plan), plan.common.seed_of("order"))
        check_installed(state.phases, str(file.path))
    else:
        check_again(file.manifest.get("after_update"), after_update, str(file.path))
        check_same_version(file.manifest, phases_of(architecture_from(file.manifest), plan), file.path)
        state = training_from(file, plan)
        state.after_update = after_update
        reschedule(state, before, schedule_from)
        dataset = opened_same(file, state.model, same, listen, TO_RESUME)
    preprocessing = state.model.preprocessing
    assert preprocessing is not None
    preprocessing.check_fits(dataset)
    if data is not None and isinstance(preprocessing, Preprocessing):
        tell_of_clipping(
            dataset,
            preprocessing,
            "; learning on keeps that range: to learn what lies beyond it, train on all data anew",
        )
    parts = split(dataset, plan.common.seed_of("split"), validation=plan.common.validation)
    state.model.history = state.history
    if data is not None:
        return Run(recipe, plan, dataset, parts, state, file.sha256)
    remembered = file.manifest.get("dataset") is not None
    parent, initial_weights = file.manifest.get("parent"), file.manifest.get("initial_weights")
    mixed = (file.manifest.get("versions") or {}).get("mixed")
    mixed_hosts = [str(mixed)] if mixed else []
    return Run(recipe, plan, dataset, parts, state, parent, remembered, initial_weights, mixed=mixed_hosts)


def _warn_of_same(file: Checkpoint, dataset: Dataset) -> None:
    """Where "new" data are those the file was trained on: a new run is seldom what was meant."""
    stored = file.manifest.get("dataset")
    if dataset.block is None and isinstance(stored, Mapping) and list(dataset.inputs.shape) == stored.get("shape"):
        digest = stored.get("digest")
        if isinstance(digest, str) and dataset.has_digest(digest):
            warn(
                f"{dataset.where}: what {file.path} was trained on; a new run begins, from its weights. Its own run"
                f" goes on, wherever the data lie now, with zoo.resume({str(file.path)!a}, data=…) in Python"
            )


def opened_same(file: Checkpoint, model: Model, same: NewData | None, listen: Listener, todo: str) -> Dataset:
    """The data of a checkpoint's run: those its manifest names, which is printed before they are opened, or `same`.

    `todo` is how data are given that were handed over in Python, with {} for the file's path.
    """
    stored = file.manifest.get("dataset")
    if same is not None:
        dataset = opened_for(model, same)
        if isinstance(stored, Mapping):
            check_same(dataset, stored.get("shape"), stored.get("digest"), "give the data of the run itself")
        else:
            warn(f"{file.path}: does not say what it was trained on, so {dataset.where} is taken for that, unchecked")
        return dataset
    if stored is None and "dataset" in file.manifest:  # a file saved without provenance
        raise UsageError(
            f"{file.path}: does not say what it was trained on; give the same data: {todo.format(file.path)}"
        )
    if isinstance(stored, Mapping) and stored.get("given") is True:
        raise UsageError(given_in_python(str(file.path), todo))
    listen(Opening(str(stored.get("name", "")) if isinstance(stored, Mapping) else ""))
    moved = {"moved": MOVED.format(str(file.path))} if todo == TO_RESUME else {}
    return open_again(stored, model.preprocessing, **moved)  # type: ignore[arg-type]


MOST_MIXED = 255  # characters about hosts that computed with something else
TO_RESUME = "zoo.resume({!a}, data=(X, y))"
MOVED = "put them back, or go on with zoo.resume({!a}, data=…) in Python, which takes their path of now"
TO_MEASURE = "zoo.evaluate({0!a}, (X, y)) or zoo.plot({0!a}, data=(X, y)), or name a file with --data"


def given_in_python(path: str, todo: str) -> str:
    """What to say where the data of a checkpoint were handed over in Python, so that nothing opens them again."""
    return (
        f"{path}: trained on data given in Python, which the file knows by their digest alone; give them again:"
        f" {todo.format(path)}"
    )


def recipe_from(manifest: Manifest) -> Recipe:
    """The recipe a manifest names; for a model without one, its architecture alone."""
    try:
        return _recipe_from(manifest)
    except ZooError as error:
        raise CheckpointError(f"manifest: recipe cannot be used: {ascii(str(error))[1:-1][:300]}") from error


def _recipe_from(manifest: Manifest) -> Recipe:
    stored = manifest.get("recipe") or {}
    if not isinstance(stored, dict) or not isinstance(manifest.get("architecture"), dict):
        raise CheckpointError(f"got {ascii(stored)[:80]}, expected a table, and an architecture beside it")
    values = {key: value for key, value in stored.items() if key != "name"}
    name = str(stored.get("name", manifest["architecture"]["name"]))
    return Recipe.of({"architecture": manifest["architecture"]["name"], **values}, name)


def manifest_of(run: Run, training: Training, metrics: Mapping[str, float] | None = None) -> Manifest:
    """All that a run's checkpoint says."""
    position = training.position
    recipe = run.recipe.as_dict()
    if not run.remembered:
        recipe.pop("data", None)
    described = describe(training.model, metrics or {})
    described.pop("trained", None)  # `recipe` and `training` say it
    settings = [phase.settings for phase in training.phases] + [run.plan.common]
    if uses_compiled(training.phases):
        described["versions"]["numba"] = numba_version()
    described["components"] |= {"training": components_of(settings)}
    if run.mixed:
        described["versions"]["mixed"] = "; ".join(run.mixed)[:MOST_MIXED]
    return described | {
        "dataset": run.provenance.to_manifest() if run.remembered else None,
        "recipe": {"name": run.recipe.name, **recipe},
        "training": run.plan.as_dict(),
        "position": {
            "phase": position.phase,
            "epoch": position.epoch,
            "batch": position.batch,
            "updates": position.updates,
            **({SCHEDULE_FROM: position.schedule_from} if position.schedule_from else {}),
        },
        "parent": run.parent,
        **({"after_update": digest_of(training.after_update)} if training.after_update is not None else {}),
        **({"initial_weights": dict(run.initial_weights)} if run.initial_weights else {}),
    }
