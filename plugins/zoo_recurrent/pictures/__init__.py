"""The pictures of the recurrent family: forecasts, activity over a sequence, how far back the gradient reaches."""

from zoo_recurrent.pictures.activity import ACTIVITY
from zoo_recurrent.pictures.forecast import FORECAST
from zoo_recurrent.pictures.memory import MEMORY

FIGURES = (FORECAST, ACTIVITY, MEMORY)
