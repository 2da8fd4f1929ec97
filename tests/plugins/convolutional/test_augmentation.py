"""Augmentation: what it does to an image, that it is off by default, and that only training sees it."""

from __future__ import annotations

import numpy as np
import pytest
from zoo_convolutional.augmentation import Augmentation, sampled, smooth_noise
from zoo_convolutional.training import Augmented, ImageSettings

from zoo.core.random import RandomStream
from zoo.errors import OptionError
from zoo.inference.batched import evaluate
from zoo.parallel.threads import Workers
from zoo.testing import Case
from zoo.training.prepare import prepare


def blob(shape=(21, 21), at=(10, 10)) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.exp(-((y - at[0]) ** 2 + (x - at[1]) ** 2) / 8).astype(np.float32)


def centre(image: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(y * image).sum(), (x * image).sum()]) / image.sum()


def test_nothing_is_changed_by_default():
    assert not ImageSettings().augmentation.changes
    images = np.random.default_rng(0).random((3, 6, 7, 2), np.float32)
    assert np.array_equal(Augmentation()(images, np.random.default_rng(0)), images)


def test_a_shift_stays_within_its_pixels_and_goes_everywhere():
    images = np.repeat(blob()[None], 200, 0)
    moved = np.array([centre(each) for each in Augmentation(shift=3)(images, np.random.default_rng(1))]) - 10
    assert np.abs(moved).max() < 3.1 and moved.min() < -2.5 and moved.max() > 2.5
    assert np.abs(moved.mean(0)).max() < 0.4


def test_a_rotation_turns_about_the_centre():
    images = np.repeat(blob(at=(10, 16))[None], 200, 0)
    turned = np.array([centre(each) for each in Augmentation(rotation=30)(images, np.random.default_rng(2))]) - 10
    angle = np.degrees(np.arctan2(turned[:, 0], turned[:, 1]))
    assert np.abs(np.hypot(*turned.T) - 6).max() < 0.2
    assert np.abs(angle).max() < 31 and angle.min() < -25 and angle.max() > 25


def test_scaling_makes_larger_and_smaller():
    images = np.repeat(blob()[None], 200, 0)
    mass = Augmentation(scaling=0.2)(images, np.random.default_rng(3)).sum((1, 2)) / blob().sum()
    assert 0.6 < mass.min() < 0.7 and 1.35 < mass.max() < 1.46


def test_elastic_noise_is_smooth_and_of_unit_variance():
    noise = smooth_noise(200, 24, 24, 4.0, np.random.default_rng(4))
    assert noise.std() == pytest.approx(1, abs=0.05)
    assert np.corrcoef(noise[:, 10, 10], noise[:, 10, 12])[0, 1] > 0.8
    assert abs(np.corrcoef(noise[:, 2, 2], noise[:, 20, 20])[0, 1]) < 0.25


def test_flips_and_crops_take_what_is_there():
    images = np.random.default_rng(5).random((64, 5, 6, 3), np.float32)
    flipped = Augmentation(flip="horizontal")(images, np.random.default_rng(6))
    same, mirrored = [(flipped == each).all((1, 2, 3)) for each in (images, images[:, :, ::-1])]
    assert (same ^ mirrored).all() and 15 < mirrored.sum() < 49
    cropped = Augmentation(crop=2)(images, np.random.default_rng(6))
    assert cropped.shape == images.shape
    around = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="edge")
    parts = [around[:, i : i + 5, j : j + 6] for i in range(5) for j in range(5)]
    assert all(any(np.array_equal(cropped[n], part[n]) for part in parts) for n in range(64))


def test_between_pixels_values_are_interpolated():
    x = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1)
    at = np.array([[[0.5, 1.25, 9.0]]], np.float32), np.array([[[0.5, 2.0, -3.0]]], np.float32)
    assert sampled(x, *at).ravel() == pytest.approx([2.5, 7.0, 8.0])


def test_training_sees_changed_images_and_validation_never():
    case = Case("cnn", options={"channels": (4,), "dense": ()}, training={"shift": 3, "flip": "both"})
    run = case.prepare()
    rows = run.samples("train").rows(np.arange(16))
    step = run.training.phases[0].step(run.model)
    assert isinstance(step, Augmented)
    first, again, other = (step.measure(rows, {}, RandomStream(0, batch=b)).sums["loss"].item() for b in (0, 0, 1))
    assert first == again != other
    with Workers(1) as workers:
        seen = evaluate(run.model, run.samples("train"), RandomStream(0), workers)
        plain = Case("cnn", options={"channels": (4,), "dense": ()}).prepare()
        assert seen == evaluate(plain.model, plain.samples("train"), RandomStream(7), workers)


def test_bad_amounts_are_refused():
    for values in ({"shift": -1}, {"scaling": 1.0}, {"flip": "sideways"}, {"rotation": 400}):
        with pytest.raises(OptionError):
            prepare("lenet5", training=values)
