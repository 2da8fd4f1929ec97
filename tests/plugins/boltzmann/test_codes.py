"""How many codes a Boltzmann machine has found, and how far they lie apart."""

import numpy as np
import pytest
from zoo_boltzmann.boltzmann_machine import code_metrics


@pytest.mark.parametrize(
    ("codes", "count", "distance"),
    [
        ([0b00, 0b01, 0b10, 0b11], 4, 1),
        ([0b000, 0b011, 0b101, 0b110], 4, 2),  # the four codes of the 4-3-4 encoder, two units apart
        ([0b00, 0b11], 2, 2),
        ([0b01, 0b01, 0b10], 2, 0),  # two rows with the same code
        ([0b1], 1, 0),
    ],
)
def test_codes_and_their_distance(codes, count, distance):
    rows = np.bincount(codes, minlength=8).astype(float)
    assert code_metrics(rows) == {"codes": count, "code_distance": distance}
