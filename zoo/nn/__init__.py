"""What the gradient-trained families share: layers, combinators, losses, optimizers, and the step they train by.

A layer in a new module of `zoo.nn.layers` is `zoo.nn.NAME` without a line here.
"""

from typing import Any

from zoo.nn.activations import (
    ACTIVATIONS,
    Activation,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softmax,
    Step,
    Tanh,
    sigmoid,
    softmax,
)
from zoo.nn.initializers import (
    GLOROT_UNIFORM,
    HE_NORMAL,
    INITIALIZERS,
    ONES,
    ZEROS,
    Constant,
    Initializer,
    Normal,
    Scaled,
)
from zoo.nn.kernels.buffers import BufferPool, ScratchBuffers
from zoo.nn.kernels.tiled_matmul import Tiles, tiled_product
from zoo.nn.layer import Average, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.nn.layers.combinators import Aside, Branch, Serial
from zoo.nn.layers.dense import Dense, Maxout, column_sums
from zoo.nn.layers.dropout import Dropout
from zoo.nn.layers.flatten import Flatten
from zoo.nn.layers.normalization import LayerNorm
from zoo.nn.layers.reshape import Reshape
from zoo.nn.layers.tied import Tied
from zoo.nn.losses import LOSSES, BinaryCrossEntropy, CategoricalCrossEntropy, Loss, SquaredError, as_outputs
from zoo.nn.optimizers import OPTIMIZERS, Optimizer
from zoo.nn.parameters import Gradient, Layout, Parameters, nested
from zoo.nn.schedules import SCHEDULES, Schedule, plateau, scheduled, settings_of
from zoo.nn.training.architecture import GradientArchitecture
from zoo.nn.training.model import GradientModel, loss_for, loss_option, quiet
from zoo.nn.training.phase import GradientPhase
from zoo.nn.training.settings import GradientSettings
from zoo.nn.training.step import GradientStep

__all__ = [
    "ACTIVATIONS",
    "GLOROT_UNIFORM",
    "HE_NORMAL",
    "INITIALIZERS",
    "LOSSES",
    "ONES",
    "OPTIMIZERS",
    "SCHEDULES",
    "ZEROS",
    "Activation",
    "Aside",
    "Average",
    "BinaryCrossEntropy",
    "Branch",
    "BufferPool",
    "CategoricalCrossEntropy",
    "Constant",
    "Dense",
    "Dropout",
    "Flatten",
    "Gradient",
    "GradientArchitecture",
    "GradientModel",
    "GradientPhase",
    "GradientSettings",
    "GradientStep",
    "Initializer",
    "Layer",
    "LayerNorm",
    "Layout",
    "LeakyRelu",
    "Linear",
    "Loss",
    "Maxout",
    "Mode",
    "Normal",
    "Optimizer",
    "Parameter",
    "Parameters",
    "Pullback",
    "Relu",
    "Reshape",
    "Scaled",
    "Schedule",
    "ScratchBuffers",
    "Serial",
    "Shapes",
    "Sigmoid",
    "Softmax",
    "SquaredError",
    "Step",
    "Tanh",
    "Tied",
    "Tiles",
    "Tree",
    "as_outputs",
    "column_sums",
    "loss_for",
    "loss_option",
    "nested",
    "plateau",
    "quiet",
    "scheduled",
    "settings_of",
    "sigmoid",
    "softmax",
    "tiled_product",
]


def __getattr__(name: str) -> Any:
    """A layer that is not imported above."""
    from zoo.nn.layers import layers  # start-up time: only for a name that is not found

    if not name.startswith("_") and (layer := layers().get(name)) is not None:
        return layer
    raise AttributeError(f"module 'zoo.nn' has no attribute {name!r}")
