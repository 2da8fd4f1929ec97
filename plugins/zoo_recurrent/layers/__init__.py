"""Recurrent layers: each file one rule, forward over the time steps and its pullback back through them."""

from zoo_recurrent.kernels.elman_tiled import ElmanLayer
from zoo_recurrent.kernels.gru_tiled import GruLayer
from zoo_recurrent.kernels.jordan_batched import JordanLayer
from zoo_recurrent.kernels.lstm_tiled import LstmLayer
from zoo_recurrent.kernels.peephole_batched import PeepholeLstmLayer
from zoo_recurrent.layers.forecast_head import Horizon, LastValues

__all__ = ["ElmanLayer", "GruLayer", "Horizon", "JordanLayer", "LastValues", "LstmLayer", "PeepholeLstmLayer"]
