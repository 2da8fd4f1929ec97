"""The layers of convolutional nets, channels last."""

from zoo_convolutional.layers.channels import Channels, Shortcut
from zoo_convolutional.layers.convolution import Convolution
from zoo_convolutional.layers.normalization import BatchNorm, ResponseNorm
from zoo_convolutional.layers.pooling import AveragePool, GlobalAveragePool, MaxPool

__all__ = [
    "AveragePool",
    "BatchNorm",
    "Channels",
    "Convolution",
    "GlobalAveragePool",
    "MaxPool",
    "ResponseNorm",
    "Shortcut",
]
