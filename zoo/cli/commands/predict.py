"""`zoo predict`: predict one answer per row of data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.data_flags import OnData
from zoo.cli.flags import TRUSTED, values_of
from zoo.cli.output import print_json, printable, say
from zoo.cli.table_files import check_out, print_csv, print_values, write_table
from zoo.errors import UsageError
from zoo.platform.output_files import new_file
from zoo.registry.lookup import find_checkpoint

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.data import Dataset
    from zoo.data.options import DataOptions
    from zoo.inference.prediction_table import PredictionTable


class OnRows(OnData):
    """Takes what says how raw rows are read; what is learned from them was settled in training."""

    takes = (
        *("missing", "missing_values", "decimal", "thousands", "dates", "header", "delimiter", "encoding"),
        *("background", "corrupt", "in_memory", "order", "group", "sequence", "inputs"),
    )


@click.command("predict", cls=OnRows)
@click.argument("file")
@click.option("--data", metavar="NAME|PATH", required=True, help="Raw rows: a file, a folder, or a dataset's name.")
@click.option(
    "--probabilities",
    is_flag=True,
    help="Print the probability of each class or label, a column for each under its name, instead of the answer.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    help="Carry this column of the data along, by name or number from 1; may be given several times.",
)
@click.option("--bare", is_flag=True, help="Print the predicted values alone: no header, no row numbers.")
@click.option(
    "--out",
    "-o",
    metavar="FILE",
    help="Write into this new file instead of printing: CSV (.csv, .txt), tabs (.tsv), JSON (.json), JSON lines"
    " (.jsonl); of a model with outputs of its own also their arrays (.npz) and images (.png).",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Threads or processes; they change no bit of results.",
)
@click.option("--trusted", is_flag=True, help=TRUSTED)
@click.option("--reconstruct", is_flag=True, help="Give the inputs back as far as the model has understood them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    file: str,
    data: str,
    probabilities: bool,
    keep: tuple[str, ...],
    bare: bool,
    out: str | None,
    threads: int | None,
    trusted: bool,
    reconstruct: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Predict one answer per row of data.

    FILE is a checkpoint or the name of one that was shipped. Rows are raw, read with the options of training; a target
    column among them is not looked at. Predictions are label names, for regression values in the target's units.

    Output is CSV with a header. The first column says what a prediction is of: `row`, the number of a row in the data
    from 1 on; `file`, where each sample is a file of its own; for sequences the column that names them, or `sequence`,
    their number. Then come the columns of --keep, then the predictions under the target's name. Forecasts have a line
    for each step ahead, in the order of time: `row`, the series where a table holds several, its date where the data
    have dates, `ahead`, the steps ahead, and `future`, yes where the row lies beyond the end of the series. Labels of
    time steps have a line for each step.
    """
    from zoo.core.protocols import DecodesOutputs
    from zoo.data.as_trained import raw_rows
    from zoo.inference.prediction_table import own_names, prediction_table
    from zoo.training import run

    _refuse_together(probabilities=probabilities, reconstruct=reconstruct)
    _refuse_together(bare=bare, keep=keep)
    _refuse_together(bare=bare, json=as_json)
    if out is not None:
        _refuse_together(bare=bare, out=out)
    path = find_checkpoint(file)
    model = run.load(path, trusted=trusted)
    arrays = isinstance(model, DecodesOutputs) and not (probabilities or reconstruct or keep)
    if out is not None:
        check_out(out, (".npz", ".png") if arrays else ())
    if model.preprocessing is None:
        raise UsageError("predict: the model has no preprocessing, so raw data cannot be encoded; use model.predict")
    options = values_of(click.get_current_context(), "data")
    raw = raw_rows(data, model.preprocessing, model.provenance, **options)
    if reconstruct:
        names, values = _reconstructed(model, raw, threads)
    else:
        values = run.predict(model, raw, probabilities=probabilities, threads=threads)
        names = own_names(values) if isinstance(values, dict) else _names(model, probabilities)
    if isinstance(values, dict) and out is not None and Path(out).suffix.lower() in (".npz", ".png"):
        _write_arrays(values, out, as_json)
        return
    predicted = prediction_table(model, raw, values, names, keep=keep, options=_reading(raw))
    if predicted.note:
        say(predicted.note)
    _show(predicted, out, bare, as_json)


def _show(predicted: PredictionTable, out: str | None, bare: bool, as_json: bool) -> None:
    if out is not None:
        write_table(out, predicted.columns, predicted.rows)
        if as_json:
            print_json({"columns": predicted.columns, "path": out, "count": len(predicted.rows)})
        else:
            click.echo(f"{len(predicted.rows):,} predictions in {printable(out)}", err=True)
    elif as_json:
        print_json({"columns": predicted.columns, "rows": predicted.rows})
    elif bare:
        print_values(predicted.values)
    else:
        print_csv(predicted.columns, predicted.rows)


def _write_arrays(values: Mapping[str, Any], out: str, as_json: bool) -> None:
    """Write predictions by name into an NPZ file, or the images among them into one picture."""
    if out.lower().endswith(".npz"):
        import numpy as np

        with new_file(Path(out), "predict: --out") as file:
            np.savez(file, **values)
    else:
        from zoo.cli.commands.sample import image_writer

        images = [each for each in values.values() if each.ndim == 3 or (each.ndim == 4 and each.shape[-1] in (1, 3))]
        if not images:
            shapes = ", ".join(f"{name} {each.shape[1:]}" for name, each in values.items())
            raise UsageError(
                f"predict: --out {out!a}: none of the outputs is an image: {shapes}; expected .npz or .csv"
            )
        image_writer("predict")(Path(out), images[0])
    count = len(next(iter(values.values())))
    if as_json:
        print_json({"columns": list(values), "path": out, "count": count})
    else:
        click.echo(f"{count:,} predictions in {printable(out)}", err=True)


def _names(model: Model, probabilities: bool) -> list[str]:
    """The columns of predictions."""
    from zoo.inference.prediction_table import target_name, value_names

    return value_names(model, target_name(model), probabilities=probabilities)


def _reading(raw: Dataset) -> DataOptions:
    """The options that the rows were read with, those of training included, that say how a file is laid out."""
    from zoo.data.options import DataOptions

    names = ("header", "delimiter", "encoding", "sequence")
    return DataOptions.of({name: raw.options[name] for name in names if name in raw.options})


def _reconstructed(model: Model, raw: Dataset, threads: int | None) -> tuple[list[str], Any]:
    """Columns and values of what the model gives back: of a table under its columns, in their own units and texts."""
    import numpy as np

    from zoo.data.preprocessing.inverse import decoded_rows
    from zoo.data.preprocessing.tabular import Preprocessing
    from zoo.training import run

    values, preprocessing = run.reconstruct(model, raw, threads=threads), model.preprocessing
    if not isinstance(preprocessing, Preprocessing) or preprocessing.kind != "table":
        return [f"input{number}" for number in range(1, model.signature.inputs + 1)], values
    cells = np.array(decoded_rows(values, preprocessing), dtype=object)
    for place, column in enumerate(preprocessing.columns):
        if not column.is_text:
            cells[:, place] = cells[:, place].astype(np.float64)
    return [column.name for column in preprocessing.columns], cells


def _refuse_together(**given: Any) -> None:
    """`UsageError` where two flags are given that exclude each other."""
    (one, first), (other, second) = given.items()
    if first and second:
        raise click.UsageError(f"--{one} and --{other} exclude each other; leave one of them out")
