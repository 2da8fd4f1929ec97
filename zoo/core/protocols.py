"""Optional methods of a model.

`write`, `sample` and `sample_labelled` are for `zoo sample`, `reconstruct` is for `zoo predict --reconstruct`,
`decode_outputs` for `zoo predict`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

from zoo.core.random import RandomStream
from zoo.types import Array


@runtime_checkable
class GeneratesText(Protocol):
    """A model of a language."""

    def write(self, length: int, temperature: float, prompt: str, stream: RandomStream) -> Iterator[str]:
        """`length` symbols after the prompt, each as it is drawn; temperature 0: always the likeliest.

        `UsageError` where the model was trained for something else, `DataError` where the prompt does not suit it.
        """
        ...


@runtime_checkable
class GeneratesSamples(Protocol):
    """A model of what its inputs are like."""

    def sample(self, count: int, steps: int, label: str | None, stream: RandomStream) -> Array:
        """So many inputs as the model would have them, encoded: (count, *input_shape), after `steps` of its chain.

        Means of the units at the end, out of which `zoo sample` draws the cells of a table: each is the probability of
        a 1, or a model's `input_deviation` says how far inputs lie from it. With a label, inputs of that class;
        `UsageError` where the model has none of that name.
        """
        ...


@runtime_checkable
class GeneratesLabelledSamples(GeneratesSamples, Protocol):
    """A model of what its inputs are like together with their classes."""

    def sample_labelled(
        self, count: int, steps: int, label: str | None, stream: RandomStream
    ) -> tuple[Array, Array | None]:
        """(inputs as `sample` gives them, the probability of each class beside each: (count, classes)).

        None in place of the second where the model has no label units. A label that is held has probability 1.
        """
        ...


@runtime_checkable
class Reconstructs(Protocol):
    """A model that gives its inputs back as far as it has understood them."""

    def reconstruct(self, inputs: Array) -> Array:
        """Encoded inputs (rows, *input_shape) to the same shape; changes nothing."""
        ...


@runtime_checkable
class DecodesOutputs(Protocol):
    """A model whose predictions are of kinds of their own: an image, a table, several outputs."""

    def decode_outputs(self, outputs: Array) -> Mapping[str, Array]:
        """Predictions by name out of encoded outputs (rows, *output_shape), an array (rows, …) each; changes nothing.

        `zoo.predict` gives them as a dict. `zoo predict` prints (rows,) as a column under the name and (rows, n) as n
        columns; (rows, height, width), or with 1 or 3 channels (rows, height, width, channels), are images of values
        from 0 to 1: `--out FILE.png` draws them, `--out FILE.npz` keeps every array as it is.
        """
        ...
