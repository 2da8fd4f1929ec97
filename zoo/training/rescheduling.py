"""Change the epochs of a resumed run and the schedule that depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.checkpoint import Checkpoint
from zoo.checkpoint.model_state import architecture_from
from zoo.core.phase_list import phases_of
from zoo.core.settings import SCHEDULES_FROM, TrainingPlan
from zoo.errors import OptionError, warn
from zoo.options import flag_of
from zoo.training.loop import Training
from zoo.training.option_effects import settings_without_effect


def changed(file: Checkpoint, plan: TrainingPlan, training: Mapping[str, Any]) -> TrainingPlan:
    """The plan of a file with other settings; `OptionError` for one without effect.

    Where the last phase has epochs of its own, other epochs are for it.
    """
    architecture = architecture_from(file.manifest)
    last = phases_of(architecture, plan)[-1].name
    values = {**plan.as_dict(), **training}
    if "epochs" in training and "epochs" in plan.by_phase.get(last, {}):
        values[last] = {**plan.by_phase[last], "epochs": training["epochs"]}
        values["epochs"] = plan.common.epochs
    plan = TrainingPlan.of(type(plan.common), values, "training")
    for name, reason in settings_without_effect(architecture, plan, training).items():
        raise OptionError(f"training: {flag_of(name)} has no effect {reason}; leave it out")
    return plan


def reschedule(training: Training, before: TrainingPlan, schedule_from: str | None) -> None:
    """Where the schedules of the phase in hand begin, from now on: "start", at the phase's start, so that they are
    those of a phase as long as it has become; "here", at the epoch in hand, for the epochs that are left.

    None: they stay where they began. Where that stretches or compresses what was followed so far, a warning says so.
    """
    if schedule_from not in (None, *SCHEDULES_FROM):
        raise OptionError(f"schedule_from: got {schedule_from!a}, expected one of {', '.join(SCHEDULES_FROM)}")
    phase, position = training.phase, training.position
    assert phase is not None
    earlier = phases_of(training.model.architecture, before)
    differ = [old.in_force() != new.in_force() for old, new in zip(earlier, training.phases, strict=True)]
    if any(differ) and not any(differ[position.phase :]):
        raise OptionError(
            f"training: --epochs has no effect: phase {training.phases[differ.index(True)].name} has ended; only the"
            f" last phase, {training.phases[-1].name}, can go on"
        )
    epochs, then = phase.settings.epochs, earlier[position.phase].settings.epochs
    if epochs < position.epoch and epochs != then:
        raise OptionError(
            f"training: epochs is {epochs:,}, but phase {phase.name} has learned {position.epoch:,} already, which are"
            f" not undone; expected {position.epoch:,} or more: --epochs {position.epoch}"
        )
    if not phase.has_schedule:
        if schedule_from is not None:
            raise OptionError(
                f"schedule_from: got {schedule_from!a}, but nothing in phase {phase.name} follows a schedule; leave it"
                " out"
            )
        return
    if schedule_from is not None and position.epoch >= epochs:
        raise OptionError(
            f"schedule_from: phase {phase.name} has learned its {epochs:,} epochs, so nothing is left for a schedule;"
            f" say how many it is to have in all: --epochs {2 * epochs}"
        )
    if schedule_from == "here":
        position.schedule_from = position.epoch
    elif schedule_from == "start":
        position.schedule_from = 0
    elif epochs != then and position != type(position)(position.phase) and position.epoch < epochs:
        how = "stretched" if epochs > then else "compressed"
        warn(
            f"phase {phase.name}: its schedule is {how} from {then:,} to {epochs:,} epochs, of which {position.epoch:,}"
            " were learned by the old one, so the result is not that of an uninterrupted run; to begin a fresh one for"
            " what is left: --schedule-from here; --schedule-from start is this, without the warning"
        )
