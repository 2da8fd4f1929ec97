"""A plot drawn again and again while a model learns, as a strip and as a GIF; the training is that of `zoo.train`."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.errors import OptionError, UsageError
from zoo.plots.film import frame_epochs

X = np.random.default_rng(0).random((60, 2))


@pytest.mark.parametrize(("frames", "epochs"), [(2, 1), (5, 4), (8, 100), (6, 40), (3, 1000), (40, 45)])
def test_frames_begin_before_training_and_end_after_it(frames: int, epochs: int) -> None:
    chosen = frame_epochs(frames, epochs)
    assert chosen[0] == 0 and chosen[-1] == epochs
    assert len(chosen) == min(frames, epochs + 1) == len(set(chosen))


def test_a_strip_and_a_gif(tmp_path: Path) -> None:
    from PIL import Image

    plain = zoo.train("moons", epochs=3, threads=1)
    model = zoo.film("moons", out=tmp_path / "film.gif", plots="regions", frames=3, epochs=3, threads=1)
    for name, array in plain.weights.items():
        np.testing.assert_array_equal(array, model.weights[name])
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 3
        size = film.size
    zoo.film("moons", out=tmp_path / "strip.png", plots="regions", frames=3, epochs=3)
    with Image.open(tmp_path / "strip.png") as strip:
        assert strip.size[0] == 3 * size[0] and strip.size[1] == size[1]


def test_a_map_is_drawn_from_its_first_weights_on(tmp_path: Path) -> None:
    from PIL import Image

    options = {"rows": 3, "columns": 4, "initial": "random", "epochs": 2}
    zoo.film("som", X, out=tmp_path / "map.gif", plots="mesh", frames=3, **options)
    with Image.open(tmp_path / "map.gif") as film:
        pages = []
        for number in range(film.n_frames):
            film.seek(number)
            pages.append(np.asarray(film.convert("L"), int))
    assert len(pages) == 3 and all((a != b).any() for a, b in itertools.pairwise(pages))


def test_what_cannot_be_filmed_is_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no plot 'region' applies to this model; did you mean 'regions'"):
        zoo.film("moons", out=tmp_path / "a.png", plots="region")
    with pytest.raises(UsageError, match=r"expected a \.png, a strip of frames, or a \.gif"):
        zoo.film("moons", out=tmp_path / "a.pdf", plots="regions")
    with pytest.raises(OptionError, match="frames is 1, expected a whole number from 2"):
        zoo.film("moons", out=tmp_path / "a.png", plots="regions", frames=1)
    (tmp_path / "there.png").touch()
    with pytest.raises(UsageError, match="exists already"):
        zoo.film("moons", out=tmp_path / "there.png", plots="regions")
