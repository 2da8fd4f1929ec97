"""Kohonen's animals: sixteen of them by thirteen attributes of size, limbs, coat and habits."""

from __future__ import annotations

import numpy as np

from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory

ANIMALS = (
    *("dove", "hen", "duck", "goose", "owl", "hawk", "eagle", "fox"),
    *("dog", "wolf", "cat", "tiger", "lion", "horse", "zebra", "cow"),
)
ATTRIBUTES = {  # a row of the table for each, in the order of the animals
    "small": "1111110000100000",
    "medium": "0000001111000000",
    "big": "0000000000011111",
    "2 legs": "1111111000000000",
    "4 legs": "0000000111111111",
    "hair": "0000000111111111",
    "hooves": "0000000000000111",
    "mane": "0000000001001110",
    "feathers": "1111111000000000",
    "hunt": "0000111101111000",
    "run": "0000000011011110",
    "fly": "1001111000000000",
    "swim": "0011000000000000",
}


def animals(options: DataOptions) -> Dataset:
    """inputs (16, 13) of 0 and 1; the label is the animal's name. Owl and hawk have the same attributes, horse and
    zebra too. Source: H. Ritter and T. Kohonen (1989), Self-organizing semantic maps, table 1."""
    inputs = np.array([[int(bit) for bit in row] for row in ATTRIBUTES.values()], np.uint8).T
    return Dataset(
        name="animals",
        task="classification",
        inputs=InMemory(np.ascontiguousarray(inputs)),
        targets=InMemory(np.arange(len(ANIMALS), dtype=np.uint8)),
        labels=ANIMALS,
        columns=tuple(Column(name) for name in ATTRIBUTES),
        named=True,
        table=tuple(ATTRIBUTES),
        splits="all",
    )


SOURCE = DatasetSource("animals", "16 animals by 13 attributes, for a map on which the like lie near", animals)
