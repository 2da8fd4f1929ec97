"""`zoo predict`: one answer per row of raw data, as CSV or JSON."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from zoo.commands.eval import OnData
from zoo.commands.flags import values_of
from zoo.commands.output import print_json, printable
from zoo.errors import UsageError
from zoo.registry import find_checkpoint

if TYPE_CHECKING:
    from zoo.model import Model


class OnRows(OnData):
    """Takes what says how raw rows are read; what is learned from them was settled in training."""

    takes = ("missing", "header", "delimiter", "encoding", "corrupt", "in_memory")


@click.command("predict", cls=OnRows)
@click.argument("file")
@click.option("--data", metavar="NAME|PATH", required=True, help="Raw rows: a file, a folder, or a dataset's name.")
@click.option("--out", "-o", metavar="FILE", help="Write CSV into this new file instead of printing it.")
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Threads or processes; they change no bit of results.",
)
@click.option(
    "--trusted", is_flag=True, help="Trust a checkpoint laid out by another HDF5: no child process looks first."
)
@click.option("--reconstruct", is_flag=True, help="Give the inputs back as far as the model has understood them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    file: str,
    data: str,
    out: str | None,
    threads: int | None,
    trusted: bool,
    reconstruct: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Predict one answer per row of data.

    FILE is a checkpoint or the name of one that was shipped. Rows are raw, as for training; a target column among
    them is not looked at. Answers are label names, for regression values in the target's units. Of a folder, the
    first column names the file each answer is of.
    """
    from zoo import run

    if out is not None and Path(out).exists():
        raise UsageError(f"predict: --out {out!a} exists already; name another file")
    model = run.load(find_checkpoint(file), trusted=trusted)
    options = values_of(click.get_current_context(), "data")
    raw: Any = data
    files: tuple[str, ...] = ()
    if model.preprocessing is not None:
        from zoo.data import raw_rows

        raw = raw_rows(data, model.preprocessing, **options)
        files = raw.files
    answer = run.reconstruct if reconstruct else run.predict
    answers = answer(model, raw, threads=threads)
    header = [f"input{n}" for n in range(1, model.signature.inputs + 1)] if reconstruct else _columns(model)
    rows = _rows(model, answers)
    if files:
        header = ["file", *header]
        rows = ([file, *row] for file, row in zip(files, rows, strict=True))
    if as_json and out is None:
        print_json({"columns": header, "rows": list(rows)})
    elif out is None:
        _write(
            sys.stdout, header, ([printable(each) if isinstance(each, str) else each for each in row] for row in rows)
        )
    else:
        with open(out, "x", newline="", encoding="utf-8") as opened:
            _write(opened, header, rows)
        if as_json:
            print_json({"columns": header, "path": out, "count": len(answers)})
        else:
            click.echo(f"{len(answers):,} answers in {printable(out)}", err=True)


def _columns(model: Model) -> list[str]:
    """What the columns of the answer are called."""
    if model.signature.task == "classification":
        return ["label"]
    if model.signature.task in ("labelling", "language"):
        return ["labels" if model.signature.task == "labelling" else "next"]
    if model.signature.task == "forecast" and model.signature.output_shape[0] > 1:
        ahead = range(1, model.signature.output_shape[0] + 1)
        return [f"{name}+{step}" for step in ahead for name in model.signature.labels]
    names = list(model.signature.labels)
    return (
        names
        if len(names) == model.signature.outputs
        else [f"output{n}" for n in range(1, model.signature.outputs + 1)]
    )


def _rows(model: Model, answers: Any) -> Iterator[Sequence[Any]]:
    for answer in answers:
        if isinstance(answer, tuple):  # a label for each time step
            yield [" ".join(map(str, answer))]
            continue
        values = (
            answer.ravel().tolist()
            if getattr(answer, "ndim", 0)
            else [answer.item() if hasattr(answer, "item") else answer]
        )
        yield [int(value) if isinstance(value, bool) else value for value in values]


def _write(file: TextIO, header: Sequence[str], rows: Iterator[Sequence[Any]] | Any) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([printable(each) for each in header])
    writer.writerows(rows)
