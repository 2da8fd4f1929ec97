"""Outcomes as a table for the terminal, as JSON, and as the sections of RESULTS.md."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.harness import Line, Outcome, Spread, quantity
from benchmarks.machine import Machine

HEAD = ("what", "who", "measured", "× as fast (from, to)", "goal", "limit")
QUIET = 0.1  # processors that others may take before measurements are doubtful


def cells(outcome: Outcome) -> list[list[str]]:
    """The lines of an outcome, a text for each column of `HEAD`."""
    rows = []
    for place, line in enumerate(outcome.lines):
        first = place == 0
        limit = "" if outcome.limit is None or not first else quantity(outcome.limit, line.unit)
        rows.append(
            [
                outcome.row if first else "",
                line.who,
                quantity(line.value, line.unit),
                "" if line.ratio is None else ratio_text(line.ratio),
                goal(line),
                limit,
            ]
        )
    return rows


def ratio_text(ratio: Spread) -> str:
    return f"{ratio.median:.2f} ({ratio.low:.2f}, {ratio.high:.2f})"


def goal(line: Line) -> str:
    """The goal and whether it was reached."""
    if line.held is None:
        return line.goal
    return f"{line.goal} {'✓' if line.held else '✗'}"


def rounded(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def in_one_line(outcome: Outcome) -> str:
    """What there is to see while the next row is measured."""
    told_of = [
        f"{line.who} {quantity(line.value, line.unit)}" + (f" ({line.ratio.median:.2f} ×)" if line.ratio else "")
        for line in outcome.lines
    ]
    return f"{outcome.row}: {', '.join(told_of)}"


def notes(outcome: Outcome) -> list[str]:
    """What stands below the table of an outcome: what the limit is, who was left out, who else was at work."""
    remarks = []
    if outcome.limit is not None:
        share = outcome.limit / outcome.lines[0].value if outcome.lines[0].value else 0.0
        remarks.append(f"limit: {outcome.limit_is}, {share:.0%} of what zoo takes")
    for line in outcome.lines:
        metrics = [*(f"{name} {rounded(value)}" for name, value in line.metrics.items()), *filter(None, [line.note])]
        remarks += [f"{line.who}: {', '.join(metrics)}"] if metrics else []
    remarks += outcome.notes
    if outcome.busy is not None and outcome.busy > QUIET:
        remarks.append(f"others kept {outcome.busy:.1f} processors busy meanwhile: measure again when it is quiet")
    return [f"{outcome.row}: {each}" for each in remarks]


def table(family: str, outcomes: Sequence[Outcome]) -> Table:
    """One family's outcomes."""
    shown = Table(title=family, title_justify="left", header_style="bold")
    for name in HEAD:
        shown.add_column(name, justify="right" if name in ("measured", "limit") else "left")
    for outcome in outcomes:
        for row in cells(outcome):
            shown.add_row(*row)
        shown.add_section()
    return shown


def as_json(
    machine: Machine, threads: int, date: str, families: Mapping[str, Sequence[Outcome]], left_out: Mapping[str, str]
) -> dict[str, Any]:
    """All that was measured, every round of it."""
    return {
        "machine": machine.as_dict(),
        "threads": threads,
        "date": date,
        "families": {name: [dataclasses.asdict(each) for each in outcomes] for name, outcomes in families.items()},
        "left_out": dict(left_out),
    }


# --- RESULTS.md -------------------------------------------------------------------------------------------------------

TITLE = """# Results

Written by `python -m benchmarks --record`. Beside a peer, a time is the median of rounds in which all sides took turns,
and “× as fast” is how many times as fast as the peer zoo is: the median of the ratios within rounds, and in brackets
the smallest and the largest; of a whole training, the ratio of the whole. The limit is what the matrix products alone
would take at the best rate measured in the same run.
"""


def section(
    family: str, machine: Machine, threads: int, date: str, outcomes: Sequence[Outcome], left_out: Mapping[str, str]
) -> str:
    """A family's section in Markdown."""
    lines = [f"## {family}", "", f"{date}, {threads} threads. {machine.summary()}.", ""]
    lines += [f"| {' | '.join(HEAD)} |", "|" + " --- |" * len(HEAD)]
    lines += [f"| {' | '.join(row)} |" for outcome in outcomes for row in cells(outcome)]
    remarks = [note for outcome in outcomes for note in notes(outcome)]
    remarks += [f"{row} was not measured: {reason}" for row, reason in left_out.items()]
    if remarks:
        lines += ["", *(f"- {note}" for note in remarks)]
    return "\n".join(lines) + "\n"


def record(path: Path, sections: Mapping[str, str]) -> None:
    """Puts the sections into the file in place of the older ones of these families; others stay."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = re.split(r"(?m)^(?=## )", old)[1:]
    kept = {part.splitlines()[0].removeprefix("## "): part.rstrip() + "\n" for part in parts}
    kept.update(sections)
    path.write_text("\n".join([TITLE, *(kept[name] for name in sorted(kept))]), encoding="utf-8")
