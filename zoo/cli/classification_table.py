"""The table of `zoo eval` for a model that classifies: precision, recall, F1, ROC AUC and confusions by class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from zoo.cli.output import printable, table

if TYPE_CHECKING:
    from zoo.inference.classification_report import Averages, ClassificationReport, ClassMetrics

MOST_CLASSES = 30  # lines of the table; of more classes those with the lowest F1
MOST_CONFUSED = 10  # classes, at most, whose confusion matrix stands in the table
WIDEST = 16  # characters of a label in a column's name


def print_report(report: ClassificationReport) -> None:
    """One table, a line per class, then the averages; below it what is undefined or left out."""
    shown = list(range(len(report.classes)))
    if len(shown) > MOST_CLASSES:
        shown = sorted(shown, key=lambda number: _badness(report.classes[number]))[:MOST_CLASSES]
    many = report.task == "multi-label"
    confused = len(report.classes) <= MOST_CONFUSED and not many
    columns = ["label" if many else "class", "precision", "recall", "F1", "ROC AUC", "samples"]
    if confused:
        columns += [f"as {_short(each.name)}" for each in report.classes]
    rows = [[report.classes[n].name, *_cells(report.classes[n]), f"{report.classes[n].samples:,}"] for n in shown]
    if confused:
        for row, counts in zip(rows, report.confusion_matrix().tolist(), strict=True):
            row += [f"{count:,}" for count in counts]
    padding = [""] * (len(columns) - 6)
    for name, averages in (("macro average", report.macro), ("weighted average", report.weighted)):
        rows.append([name, *_cells(averages), f"{report.samples:,}", *padding])
    table(columns, rows, names=len(padding))
    for note in _notes(report, len(shown)):
        click.echo(printable(note))


def _notes(report: ClassificationReport, shown: int) -> Iterator[str]:
    if shown < len(report.classes):
        yield f"the {shown} of {len(report.classes):,} classes with the lowest F1; --json has all"
    yield from report.notes


def _cells(metrics: ClassMetrics | Averages) -> list[str]:
    values = (metrics.precision, metrics.recall, metrics.f1, metrics.roc_auc)
    return ["undefined" if value is None else f"{value:.4f}" for value in values]


def _badness(metrics: ClassMetrics) -> tuple[bool, float, int]:
    """Classes that occur first, the lowest F1 among them first."""
    return metrics.f1 is None, metrics.f1 or 0.0, -metrics.samples


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
