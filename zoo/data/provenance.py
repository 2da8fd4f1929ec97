"""The data a model was trained on, as its checkpoint stores them: path, reading options and split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.splits import Parts, split
from zoo.errors import CheckpointError
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.data.dispatch import AnyPreprocessing


MOST_TARGETS = 2**20
MOST_HASHES = 4096  # of rows that are kept
STORED = (  # members of the manifest's table
    *("name", "options", "task", "shape", "digest", "targets", "given", "matched"),
    *("splits", "test", "seed", "validation"),
)
MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Provenance:
    """What `Dataset.to_manifest` says of the training data, with the seed and the validation share of their split."""

    name: str  # of a registered dataset, a path, or what data given in Python are called
    options: Mapping[str, Any]  # the data options that were not the default
    task: str
    shape: tuple[int, ...]
    digest: str
    targets: tuple[str, ...] = ()  # the columns of a table that the targets came from
    given: bool = False  # handed over in Python, so that nothing opens them again
    splits: str = ""  # how the rows were split, as `Dataset` has it; "" where a file does not say
    test: float = 0.2
    matched: bool = False  # columns were found as those of the model that the run continued
    seed: int = 0
    validation: float = 0.0
    rows: Array | None = field(default=None, compare=False, repr=False)  # hashes of rows trained on, see row_hashes

    @classmethod
    def of(cls, dataset: Dataset, seed: int, validation: float) -> Provenance:
        """That of a run on a dataset, without the hashes of rows."""
        return cls.from_manifest({"dataset": {**dataset.to_manifest(), "seed": seed, "validation": validation}})

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any], rows: Array | None = None) -> Provenance:
        """What a manifest says, and the array of hashes beside it; a stranger may have written them: `CheckpointError`
        at the first doubt."""
        stored = manifest.get("dataset")
        if not isinstance(stored, Mapping):
            raise CheckpointError(f"manifest: dataset is {ascii(stored)[:80]}, expected a table")
        training = manifest.get("training")
        values: dict[str, Any] = {"targets": [], "given": False, "matched": False, "seed": 0, "validation": 0.0}
        values |= {"splits": "", "test": 0.2}
        if isinstance(training, Mapping):  # of a file from before the dataset's table held these
            values |= {name: training[name] for name in ("seed", "validation") if name in training}
        values |= stored
        for name, kind in (
            *(("name", str), ("options", Mapping), ("task", str), ("shape", list), ("digest", str)),
            *(("targets", list), ("given", bool), ("matched", bool), ("seed", int)),
            *(("validation", (int, float)), ("splits", str), ("test", (int, float))),
        ):
            if not isinstance(values.get(name), kind):
                raise CheckpointError(f"manifest: dataset: {name} is {ascii(values.get(name))[:80]}")
        for name, most in (("seed", MOST_SEED), ("validation", 1), ("test", 1)):
            if not 0 <= values[name] <= most:
                raise CheckpointError(f"manifest: dataset: {name} is {ascii(values[name])[:80]}, expected 0 to {most}")
        targets = values["targets"]
        if len(targets) > MOST_TARGETS or not all(isinstance(each, str) for each in targets):
            raise CheckpointError(f"manifest: dataset: targets are {ascii(targets)[:80]}, expected names of columns")
        if rows is not None and (rows.dtype != np.uint64 or rows.ndim != 1 or not 0 < len(rows) <= MOST_HASHES):
            raise CheckpointError(f"dataset/rows: got {rows.dtype} {rows.shape}, expected a vector of uint64")
        return cls(
            **{name: values[name] for name in STORED} | {"targets": tuple(targets), "shape": tuple(values["shape"])},
            rows=None if rows is None else np.array(rows),
        )

    def is_of(self, dataset: Dataset) -> bool:
        """Whether these are the data of training, opened again, however they are read now."""
        return tuple(dataset.inputs.shape) == self.shape and dataset.has_digest(self.digest)

    def split(self, dataset: Dataset) -> Parts:
        """The parts that these data, opened again, had in training."""
        if self.splits:
            dataset = dataset.replace(splits=self.splits, test=self.test)
        return split(dataset, self.seed, validation=self.validation)

    def to_manifest(self) -> dict[str, Any]:
        """As JSON has it."""
        values = {name: getattr(self, name) for name in STORED}
        return values | {"options": dict(self.options), "shape": list(self.shape), "targets": list(self.targets)}


def target_columns(preprocessing: AnyPreprocessing, provenance: Provenance | None) -> tuple[str, ...]:
    """The names of the columns that the targets of training came from, as far as anything tells."""
    if preprocessing.task == "forecast":
        return preprocessing.labels
    if provenance is not None and provenance.targets:
        return provenance.targets
    if preprocessing.task in ("regression", "multi-label"):
        return preprocessing.labels
    if preprocessing.kind != "table" or preprocessing.task == "unsupervised":
        return ()
    inputs = {column.name for column in preprocessing.columns}  # type: ignore[union-attr]
    return tuple(name for name in preprocessing.table if name not in inputs)[-1:] or ("target",)  # type: ignore[union-attr]
