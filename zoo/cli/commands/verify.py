"""`zoo verify`: check that a checkpoint is whole, and say what is in it and who made it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.output import print_json
from zoo.registry.lookup import find_checkpoint

if TYPE_CHECKING:
    from zoo.checkpoint import Checkpoint


@click.command("verify")
@click.argument("file")
@click.option("--sha256", metavar="HEX", help="The digest the file should have, when it is known from elsewhere.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, sha256: str | None, as_json: bool) -> None:
    """Check that a checkpoint is whole, and say what is in it and who made it.

    Every byte is compared with the digests in the file, and the file's structure with the rules of the format. A
    digest tells damage, not forgery: whoever made a file made its digests too. Compare with --sha256 what came from a
    stranger.
    """
    from zoo import checkpoint

    path = find_checkpoint(file)
    # Values are read and compared with the digest of each array; given a digest from elsewhere, nobody else need look.
    read = checkpoint.read(path, sha256=sha256)
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
    if as_json:
        print_json(document)
        return
    click.echo(f"{ascii(str(path))[1:-1]} is whole: {len(read.arrays)} arrays, {numbers:,} numbers, as they were saved")
    click.echo(f"SHA-256 {read.sha256}")
    click.echo(f"format {document['format']}, {document['architecture']!a} of package {document['package']!a}")
    click.echo("made with " + ", ".join(f"{name} {value!a}" for name, value in document["versions"].items()))
    if document["parent"]:
        click.echo(f"trained on from the checkpoint with SHA-256 {ascii(document['parent'])[1:-1]}")
    if not document["finite"]:
        click.echo("some weights are infinite or NaN")


def weights_of(read: Checkpoint) -> list[Any]:
    """The weights and best weights, which are what `load` gives."""
    return [array for name, array in read.arrays.items() if name.startswith(("weights/", "best/"))]
