"""Estimate the memory and time of a training before it begins: refuse what does not fit, announce long epochs.

The estimates are low: they count what every training needs, and nothing a family may need besides.
"""

from __future__ import annotations

import math

import numpy as np

from zoo.core.architecture import Architecture
from zoo.core.signature import Signature
from zoo.errors import TrainingError, warn
from zoo.platform import system

COPIES = 3  # of the weights: themselves, their gradient or next state, the best so far
ANSWERS = 2  # of a batch's outputs: themselves and their gradient or probabilities
MANY_OUTPUTS = 2e9  # of an epoch: about 20 seconds
SECONDS = 1e-8  # for one output of one sample, forward and backward, measured with a softmax of 100,000 classes


def check_memory(architecture: Architecture, signature: Signature, batch_size: int) -> None:
    """`TrainingError` where weights and one batch's outputs would take more memory than the system has left."""
    size = np.dtype(architecture.dtype).itemsize
    shapes = [shape for _, shape in architecture.shapes(signature)]
    weights = sum(math.prod(n for n in shape if isinstance(n, int)) for shape in shapes)
    outputs = batch_size * signature.outputs
    needed, free = size * (COPIES * weights + ANSWERS * outputs), system.available_memory()
    if free is not None and needed > free:
        raise TrainingError(
            f"{architecture.name}: not enough memory: {weights:,} weights and a batch of {batch_size:,} with"
            f" {signature.outputs:,} outputs each take {_gigabytes(needed)} at least, and {_gigabytes(free)} are free;"
            " what helps: fewer classes or columns (another target, text columns left out), fewer hidden units, a"
            " smaller batch_size"
        )


def check_size(architecture: Architecture, signature: Signature, most: int) -> None:
    """`TrainingError` where there would be more than `most` weights."""
    weights = sum(math.prod(n for n in shape if isinstance(n, int)) for _, shape in architecture.shapes(signature))
    if weights > most:
        raise TrainingError(
            f"{architecture.name}: got a model of {weights:,} weights, expected {most:,} at most here; take fewer units"
            " or layers, or train it with zoo train"
        )


def check_answers(rows: int, outputs: int, dtype: str) -> None:
    """`TrainingError` where the outputs for so many rows, kept together, would take more memory than there is."""
    needed, free = rows * outputs * np.dtype(dtype).itemsize, system.available_memory()
    if free is not None and needed > free:
        raise TrainingError(
            f"predict: not enough memory: {rows:,} rows with {outputs:,} probabilities each take {_gigabytes(needed)},"
            f" and {_gigabytes(free)} are free; predict fewer rows at a time, or classes alone"
        )


def tell_time(architecture: Architecture, signature: Signature, samples: int) -> None:
    """Warn where the outputs of an epoch are so many that computing them alone takes long."""
    outputs = samples * signature.outputs
    if signature.task == "classification" and outputs > MANY_OUTPUTS:
        warn(
            f"{architecture.name}: {samples:,} samples with {signature.outputs:,} classes are {outputs:.1e} outputs an"
            f" epoch, about {_duration(outputs * SECONDS)}; what helps: fewer classes (rare ones left out or joined),"
            " or fewer rows"
        )


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"


def _duration(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds > 1.5 * length:
            return f"{seconds / length:,.0f} {unit}s"
    return f"{seconds:,.0f} seconds"
