"""Pixels keep their meaning: bits, orientation, transparency, palettes, formats; folders that are parts or hidden."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.core.architecture import InputSpec
from zoo.data import Preprocessing, open_dataset, split
from zoo.data.as_trained import raw_rows
from zoo.errors import DataError

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

RAMP = np.add.outer(np.arange(6) * 8, np.arange(8)).astype(np.uint8) * 5  # (6, 8), no two pixels alike, 0 to 235


def save(pixels: np.ndarray, file: Path, **options: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file, **options)
    return file


def of_class(data, label: str) -> np.ndarray:
    """The images of one class."""
    return data.inputs.read(0, len(data))[data.targets.read(0, len(data)) == data.labels.index(label)]


@pytest.mark.parametrize(
    ("pixels", "suffix"),
    [
        ((RAMP.astype(np.uint16) + 1) * 250, "png"),
        (RAMP.astype(np.uint16) * 16, "tif"),
        (RAMP.astype(np.float32) / 1000 + 0.1, "tif"),
    ],
)
def test_more_than_eight_bits_keep_their_range(tmp_path, pixels, suffix):
    for label, times in (("dark", 0.5), ("light", 1)):
        save((pixels * times).astype(pixels.dtype), tmp_path / label / f"a.{suffix}")
    data = open_dataset(tmp_path)
    assert data.inputs.dtype == pixels.dtype and np.array_equal(of_class(data, "light")[0], pixels)
    small = open_dataset(tmp_path, image_size=4)
    assert small.inputs.dtype == pixels.dtype
    assert abs(of_class(small, "light").mean() / pixels.mean() - 1) < 0.1
    preprocessing = Preprocessing.fit(data, np.arange(2), InputSpec("unit"))
    encoded = preprocessing.encode_inputs(data.inputs.read(0, 2))
    assert len(np.unique(encoded)) > 40 and encoded.min() == pytest.approx(0) and encoded.max() == pytest.approx(1)
    rows = raw_rows(tmp_path / "light" / f"a.{suffix}", preprocessing)
    assert rows.inputs.dtype == pixels.dtype and np.array_equal(rows.inputs.read(0, 1)[0], pixels)


def test_sixteen_bits_are_learned_from_and_predicted(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(20):
        for label, level in (("dark", 9000), ("light", 30000)):
            save((level + rng.integers(0, 2000, (6, 6))).astype(np.uint16), tmp_path / "set" / label / f"{number}.png")
    model = zoo.train("mlp", tmp_path / "set", epochs=20)
    assert list(zoo.predict(model, tmp_path / "set")) == ["dark"] * 20 + ["light"] * 20


def test_mixed_bits_share_black_and_white(tmp_path):
    save(RAMP.astype(np.uint16) * 257, tmp_path / "a" / "deep.png")
    save(RAMP, tmp_path / "b" / "flat.png")
    data = open_dataset(tmp_path)
    assert data.inputs.dtype == np.uint16 and np.array_equal(of_class(data, "a"), of_class(data, "b"))
    assert any("different types of pixels" in remark for remark in data.notes)
    save(RAMP.astype(np.float32), tmp_path / "b" / "real.tif")
    with pytest.raises(DataError, match=r"flat.png|deep.png"):
        open_dataset(tmp_path).inputs.read(0, 3)


def test_a_model_of_eight_bits_takes_sixteen_by_its_range(tmp_path):
    save(RAMP, tmp_path / "set" / "a" / "flat.png")
    deep = save(RAMP.astype(np.uint16) * 257, tmp_path / "deep.png")
    data = open_dataset(tmp_path / "set")
    preprocessing = Preprocessing.fit(data, np.arange(1), InputSpec("unit"), "unsupervised")
    assert np.array_equal(raw_rows(deep, preprocessing).inputs.read(0, 1), data.inputs.read(0, 1))


def test_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    save(RAMP, tmp_path / "a" / "turned.png", exif=exif)
    data = open_dataset(tmp_path)
    assert np.array_equal(data.inputs.read(0, 1)[0], np.rot90(RAMP, -1)) and not data.notes[1:]


@pytest.mark.parametrize(("background", "level"), [("white", 255), ("black", 0)])
def test_transparent_pixels_show_the_background(tmp_path, background, level):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:2] = (200, 10, 20, 255)
    save(rgba, tmp_path / "colour" / "a.png")
    grey = np.zeros((4, 4, 2), np.uint8)
    grey[:2] = (90, 255)
    save(grey, tmp_path / "grey" / "a.png")
    data = open_dataset(tmp_path, background=background)
    colour, plain = of_class(data, "colour")[0], of_class(data, "grey")[0]
    assert (colour[:2] == (200, 10, 20)).all() and (colour[2:] == level).all()
    assert (plain[:2] == 90).all() and (plain[2:] == level).all()
    assert any("2 images have transparent pixels" in remark and "--background" in remark for remark in data.notes)


def test_palettes_are_looked_up(tmp_path):
    numbers = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), "P")
    numbers.putpalette([250, 0, 0, 0, 0, 250])
    (tmp_path / "a").mkdir()
    numbers.save(tmp_path / "a" / "x.png")
    assert open_dataset(tmp_path).inputs.read(0, 1)[0, 0].tolist() == [[250, 0, 0], [0, 0, 250]]
    numbers.putpalette([200, 200, 200, 7, 7, 7])
    numbers.save(tmp_path / "a" / "x.png")
    assert open_dataset(tmp_path).inputs.read(0, 1)[0].tolist() == [[200, 7], [7, 200]]


def test_all_formats_are_read(tmp_path):
    colours = np.stack([RAMP, 255 - RAMP, RAMP // 2], axis=2)
    for suffix in ("png", "jpg", "jpeg", "jfif", "webp", "bmp", "gif", "tif", "TIFF"):
        file = save(colours, tmp_path / "a" / f"{suffix}.{suffix}", **({"lossless": True} if suffix == "webp" else {}))
        assert file.exists()
    data = open_dataset(tmp_path)
    assert data.inputs.shape == (9, 6, 8, 3)
    assert np.abs(data.inputs.read(0, 9).astype(int) - colours).mean() < 12
    preprocessing = Preprocessing.fit(data, np.arange(9), InputSpec(), "unsupervised")
    for file in (tmp_path / "a").iterdir():
        assert raw_rows(file, preprocessing).inputs.shape == (1, 6, 8, 3)


@pytest.mark.parametrize(
    ("names", "sizes"),
    [
        (("train", "val"), (4, 2, 0)),
        (("Training", "Valid", "TEST"), (4, 2, 2)),
        (("train", "dev", "testing"), (4, 2, 2)),
        (("train", "test"), (4, 0, 2)),
    ],
)
def test_folders_of_parts_in_any_spelling(tmp_path, names, sizes):
    for part in names:
        for number in range(2 if part.lower().startswith("train") else 1):
            for label in "ab":
                save(RAMP, tmp_path / part / label / f"{number}.png")
    data = open_dataset(tmp_path)
    parts = split(data, seed=0)
    assert data.labels == ("a", "b") and (len(parts.train), len(parts.validation), len(parts.test)) == sizes
    if sizes[1]:
        assert any("the folders are the parts" in remark for remark in data.notes)
        assert parts.validation.tolist() == [4, 5]


def test_what_is_left_out_is_told_by_number(tmp_path):
    for label in "ab":
        for number in range(3):
            save(RAMP, tmp_path / label / f"{number}.png")
    save(RAMP, tmp_path / ".ipynb_checkpoints" / "0-checkpoint.png")
    save(RAMP, tmp_path / "a" / ".ipynb_checkpoints" / "0-checkpoint.png")
    save(RAMP, tmp_path / "__MACOSX" / "a" / "0.png")
    save(RAMP, tmp_path / "loose.png")
    (tmp_path / "b" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "b" / "notes.txt").write_text("x")
    data = open_dataset(tmp_path)
    assert len(data) == 6 and data.labels == ("a", "b")
    reported = "\n".join(data.notes)
    assert "1 image (loose.png) lies beside the class folders" in reported
    assert "2 files (" in reported and "are no PNG" in reported and "3 hidden folders" in reported


def test_class_folders_one_folder_down(tmp_path):
    for label in "ab":
        save(RAMP, tmp_path / "dataset" / label / "0.png")
    data = open_dataset(tmp_path)
    assert data.labels == ("a", "b") and "dataset/" in data.notes[0]
