"""`zoo sample`: write text, or draw images, as a model has learned them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.flags import TRUSTED
from zoo.cli.output import print_json, printable, say
from zoo.cli.table_files import write_csv
from zoo.errors import UsageError
from zoo.platform.output_files import new_file
from zoo.platform.paths import next_free
from zoo.registry.lookup import find_checkpoint

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.inference.sampling import Drawn

SHOWN = 100  # classes of images that are printed
LARGEST = 600  # pixels of the longer side of a sheet are at least half of this


@click.command("sample")
@click.argument("file")
@click.option("--length", type=click.IntRange(1, 10**9), default=500, show_default=True, help="Symbols to write.")
@click.option(
    "--temperature",
    type=click.FloatRange(0, 1000),
    default=1.0,
    show_default=True,
    help="1: as learned; lower: likelier symbols; 0: always the likeliest.",
)
@click.option("--prompt", metavar="TEXT", default="", help="What the model goes on from.")
@click.option(
    "--count", type=click.IntRange(1, 10_000), default=64, show_default=True, help="Images, rows or sequences to draw."
)
@click.option(
    "--steps", type=click.IntRange(1, 10**7), default=1000, show_default=True, help="Steps of the Gibbs chain."
)
@click.option(
    "--means", is_flag=True, help="Of a table: the mean of each cell at the end of the chain in place of a sample."
)
@click.option("--label", metavar="CLASS", help="Sample this class, where the model knows classes.")
@click.option(
    "--out",
    "-o",
    metavar="PNG|CSV",
    help="The sheet of images, or the table, to write; default: FILE's name, the next free number.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Another seed, another sample."
)
@click.option("--trusted", is_flag=True, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, seed: int, trusted: bool, as_json: bool, **given: Any) -> None:
    """Write text, or draw images, as a model has learned them.

    FILE is a checkpoint or the name of one that was shipped. A language model's text is written symbol by symbol as it
    is drawn, after the prompt; sequences that all begin and end alike are written to their end, --count of them. Images
    go into one PNG, as means; rows of a table are drawn and go into a CSV file with the table's columns and units. A
    model with label units draws a class beside each. The same seed gives the same.
    """
    from zoo.core.protocols import GeneratesText
    from zoo.inference import sampling
    from zoo.training import run

    path = find_checkpoint(file)
    model = run.load(path, trusted=trusted)
    sampling.refuse_unused(model, _asked(), likeliest=given["temperature"] == 0)
    if isinstance(model, GeneratesText):
        several = "count" in _asked()
        texts = (
            sampling.written(model, given["length"], given["temperature"], given["prompt"], seed, number)
            for number in range(given["count"] if several else 1)
        )
        if as_json:
            found = ["".join(text) for text in texts]
            print_json({"prompt": given["prompt"], **({"texts": found} if several else {"text": found[0]})})
        else:
            for text in texts:
                _stream(given["prompt"], text)
    else:
        chosen = {name: given[name] for name in ("count", "steps", "label", "means", "out")}
        _dream(model, path, **chosen, seed=seed, as_json=as_json)


def _asked() -> dict[str, str]:
    """The options on the command line, as they are written."""
    from click.core import ParameterSource

    context = click.get_current_context()
    given = (name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE)
    return {name: f"--{name}" for name in given}


# --- text -------------------------------------------------------------------------------------------------------------


def _stream(prompt: str, written: Iterator[str]) -> None:
    """The prompt and what follows it, each symbol shown at once; control characters escaped, but not \\n and \\t."""
    first = next(written, "")  # errors come before anything is printed
    sys.stdout.write(_shown(prompt))
    sys.stdout.write(_shown(first))
    for symbol in written:
        sys.stdout.write(_shown(symbol))
        sys.stdout.flush()
    sys.stdout.write("\n")


def _shown(text: str) -> str:
    return "".join(each if each in "\n\t" else printable(each) for each in text)


# --- images and tables ------------------------------------------------------------------------------------------------


def _dream(
    model: Model,
    path: Path,
    count: int,
    steps: int,
    label: str | None,
    means: bool,
    out: str | None,
    seed: int,
    as_json: bool,
) -> None:
    from zoo.inference.sampling import drawn, of_table

    ending, write = ("csv", _write_table) if of_table(model) else ("png", _dream_writer())
    if out is not None and not out.lower().endswith(f".{ending}"):
        raise UsageError(f"sample: --out {out!a}, expected the name of a .{ending}")
    if out is not None and Path(out).exists():
        raise UsageError(f"sample: --out {out!a} exists already; name another file")
    found = drawn(model, count, steps, label, means, seed)
    for note in found.notes:
        say(note)
    target = Path(out) if out is not None else next_free(f"{path.stem}-samples", ending)
    write(target, found)
    classes = None if found.classes is None else found.classes.tolist()
    if as_json:
        document = {"path": str(target), "count": count, "steps": steps, "label": label, "means": means}
        print_json(document | {"classes": classes})
        return
    what = "means" if means else "samples" if of_table(model) else "images"
    click.echo(f"{count:,} {what}: {printable(str(target))}")
    if classes is not None and label is None and not of_table(model):
        more = f" …; --json lists all {count:,}" if count > SHOWN else ""
        click.echo(f"drawn with the classes, row by row: {', '.join(printable(str(c)) for c in classes[:SHOWN])}{more}")


def _write_table(target: Path, found: Drawn) -> None:
    from zoo.data.preprocessing.inverse import cells_of

    write_csv(target, "sample: --out", list(found.columns), cells_of(list(found.columns.values())))


def _dream_writer() -> Callable[[Path, Drawn], None]:
    write = image_writer("sample")
    return lambda target, found: write(target, found.images)


def image_writer(who: str) -> Callable[[Path, Any], None]:
    """What writes a sheet of images, where matplotlib is installed: known before hours of sampling."""
    try:
        from matplotlib.image import imsave
    except ImportError as error:
        from zoo.plots.render import NO_MATPLOTLIB

        raise UsageError(f"{who}: {NO_MATPLOTLIB}") from error

    def write(target: Path, images: Any) -> None:
        with new_file(target, f"{who}: --out") as file:
            imsave(file, sheet(images), format="png")

    return write


def sheet(images: Any) -> Any:
    """Images (count, height, width) or (count, height, width, channels), rows of values as lines, side by side: from 0,
    black, to 1, white, each separated by a grey line; (height, width, 3) bytes."""
    import numpy as np

    from zoo.plots.contact_sheet import tile_columns

    x = np.asarray(images, np.float64)
    x = x.reshape(len(x), 1, -1) if x.ndim == 2 else x
    x = x[..., None] if x.ndim == 3 else x
    x = np.repeat(x, 3, axis=3) if x.shape[3] == 1 else x[..., :3]
    low, high = min(0.0, float(x.min())), max(1.0, float(x.max()))
    count, height, width, _ = x.shape
    columns = tile_columns(count, width + 1, height + 1)
    rows = -(-count // columns)
    whole = np.full((rows * (height + 1) + 1, columns * (width + 1) + 1, 3), 0.5)
    for number, image in enumerate(x):
        top, left = (
            place * size + 1 for place, size in zip(divmod(number, columns), (height + 1, width + 1), strict=True)
        )
        whole[top : top + height, left : left + width] = (image - low) / (high - low)
    larger = max(1, LARGEST // max(whole.shape[:2]))
    return (np.repeat(np.repeat(whole, larger, axis=0), larger, axis=1) * 255).round().astype(np.uint8)
