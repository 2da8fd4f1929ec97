"""Models and runs as checkpoints hold them: to a manifest and named arrays, and back, each part checked on the way.

The container (`zoo.checkpoint`) vouches for the bytes; here the manifest's members are compared with what the
architecture, its phases and its steps say of themselves, before anything of theirs is built or filled.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import math
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

import zoo
from zoo.checkpoint import Checkpoint
from zoo.core.architecture import Architecture
from zoo.core.history import History
from zoo.core.metrics import VALIDATION, Metric, monitored
from zoo.core.model import Model
from zoo.core.open_registry import Names
from zoo.core.phase import Phase
from zoo.core.phase_list import phases_of
from zoo.core.random import ZeroStream
from zoo.core.settings import TrainingPlan
from zoo.core.signature import Signature
from zoo.core.sum_tree import Sums, SumTree
from zoo.core.trained import Trained
from zoo.core.weights import put_or_set
from zoo.data import dispatch
from zoo.data.dispatch import AnyPreprocessing
from zoo.data.provenance import Provenance
from zoo.errors import CheckpointError, OptionError, PluginError, ZooError
from zoo.options import Options, options_of
from zoo.registry import lookup
from zoo.registry.hookspecs import INTERFACE
from zoo.training.loop import Position, Training
from zoo.types import Array

Manifest = dict[str, Any]

SCHEDULE_FROM = "schedule_from"  # of the position; only there where a resumed run began its schedules anew
MOST_IN_A_PHASE = 2**53  # epochs, batches or updates: a whole number in JSON everywhere
MOST_RECORDED = 2**22  # values of all curves together: in Python they take four times their size in the file
SPARE = 100 * 2**20  # bytes that weights may take beyond what they take in the file


@contextlib.contextmanager
def _doubting() -> Iterator[None]:
    """Make a `CheckpointError` of what zoo refuses in a file; that a plugin is not here stays what it is.

    Nothing else is caught: members are checked before they are used, so any other exception is a mistake in zoo or in a
    plugin, and keeps its traceback.
    """
    try:
        yield
    except (CheckpointError, PluginError):
        raise
    except ZooError as error:
        raise CheckpointError(str(error)) from error
    except MemoryError as error:
        raise CheckpointError("not enough memory for what the file describes") from error


def describe(model: Model, metrics: Mapping[str, float] | None = None) -> Manifest:
    """What a manifest says of a model alone; a run adds dataset, recipe, training and position."""
    package, version = lookup.package_of(type(model.architecture))
    trained = model.trained or Trained()
    if metrics is None:
        metrics = trained.metrics
    about = {"recipe": trained.recipe, "part": trained.part, "settings": dict(trained.settings)}
    return {
        **({"trained": about} if model.trained is not None else {}),
        "architecture": {
            "name": model.architecture.name,
            "package": package,
            "interface": INTERFACE,
            "options": model.architecture.as_dict(),
        },
        "versions": {**versions(), "plugin": version},
        "components": {"architecture": components_of([model.architecture])},
        "signature": model.signature.as_dict(),
        "preprocessing": None if model.preprocessing is None else model.preprocessing.to_manifest(),
        "dataset": None if model.provenance is None else model.provenance.to_manifest(),
        "metrics": {name: value if math.isfinite(value) else None for name, value in metrics.items()},
    }


def components_of(values: Iterable[Options]) -> list[dict[str, str]]:
    """The losses, optimizers and the like of plugins that options name, each with the package it comes from."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for options in values:
        for option in options_of(type(options)).values():
            names, value = option.choices, getattr(options, option.name)
            if isinstance(names, Names) and names.is_from_plugin(value):
                kind = names.registry.kind
                source, version = lookup.component_source(kind, value)
                about = {"kind": kind, "name": value, "package": source.package, "version": version}
                found[kind, value] = about
    return list(found.values())


def check_components(manifest: Manifest, group: str) -> None:
    """`PluginError` where a component that the options of the architecture, or of training, name is not here."""
    if why := lookup.missing_component(manifest, group):
        raise PluginError(why)


@functools.cache
def versions() -> dict[str, str]:
    """What the bits of a result depend on besides the recipe."""
    from zoo.parallel.blas import libraries

    found = libraries()
    kernels = " ".join(str(each.get("architecture") or "") for each in found).strip()
    return {
        "zoo": zoo.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "blas": " ".join(f"{each['internal_api']} {each['version']}" for each in found) or "unknown",
        "processor": f"{platform.machine()} {kernels}".strip(),
    }


def arrays_of_model(model: Model) -> dict[str, Array]:
    """A model's weights, preprocessing and history under their paths in the file."""
    arrays = {f"weights/{name}": array for name, array in model.weights.items()}
    if model.preprocessing is not None:
        arrays |= {f"preprocessing/{name}": array for name, array in model.preprocessing.arrays().items()}
    if model.provenance is not None and model.provenance.rows is not None:
        arrays["dataset/rows"] = model.provenance.rows
    if model.history is not None:
        check_recorded(len(curve) for curves in model.history.phases.values() for curve in curves.values())
        for phase, curves in model.history.phases.items():
            arrays |= {f"history/{phase}/{name}": np.array(curve, np.float64) for name, curve in curves.items()}
    return arrays


def arrays_of(training: Training) -> dict[str, Array]:
    """A run's arrays: those of its model, the best weights, the step's state, partial sums and tally."""
    training.model.history = training.history
    arrays = arrays_of_model(training.model)
    arrays |= {f"best/{name}": array for name, array in training.best.items()}
    if training.step is not None:
        arrays |= {f"state/step/{name}": array for name, array in training.step.state.items()}
    for level, sums in training.sums.stack:
        arrays |= {f"state/sums/{level}/{name}": array for name, array in sums.items()}
    arrays |= {f"state/tally/{name}": array for name, array in training.tally.items()}
    return arrays


def under(arrays: Mapping[str, Array], folder: str) -> dict[str, Array]:
    """The arrays below one folder of the tree, named from there."""
    return {name[len(folder) + 1 :]: array for name, array in arrays.items() if name.startswith(folder + "/")}


@_doubting()
def model_from(checkpoint: Checkpoint, weights: str = "best") -> Model:
    """The model a checkpoint holds, with its best weights where it has them, else (or by wish) with the last."""
    manifest, arrays = checkpoint.manifest, checkpoint.arrays
    architecture, signature = architecture_from(manifest), signature_from(manifest)
    values = under(arrays, "best") if weights == "best" else {}
    values = values or under(arrays, "weights")
    check_weights(architecture, signature, values)
    check_room(architecture, values)
    preprocessing, history = preprocessing_from(manifest, arrays), history_from(arrays)
    if preprocessing is not None and architecture.output_signature(preprocessing.signature) != signature:
        raise CheckpointError(
            f"manifest: signature is {ascii(signature)[:200]}, which is not what the preprocessing makes"
        )
    model = architecture.build(signature, ZeroStream(0))
    fill(model.weights, values)
    model.history, model.preprocessing = history, preprocessing
    model.provenance = (
        None if manifest.get("dataset") is None else Provenance.from_manifest(manifest, arrays.get("dataset/rows"))
    )
    model.trained = trained_from(manifest, model)
    if isinstance(manifest.get("training"), dict):
        # Without the plugin of an optimizer the model still predicts; which metric was monitored is not known then.
        with contextlib.suppress(PluginError):
            history.monitors = monitors_from(manifest, model, history)
    return model


def trained_from(manifest: Manifest, model: Model) -> Trained | None:
    """What a file says of the training: of a run, or of a model that was saved after one."""
    about, run = (manifest.get(name) or {} for name in ("trained", "recipe"))
    settings = manifest.get("training") or about.get("settings")
    if not isinstance(settings, Mapping):
        return None
    recipe = about.get("recipe") or (run.get("name") if isinstance(run, Mapping) else "")
    metrics = {
        name: math.nan if value is None else float(value)
        for name, value in (manifest.get("metrics") or {}).items()
        if value is None or (isinstance(value, (int, float)) and abs(value) < 1e300)
    }
    data = model.provenance.name if model.provenance is not None else ""
    declared = (*model.declared_metrics, *model.architecture.declared_metrics)
    return Trained(str(recipe or ""), settings, data, metrics, str(about.get("part", "")), {}, declared)


def monitors_from(manifest: Manifest, model: Model, history: History) -> dict[str, Metric]:
    """By phase, the recorded metric that decided which epoch was best."""
    found: dict[str, Metric] = {}
    for phase in phases_of(model.architecture, plan_from(manifest)):
        recorded = any(name.startswith(VALIDATION) for name in history[phase.name])
        metrics = phase.validation_metrics(model) if recorded else None
        metric = monitored(phase.settings.monitor, phase.declared_metrics(model), metrics)
        found |= {phase.name: metric} if metric is not None else {}
    return found


def architecture_from(manifest: Manifest) -> Architecture:
    """The architecture, looked up by name, with the options of the manifest; the plugin migrates those of another
    version."""
    stored = manifest.get("architecture")
    if not isinstance(stored, dict):
        raise CheckpointError("manifest: there is no architecture; this is not a model's checkpoint")
    then = str((manifest.get("versions") or {}).get("plugin") or "")
    kind = lookup.find_architecture_of(stored["name"], stored["package"], then)
    now = lookup.package_of(kind)[1]
    options = stored["options"]
    check_components(manifest, "architecture")
    try:
        if then != now:
            options = _migrated(kind, options, then)
        return kind.of(options, f"checkpoint of {kind.name}")
    except OptionError as error:
        raise CheckpointError(f"{error}{what_changed(kind, stored['options'], then, now)}") from error


def _migrated(kind: type[Architecture], options: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The options as the plugin's `migrate` gives them, which may meet any that a file has: names that are not there,
    values of another type."""
    try:
        return dict(kind.migrate(copy.deepcopy(dict(options)), version))
    except ZooError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise CheckpointError(
            f"{kind.name}.migrate cannot read the options saved by version {version!a}: {type(error).__name__}: {error}"
        ) from error


def what_changed(kind: type[Architecture], options: Mapping[str, Any], then: str, now: str) -> str:
    """The end of an error about options that another version saved: which are gone and which are new since."""
    if then == now:
        return ""
    known = options_of(kind)
    gone = ", ".join(ascii(name)[:80] for name in sorted(options.keys() - known.keys())[:8])
    new = ", ".join(map(ascii, sorted(known.keys() - options.keys())))
    changes = [f"no longer there: {gone}"] * bool(gone) + [f"new since: {new}"] * bool(new)
    versions = f"the options were saved by version {then!a} of the plugin, here is {now!a}"
    return "; " + "; ".join([versions, *changes, f"{kind.__name__}.migrate does not put this right"])


def signature_from(manifest: Manifest) -> Signature:
    values = manifest.get("signature")
    if not isinstance(values, dict):
        raise CheckpointError("manifest: there is no signature; this is not a model's checkpoint")
    return Signature.of(values)


def preprocessing_from(manifest: Manifest, arrays: Mapping[str, Array]) -> AnyPreprocessing | None:
    values = manifest.get("preprocessing")
    return None if values is None else dispatch.preprocessing_from(values, under(arrays, "preprocessing"))


def history_from(arrays: Mapping[str, Array]) -> History:
    """The recorded curves; each is a vector of float64."""
    phases: dict[str, dict[str, list[float]]] = {}
    curves = under(arrays, "history")
    check_recorded(curve.size for curve in curves.values())
    for name, curve in curves.items():
        phase, _, metric = name.partition("/")
        if curve.ndim != 1 or curve.dtype != np.float64 or not metric:
            raise CheckpointError(f"history/{name}: got {curve.dtype} {curve.shape}, expected a vector of float64")
        phases.setdefault(phase, {})[metric] = curve.tolist()
    history = History()
    history.phases = phases  # not copied once more: a long curve takes 32 bytes a value
    return history


def check_recorded(lengths: Iterable[int]) -> None:
    """A history may be so long, whether it is saved or loaded: what could not be loaded is not saved."""
    recorded = sum(lengths)
    if recorded > MOST_RECORDED:
        raise CheckpointError(f"history: got {recorded:,} values, expected at most {MOST_RECORDED:,}")


def check_weights(architecture: Architecture, signature: Signature, values: Mapping[str, Array]) -> None:
    """Names and shapes of the stored weights are those of the architecture."""
    check_shapes("weights", architecture.shapes(signature), values, architecture.name)


def check_state(phase: Phase, model: Model, state: Mapping[str, Array]) -> None:
    """Names and shapes of the stored state are those the phase's step has, before it is built."""
    check_shapes("state/step", phase.state_shapes(model), state, f"the phase {phase.name!r}")


def check_shapes(
    where: str, shapes: Iterable[tuple[str, tuple[int | str, ...]]], values: Mapping[str, Array], who: str
) -> None:
    """Names and shapes are the expected ones, with growing dimensions alike; stops at the first difference."""
    growing: dict[str, int] = {}
    expected = set()
    for name, shape in shapes:
        expected.add(name)
        if name not in values:
            raise CheckpointError(f"{where}/{name} is missing: {who} with these options has it")
        got = values[name].shape
        fits = len(got) == len(shape)
        for wanted, size in zip(shape, got, strict=False):
            fits &= size == (growing.setdefault(wanted, size) if isinstance(wanted, str) else wanted)
        if not fits:
            raise CheckpointError(f"{where}/{name}: got shape {got}, expected {tuple(shape)} for {who}")
        if len(expected) > len(values):
            break
    others = sorted(set(values) - expected)
    if others:
        raise CheckpointError(f"{where}/{others[0]}: {who} with these options has no such array")


def check_room(architecture: Architecture, values: Mapping[str, Array]) -> None:
    """Weights in narrower types than the architecture computes with would take several times the file's size."""
    widest = max(8, np.dtype(architecture.dtype).itemsize)
    narrow = [a for a in values.values() if a.dtype != np.dtype(architecture.dtype)]
    if sum(a.size * (widest - a.itemsize) for a in narrow) > SPARE + sum(a.nbytes for a in values.values()):
        largest = max((name for name in values), key=lambda name: values[name].size)
        raise CheckpointError(
            f"weights/{largest}: got {values[largest].dtype}, expected {architecture.dtype} for {architecture.name}"
        )


def fill(arrays: dict[str, Array], values: Mapping[str, Array]) -> None:
    """Puts values into arrays there are, in place, not a bit of them changed; one that grew is replaced by another of
    its own type. Truth values stand in files as 0 and 1."""
    for name, value in values.items():
        expected = arrays[name].dtype
        truth = expected == np.bool_ and value.dtype == np.uint8 and value.max(initial=0) <= 1
        if value.dtype != expected and not truth:
            raise CheckpointError(f"{name}: got {value.dtype}, expected {expected}")
        if arrays[name].shape == value.shape:
            arrays[name][...] = value
        else:
            put_or_set(arrays, [(name, np.array(value, arrays[name].dtype, order="C"))])


@_doubting()
def plan_from(manifest: Manifest) -> TrainingPlan:
    """The training settings of the run that wrote the file."""
    architecture = architecture_from(manifest)
    values = manifest.get("training")
    if not isinstance(values, dict):
        raise CheckpointError("manifest: there are no training settings; the file holds a model but no run to resume")
    check_components(manifest, "training")
    return TrainingPlan.of(type(architecture.settings), values, "checkpoint")


@_doubting()
def training_from(checkpoint: Checkpoint, plan: TrainingPlan) -> Training:
    """The run as it stood when the file was written, to go on under `plan`."""
    manifest, arrays = checkpoint.manifest, checkpoint.arrays
    model = model_from(checkpoint, weights="last")
    assert model.history is not None
    phases = phases_of(model.architecture, plan)
    position = position_from(manifest, phases)
    recorded = model.history.epochs(phases[position.phase].name)
    if recorded not in (0, position.epoch):
        raise CheckpointError(f"manifest: position: epoch is {position.epoch}, but the history has {recorded} of them")
    training = Training(model, phases, plan.common.seed_of("order"), position, model.history)
    training.best = under(arrays, "best")
    if training.best:
        check_weights(model.architecture, model.signature, training.best)
        for name, array in training.best.items():
            if array.dtype != model.weights[name].dtype:
                raise CheckpointError(f"best/{name}: got {array.dtype}, expected {model.weights[name].dtype}")
        training.best = {name: np.array(array) for name, array in training.best.items()}
    training.sums = sums_from(under(arrays, "state/sums"))
    training.tally = {name: np.array(array) for name, array in under(arrays, "state/tally").items()}
    for name, pair in training.tally.items():
        if pair.shape != (2,) or pair.dtype != np.float64:
            raise CheckpointError(f"state/tally/{name}: got {pair.dtype} {pair.shape}, expected two float64")
    phase, state = training.phase, under(arrays, "state/step")
    if phase is not None and (state or training.position != Position(training.position.phase)):
        check_state(phase, model, state)
        training.step = phase.step(model)
        fill(training.step.state, state)
    return training


def sums_from(arrays: Mapping[str, Array]) -> SumTree:
    """The partial sums of an unfinished epoch; the loop compares how many batches they cover with the position."""
    levels: dict[int, Sums] = {}
    for name, array in arrays.items():
        level, _, rest = name.partition("/")
        if not re.fullmatch("[0-9]|[1-4][0-9]|5[0-2]", level) or not rest:
            raise CheckpointError(
                f"state/sums/{name}: expected a level from 0 to 52 and a name, as in state/sums/3/loss"
            )
        levels.setdefault(int(level), {})[rest] = np.array(array)
    return SumTree(sorted(levels.items(), key=lambda each: -each[0]))


def position_from(manifest: Manifest, phases: list[Phase]) -> Position:
    values = manifest.get("position")
    names = ("phase", "epoch", "batch", "updates")
    if not isinstance(values, dict) or set(values) - {SCHEDULE_FROM} != set(names):
        raise CheckpointError(f"manifest: position is {ascii(values)[:80]}, expected {', '.join(names)}")
    for name in values:
        limit = len(phases) - 1 if name == "phase" else MOST_IN_A_PHASE
        if type(values[name]) is not int or not 0 <= values[name] <= limit:
            raise CheckpointError(f"manifest: position: {name} is {ascii(values[name])[:80]}, expected 0 to {limit}")
    if values.get(SCHEDULE_FROM, 0) > values["epoch"]:
        raise CheckpointError(f"manifest: position: {SCHEDULE_FROM} lies behind epoch {values['epoch']}")
    return Position(**values)


def other_versions(manifest: Manifest) -> str:
    """A line that says on what other versions or processor a file was made, or the empty text."""
    made, here = manifest.get("versions") or {}, versions()
    others = [
        f"{name} {made[name]!a} there, {here[name]!r} here" for name in here if made.get(name) not in (None, here[name])
    ]
    if made.get("mixed"):
        others.append(f"machines of a cluster that computed with others: {made['mixed']!a}")
    return "; ".join(others)
