"""safetensors: a model's weights by name, and models out of such files. https://github.com/huggingface/safetensors

What zoo writes holds the model: weights named as in a checkpoint, preprocessing, and the manifest in the file's
metadata. What others wrote holds tensors alone; their places are found by `zoo.interchange.torch_names`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo.checkpoint.format.manifest import parse
from zoo.checkpoint.load import about
from zoo.checkpoint.model_state import describe, model_from
from zoo.checkpoint.reader import Checkpoint
from zoo.core.model import Model
from zoo.errors import CheckpointError, UsageError
from zoo.types import Array

MANIFEST = "zoo"  # the key of the manifest in the metadata
PREPROCESSING = "preprocessing/"
NEEDS = "safetensors files need the package safetensors: pip install 'zoo-networks[safetensors]'"


def tensor_file(model: Model) -> bytes:
    """The file of a model: what it computes, without data, provenance and history."""
    try:
        from safetensors.numpy import save  # an optional package
    except ImportError as error:
        raise UsageError(f"export: {NEEDS}") from error
    arrays = {name: np.ascontiguousarray(array) for name, array in model.weights.items()}
    if model.preprocessing is not None:
        arrays |= {f"{PREPROCESSING}{name}": array for name, array in model.preprocessing.arrays().items()}
    manifest = {**describe(model), "dataset": None}
    return bytes(save(arrays, {MANIFEST: json.dumps(manifest, ensure_ascii=True, allow_nan=False)}))


def read_tensors(path: str | Path) -> tuple[dict[str, Array], dict[str, Any] | None]:
    """(tensors by name, the manifest where zoo wrote the file). `CheckpointError` where it is no such file."""
    try:
        from safetensors import SafetensorError, safe_open  # an optional package
    except ImportError as error:
        raise UsageError(f"import: {NEEDS}") from error
    try:
        with safe_open(path, "np") as file:
            tensors = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
            stored = (file.metadata() or {}).get(MANIFEST)
    except FileNotFoundError as error:
        raise CheckpointError(f"import: there is no file {str(path)!a}") from error
    except (SafetensorError, TypeError, AttributeError, ValueError) as error:  # types that NumPy does not have
        raise CheckpointError(
            f"import: {str(path)!a} is no safetensors file that can be read ({error}); a file of PyTorch's own is"
            " written anew by safetensors.torch.save_file(model.state_dict(), PATH)"
        ) from error
    return tensors, None if stored is None else dict(_table(parse(stored.encode())))


def _table(manifest: Any) -> Mapping[str, Any]:
    if not isinstance(manifest, Mapping):
        raise CheckpointError("import: the metadata hold no manifest of zoo")
    for name in ("architecture", "versions"):
        if not isinstance(manifest.get(name), Mapping):
            raise CheckpointError(f"import: the manifest says nothing of {name}")
    for name in ("name", "package", "options"):
        expected = Mapping if name == "options" else str
        if not isinstance(manifest["architecture"].get(name), expected):
            raise CheckpointError(f"import: the manifest says nothing of the architecture's {name}")
    return manifest


def model_of(path: str | Path, tensors: Mapping[str, Array], manifest: dict[str, Any]) -> Model:
    """The model in a file that zoo wrote; checked as a checkpoint is."""
    with about(path):
        arrays = {
            name if name.startswith(PREPROCESSING) else f"weights/{name}": array for name, array in tensors.items()
        }
        for name, array in arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise CheckpointError(f"{name}: holds a value that is not finite")
        return model_from(Checkpoint({**manifest, "dataset": None}, arrays, "", str(path)))
