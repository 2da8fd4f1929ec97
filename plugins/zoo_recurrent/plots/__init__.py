"""Plots of recurrent nets: forecasts, activity over a sequence, reach of the gradient."""

from zoo_recurrent.plots.activity import ACTIVITY
from zoo_recurrent.plots.forecast import FORECAST
from zoo_recurrent.plots.gradient_reach import MEMORY

PLOTS = (FORECAST, ACTIVITY, MEMORY)
