"""MNIST: found in the data folder, else downloaded and checked. The server is on this machine, its files are small."""

from __future__ import annotations

import gzip
import hashlib
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.data import open_dataset, split
from zoo.datasets import mnist
from zoo.errors import DataError
from zoo.types import Array

pooch = pytest.importorskip("pooch", reason="downloading is an extra: zoo-networks[download]")


def idx(array: Array) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


CONTENT = {
    name: gzip.compress(
        idx(np.arange(12 * (9 if "images" in name else 1)).reshape((12, 3, 3) if "images" in name else 12) % 3)
    )
    for name in mnist.FILES
}
HASHES = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test's output is no server's log."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server on this machine, and the folder it shows."""
    folder = tmp_path / "server"
    folder.mkdir()
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", folder
        running.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: tuple[str, Path]) -> Path:
    """An empty data folder; mnist's mirrors and digests are the small server's."""
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(mnist, "FILES", HASHES)
    monkeypatch.setattr(mnist, "MIRRORS", (server[0],))
    monkeypatch.setattr(mnist.download, "__defaults__", ((server[0],), HASHES))
    return tmp_path / "data"


def test_downloaded_once_and_then_found(
    home: Path, server: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = open_dataset("mnist")
    assert (len(dataset), dataset.own_test, dataset.labels, dataset.kind) == (24, 12, ("0", "1", "2"), "images")
    assert sorted(path.name for path in (home / "mnist").iterdir()) == sorted(CONTENT)
    assert capsys.readouterr().out == ""  # progress goes to standard error
    for path in server[1].iterdir():
        path.unlink()
    assert open_dataset("mnist").digest == dataset.digest


def test_only_what_is_missing_is_fetched(home: Path, server: tuple[str, Path]) -> None:
    open_dataset("mnist")
    name = "t10k-labels-idx1-ubyte.gz"
    (home / "mnist" / name).unlink()
    for path in server[1].iterdir():
        if path.name != name:
            path.unlink()
    assert len(open_dataset("mnist")) == 24


def test_another_digest_is_refused_and_leaves_nothing(home: Path, server: tuple[str, Path]) -> None:
    name = "train-images-idx3-ubyte.gz"
    (server[1] / name).write_bytes(CONTENT[name] + b"!")
    with pytest.raises(DataError, match="another SHA-256") as caught:
        open_dataset("mnist")
    assert name in str(caught.value) and "\n" not in str(caught.value)
    assert not list((home / "mnist").glob("*"))


def test_the_next_mirror_is_asked(home: Path, server: tuple[str, Path]) -> None:
    mnist.download(home / "mnist", (server[0] + "nowhere/", server[0]), HASHES)
    assert sorted(path.name for path in (home / "mnist").iterdir()) == sorted(CONTENT)


def test_without_a_network_it_says_what_to_do(home: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as closed:
        address = f"http://127.0.0.1:{closed.server_port}/"
    with pytest.raises(
        DataError, match=r"could not be downloaded.*check the network, or put the four files into"
    ) as caught:
        mnist.download(home / "mnist", (address,), HASHES)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


def test_without_pooch_it_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(DataError, match=r"pip install 'zoo-networks\[download\]'") as caught:
        open_dataset("mnist")
    assert "\n" not in str(caught.value) and str(home) in str(caught.value)


@pytest.mark.parametrize("below", ["", "mnist"])
def test_well_formed_files_are_taken_as_they_are(home: Path, below: str) -> None:
    """A shortened copy has other digests than the whole, and no download is tried for it."""
    (home / below).mkdir(parents=True)
    for name in CONTENT:
        count = 5 if name.startswith("train") else 3
        shape = (count, 2, 2) if "images" in name else (count,)
        (home / below / name.removesuffix(".gz")).write_bytes(idx(np.arange(np.prod(shape)).reshape(shape) % 2))
    dataset = open_dataset("mnist")
    parts = split(dataset, 0)
    assert (len(parts.train), len(parts.test)) == (5, 3)


def test_the_digests_are_those_of_the_four_files() -> None:
    assert len(mnist.FILES) == 4 and all(len(bytes.fromhex(digest)) == 32 for digest in mnist.FILES.values())


def test_the_digits_in_the_data_folder(real_data: Callable[[str], Path]) -> None:
    real_data("t10k-images*")
    dataset = open_dataset("mnist")
    assert dataset.inputs.shape[1:] == (28, 28) and dataset.own_test == 10_000
    assert dataset.labels == tuple("0123456789") and dataset.inputs.dtype == np.uint8
