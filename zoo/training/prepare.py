"""Prepare a run from a name: recipe and overrides, data and split, preprocessing, model, phases."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zoo.checkpoint.model_state import fill
from zoo.core.architecture import Architecture
from zoo.core.array_equality import same_arrays
from zoo.core.model import Model
from zoo.core.phase import Phase
from zoo.core.phase_list import phases_of
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan, TrainingSettings
from zoo.data import Dataset, encoded, fit_preprocessing, open_dataset, split
from zoo.data.as_trained import open_as_trained
from zoo.data.dispatch import AnyEncoded, AnyPreprocessing
from zoo.data.labels import common_type, numbers_in
from zoo.data.preprocessing.encoded_arrays import fitted_as_encoded, preprocessing_of
from zoo.data.provenance import Provenance
from zoo.data.python_data import given_as_trained
from zoo.data.splits import Parts
from zoo.errors import DataError, OptionError, UsageError, ZooError, warn
from zoo.options import check_given, flag_of, options_of
from zoo.registry import lookup
from zoo.registry.recipes import Recipe, read_weights
from zoo.training.compiled_kernels import check_installed
from zoo.training.initial_weights import set_weights, take_weights, taken_line
from zoo.training.loop import Training
from zoo.training.option_effects import check_effects, check_stopping
from zoo.training.resource_estimate import check_memory, check_size, tell_time
from zoo.wording import call

NewData = Mapping[str, Any] | Dataset  # "name" (of a dataset, a path, or data in Python) with options; or opened


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
        return Provenance.of(self.dataset, self.plan.common.seed_of("split"), self.plan.common.validation)

    def samples(self, part: str) -> AnyEncoded | None:
        """A part of the data ("train", "validation" or "test") behind the model's preprocessing; None where it is
        empty."""
        return samples_of(self.dataset, self.parts, part, self.model)


def samples_of(dataset: Dataset, parts: Parts, part: str, model: Model) -> AnyEncoded | None:
    numbers = getattr(parts, part)
    assert model.preprocessing is not None
    return encoded(dataset, numbers, model.preprocessing, model.architecture.dtype) if len(numbers) else None


def prepare(
    name: str | Recipe | Architecture | Model,
    *,
    options: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    dataset: Dataset | None = None,
    init_from: str | Path | None = None,
    weights: Mapping[str, Any] | None = None,
    cut: Callable[[Dataset, int], Parts] | None = None,
    most_weights: int | None = None,
) -> Run:
    """The run that a recipe or an architecture's name means, with what is given beside it overriding the recipe.

    Where an architecture's name means a recipe, and the data are others than that recipe's, the architecture may have
    settings of its own for them (`Architecture.for_other_data`).

    `data` holds "name" (a registered dataset or a path) and the options of the data; `dataset` is one already opened.
    `init_from` is a checkpoint whose layers of the same name and shapes the model begins with, or a TOML file of
    arrays by the weights' names, as `weights` are.
    `cut` splits the rows of the dataset, given the seed, in place of the data's own split and `validation`.
    `most_weights`: a larger model is refused before it is built.

    An `Architecture` is trained with its own options and the settings its name means; a `Model` goes on, in a copy,
    from its weights, with its own preprocessing or, where it has none, with the data as they are.
    """
    start = name if isinstance(name, Model) else None
    given_architecture = name.architecture if isinstance(name, Model) else name
    if isinstance(given_architecture, Architecture):
        recipe, kind = recipe_of(given_architecture), type(given_architecture)
    else:
        recipe = (
            given_architecture if isinstance(given_architecture, Recipe) else lookup.find_recipe(given_architecture)
        )
        kind = lookup.find_architecture(recipe.architecture, near=recipe.package)
    who = call("train", recipe.name)
    check_given(kind, options or {}, who)
    for key, value in (training or {}).items():
        if isinstance(value, Mapping):
            check_given(type(kind.settings), value, f"{who}, phase {key!r}")
        else:
            check_given(type(kind.settings), {key: value}, who)
    if start is not None:
        refuse_for_model(start, options or {}, data, dataset, init_from, who)
    if isinstance(given_architecture, Architecture):
        architecture, decided = given_architecture.replace(**(options or {})), given_architecture.changed()
    else:
        architecture, decided = kind.of({**recipe.options, **(options or {})}, recipe.where), {}
    plan = plan_for(kind, recipe, training or {})
    if dataset is None:
        dataset = open_data(kind, recipe, data or {}) if start is None else opened_for(start, data or {})
    if cut is not None:
        parts = cut(dataset, plan.common.seed_of("split"))
    else:
        parts = split(dataset, plan.common.seed_of("split"), validation=plan.common.validation)
    given = (data or {}).get("name")
    named = str(given) if isinstance(given, (str, Path)) else dataset.name
    if kind.name == recipe.name and recipe.package and named != recipe.data.get("name", kind.data):
        asked = {**decided, **(options or {}), **(training or {})}
        proposed = kind.for_other_data(dataset.kind, len(parts.train), asked)
        if proposed is not None:
            own = {name: value for name, value in proposed.items() if name in options_of(kind)}
            settings = {name: value for name, value in proposed.items() if name not in own}
            recipe = Recipe(kind.name, kind.name, kind.summary, options=own, training=settings, package=recipe.package)
            if not isinstance(given_architecture, Architecture):
                architecture = kind.of({**own, **(options or {})}, recipe.where)
    plan = plan_for(kind, recipe, training or {}, with_warnings=True)
    if start is None:
        run = assemble(recipe, architecture, plan, dataset, parts, most_weights)
    else:
        run = continued(recipe, start, plan, dataset, parts)
    check_stopping(run.model.architecture, run.training.phases, bool(len(parts.validation)), who)
    if recipe.path:
        alone = plan_for(kind, recipe, {})
        check_effects(kind.of(recipe.options, recipe.where), alone, recipe.options, recipe.training, recipe.where)
    check_effects(run.model.architecture, plan, options or {}, training or {}, who)
    _check_idle(run, training or {}, who)
    _check_seeds(run, training or {}, start is not None, who)
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
                raise OptionError(f"{who}: {flag_of(name)} has no effect {reasons[-1]}; leave it out")


def _check_seeds(run: Run, training: Mapping[str, Any], continued: bool, who: str) -> None:
    """`OptionError` for a seed of the split or of the weights by which nothing is drawn."""
    dataset, model = run.dataset, run.model
    if training.get("split_seed") is not None:
        drawn = dataset.splits == "random" and (
            (not dataset.own_test and dataset.test > 0)
            or (not dataset.own_validation and run.plan.common.validation > 0)
        )
        if not drawn:
            raise OptionError(f"{who}: --split-seed has no effect: no part of {dataset.name} is drawn; leave it out")
    if training.get("weights_seed") is not None:
        other = (
            model
            if continued
            else model.architecture.build(model.signature, RandomStream(run.plan.common.seed_of("weights") + 1))
        )
        if continued or same_arrays(model.weights, other.weights):
            begins = "the model's own" if continued else f"the same for any seed with {model.architecture.name}"
            raise OptionError(f"{who}: --weights-seed has no effect: the initial weights are {begins}; leave it out")


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
    stream = RandomStream(plan.common.seed_of("weights"))
    model = architecture.build(signature, stream)
    if -1 in signature.input_shape and type(model).answer is Model.answer:  # which looks at no mask
        raise UsageError(f"{lengths_differ}, expected samples of one shape; `zoo list` shows what learns sequences")
    model.preprocessing = preprocessing
    return begun(recipe, model, plan, dataset, parts)


def begun(recipe: Recipe, model: Model, plan: TrainingPlan, dataset: Dataset, parts: Parts) -> Run:
    """The run that begins with this model; `UsageError` where settings are for a phase that there is not."""
    architecture = model.architecture
    phases = phases_of(architecture, plan)
    unknown = set(plan.by_phase) - {phase.name for phase in phases}
    if unknown:
        raise UsageError(
            f"{recipe.where}: there is no phase {min(unknown)!a}; {architecture.name} has"
            f" {', '.join(phase.name for phase in phases)}"
        )
    training = Training(model, phases, plan.common.seed_of("order"))
    model.history = training.history
    return Run(recipe, plan, dataset, parts, training)


# --- from a model -----------------------------------------------------------------------------------------------------


def recipe_of(architecture: Architecture) -> Recipe:
    """The settings and data that an architecture's name means, for one whose options are decided."""
    kind = type(architecture)
    package, _ = lookup.package_of(kind)
    if not package:  # a class that no plugin registered
        return Recipe(kind.name, kind.name, kind.summary)
    return replace(lookup.find_recipe(f"{package}:{kind.name}"), options={})


def refuse_for_model(
    model: Model,
    options: Mapping[str, Any],
    data: Mapping[str, Any] | None,
    dataset: Dataset | None,
    init_from: str | Path | None,
    who: str,
) -> None:
    """`UsageError` for what cannot be chosen any more where a model is trained on, and where there are no data."""
    if options:
        raise OptionError(
            f"{who}: {flag_of(min(options))} is decided in the model's architecture; leave it out, or train a new one:"
            f" zoo.train({model.architecture.name!a}, …)"
        )
    if init_from is not None:
        raise UsageError(
            f"{who}: --init-from has no effect on a model, which begins with its own weights; leave it out"
        )
    if dataset is None and (data or {}).get("name") is None:
        raise UsageError(f"{who}: got a model without data, expected data as well: zoo.train(model, data)")


def continued(recipe: Recipe, start: Model, plan: TrainingPlan, dataset: Dataset, parts: Parts) -> Run:
    """The run that goes on, in a copy, from a model's weights, with data encoded as it takes them."""
    model = copy.deepcopy(start)
    model.trained = model.history = None
    if model.preprocessing is None:
        preprocessing = fitted_as_encoded(dataset, parts.train, model.architecture, model.signature)
        model.signature, model.preprocessing = (
            model.architecture.output_signature(preprocessing.signature),
            preprocessing,
        )
    elif model.architecture.grows:
        model = with_classes_of(dataset, model, model.preprocessing)
    assert model.preprocessing is not None
    model.preprocessing.check_fits(dataset)
    return begun(recipe, model, plan, dataset, parts)


def opened_for(model: Model, data: NewData) -> Dataset:
    """Data for a model, read as those of its training unless options say otherwise."""
    if isinstance(data, Dataset):
        return data
    values = dict(data)
    name = values.pop("name")
    preprocessing = model.preprocessing or preprocessing_of(model.signature)
    if isinstance(name, (str, Path)):
        return open_as_trained(name, values, preprocessing, model.provenance)
    return given_as_trained(name, values, preprocessing, model.provenance)


def with_preprocessing(model: Model) -> Model:
    """The model; where it has no preprocessing, one with the same weights that takes arrays as they are."""
    if model.preprocessing is not None:
        return model
    other = object.__new__(type(model))
    vars(other).update(vars(model))
    other.preprocessing = preprocessing_of(model.signature)
    if not model.signature.labels and model.signature.task != "unsupervised":
        other.signature = replace(model.signature, labels=other.preprocessing.labels)
    return other


def with_classes_of(dataset: Dataset, model: Model, preprocessing: AnyPreprocessing) -> Model:
    """The model of a growing architecture with the classes of new data behind those it knows, whose numbers stay."""
    if not dataset.has_classes:
        return model
    known = numbers_in(preprocessing.labels, preprocessing.label_type, dataset.labels, dataset.label_type)
    new = [label for label, number in zip(dataset.labels, known, strict=True) if number < 0]
    if not new:
        return model
    labels = (*preprocessing.labels, *new)
    label_type = common_type(labels, preprocessing.label_type, dataset.label_type)
    preprocessing = replace(preprocessing, labels=labels, label_type=label_type)
    grown = model.architecture.build(model.architecture.output_signature(preprocessing.signature), RandomStream(0))
    fill(grown.weights, model.weights)
    grown.take_over(model)
    grown.preprocessing = preprocessing
    return grown
