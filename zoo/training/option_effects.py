"""Whether training settings and options that were given have an effect; one that has none is refused by name.

A setting has an effect where the phases of the run would be others with another value of it: their settings in force
(`Phase.in_force`), or which phases there are. Early stopping needs a metric that is recorded, and says so before
training begins.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from zoo.core.architecture import Architecture
from zoo.core.phase import Phase
from zoo.core.phase_list import phases_of
from zoo.core.settings import OF_THE_RUN, TrainingPlan, TrainingSettings
from zoo.errors import OptionError, UsageError
from zoo.options import flag_of, options_of, without_effect

WATCHED = "validation/loss"  # by patience, and for the best weights, where no monitor is named


def check_effects(
    architecture: Architecture, plan: TrainingPlan, options: Mapping[str, Any], training: Mapping[str, Any], who: str
) -> None:
    """`OptionError` for the first option or training setting given that has no effect beside the others."""
    for name in options:
        if reason := without_effect(architecture, name):
            raise OptionError(f"{who}: {flag_of(name)} has no effect {reason}; leave it out")
    for name, reason in settings_without_effect(architecture, plan, training).items():
        raise OptionError(f"{who}: {flag_of(name)} has no effect {reason}; leave it out")


def settings_without_effect(
    architecture: Architecture, plan: TrainingPlan, training: Mapping[str, Any]
) -> dict[str, str]:
    """Of the training settings given, those without effect in this plan, "epochs" or "rbm1.epochs", each with why."""
    found: dict[str, str] = {}
    for key, value in training.items():
        for name in value if isinstance(value, Mapping) else (key,):
            phase = key if isinstance(value, Mapping) else ""
            if name not in OF_THE_RUN and not _has_effect(architecture, plan, name, phase):
                found[f"{phase}.{name}" if phase else name] = _why_not(architecture, plan, name, phase)
    return found


def check_stopping(architecture: Architecture, phases: list[Phase], has_validation: bool, who: str) -> None:
    """`UsageError` where a phase is to watch a metric of a validation part, and there is none."""
    if has_validation:
        return
    watching = [phase for phase in phases if phase.settings.patience and not phase.settings.monitor]
    watching += [phase for phase in phases if phase.settings.monitor.startswith("validation/")]
    if not watching:
        return
    first, several = watching[0], len(phases) > 1
    patience, monitor = first.settings.patience, first.settings.monitor
    asked = f"monitor {monitor}" if monitor else f"patience {patience} watches {WATCHED}"
    instead = [f"{f'--{phase.name}.monitor' if several else '--monitor'} {phase.objective}" for phase in watching]
    raise UsageError(
        f"{who}: {asked}{f' in phase {first.name}' * several}, but no rows are held out for validation; hold some out"
        f" with --validation 0.1, or watch the training {'loss' if first.objective == 'loss' else 'part'} with"
        f" {' '.join(instead)}"
    )


def _has_effect(architecture: Architecture, plan: TrainingPlan, name: str, phase: str) -> bool:
    table = plan.by_phase.get(phase, {}) if phase else plan.common.as_dict()
    option, value = options_of(type(plan.common))[name], table[name]
    value = tuple(value) if isinstance(value, list) else value
    if not value:  # switches off what is off anyway
        return True
    if not phase and any(name in each for each in plan.by_phase.values()):  # given for single phases as well
        return True
    now, proposed = _in_force(phases_of(architecture, plan)), getattr(architecture.settings, name)
    tried = False
    for other in (*((proposed,) if proposed != value else ()), *option.others(value)):
        with contextlib.suppress(OptionError, UsageError):
            changed = _changed(plan, name, other, phase)
            tried = True
            if _in_force(phases_of(architecture, changed)) != now:
                return True
            if other == proposed:
                return False
    return not tried


def _changed(plan: TrainingPlan, name: str, value: Any, phase: str) -> TrainingPlan:
    if not phase:
        return TrainingPlan(plan.common.replace(**{name: value}), plan.by_phase)
    return TrainingPlan(plan.common, {**plan.by_phase, phase: {**plan.by_phase[phase], name: value}})


def _in_force(phases: list[Phase]) -> list[tuple[str, dict[str, Any]]]:
    return [(phase.name, phase.in_force()) for phase in phases]


def _why_not(architecture: Architecture, plan: TrainingPlan, name: str, phase: str) -> str:
    """The setting that keeps it from having an effect, or that no phase uses it."""
    phases = [each for each in phases_of(architecture, plan) if not phase or each.name == phase]
    settings: list[TrainingSettings] = [each.settings for each in phases if name in options_of(type(each.settings))]
    reasons = [without_effect(each, name) for each in settings]
    if reasons and all(reasons):
        return reasons[-1]
    if phase:
        return f"in phase {phase} of {architecture.name}, which does not use it"
    return f"here: no phase of {architecture.name} with these options uses it"
