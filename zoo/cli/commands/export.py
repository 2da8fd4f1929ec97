"""`zoo export`: write a model for other programs: ONNX or safetensors."""

from __future__ import annotations

from pathlib import Path

import click

from zoo.cli.flags import TRUSTED
from zoo.cli.output import print_json, printable
from zoo.platform.trust import is_trusted
from zoo.registry.lookup import find_checkpoint


@click.command("export")
@click.argument("file")
@click.argument("out", metavar="OUT.onnx|OUT.safetensors")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, out: str, as_json: bool) -> None:
    """Write a model for other programs: ONNX or safetensors.

    FILE is a checkpoint or the name of one that was shipped. OUT is a new file. OUT.onnx takes raw rows, encodes them
    as in training and answers as `zoo predict` does; it runs wherever ONNX does. OUT.safetensors holds the weights by
    name.
    """
    from zoo.interchange.files import export

    path = find_checkpoint(file)
    export(path, out, trusted=is_trusted())
    size = Path(out).stat().st_size
    if as_json:
        print_json({"path": out, "model": str(path), "bytes": size})
    else:
        click.echo(f"{printable(out)}: {size:,} bytes, the model of {printable(str(path))}")
