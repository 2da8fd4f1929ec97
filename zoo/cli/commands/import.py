"""`zoo import`: make a checkpoint of weights in a safetensors file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from zoo.checkpoint.paths import refuse_other_kind
from zoo.cli.output import print_json, printable
from zoo.errors import UsageError
from zoo.platform.paths import next_free
from zoo.registry.lookup import find_checkpoint


@click.command("import")
@click.argument("file")
@click.argument("like", required=False)
@click.option("--map", "names", metavar="MODULE=LAYER", multiple=True, help="Where a module goes; may be given again.")
@click.option("--out", "-o", metavar="FILE", help="The checkpoint to write; default: the next free number, here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, like: str | None, names: tuple[str, ...], out: str | None, as_json: bool) -> None:
    """Make a checkpoint of weights in a safetensors file.

    A FILE that `zoo export` wrote says what it is. Tensors of others, such as a PyTorch state_dict, go into the model
    LIKE, a checkpoint with layers of the same shapes; `zoo train NAME --data DATA --epochs 0` makes one. Each module
    goes into the layer of its name, or that alone fits; --map fc1=hidden1 says so where several do.
    """
    from zoo.checkpoint.load import save
    from zoo.interchange.files import import_model

    pairs = dict(_pair(each) for each in names)
    model = import_model(file, None if like is None else find_checkpoint(like), names=pairs)
    target = next_free(model.architecture.name, "h5") if out is None else Path(out)
    refuse_other_kind(target, "import: --out")
    if os.path.lexists(target):
        raise UsageError(f"import: --out {out!a} is there already, expected the name of a new file")
    save(model, target)
    if as_json:
        weights = sum(array.size for array in model.weights.values())
        print_json({"path": str(target), "architecture": model.architecture.name, "weights": weights})
    else:
        click.echo(f"{printable(str(target))}: {printable(repr(model))}")


def _pair(text: str) -> tuple[str, str]:
    module, equals, layer = text.partition("=")
    if not module or not equals or not layer:
        raise UsageError(f"import: --map: got {text!a}, expected MODULE=LAYER, such as fc1=hidden1")
    return module, layer
