"""The pictures of the recurrent family."""

from zoo.figures import Figure

FIGURES: tuple[Figure, ...] = ()
