"""Choice values and matches of all categories at once: what each kernel of an ART rule computes.

A subclass equals `rule`, presentation by presentation. All categories are compared with an input by array operations
instead of one after the other; each kernel says what that gains.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from zoo import Array, Value


class Competition(ABC):
    """One architecture's kernel, on one input I (width,) and the weights W (categories, width)."""

    vigilance: float
    shortcut: ClassVar[bool] = False  # whether the first reset settles that no category matches

    @abstractmethod
    def rule(self, I: Array, W: Array) -> tuple[int, Array, list[int]]:
        """The rule this kernel equals, with the options in it: (J, w_J after learning, categories reset before)."""

    @abstractmethod
    def values(self, I: Array, w: Array) -> tuple[float, float]:
        """(T, match) of one category by the functions of the rule."""

    @abstractmethod
    def width(self, inputs: int) -> int:
        """Values of an encoded input, and of a category's weights."""

    @abstractmethod
    def encode(self, inputs: Array) -> Array:
        """Inputs (rows, …) as the field F1 sees them: (rows, width). `InvalidInput` where they do not fit."""

    @abstractmethod
    def compete(self, I: Array, W: Array, sizes: Array) -> tuple[Array, Array]:
        """Choice values T (categories,) and matches (categories,) of all categories, whose |w| are `sizes`."""

    @abstractmethod
    def uncommitted(self, I: Array) -> float:
        """The choice value of a node that stands for no category yet; minus infinity where it comes last."""

    @abstractmethod
    def commit(self, I: Array) -> Array:
        """The weights of a new category."""

    @abstractmethod
    def learn(self, I: Array, w: Array) -> bool:
        """Moves the weights w of the category that resonates, in place; whether they changed."""

    @abstractmethod
    def prototypes(self, W: Array) -> Array:
        """What each category stands for, as an input would look: (categories, inputs)."""

    def sizes(self, W: Array) -> Array:
        """|w_j| = Σ_i w_ji of every category, added as `compete` adds."""
        return np.asarray(np.einsum("ji->j", W))

    @abstractmethod
    def to_onnx(self, x: Value, W: Array) -> tuple[Value, Value]:
        """Choice values and matches (rows, categories) of flat inputs (rows, inputs), as operators of ONNX."""
