"""What the gradient-trained families share: layers, combinators, losses, optimizers, and the step they train by."""

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
from zoo.nn.kernels.buffers import Rooms, Space
from zoo.nn.kernels.tiled_matmul import Tiles, tiled_product
from zoo.nn.layer import Average, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.nn.layers.combinators import Aside, Branch, Serial
from zoo.nn.layers.dense import Dense, Maxout, column_sums
from zoo.nn.layers.dropout import Dropout
from zoo.nn.layers.flatten import Flatten
from zoo.nn.losses import LOSSES, BinaryCrossEntropy, CategoricalCrossEntropy, Loss, SquaredError, as_outputs
from zoo.nn.optimizers import OPTIMIZERS, Optimizer
from zoo.nn.parameters import Gradient, Layout, Parameters, nested
from zoo.nn.schedules import SCHEDULES, plateau
from zoo.nn.training.architecture import GradientArchitecture
from zoo.nn.training.model import GradientModel, loss_for, quiet
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
    "Rooms",
    "Scaled",
    "Serial",
    "Shapes",
    "Sigmoid",
    "Softmax",
    "Space",
    "SquaredError",
    "Step",
    "Tanh",
    "Tiles",
    "Tree",
    "as_outputs",
    "column_sums",
    "loss_for",
    "nested",
    "plateau",
    "quiet",
    "sigmoid",
    "softmax",
    "tiled_product",
]
