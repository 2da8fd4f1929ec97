"""Load models from checkpoints and save them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zoo import checkpoint
from zoo.checkpoint.format.user_block import looks_like
from zoo.checkpoint.model_state import arrays_of_model, check_weights, describe, model_from
from zoo.core.model import Model
from zoo.errors import CheckpointError, PluginError, UsageError
from zoo.platform.trust import is_trusted


def load(path: str | Path, *, weights: str = "best", trusted: bool = False, sha256: str | None = None) -> Model:
    """The model in a checkpoint, with its best weights (or weights="last"). Safe on files from strangers: opens nothing
    else, runs nothing, and either gives what was saved or raises `CheckpointError`.

    With `sha256`, only the file with that digest is loaded. Files of format version 1 are parsed by h5py, so they load
    with `trusted=True` alone.
    """
    if weights not in ("best", "last"):
        raise UsageError(f"load: weights is {weights!a}, expected 'best' or 'last'")
    file = checkpoint.read(path, trusted=trusted or is_trusted(), sha256=sha256)
    with about(path):
        return model_from(file, weights)


def save(model: Model, path: str | Path, *, provenance: bool = True) -> None:
    """Saves a model alone: weights, options, preprocessing and history, without a run to resume. With `provenance`
    also where its data were, how they were read and split, their digest, and hashes of rows.

    Replaces a checkpoint of a model alone; `CheckpointError` where there is a file of another kind, or one that holds a
    run, which could not be resumed any more.
    """
    if Path(path).is_file():
        with open(path, "rb") as file:
            if (first := file.read(16)) and not looks_like(first):
                raise CheckpointError(
                    f"{path}: there is a file of another kind, which is not replaced; name another one"
                )
        if first and checkpoint.inspect(path).manifest.get("training"):
            raise CheckpointError(
                f"{path}: holds a run that can be resumed, which is not replaced by a model alone; name another file"
            )
    if not provenance and model.provenance is not None:
        kept = model.provenance
        model.provenance = None
        try:
            save(model, path)
        finally:
            model.provenance = kept
        return
    with about(path):
        check_weights(model.architecture, model.signature, model.weights)
        checkpoint.write(path, describe(model), arrays_of_model(model))


class about:
    """Puts the file's name before an error about what it holds, or about the plugin it needs."""

    def __init__(self, path: str | Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, CheckpointError | PluginError) and str(self.path) not in str(error):
            kind = PluginError if isinstance(error, PluginError) else CheckpointError
            raise kind(f"{self.path}: {error}") from error
