"""A pass of a convolution takes, beside its inputs and outputs, no more memory for many rows than for few; and
large images are evaluated few at a time."""

import threading
import tracemalloc

import numpy as np
import pytest
from zoo_convolutional.layers import Convolution

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.inference.batched import in_batches
from zoo.nn import Gradient, Layout, Mode, Parameters
from zoo.nn.parameters import nested


def scratch(layer: Convolution, shape: tuple[int, ...], rows: int) -> int:
    """Peak bytes of forward and backward, less the outputs'; in a new thread, since a thread keeps its scratch."""
    x = np.ones((rows, *shape), np.float32)
    layout = Layout(layer, shape)
    parameters = Parameters(layout, x.dtype)
    layout.draw(RandomStream(0), parameters.vector)
    gradient = np.empty_like(parameters.vector)
    g = Gradient(nested({name: place.view(gradient) for name, place in layout.parameters.items()}))
    dy = np.ones((rows, *layout.shapes.output), np.float32)

    def work():
        _, pullback = layer.forward(parameters.tree, x, Mode(True))
        pullback(dy, g)

    tracemalloc.start()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - x.nbytes - dy.nbytes  # dx and y are as large as x and dy


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Convolution(16, 3, padding=1), (24, 24, 16)),
        (Convolution(16, 3, stride=2, padding=1), (24, 24, 16)),
        (Convolution(64, 3, padding=1), (16, 16, 64)),
        (Convolution(32, 5), (28, 28, 1)),
    ],
    ids=str,
)
def test_scratch_does_not_grow_with_the_rows(layer, shape):
    few, many = scratch(layer, shape, 48), scratch(layer, shape, 192)
    patches = 192 * layer.window.taps * np.prod(shape) * 4 / np.prod(layer.window.stride)
    assert many < 1.3 * few + 100_000 and many < patches / 2


class Images:
    """Samples that are made as they are asked for."""

    block, window = None, 1

    def __init__(self, count: int, shape: tuple[int, ...]) -> None:
        self.count, self.shape = count, shape

    def __len__(self) -> int:
        return self.count

    def rows(self, numbers, lanes=None) -> Batch:
        return Batch(np.zeros((len(numbers), *self.shape), np.float32), None, numbers, numbers)


@pytest.mark.parametrize(
    ("shape", "most"), [((28, 28), 256), ((64, 64, 3), 170), ((224, 224, 3), 13), ((3000, 3000), 1)]
)
def test_large_images_are_evaluated_few_at_a_time(shape, most):
    found = [rows.numbers for rows in in_batches(Images(2 * most + 1, shape))]
    assert [len(numbers) for numbers in found] == [most, most, 1]
    assert np.array_equal(np.concatenate(found), np.arange(2 * most + 1))
    assert not list(in_batches(Images(0, shape)))
