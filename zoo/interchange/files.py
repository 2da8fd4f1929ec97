"""Export a model to a file of ONNX or safetensors, and import one from safetensors."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path

from zoo.core.arguments import public
from zoo.core.model import Model
from zoo.errors import UsageError
from zoo.interchange.onnx.model import onnx_file
from zoo.interchange.tensors import model_of, read_tensors, tensor_file
from zoo.platform.output_files import new_file
from zoo.registry import lookup
from zoo.training.run import load

ENDINGS = {".onnx": onnx_file, ".safetensors": tensor_file}


@public
def export(model: Model | str | Path, path: str | Path, *, trusted: bool = False) -> None:
    """Writes a model for other programs, a new file: `OUT.onnx`, which takes raw rows and answers with labels and
    quantities as `zoo.predict` does, or `OUT.safetensors`, its weights by name, which `zoo.import_model` reads.

    `UsageError` with the reason where a model has no ONNX form; docs/export.md lists those.
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"export: got the file {str(path)!a}, expected one that ends in {' or '.join(ENDINGS)}")
    found = model if isinstance(model, Model) else load(lookup.find_checkpoint(str(model)), trusted=trusted)
    data = ENDINGS[ending](found)
    with new_file(path, "export: OUT") as file:
        file.write(data)


@public
def import_model(
    path: str | Path,
    like: Model | str | Path | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Model:
    """The model in a safetensors file. Nothing in it is run.

    A file that `zoo.export` wrote says what it is. Tensors of others, such as a PyTorch `state_dict` saved by
    `safetensors.torch.save_file`, are put into a copy of the model `like`, which has layers of the same shapes; `names`
    says which module goes into which layer, where names differ and several fit: {"fc1": "hidden1"}.
    """
    tensors, manifest = read_tensors(path)
    if manifest is not None:
        for given, what in ((like, "like"), (names, "names (--map)")):
            if given:
                raise UsageError(f"import: {what} has no effect: {str(path)!a} says which model it holds; leave it out")
        return model_of(path, tensors, manifest)
    if like is None:
        raise UsageError(
            f"import: {str(path)!a} holds tensors alone, expected also a model with layers of their shapes, such as one"
            " that `zoo train NAME --data DATA --epochs 0` makes"
        )
    from zoo.interchange.torch_names import fill_from_torch  # start-up time: of networks of layers alone

    found = like if isinstance(like, Model) else load(lookup.find_checkpoint(str(like)))
    model = copy.deepcopy(found)
    model.history = model.provenance = None
    fill_from_torch(model, tensors, names or {})
    return model
