"""What the driver asks of a worker and what it answers; how a worker does it.

The driver keeps the model, the optimizer and the order of work. A worker holds a copy of the training step and opens
the data by itself; it is sent row numbers and what updates have changed, and answers with sums. Sums of an aligned
range of pieces are added where they were measured, as the tree adds them (`zoo.core.sum_tree`): who measures what
changes no bit.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.cluster.fingerprint import fingerprint, host
from zoo.cluster.shared_data import SharedData
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.sum_tree import Sums, SumTree
from zoo.core.training_step import AdditiveStep
from zoo.errors import TrainingError, ZooError
from zoo.parallel import blas, pickling
from zoo.platform.trust import trusting
from zoo.registry import selection
from zoo.types import Array


@dataclass(frozen=True)
class Piece:
    """One shard of a batch: the numbers and lanes of rows to read, of which those from `start` to before `stop` are the
    shard's, or the shard's rows themselves where data came from memory; what its lanes carry on; its random stream.

    Sequences are read by the batch, since its longest decides how far all are padded.
    """

    numbers: Array
    lanes: Array
    start: int
    stop: int
    carried: dict[str, Array]
    stream: RandomStream
    rows: Batch | None = None


@dataclass(frozen=True)
class Task:
    """Shards of one batch, an aligned range of them, or an aligned range of whole batches."""

    batches: tuple[tuple[Piece, ...], ...]

    @property
    def is_shards(self) -> bool:
        return len(self.batches) == 1


@dataclass
class Answer:
    """The sums of a task as the stack of a tree: of the shards of one batch, or of the batches of a range."""

    sums: list[tuple[int, Sums]]
    carried: list[dict[str, Array]] = field(default_factory=list)  # of each shard of one batch
    seconds: float = 0.0  # that measuring took

    def copied(self) -> Answer:
        """The answer with arrays of its own."""
        sums = [(level, {name: np.array(array) for name, array in each.items()}) for level, each in self.sums]
        return Answer(sums, self.carried, self.seconds)


@dataclass(frozen=True)
class Report:
    """What a worker says when it was handed the step: where it runs, with what, and why it cannot measure ("" else)."""

    host: str
    fingerprint: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class Change:
    """The arrays that updates change, as they are after so many of them (`version`)."""

    version: int
    arrays: list[Array]


def handed(step: AdditiveStep, data: SharedData | None) -> bytes:
    """What makes a `Measurer` of a worker."""
    return pickle.dumps((selection.files(), np.geterr(), pickle.dumps(data), pickling.dumps(step)))


class Measurer:
    """A worker's copy of the step, with the data it opened."""

    def __init__(self) -> None:
        self._step: AdditiveStep | None = None
        self._opened: tuple[bytes, Any] | None = None  # the data, with what they were opened by
        self._version = -1
        self._read: tuple[Array, Batch] | None = None  # the rows read last, with the numbers they were asked for by
        self._limit = blas.OneThread()
        self._limit.__enter__()

    def begin(self, handed: bytes) -> Report:
        """Take over a step; why it cannot be measured here is the report's `problem`."""
        problem = ""
        try:
            files, errors, data, step = pickle.loads(handed)
            for path in files:
                selection.use_plugin(path)
            np.seterr(**errors)
            self._open(data)
            self._step, self._version = pickling.loads(step), -1
        except Exception as error:
            self._step = None
            text = str(error) if isinstance(error, ZooError) else "".join(traceback.format_exception_only(error))
            problem = " ".join(text.split())[:500]
        gc.collect()
        return Report(host(), fingerprint(), problem)

    def _open(self, handed: bytes) -> None:
        if self._opened is not None and self._opened[0] == handed:
            return
        data: SharedData | None = pickle.loads(handed)
        self._opened = self._read = None
        if data is not None:
            with trusting(data.trusted):
                self._opened = handed, data.open()

    def answer(self, change: Change | None, task: Task) -> Answer | Exception:
        """The sums of a task, with the arrays as in `change`; None: as they are here already. The memory of the sums is
        used again by the next call: they are sent away, or copied, before."""
        try:
            return self._answer(change, task)
        except Exception as error:
            return sendable(error)

    def _answer(self, change: Change | None, task: Task) -> Answer:
        step = self._step
        if step is None:
            raise TrainingError("this worker was handed no step")
        step.release()
        if change is not None:
            for array, new in zip(step.changing() or (), change.arrays, strict=True):
                array[...] = new
            self._version = change.version
        began = time.perf_counter()
        if task.is_shards:
            tree, carried = self._shards(step, task.batches[0])
            return Answer(tree.stack, carried, time.perf_counter() - began)
        batches = SumTree()
        for pieces in task.batches:
            batches.push(self._shards(step, pieces)[0].total())
        return Answer(batches.stack, [], time.perf_counter() - began)

    def _shards(self, step: AdditiveStep, pieces: Sequence[Piece]) -> tuple[SumTree, list[dict[str, Array]]]:
        tree, carried = SumTree(), []
        for piece in pieces:
            measured = step.measure(self._rows(piece), piece.carried, piece.stream)
            tree.push(measured.sums)
            carried.append({name: measured.carried[name] for name in step.carried})
        return tree, carried

    def _rows(self, piece: Piece) -> Batch:
        if piece.rows is not None:
            return piece.rows
        if self._opened is None:
            raise TrainingError("this worker has no data to read rows from")
        if self._read is None or self._read[0] is not piece.numbers:
            self._read = piece.numbers, self._opened[1].rows(piece.numbers, piece.lanes)
        batch = self._read[1]
        return batch if len(batch) == piece.stop - piece.start else batch.part(piece.start, piece.stop)

    def close(self) -> None:
        self._step = self._opened = None
        self._limit.__exit__(None, None, None)


def sendable(error: Exception) -> Exception:
    """The error itself where it survives pickling, else one with its text."""
    with contextlib.suppress(Exception):
        error.add_note(f"on {host()}: " + "".join(traceback.format_exception(error)))
        pickle.loads(pickle.dumps(error))
        return error
    return TrainingError(f"{type(error).__name__}: {error}")
