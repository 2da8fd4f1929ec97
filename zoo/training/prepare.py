"""Prepare a run from a name: recipe and overrides, data and split, preprocessing, model, phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.core.architecture import Architecture
from zoo.core.model import Model
from zoo.core.phase import Phase
from zoo.core.phase_list import phases_of
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan, TrainingSettings
from zoo.data import Dataset, encoded, fit_preprocessing, open_dataset, split
from zoo.data.dispatch import AnyEncoded
from zoo.data.provenance import Provenance
from zoo.data.splits import Parts
from zoo.errors import DataError, OptionError, UsageError, ZooError, warn
from zoo.options import check_given, options_of
from zoo.registry import lookup
from zoo.registry.recipes import Recipe, read_weights
from zoo.training.compiled_kernels import check_installed
from zoo.training.initial_weights import set_weights, take_weights, taken_line
from zoo.training.loop import Training
from zoo.training.option_effects import check_effects, check_stopping
from zoo.training.resource_estimate import check_memory, check_size, tell_time


@dataclass
class Run:
    """Everything a training needs, and what its checkpoint will say of where it came from."""

    recipe: Recipe
    plan: TrainingPlan
    dataset: Dataset
    parts: Parts
    training: Training
    parent: str | None = None  # digest of the checkpoint it began from
    remembered: bool = True  # whether its checkpoint says what it was trained on
    initial_weights: Mapping[str, Any] | None = None  # file, digest and names, where weights of another were taken
    notes: tuple[str, ...] = ()  # what there is to say before training begins
    # Hosts that measured with other versions or processors, where that was accepted: the run is not exact.
    mixed: list[str] = field(default_factory=list)

    @property
    def model(self) -> Model:
        return self.training.model

    @property
    def provenance(self) -> Provenance:
        """What a checkpoint remembers of the data."""
        return Provenance.of(self.dataset, self.plan.common.seed, self.plan.common.validation)

    def samples(self, part: str) -> AnyEncoded | None:
        """A part of the data ("train", "validation" or "test") behind the model's preprocessing; None where it is
        empty."""
        return samples_of(self.dataset, self.parts, part, self.model)


def samples_of(dataset: Dataset, parts: Parts, part: str, model: Model) -> AnyEncoded | None:
    numbers = getattr(parts, part)
    assert model.preprocessing is not None
    return encoded(dataset, numbers, model.preprocessing, model.architecture.dtype) if len(numbers) else None


def prepare(
    name: str | Recipe,
    *,
    options: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    dataset: Dataset | None = None,
    init_from: str | Path | None = None,
    weights: Mapping[str, Any] | None = None,
    most_weights: int | None = None,
) -> Run:
    """The run that a recipe or an architecture's name means, with what is given beside it overriding the recipe.

    Where an architecture's name means a recipe, and the data are others than that recipe's, the architecture may have
    settings of its own for them (`Architecture.for_other_data`).

    `data` holds "name" (a registered dataset or a path) and the options of the data; `dataset` is one already opened.
    `init_from` is a checkpoint whose layers of the same name and shapes the model begins with, or a TOML file of
    arrays by the weights' names, as `weights` are. `most_weights`: a
    larger model is refused before it is built.
    """
    recipe = name if isinstance(name, Recipe) else lookup.find_recipe(name)
    kind = lookup.find_architecture(recipe.architecture, near=recipe.package)
    who = f"train({recipe.name!r})"
    check_given(kind, options or {}, who)
    for key, value in (training or {}).items():
        if isinstance(value, Mapping):
            check_given(type(kind.settings), value, f"{who}, phase {key!r}")
        else:
            check_given(type(kind.settings), {key: value}, who)
    architecture = kind.of({**recipe.options, **(options or {})}, recipe.where)
    plan = plan_for(kind, recipe, training or {})
    if dataset is None:
        dataset = open_data(kind, recipe, data or {})
    parts = split(dataset, plan.common.seed, validation=plan.common.validation)
    given = None if data is None else data.get("name")
    if kind.name == recipe.name and recipe.package and (given or dataset.name) != recipe.data.get("name", kind.data):
        proposed = kind.for_other_data(dataset.kind, len(parts.train), {**(options or {}), **(training or {})})
        if proposed is not None:
            own = {name: value for name, value in proposed.items() if name in options_of(kind)}
            settings = {name: value for name, value in proposed.items() if name not in own}
            recipe = Recipe(kind.name, kind.name, kind.summary, options=own, training=settings, package=recipe.package)
            architecture = kind.of({**own, **(options or {})}, recipe.where)
    plan = plan_for(kind, recipe, training or {}, with_warnings=True)
    run = assemble(recipe, architecture, plan, dataset, parts, most_weights)
    check_stopping(run.model.architecture, run.training.phases, bool(len(parts.validation)), who)
    if recipe.path:
        alone = plan_for(kind, recipe, {})
        check_effects(kind.of(recipe.options, recipe.where), alone, recipe.options, recipe.training, recipe.where)
    check_effects(run.model.architecture, plan, options or {}, training or {}, who)
    _check_idle(run, training or {}, who)
    check_installed(run.training.phases, who)
    given = {**recipe.weights, **(weights or {})}
    if init_from is not None and Path(init_from).suffix.lower() == ".toml":
        given, init_from = {**recipe.weights, **read_weights(init_from), **(weights or {})}, None
    if given:
        names = set_weights(run.training, given, who)
        run.initial_weights = {"given": list(names)}
    if init_from is not None:
        source = take_weights(run.model, run.training.phases, init_from)
        run.parent, run.initial_weights, run.notes = source.sha256, source.as_manifest(), (taken_line(source),)
    return run


def _check_idle(run: Run, training: Mapping[str, Any], who: str) -> None:
    """`OptionError` for a training setting given that has no effect on this model and these data."""
    for key, value in training.items():
        for name in value if isinstance(value, Mapping) else (key,):
            phases = [each for each in run.training.phases if not isinstance(value, Mapping) or each.name == key]
            using = [each for each in phases if name in each.in_force() and type(each).idle is not Phase.idle]
            data = run.samples("train") if using else None
            reasons = [each.idle(name, run.model, data) for each in using if data is not None]
            if reasons and all(reasons):
                raise OptionError(f"{who}: {name} has no effect {reasons[-1]}; leave it out")


def _other_data(dataset: Dataset) -> str:
    """What else can be named where an architecture does not learn the task of data."""
    if dataset.task == "unsupervised" and not dataset.registered and not dataset.path:
        return "give targets as well, data=(X, y), or name their column with --target"
    asked = [f"--{name}" for name in ("task", "sequence", "window", "horizon") if name in dataset.options]
    if not asked:
        return "name another dataset, another target or --task"
    return f"leave out {' and '.join(asked)}, or name another dataset or another target"


def plan_for(
    kind: type[Architecture], recipe: Recipe, changes: Mapping[str, Any], with_warnings: bool = False
) -> TrainingPlan:
    """The architecture's proposals, changed by the recipe's [training], changed by what was asked for.

    A proposal that excludes what a later layer asks for gives way; `with_warnings` that gives a warning.
    """
    values: dict[str, Any] = kind.settings.as_dict()
    for layer in (recipe.training, changes):
        _make_way(kind.settings, values, layer, with_warnings)
        for key, value in layer.items():
            merged = isinstance(value, Mapping) and isinstance(values.get(key), Mapping)
            values[key] = {**values[key], **value} if merged else value
    return TrainingPlan.of(type(kind.settings), values, recipe.where)


def _make_way(
    settings: TrainingSettings, values: dict[str, Any], layer: Mapping[str, Any], with_warnings: bool
) -> None:
    """What a layer asks for wins over a proposal that excludes it, which is set back to neutral, with a warning."""
    known = options_of(type(settings))
    for asked in settings.exclusive:
        if asked not in layer or layer[asked] == known[asked].default:
            continue
        for other in settings.exclusive:
            if other not in (asked, *layer) and values[other] != known[other].default:
                if with_warnings:
                    warn(
                        f"training: {asked} {layer[asked]} as asked for, so {other} {known[other].default} instead of"
                        f" the proposed {values[other]}: a net uses one of them"
                    )
                values[other] = known[other].default


def open_data(kind: type[Architecture], recipe: Recipe, changes: Mapping[str, Any]) -> Dataset:
    """The dataset of the recipe, else the architecture's own, or other data."""
    own = recipe.data.get("name", kind.data)
    values = {"name": own, **recipe.data_options(kind.data, changes), **changes}
    return open_dataset(values.pop("name"), **values)


def assemble(
    recipe: Recipe,
    architecture: Architecture,
    plan: TrainingPlan,
    dataset: Dataset,
    parts: Parts,
    most_weights: int | None = None,
) -> Run:
    """Fits the preprocessing on the training part alone, settles the architecture and builds the model."""
    # Who learns without supervision takes data with classes too, and keeps these for looking at what was found.
    task = "unsupervised" if dataset.has_classes and "unsupervised" in architecture.supported_tasks else dataset.task
    task = dataset.task if dataset.task in architecture.supported_tasks else task
    if task not in architecture.supported_tasks:
        raise UsageError(
            f"{architecture.name}: got data for {dataset.task} ({dataset.name}), expected"
            f" {' or '.join(architecture.supported_tasks)}; {_other_data(dataset)}"
        )
    if not len(parts.train):
        raise DataError(f"{dataset.name}: no rows are left to train on; hold out less with --test or --validation")
    preprocessing = fit_preprocessing(dataset, parts.train, architecture.effective_input_spec, task)
    signature = architecture.output_signature(preprocessing.signature)
    architecture = architecture.resolve(signature, encoded(dataset, parts.train, preprocessing, architecture.dtype))
    lengths_differ = f"{architecture.name}: got sequences of different lengths ({dataset.name})"
    try:
        for _ in architecture.shapes(signature):  # says what does not fit before anything is allocated
            pass
    except ZooError as error:
        if -1 not in signature.input_shape or isinstance(error, UsageError):  # which says what else is wrong
            raise
        raise UsageError(
            f"{lengths_differ}, expected samples of one shape; `zoo list` shows what learns sequences"
        ) from error
    if most_weights is not None:
        check_size(architecture, signature, most_weights)
    check_memory(architecture, signature, min(plan.common.batch_size, len(parts.train)))
    tell_time(architecture, signature, len(parts.train))
    stream = RandomStream(plan.common.seed)
    model = architecture.build(signature, stream)
    if -1 in signature.input_shape and type(model).answer is Model.answer:  # which looks at no mask
        raise UsageError(f"{lengths_differ}, expected samples of one shape; `zoo list` shows what learns sequences")
    model.preprocessing = preprocessing
    phases = phases_of(architecture, plan)
    unknown = set(plan.by_phase) - {phase.name for phase in phases}
    if unknown:
        raise UsageError(
            f"{recipe.where}: there is no phase {min(unknown)!a}; {architecture.name} has"
            f" {', '.join(phase.name for phase in phases)}"
        )
    training = Training(model, phases, plan.common.seed)
    model.history = training.history
    return Run(recipe, plan, dataset, parts, training)
