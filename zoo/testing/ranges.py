"""The check that sums over a batch have the same bits wherever its pieces are measured and in what ranges added."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np

from zoo.core.batch import Batch
from zoo.core.shards import cut
from zoo.core.sum_tree import Sums, SumTree
from zoo.core.training_step import AdditiveStep, PartialSums, StepContext
from zoo.parallel import pickling
from zoo.testing.case import Case, finish
from zoo.types import Array

PIECES = 7
CALLS = 3  # of each step that are looked at


def ranges_add_up_anywhere(case: Case, folder: Path) -> str | None:
    """Pieces of a batch measured by a copy of the step that was sent what changed since, as another process is, and
    added in any aligned ranges: the bits of the whole."""
    steps = compared(case)
    if not steps:
        return "its rule is not a sum over samples"
    unknown = sorted({type(step).__name__ for step in steps if step.changing() is None})
    return f"{', '.join(unknown)} does not say what its updates change" if unknown else None


def compared(case: Case) -> list[AdditiveStep]:
    """The additive steps of a run, the first batches of each compared with what its copy measures."""
    run, copies = case.prepare(), dict[int, Copy]()
    add_up = AdditiveStep.add_up

    def look(step: AdditiveStep, batch: Batch, context: StepContext) -> Sums:
        if id(step) not in copies:
            copies[id(step)] = Copy(step)
        copies[id(step)].compare(batch, context)
        return add_up(step, batch, context)

    with mock.patch.object(AdditiveStep, "add_up", look):
        finish(run)
    return [copy.step for copy in copies.values()]


class Copy:
    """A step and its copy as of its first batch."""

    def __init__(self, step: AdditiveStep) -> None:
        self.step, self.calls = step, 0
        self._copied()

    def _copied(self) -> None:
        self.copy: AdditiveStep = pickling.loads(pickling.dumps(self.step))
        self.shapes = [array.shape for array in self.step.changing() or ()]

    def compare(self, batch: Batch, context: StepContext) -> None:
        changing = self.step.changing()
        self.calls += 1
        if changing is None or self.calls > CALLS:
            return
        if self.shapes != [array.shape for array in changing]:  # what grew is sent as a whole
            self._copied()
        for array, new in zip(self.copy.changing() or (), changing, strict=True):
            array[...] = new
        here, there = (self._measured(by, batch, context) for by in (self.step, self.copy))
        for piece, other in zip(here, there, strict=True):
            self._same(piece.carried, other.carried, "carried on by a copy")
        whole = added([piece.sums for piece in here])
        for level in range(3):
            size, tree = 2**level, SumTree()
            for first in range(0, len(there), size):
                part = [piece.sums for piece in there[first : first + size]]
                tree.push(added(part), level if len(part) == size else 0)
            self._same(whole, tree.total(), f"measured by a copy and added in ranges of {size}")

    def _measured(self, by: AdditiveStep, batch: Batch, context: StepContext) -> list[PartialSums]:
        """The sums of every piece; copies, since their memory may be reused."""
        found = []
        for number, (start, stop) in enumerate(cut(len(batch), PIECES)):
            part = batch.part(start, stop)
            carried = {name: self.step.state[name][part.lanes] for name in self.step.carried}
            piece = by.measure(part, carried, context.stream.at(shard=number))
            found.append(PartialSums(copied(piece.sums), copied(piece.carried)))
        return found

    def _same(self, first: dict[str, Array], second: dict[str, Array], how: str) -> None:
        who = type(self.step).__name__
        if first.keys() != second.keys():
            raise AssertionError(f"{who}: {sorted(first)} and, {how}, {sorted(second)}")
        for name, value in first.items():
            other = second[name]
            if (value.dtype, value.shape, value.tobytes()) != (other.dtype, other.shape, other.tobytes()):
                raise AssertionError(f"{who}: {name}, {how}, has other bits")


def copied(arrays: dict[str, Array]) -> dict[str, Array]:
    return {name: np.array(array) for name, array in arrays.items()}


def added(pieces: list[Sums]) -> Sums:
    """Their sums, added as a tree; the pieces stay as they are."""
    tree = SumTree()
    for sums in pieces:
        tree.push(copied(sums))
    return tree.total()
