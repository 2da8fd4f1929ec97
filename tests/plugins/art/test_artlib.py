"""Fuzzy ART puts every image where artlib puts it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from zoo_art.fuzzy_art import FuzzyArt

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.data import open_dataset
from zoo.parallel.threads import Workers

COUNT = 300


def labels_of(x: np.ndarray, vigilance: float, **options) -> list[int]:
    """The category of each presentation, in one pass."""
    architecture = FuzzyArt(vigilance=vigilance, uncommitted="last", precision="float64", **options)
    model = architecture.build(Signature("unsupervised", (x.shape[1],), (1,), ("category",)), RandomStream(0))
    phase = architecture.phases(TrainingPlan(architecture.settings))[0]
    step, found = phase.step(model), []
    for row in x:
        before = model.weights["sizes"].copy()
        step(Batch.of(row[None]), StepContext(RandomStream(0), Workers(1)))
        after = model.weights["sizes"].copy()
        after[: len(before)] -= before
        found.append(int(after.argmax()))
    return found


@pytest.mark.parametrize("vigilance", [0.5, 0.7])
@pytest.mark.parametrize("counted", [True, False])
def test_the_same_label_for_every_image(vigilance: float, counted: bool, real_data: Callable[[str], Path]) -> None:
    """Pixels / 256, complement-coded, no rescaling; `COUNT` images here, all 2,000 in the benchmark."""
    artlib = pytest.importorskip("artlib", reason="artlib is not installed")
    folder = real_data("train-images*").parent
    images = open_dataset(str(folder)).inputs.take(np.arange(COUNT)).reshape(COUNT, -1) / 256
    net = artlib.FuzzyART(vigilance, 0.001, 1.0)
    net.fit(np.concatenate([images, 1 - images], axis=1))
    assert labels_of(images, vigilance, count_resets=counted) == net.labels_.tolist()
