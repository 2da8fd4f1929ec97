"""Knobs: options of the architecture, of training and of the data, with what a page needs to offer them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.core.settings import TrainingSettings
from zoo.data import Dataset
from zoo.data.options import COMMON, DataOptions
from zoo.errors import ZooError
from zoo.options import Option, options_of, without_effect
from zoo.registry.lookup import find_dataset, registry
from zoo.training.prepare import Run

# Shown at once; others stand under "more".
OFTEN = (
    *("hidden", "activation", "dropout", "kernels", "units", "vigilance", "rows", "columns", "topology", "centres"),
    *("basis", "width", "learning_rate", "batch_size", "epochs", "optimizer", "schedule", "l2", "steps", "persistent"),
    *("radius", "momentum", "samples", "noise"),
)
RESTARTS = ("seed", "validation")  # training settings that belong to the run as a whole


def knob(option: Option, value: Any, section: str, reason: str = "", fixed: bool = False) -> dict[str, Any]:
    """One option as the page shows it; `reason` says why it has no effect now."""
    limits = {"low": option.low, "high": option.high, "above": option.above, "below": option.below}
    choices = None if option.choices is None else [str(each) for each in option.choices]
    return {
        "name": option.name,
        "section": section,
        "flag": option.flag,
        "type": option.type.__name__,
        "many": option.many,
        "optional": option.optional,
        "default": _plain(option.default),
        "value": _plain(value),
        "help": option.help,
        "expected": option.expected,
        "choices": choices,
        "often": option.name in OFTEN and (section, option.name) != ("training", "kernels"),
        "idle": reason,
        "restarts": section != "training" or option.name in RESTARTS,
        "fixed": fixed,
        **limits,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def knobs_of(run: Run, data: Mapping[str, Any], fixed: bool = False) -> list[dict[str, Any]]:
    """Every option of a run; with `fixed`, those that cannot be changed without restarting are shown alone."""
    architecture, training = run.model.architecture, run.training
    found = [
        knob(option, getattr(architecture, name), "architecture", without_effect(architecture, name), fixed)
        for name, option in options_of(type(architecture)).items()
    ]
    phase = training.phase or training.phases[-1]
    known = options_of(type(run.plan.common))
    used = {name for each in training.phases for name in each.in_force()}
    for name, option in known.items():
        if name == "stop_after":  # which phases that were changed in mid-run have
            continue
        settings: TrainingSettings = run.plan.common if name in RESTARTS else run.plan.phase(phase.name)
        reason = without_effect(settings, name)
        if not reason and name not in used and name not in RESTARTS:
            reason = "in this training"
        found.append(knob(option, getattr(settings, name), "training", reason, fixed and name in RESTARTS))
    found += [
        knob(option, data.get(name, option.default), "data", fixed=fixed) for name, option in _data_options(run.dataset)
    ]
    return found


def _data_options(dataset: Dataset) -> list[tuple[str, Option]]:
    """The options that its data take: those of every dataset, and those of its own."""
    if not dataset.registered:
        known = options_of(DataOptions)
        return [(name, known[name]) for name in ("target", "task", "ignore", "missing", *COMMON)]
    try:
        source = find_dataset(dataset.name)
    except ZooError:
        return []
    known, plain = options_of(source.options), options_of(DataOptions)
    own = [name for name in known if name not in plain]
    common = list(COMMON) if not dataset.has_test_part and dataset.splits != "all" else []
    return [(name, known[name]) for name in (*own, *source.takes, *common) if name in known]


def catalogue() -> dict[str, Any]:
    """The recipes and architectures by family, and the datasets, that a page may name."""
    families = {offer.name: offer.family for _, offer in registry().offers("architecture")}
    names: list[dict[str, Any]] = []
    for _, offer in registry().offers("architecture", "recipe"):
        if offer.reason:
            continue
        architecture = offer.name if offer.kind == "architecture" else offer.architecture.rpartition(":")[2]
        entry = {"name": offer.name, "summary": offer.summary, "family": families.get(architecture, "others")}
        if entry["name"] not in {each["name"] for each in names}:
            names.append({**entry, "architecture": architecture})
    datasets = []
    for _, offer in registry().offers("dataset"):
        here = True
        try:
            here = bool(find_dataset(offer.name).here())
        except Exception:  # of a plugin, whose dataset says nothing of itself
            here = False
        datasets.append({"name": offer.name, "summary": offer.summary, "here": here})
    return {"names": names, "datasets": datasets}


def speed_for(batches: int) -> int:
    """Batches a second at which a run takes about half a minute, so that something can be seen; 0: as fast as it
    goes."""
    for speed in (3, 10, 30, 100, 300, 1000):
        if batches / speed <= 40:
            return speed
    return 0
