"""What the gradient-trained families share: layers, combinators, losses, optimizers, and the step they train by.

A layer in a new module of `zoo.nn.layers` is `zoo.nn.NAME` without a line here; with one, type checkers know it too.

Importing this package imports none of its modules: each name is fetched from its module when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.lazy_names import lazy_names

if TYPE_CHECKING:  # the list of public names, also at run time: see lazy_names
    from zoo.nn.activations import ACTIVATIONS as ACTIVATIONS
    from zoo.nn.activations import Activation as Activation
    from zoo.nn.activations import LeakyRelu as LeakyRelu
    from zoo.nn.activations import Linear as Linear
    from zoo.nn.activations import Relu as Relu
    from zoo.nn.activations import Sigmoid as Sigmoid
    from zoo.nn.activations import Softmax as Softmax
    from zoo.nn.activations import Step as Step
    from zoo.nn.activations import Tanh as Tanh
    from zoo.nn.activations import sigmoid as sigmoid
    from zoo.nn.activations import softmax as softmax
    from zoo.nn.initializers import GLOROT_UNIFORM as GLOROT_UNIFORM
    from zoo.nn.initializers import HE_NORMAL as HE_NORMAL
    from zoo.nn.initializers import INITIALIZERS as INITIALIZERS
    from zoo.nn.initializers import ONES as ONES
    from zoo.nn.initializers import ZEROS as ZEROS
    from zoo.nn.initializers import Constant as Constant
    from zoo.nn.initializers import Initializer as Initializer
    from zoo.nn.initializers import Normal as Normal
    from zoo.nn.initializers import Scaled as Scaled
    from zoo.nn.initializers import Uniform as Uniform
    from zoo.nn.inspection import LayerInfo as LayerInfo
    from zoo.nn.inspection import LossGradients as LossGradients
    from zoo.nn.kernels.buffers import BufferPool as BufferPool
    from zoo.nn.kernels.buffers import ScratchBuffers as ScratchBuffers
    from zoo.nn.kernels.tiled_matmul import Tiles as Tiles
    from zoo.nn.kernels.tiled_matmul import tiled_product as tiled_product
    from zoo.nn.layer import Average as Average
    from zoo.nn.layer import Layer as Layer
    from zoo.nn.layer import Mode as Mode
    from zoo.nn.layer import Parameter as Parameter
    from zoo.nn.layer import Pullback as Pullback
    from zoo.nn.layer import Shapes as Shapes
    from zoo.nn.layer import Tree as Tree
    from zoo.nn.layers.combinators import Aside as Aside
    from zoo.nn.layers.combinators import Branch as Branch
    from zoo.nn.layers.combinators import Serial as Serial
    from zoo.nn.layers.dense import Dense as Dense
    from zoo.nn.layers.dense import Maxout as Maxout
    from zoo.nn.layers.dense import column_sums as column_sums
    from zoo.nn.layers.dropout import Dropout as Dropout
    from zoo.nn.layers.flatten import Flatten as Flatten
    from zoo.nn.layers.normalization import LayerNorm as LayerNorm
    from zoo.nn.layers.reshape import Reshape as Reshape
    from zoo.nn.layers.tied import Tied as Tied
    from zoo.nn.losses import LOSSES as LOSSES
    from zoo.nn.losses import BinaryCrossEntropy as BinaryCrossEntropy
    from zoo.nn.losses import CategoricalCrossEntropy as CategoricalCrossEntropy
    from zoo.nn.losses import Loss as Loss
    from zoo.nn.losses import SigmoidSquaredError as SigmoidSquaredError
    from zoo.nn.losses import SquaredError as SquaredError
    from zoo.nn.losses import as_outputs as as_outputs
    from zoo.nn.optimizers import OPTIMIZERS as OPTIMIZERS
    from zoo.nn.optimizers import Optimizer as Optimizer
    from zoo.nn.parameters import Gradient as Gradient
    from zoo.nn.parameters import Layout as Layout
    from zoo.nn.parameters import Parameters as Parameters
    from zoo.nn.parameters import nested as nested
    from zoo.nn.schedules import SCHEDULES as SCHEDULES
    from zoo.nn.schedules import Schedule as Schedule
    from zoo.nn.schedules import plateau as plateau
    from zoo.nn.schedules import scheduled as scheduled
    from zoo.nn.schedules import settings_of as settings_of
    from zoo.nn.training.architecture import GradientArchitecture as GradientArchitecture
    from zoo.nn.training.model import GradientModel as GradientModel
    from zoo.nn.training.model import loss_for as loss_for
    from zoo.nn.training.model import loss_named as loss_named
    from zoo.nn.training.model import loss_option as loss_option
    from zoo.nn.training.model import quiet as quiet
    from zoo.nn.training.phase import GradientPhase as GradientPhase
    from zoo.nn.training.settings import GradientSettings as GradientSettings
    from zoo.nn.training.step import GradientStep as GradientStep
else:

    def _layers() -> dict[str, Any]:
        """The layers without a line above."""
        from zoo.nn.layers import layers  # start-up time: only for a name that is not found

        return layers()

    __getattr__, __dir__ = lazy_names(__name__, _layers)
