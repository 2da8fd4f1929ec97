"""The pictures of the recurrent family: forecasts, activity over a sequence, how far back the gradient reaches."""

from zoo_recurrent.plots.activity import ACTIVITY
from zoo_recurrent.plots.forecast import FORECAST
from zoo_recurrent.plots.gradient_reach import MEMORY

FIGURES = (FORECAST, ACTIVITY, MEMORY)
