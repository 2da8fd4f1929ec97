"""python -m benchmarks [FAMILY …]: measures, prints a table, and keeps it where that is asked for."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.harness import Outcome, Terms, Unavailable, families, run_rows
from benchmarks.machine import this_machine
from benchmarks.report import as_json, in_one_line, notes, record, section, table
from zoo.errors import did_you_mean
from zoo.parallel.threads import cores

RESULTS = Path(__file__).with_name("RESULTS.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the rows that were asked for; 2 where a family is unknown."""
    given = parser().parse_args(arguments)
    known = families()
    for name in given.family:
        if name not in known:
            print(f"benchmarks: there is no family {name!a}{did_you_mean(name, known)}", file=sys.stderr)
            return 2
    if given.record and (given.row or given.quick):
        print("benchmarks: --record keeps whole families, so it goes with neither --row nor --quick", file=sys.stderr)
        return 2
    find_data()
    terms = Terms(given.threads, given.quick)
    date = datetime.date.today().isoformat()
    console = Console()
    found: dict[str, list[Outcome]] = {}
    left_out: dict[str, dict[str, str]] = {}
    for family in given.family or known:
        outcomes, skipped = found.setdefault(family, []), left_out.setdefault(family, {})
        rows = [row for row in known[family] if given.row is None or given.row in row.name]
        for row, outcome in run_rows(rows, terms, large=given.large):
            if isinstance(outcome, Unavailable):
                skipped[row.name] = str(outcome)
            else:
                outcomes.append(outcome)
                print(f"{family}: {in_one_line(outcome)}", file=sys.stderr, flush=True)
    every_outcome = [outcome for outcomes in found.values() for outcome in outcomes]
    machine = this_machine(sorted({package for outcome in every_outcome for package in outcome.packages}))
    console.print(f"{machine.summary()}; {terms.threads} threads, {date}", highlight=False, markup=False)
    if terms.quick:
        console.print("quick: every row once and small; do not use these measurements")
    for family, outcomes in found.items():
        if outcomes:
            console.print(table(family, outcomes))
        for note in [each for outcome in outcomes for each in notes(outcome)]:
            console.print(note, highlight=False, markup=False)
        for row_name, reason in left_out[family].items():
            console.print(f"{row_name} was not measured: {reason}", highlight=False, markup=False)
    every = {f"{family}: {row}": reason for family, rows in left_out.items() for row, reason in rows.items()}
    if given.json:
        document = as_json(machine, terms.threads, date, found, every)
        Path(given.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if given.record:
        record(
            RESULTS,
            {
                family: section(family, machine, terms.threads, date, outcomes, left_out[family])
                for family, outcomes in found.items()
            },
        )
    return 0


def find_data() -> None:
    """Let data be found where `../shared/data` lies beside the checkout, unless ZOO_DATA names a folder."""
    beside = RESULTS.parents[2] / "shared" / "data"
    if not os.environ.get("ZOO_DATA") and beside.is_dir():
        os.environ["ZOO_DATA"] = str(beside)


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument("family", nargs="*", help="families to measure; all when none is named")
    made.add_argument("--row", metavar="TEXT", help="only rows with this text in their name")
    made.add_argument(
        "--threads", type=int, default=min(2, cores()), help="threads for every side; default: %(default)s"
    )
    made.add_argument("--large", action="store_true", help="also the rows that take minutes and gigabytes")
    made.add_argument("--quick", action="store_true", help="every row once, small: only to see that it works")
    made.add_argument("--json", metavar="FILE", help="write all that was measured into a file")
    made.add_argument("--record", action="store_true", help=f"put the tables into {RESULTS.name} beside this file")
    return made


if __name__ == "__main__":
    sys.exit(main())
