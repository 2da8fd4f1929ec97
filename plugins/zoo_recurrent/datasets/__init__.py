"""The datasets of the recurrent family: made on the spot, but for two that are read from the data folder."""

from zoo_recurrent.datasets import adding, counting, reber, sentences, series, shakespeare, sunspots, temporal_xor

SOURCES = (
    counting.SOURCE,
    reber.SOURCE,
    temporal_xor.SOURCE,
    adding.SOURCE,
    sentences.SOURCE,
    series.SINE,
    series.MACKEY_GLASS,
    sunspots.SOURCE,
    shakespeare.SOURCE,
)
