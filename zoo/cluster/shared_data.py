"""How a worker opens the data by itself: by name or path and options, checked by their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.cluster.fingerprint import host
from zoo.data import encoded, open_dataset, split
from zoo.data.chosen_rows import RowNumbers, blocks_of_rows
from zoo.errors import DataError
from zoo.platform.paths import expanded
from zoo.platform.trust import is_trusted
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.dispatch import AnyEncoded, AnyPreprocessing
    from zoo.training.prepare import Run

AT_ONCE = 2**20  # row numbers that are hashed together


@dataclass(frozen=True)
class SharedData:
    """The part of the data that is learned from, as every worker opens it."""

    name: str  # of a registered dataset, or an absolute path
    options: Mapping[str, Any]
    digest: str
    seed: int
    validation: float
    splits: str
    test: float
    dtype: str
    trusted: bool
    rows: Array | None = field(compare=False, repr=False)  # numbers of the part's rows, where no split gives them
    part: str  # digest of these numbers
    by_batch: bool  # whether rows depend on the batch they are read in: sequences are padded to its longest
    preprocessing: AnyPreprocessing = field(compare=False, repr=False)

    @classmethod
    def of(cls, run: Run) -> SharedData | None:
        """That of a run; None where data were given in Python, or nothing opens them again as they are."""
        dataset, model = run.dataset, run.model
        if model.preprocessing is None or not (dataset.path or dataset.registered) or dataset.matched:
            return None
        name, options = dataset.reopen
        seed, validation = run.plan.common.seed, run.plan.common.validation
        rows = run.parts.train
        part, found = _digest(rows), _digest(split(dataset, seed, validation=validation).train)
        return cls(
            name=str(expanded(name).absolute()) if dataset.path else name,
            options=options,
            digest=dataset.digest,
            seed=seed,
            validation=validation,
            splits=dataset.splits,
            test=dataset.test,
            dtype=str(model.architecture.dtype),
            trusted=is_trusted(),
            rows=None if found == part else np.asarray(rows),
            part=part,
            by_batch=dataset.kind == "sequences",
            preprocessing=model.preprocessing,
        )

    def open(self) -> AnyEncoded:
        """The encoded rows to learn from; `DataError` naming the host where they are missing or others."""
        try:
            dataset = open_dataset(self.name, **self.options)
        except DataError as error:
            raise DataError(f"on {host()}: {error}") from error
        dataset = dataset.replace(splits=self.splits, test=self.test)
        if not dataset.has_digest(self.digest):
            raise DataError(
                f"on {host()}: {self.name} holds other data than where training was started; every worker has to read"
                " the same file, as on a shared file system"
            )
        rows: RowNumbers | None = self.rows
        if rows is None:
            rows = split(dataset, self.seed, validation=self.validation).train
        return encoded(dataset, rows, self.preprocessing, self.dtype)


def _digest(rows: RowNumbers) -> str:
    """What row numbers are known by."""
    digest = hashlib.sha256()
    for some in blocks_of_rows(rows, AT_ONCE):
        digest.update(some.astype("<i8").tobytes())
    return digest.hexdigest()
