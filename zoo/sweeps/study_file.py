"""Keep the runs of a sweep in a CSV file, a row for each, so that a sweep goes on where it was ended."""

from __future__ import annotations

import csv
import hashlib
import os
import time
from pathlib import Path

import zoo
from zoo.checkpoint.paths import refuse_folder
from zoo.errors import OutputError, UsageError
from zoo.platform.atomic_write import replacing
from zoo.registry import lookup
from zoo.sweeps.grid import Grid, Point, SweepRun
from zoo.sweeps.table import csv_text

EVERY = 1.0  # seconds between two writes
LAST = ("seconds", "failed", "study")  # the columns behind the metrics
LONGEST = 2**28  # bytes of a file


class StudyFile:
    """The runs known, in memory and in the file, if there is one.

    The last column is a digest of what decides the runs besides grid and seeds, and of zoo's version: a file of another
    study is refused. Runs that the grid has no more stay in the file.
    """

    def __init__(self, grid: Grid, out: str | Path | None) -> None:
        self.grid, self.path = grid, None if out is None else Path(out)
        versions = sorted(lookup.versions_of(grid.recipe.architecture).items())
        key = f"{zoo.__version__} {versions} {grid.described()}"
        self.digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        self.known: dict[tuple[str, ...], SweepRun] = {}
        self._others: dict[tuple[str, ...], SweepRun] = {}
        self._written = 0.0
        if self.path is not None:
            check_study_file(self.path)
            if self.path.exists():
                self._read(self.path)

    def put(self, point: Point, run: SweepRun) -> None:
        """Keeps a run, in the file within a second, or at `flush`."""
        self.known[point.key] = run
        if time.monotonic() - self._written > EVERY:
            self.flush()

    def flush(self) -> None:
        """Writes the file."""
        if self.path is None:
            return
        order = [point.key for point in self.grid.points]
        runs = {key: self.known[key] for key in order if key in self.known} | self._others
        metrics = list(dict.fromkeys(name for run in runs.values() for name in run.metrics))
        titles = [f"{name} (metric)" if name in self.grid.names else name for name in metrics]
        rows: list[list[object]] = [[*self.grid.names, "seed", *titles, *LAST]]
        for key, run in runs.items():
            values = [run.metrics.get(name, float("nan")) for name in metrics]
            rows.append([*key, *values, round(run.seconds, 3), run.failed, self.digest])
        try:
            with replacing(str(self.path)) as descriptor, open(descriptor, "wb", closefd=False) as file:
                file.write(csv_text(rows).encode())
        except OSError as error:
            raise OutputError(f"sweep: --out {str(self.path)!a} cannot be written: {error.strerror}") from error
        self._written = time.monotonic()

    def _read(self, path: Path) -> None:
        try:
            if path.stat().st_size > LONGEST:
                raise ValueError
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            first = len(self.grid.factors) + 1
            if tuple(header[-3:]) != LAST:
                raise ValueError
            if header[:first] != [*self.grid.names, "seed"] or any(row[-1] != self.digest for row in rows):
                raise UsageError(
                    f"sweep: --out {str(path)!a} has the runs of another study, or of another version of zoo; name"
                    " another file"
                )
            points = {point.key: point for point in self.grid.points}
            metrics = [title.removesuffix(" (metric)") for title in header[first:-3]]
            for row in rows:
                key, cells = tuple(row[:first]), row[first:-3]
                named = {name: float(cell) for name, cell in zip(metrics, cells, strict=True) if cell}
                point = points.get(key)
                values = key[:-1] if point is None else point.values
                run = SweepRun(
                    dict(zip(self.grid.names, values, strict=True)), int(key[-1]), named, float(row[-3]), row[-2]
                )
                (self._others if point is None else self.known)[key] = run
        except OSError as error:
            raise UsageError(f"sweep: --out {str(path)!a} cannot be read: {error.strerror}") from error
        except (ValueError, csv.Error, IndexError) as error:
            raise UsageError(f"sweep: --out {str(path)!a} exists and is no study's file; name another file") from error


def check_study_file(path: Path) -> None:
    """`UsageError` for a path that no study can be kept in."""
    refuse_folder(path, "sweep: --out", "study.csv")
    if path.suffix.lower() != ".csv":
        raise UsageError(f"sweep: --out {os.fspath(path)!a} ends in {path.suffix or 'nothing'}, expected .csv")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"sweep: --out {os.fspath(path)!a}: there is no folder {os.fspath(path.absolute().parent)!a}")
