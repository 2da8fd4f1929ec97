"""Folders of images by class: read, scaled, streamed, predicted; damaged files are named, refused or left out."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.core.architecture import InputSpec
from zoo.data import DataOptions, Encoded, Preprocessing, open_dataset, split
from zoo.data.as_trained import raw_rows
from zoo.data.readers import image_folders, images
from zoo.errors import DataError, OptionError, ZooWarning

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

COLOURS = {"blue": (20, 30, 220), "red": (230, 20, 10)}


def paint(file: Path, colour: tuple[int, int, int], size: tuple[int, int] = (12, 10), mode: str = "RGB") -> None:
    """An image (width, height) of one colour under a little noise, PNG or JPEG by its suffix."""
    noise = np.random.default_rng(len(file.name)).integers(-10, 10, (size[1], size[0], 3))
    pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).convert(mode).save(file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label, colour in COLOURS.items():
        for number in range(10):
            paint(tmp_path / "set" / label / f"{number}.{'png' if number % 2 else 'jpg'}", colour)
    return tmp_path / "set"


def test_each_subfolder_is_a_class(folder):
    data = open_dataset(folder)
    assert data.task == "classification" and data.kind == "images" and data.labels == ("blue", "red")
    assert data.inputs.shape == (20, 10, 12, 3) and data.inputs.dtype == np.uint8
    means, labels = data.inputs.read(0, 20).mean((1, 2)), data.targets.read(0, 20)
    for image, label in zip(means, labels, strict=True):
        assert np.abs(image - COLOURS[data.labels[label]]).max() < 12
    assert 0 < labels[:10].sum() < 10  # classes are mixed
    assert open_dataset(folder).digest == data.digest


def test_images_of_other_sizes_are_scaled_and_cut(folder):
    left = np.zeros((6, 20, 3), np.uint8)
    left[:, 8:12] = 255  # the middle of a wide image
    Image.fromarray(left).save(folder / "red" / "wide.png")
    data = open_dataset(folder, image_size=6)
    assert data.inputs.shape == (21, 6, 6, 3)
    images = data.inputs.read(0, 21)
    assert any((image[:, 1:5] == 255).all() and (image[:, 0] == 0).all() for image in images)


def test_grey_where_all_are_grey_or_where_asked(tmp_path):
    for number in range(3):
        for label in "ab":
            paint(tmp_path / label / f"{number}.png", (number, 99, 200), mode="L")
    assert open_dataset(tmp_path).inputs.shape == (6, 10, 12)
    assert open_dataset(tmp_path, image_colour="colour").inputs.shape == (6, 10, 12, 3)
    paint(tmp_path / "a" / "x.png", (1, 2, 3))
    assert open_dataset(tmp_path).inputs.shape == (7, 10, 12, 3)
    assert open_dataset(tmp_path, image_colour="grey").inputs.shape == (7, 10, 12)


def test_a_set_larger_than_memory_stays_in_its_files(folder):
    held, streamed = open_dataset(folder), open_dataset(folder, in_memory=0)
    assert held.block is None and streamed.block is not None
    assert np.array_equal(held.inputs.read(3, 9), streamed.inputs.read(3, 9))
    assert np.array_equal(held.inputs.take(np.array([7, 2])), streamed.inputs.take(np.array([7, 2])))
    encoded = []
    for data in (held, streamed):
        parts = split(data, seed=1)
        preprocessing = Preprocessing.fit(data, parts.train, InputSpec())
        encoded.append(Encoded(data, parts.train, preprocessing).rows(np.array([5, 0, 3])))
    assert np.array_equal(encoded[0].inputs, encoded[1].inputs) and np.array_equal(*(e.targets for e in encoded))


def test_a_test_folder_is_the_test_part(folder, tmp_path):
    folder.rename(tmp_path / "train")
    (tmp_path / "both").mkdir()
    (tmp_path / "train").rename(tmp_path / "both" / "train")
    for label, colour in COLOURS.items():
        paint(tmp_path / "both" / "test" / label / "one.png", colour)
    data = open_dataset(tmp_path / "both")
    parts = split(data, seed=0)
    assert (len(parts.train), len(parts.test)) == (20, 2) and data.labels == ("blue", "red")


def test_a_damaged_file_is_named_or_left_out(folder):
    (folder / "red" / "torn.png").write_bytes((folder / "red" / "1.png").read_bytes()[:60])
    (folder / "blue" / "no.jpg").write_text("not an image")
    with pytest.raises(DataError, match=r"(torn\.png|no\.jpg): cannot be read as an image"):
        open_dataset(folder)
    with pytest.warns(ZooWarning, match=r"(torn\.png|no\.jpg) and 1 more: .* left out"):
        assert len(open_dataset(folder, corrupt="skip")) == 20


def test_one_image_per_class_trains(tmp_path):
    for label, colour in COLOURS.items():
        paint(tmp_path / label / "one.png", colour)
    data = open_dataset(tmp_path)
    parts = split(data, seed=0)
    assert len(parts.train) == 2 and not len(parts.test)


def test_images_beside_each_other_have_no_classes(tmp_path):
    paint(tmp_path / "a.png", (1, 2, 3))
    with pytest.raises(DataError, match="one for each class"):
        open_dataset(tmp_path)


def test_a_single_class_cannot_be_learned(tmp_path):
    paint(tmp_path / "only" / "a.png", (1, 2, 3))
    data = open_dataset(tmp_path)
    with pytest.raises(DataError, match="two classes or more"):
        Preprocessing.fit(data, np.arange(len(data)), InputSpec())


def test_a_single_image_is_only_predicted(folder):
    data = open_dataset(folder)
    preprocessing = Preprocessing.fit(data, np.arange(len(data)), InputSpec())
    with pytest.raises(DataError, match="expected a folder"):
        open_dataset(folder / "red" / "1.png")
    assert raw_rows(folder / "red" / "1.png", preprocessing).inputs.shape == (1, 10, 12, 3)
    assert raw_rows(folder / "red", preprocessing).inputs.shape == (10, 10, 12, 3)
    with pytest.raises(OptionError, match="--target does nothing"):
        open_dataset(folder, target="red")
    assert DataOptions().corrupt == "error"


def test_from_the_command_line_to_the_label_of_one_image(folder, tmp_path):
    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "zoo", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    options = (
        "--channels",
        "2",
        "--dense",
        "8",
        "--kernel",
        "3",
        "--epochs",
        "6",
        "--batch-size",
        "4",
        "--learning-rate",
        "0.01",
    )
    run("train", "cnn", "--data", str(folder), "--out", "model.h5", *options)
    answers = run("predict", "model.h5", "--data", str(folder / "red" / "3.png")).split()
    assert answers == ["file,label", "3.png,red"]
    (folder / "red" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    whole = sorted(file.name for file in (folder / "red").iterdir() if file.name != "torn.png")
    answers = run("predict", "model.h5", "--data", str(folder / "red"), "--corrupt", "skip").split()
    assert answers == ["file,label", *(f"{name},red" for name in whole)]
    assert len(whole) == 10
    assert zoo.load(tmp_path / "model.h5").signature.input_shape == (10, 12, 3)


def test_odd_classes_are_remarked_upon(folder):
    assert open_dataset(folder).notes == ()
    (folder / "green").mkdir()
    (folder / "green" / "notes.txt").write_text("none yet")
    paint(folder / "pink" / "one.png", (200, 100, 100))
    assert open_dataset(folder).notes == (
        "class folder 'green' holds no image file",
        "class 'pink' has a single image, which cannot be both learned from and tested on",
        "1 file (notes.txt) is no PNG, JPEG, WebP, GIF, BMP or TIFF: left out",
    )


def test_odd_classes_of_parts_are_remarked_upon(folder, tmp_path):
    (tmp_path / "both").mkdir()
    folder.rename(tmp_path / "both" / "train")
    paint(tmp_path / "both" / "train" / "pink" / "one.png", (200, 100, 100))
    for label in ("red", "pink", "green", "white"):
        paint(tmp_path / "both" / "test" / label / "one.png", (9, 9, 9))
    (tmp_path / "both" / "test" / "blue").mkdir()
    assert open_dataset(tmp_path / "both").notes == (
        "class folder 'test/blue' holds no image file",
        "class 'pink' has a single image to train on",
        "classes 'green', 'white' have images to test on, but none to train on",
    )


def test_images_that_change_much_are_remarked_upon(folder):
    paint(folder / "red" / "tiny.png", (230, 20, 10), size=(3, 2))
    paint(folder / "red" / "wide.png", (230, 20, 10), size=(48, 10))
    assert open_dataset(folder).notes == (
        "1 of 22 images (red/tiny.png of 2×3) is enlarged 4 times or more on a side, to 10×12",
        "1 of 22 images (red/wide.png of 10×48) is cut to the middle 50 % or less, to be 10×12",
    )
    assert "22 of 22 images (" in open_dataset(folder, image_size=48).notes[0]
    assert not any("smaller" in each for each in open_dataset(folder, image_size=2).notes)


def test_a_first_image_much_smaller_than_the_others_is_remarked_upon(folder):
    first = min(folder.glob("*/*"), key=lambda file: zlib.crc32(file.relative_to(folder).as_posix().encode()))
    paint(first, (20, 30, 220), size=(3, 2))
    (remark,) = open_dataset(folder).notes
    assert remark.startswith("19 of 20 images (") and "4 times smaller or more on a side, to 2×3" in remark


def test_images_read_by_threads_are_those_read_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    for label in "ab":
        (tmp_path / label).mkdir()
        for number in range(20):
            pixels = random.integers(0, 256, (6, 5, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / label / f"{number}.png")
    whole = open_dataset(tmp_path)
    monkeypatch.setattr(images, "AT_ONCE", 3)
    assert open_dataset(tmp_path).digest == whole.digest
    source = open_dataset(tmp_path, in_memory=0).inputs
    assert (source.take(np.arange(40)) == whole.inputs.read(0, 40)).all()
    broken = [source.files[place] for place in (11, 25)]  # type: ignore[attr-defined]
    for file in broken:
        file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(DataError, match=f"{broken[0].parent.name}/{broken[0].name}: cannot be read as an image"):
        open_dataset(tmp_path)


def test_a_folder_is_gone_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for label in "ab":
        (tmp_path / label).mkdir()
        Image.new("L", (4, 4)).save(tmp_path / label / "0.png")
    walked: list[Path] = []
    whole = image_folders._files_in
    monkeypatch.setattr(image_folders, "_files_in", lambda folder, depth: walked.append(folder) or whole(folder, depth))
    open_dataset(tmp_path)
    assert sorted(walked) == [tmp_path / "a", tmp_path / "b"]
