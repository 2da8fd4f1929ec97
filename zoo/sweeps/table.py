"""What a sweep came to: a row for each run, and a summary with mean, spread and failures of each setting."""

from __future__ import annotations

import csv
import importlib
import io
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.core.metrics import Metric, formatted
from zoo.errors import UsageError
from zoo.platform.output_files import new_text
from zoo.printable import printable
from zoo.sweeps.grid import SweepRun, as_text


@dataclass(frozen=True)
class Spread:
    """A metric over the runs of a setting: mean and standard deviation (n - 1; NaN of fewer than two runs)."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Setting:
    """The runs of one setting: its values, how many were measured (`n`), how many failed, each metric's spread."""

    values: dict[str, Any]
    n: int
    failed: int
    metrics: dict[str, Spread]


@dataclass(frozen=True, repr=False)
class Sweep:
    """The runs of a sweep in the order of its grid. `names` are the options varied; `asked` how many runs there are to
    be, of which some may be missing where it was stopped."""

    architecture: str
    names: tuple[str, ...]
    runs: tuple[SweepRun, ...]
    asked: int
    declared: tuple[Metric, ...] = field(default=())

    @property
    def complete(self) -> bool:
        return len(self.runs) >= self.asked

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of all metrics, in the order in which they are first met."""
        return tuple(dict.fromkeys(name for run in self.runs for name in run.metrics))

    @property
    def summary(self) -> tuple[Setting, ...]:
        """A line for each setting."""
        groups: dict[tuple[Any, ...], list[SweepRun]] = {}
        for run in self.runs:
            groups.setdefault(tuple(run.values.values()), []).append(run)
        found = []
        for values, runs in groups.items():
            measured = [run for run in runs if not run.failed]
            spreads = {name: _spread([run.metrics.get(name, math.nan) for run in measured]) for name in self.metrics}
            named = dict(zip(self.names, values, strict=True))
            found.append(Setting(named, len(measured), len(runs) - len(measured), spreads))
        return tuple(found)

    @property
    def table(self) -> tuple[list[str], list[list[str]]]:
        """(columns, rows) of the summary as `zoo sweep` prints them."""
        rows = []
        for each in self.summary:
            cells = [self._shown(name, spread) for name, spread in each.metrics.items()]
            rows.append([*map(as_text, each.values.values()), str(each.n), str(each.failed), *cells])
        return [*self.names, "n", "failed", *self.metrics], rows

    def _shown(self, name: str, spread: Spread) -> str:
        if math.isnan(spread.mean):
            return "-"
        sd = "" if math.isnan(spread.sd) else f" ± {formatted(name, spread.sd, self.declared)}"
        return formatted(name, spread.mean, self.declared) + sd

    def __repr__(self) -> str:
        """The summary that `zoo sweep` prints."""
        columns, rows = self.table
        lines = [[printable(cell) for cell in line] for line in (columns, *rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        shown = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        left = self.asked - len(self.runs)
        return "\n".join([*shown, *([f"{left:,} of {self.asked:,} runs are left"] if left else [])])

    def columns(self, *, summary: bool = False) -> dict[str, list[Any]]:
        """Columns of the runs, or of the summary, by their names. A metric that has an option's name is "loss
        (metric)"."""
        titles = {name: f"{name} (metric)" if name in self.names else name for name in self.metrics}
        if summary:
            settings = self.summary
            found = {name: [each.values[name] for each in settings] for name in self.names}
            found |= {"n": [each.n for each in settings], "failed": [each.failed for each in settings]}
            for name, title in titles.items():
                found[f"{title} mean"] = [each.metrics[name].mean for each in settings]
                found[f"{title} sd"] = [each.metrics[name].sd for each in settings]
            return found
        found = {name: [run.values[name] for run in self.runs] for name in self.names}
        found["seed"] = [run.seed for run in self.runs]
        found |= {title: [run.metrics.get(name, math.nan) for run in self.runs] for name, title in titles.items()}
        return found | {"seconds": [run.seconds for run in self.runs], "failed": [run.failed for run in self.runs]}

    def to_frame(self, *, summary: bool = False) -> Any:
        """The runs, or the summary, as a DataFrame of pandas; `UsageError` where pandas is not installed."""
        try:
            pandas: Any = importlib.import_module("pandas")
        except ImportError as error:
            raise UsageError("to_frame: pandas is not installed; install it: pip install pandas") from error
        return pandas.DataFrame(self.columns(summary=summary))

    def to_csv(self, path: str | Path, *, summary: bool = False) -> None:
        """Writes the runs, or the summary, into a new CSV file."""
        columns = self.columns(summary=summary)
        with new_text(path, "to_csv:") as file:
            file.write(csv_text([list(columns), *zip(*columns.values(), strict=True)]))

    def plot(self, out: str | Path, *, metrics: str | Sequence[str] = ()) -> Path:
        """Draws metrics against the first option varied, a line for each setting of the others, mean and standard
        deviation, and a dot for each run; gives the file's path. `out` is a new .png, .pdf or .svg."""
        from zoo.sweeps.picture import draw

        return draw(self, out, [metrics] if isinstance(metrics, str) else metrics)

    def as_dict(self) -> dict[str, Any]:
        """As `zoo sweep --json` prints it."""
        return {
            "architecture": self.architecture,
            "varied": list(self.names),
            "complete": self.complete,
            "runs": [vars(run) for run in self.runs],
            "summary": [
                {
                    "values": each.values,
                    "n": each.n,
                    "failed": each.failed,
                    "metrics": {name: vars(spread) for name, spread in each.metrics.items()},
                }
                for each in self.summary
            ],
        }


def csv_text(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV: numbers with all their digits, lists with commas, what is not a number empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if isinstance(each, float) and math.isnan(each) else as_text(each) for each in row])
    return text.getvalue()


def _spread(values: Sequence[float]) -> Spread:
    there = [value for value in values if not math.isnan(value)]
    if not there:
        return Spread(math.nan, math.nan)
    if not all(map(math.isfinite, there)):
        return Spread(sum(there) / len(there), math.nan)
    return Spread(statistics.fmean(there), statistics.stdev(there) if len(there) > 1 else math.nan)
