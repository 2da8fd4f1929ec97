"""Run a sweep: train what its file does not have yet, on all cores."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from zoo.parallel.pool import outcomes_of
from zoo.sweeps.grid import Grid, SweepRun, run_point
from zoo.sweeps.study_file import StudyFile
from zoo.sweeps.table import Sweep

Progress = Callable[[int, int, SweepRun], None]  # runs done, all of them, the last one


def sweep(
    grid: Grid,
    *,
    out: str | Path | None = None,
    processes: int | None = None,
    progress: Progress = lambda done, count, run: None,
    stop: Callable[[], bool] = lambda: False,
) -> Sweep:
    """Trains the points of a grid that are missing in the study's file `out`, which keeps each as it is done.

    When `stop()` holds, trainings in work are given up: then the sweep is not complete.
    """
    declared = grid.check()
    kept, points = StudyFile(grid, out), grid.points
    missing = [point for point in points if point.key not in kept.known]
    done = len(points) - len(missing)
    try:
        work = functools.partial(run_point, grid)
        for point, run in outcomes_of(work, missing, who="sweep", processes=processes, stop=stop):
            kept.put(point, run)
            done += 1
            progress(done, len(points), run)
    finally:
        if missing:
            kept.flush()
    order = [point.key for point in sorted(points, key=lambda each: grid.settings.index(each.values))]
    runs = tuple(kept.known[key] for key in order if key in kept.known)
    return Sweep(grid.recipe.architecture, grid.names, runs, len(points), declared)
