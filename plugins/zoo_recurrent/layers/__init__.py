"""Recurrent layers: each names its weights, its rule (`rules/`) and its kernel (`kernels/`)."""

from zoo_recurrent.layers.elman import ElmanLayer
from zoo_recurrent.layers.forecast_head import Horizon, LastValues
from zoo_recurrent.layers.gru import GruLayer
from zoo_recurrent.layers.jordan import JordanLayer
from zoo_recurrent.layers.lstm import LstmLayer
from zoo_recurrent.layers.peephole import PeepholeLstmLayer

__all__ = ["ElmanLayer", "GruLayer", "Horizon", "JordanLayer", "LastValues", "LstmLayer", "PeepholeLstmLayer"]
