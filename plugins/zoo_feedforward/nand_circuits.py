"""Circuits out of NAND gates: since a perceptron learns NAND, perceptrons can compute whatever a circuit can.

nand = gate(zoo.load("checkpoints/nand.h5"))
half_adder(nand, 1, 1)      # (0, 1): sum 0, carry 1
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Model

Gate = Callable[[int, int], int]


def gate(model: Model) -> Gate:
    """A model of two inputs and two classes as a gate on bits: the number of the class it answers with."""

    def answer(a: int, b: int) -> int:
        return int(model.predict(np.array([[a, b]], np.float32)).argmax())

    return answer


def half_adder(nand: Gate, a: int, b: int) -> tuple[int, int]:
    """a + b as (sum, carry): sum = a xor b, carry = a and b, from five NANDs."""
    not_both = nand(a, b)
    total = nand(nand(a, not_both), nand(b, not_both))
    return total, nand(not_both, not_both)


def full_adder(nand: Gate, a: int, b: int, carry: int) -> tuple[int, int]:
    """a + b + carry as (sum, carry): two half adders whose carries are joined, from nine NANDs."""
    not_both = nand(a, b)
    half = nand(nand(a, not_both), nand(b, not_both))
    not_carried = nand(half, carry)
    total = nand(nand(half, not_carried), nand(carry, not_carried))
    return total, nand(not_both, not_carried)
