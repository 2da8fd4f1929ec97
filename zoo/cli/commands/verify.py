"""`zoo verify`: check that a checkpoint is whole, and say what is in it and who made it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.flags import TRUSTED
from zoo.cli.output import print_json
from zoo.errors import CheckpointError
from zoo.platform.trust import is_trusted
from zoo.registry.lookup import find_checkpoint

if TYPE_CHECKING:
    from zoo.checkpoint import Checkpoint


@click.command("verify")
@click.argument("file")
@click.option("--sha256", metavar="HEX", help="The digest the file should have, when it is known from elsewhere.")
@click.option("--hdf5", is_flag=True, help="Also compare with what HDF5 tools see in the file, in a child process.")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, sha256: str | None, hdf5: bool, as_json: bool) -> None:
    """Check that a checkpoint is whole, and say what is in it and who made it.

    Every byte is compared with the digests in the file, and the manifest with the rules of the format. A digest tells
    damage, not forgery: whoever made a file made its digests too. Compare with --sha256 what came from a stranger. zoo
    does not parse HDF5; with --hdf5, h5py does, and the command fails if it sees other names, types or values.
    """
    from zoo import checkpoint

    path = find_checkpoint(file)
    read = checkpoint.read(path, trusted=is_trusted(), sha256=sha256)
    manifest = read.manifest
    made_by = manifest.get("architecture") or {}
    numbers = sum(math.prod(array.shape) for array in read.arrays.values())
    document: dict[str, Any] = {
        "path": str(path),
        "whole": True,
        "sha256": read.sha256,
        "format": manifest.get("format"),
        "architecture": made_by.get("name"),
        "package": made_by.get("package"),
        "versions": manifest.get("versions") or {},
        "parent": manifest.get("parent"),
        "arrays": len(read.arrays),
        "numbers": numbers,
        "finite": all(bool(math.isfinite(float(array.sum(dtype="f8")))) for array in weights_of(read)),
    }
    differences: list[str] = []
    if hdf5:
        from zoo.checkpoint.hdf5_view import hdf5_differences

        differences = document["hdf5_differences"] = hdf5_differences(path, trusted=is_trusted())
    if as_json:
        print_json(document)
    else:
        _print(document)
    if differences:
        raise CheckpointError(
            f"{path}: HDF5 tools see something else than zoo: {differences[0]}"
            + (f"; {len(differences)} differences in all" if len(differences) > 1 else "")
        )


def _print(document: dict[str, Any]) -> None:
    path, numbers = document["path"], document["numbers"]
    click.echo(f"{ascii(path)[1:-1]} is whole: {document['arrays']} arrays, {numbers:,} numbers, as they were saved")
    click.echo(f"SHA-256 {document['sha256']}")
    click.echo(f"format {document['format']}, {document['architecture']!a} of package {document['package']!a}")
    click.echo("made with " + ", ".join(f"{name} {value!a}" for name, value in document["versions"].items()))
    if document["parent"]:
        click.echo(f"trained on from the checkpoint with SHA-256 {ascii(document['parent'])[1:-1]}")
    if not document["finite"]:
        click.echo("some weights are infinite or NaN")
    if document.get("hdf5_differences") == []:
        click.echo("HDF5 tools see the same names, types and values")


def weights_of(read: Checkpoint) -> list[Any]:
    """The weights and best weights, which are what `load` gives."""
    return [array for name, array in read.arrays.items() if name.startswith(("weights/", "best/"))]
