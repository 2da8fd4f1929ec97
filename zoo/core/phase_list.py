"""The phases of a run: those of its architecture, and continuations of them with changed settings.

A table [training.PHASE-2] in a recipe, or a flag --PHASE-2.learning-rate, makes a second stretch of the phase PHASE
with other settings, PHASE-3 a third. It goes on from the last weights of the stretch before it, which may end before
its epochs are done (`stop_after`); its optimizer and its schedules begin anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zoo.core.settings import TrainingPlan

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture
    from zoo.core.phase import Phase

CONTINUATION = re.compile(r"(.+)-([1-9][0-9]{0,5})")


def phases_of(architecture: Architecture, plan: TrainingPlan) -> list[Phase]:
    """The phases of a plan in order, each followed by its continuations. A name that follows none is left out."""
    phases = architecture.phases(plan)
    names = {phase.name for phase in phases}
    found: list[Phase] = []
    for place, phase in enumerate(phases):
        found.append(phase)
        number = 2
        while (name := f"{phase.name}-{number}") in plan.by_phase and name not in names:
            # Made as the architecture makes the phase itself, from a plan in which that one has these settings.
            settings = {**plan.by_phase, phase.name: plan.by_phase[name]}
            again = architecture.phases(TrainingPlan(plan.common, settings))[place]
            again.name, again.continues = name, True
            found.append(again)
            number += 1
    return found


def continued(name: str, plan: TrainingPlan) -> str:
    """The name of the phase that a continuation of this name has: that of the phase with the next number."""
    match = CONTINUATION.fullmatch(name)
    if match and name in plan.by_phase:
        return f"{match[1]}-{int(match[2]) + 1}"
    return f"{name}-2"
