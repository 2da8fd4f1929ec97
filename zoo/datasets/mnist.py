"""MNIST: 28×28 grey images of handwritten digits, 60,000 to train and 10,000 to test.

Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo.data.dataset import Dataset, DatasetSource
from zoo.data.options import DataOptions
from zoo.errors import DataError
from zoo.platform.system import data_folder

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FILES = {  # SHA-256 of each, as distributed
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}


def mnist(options: DataOptions) -> Dataset:
    """The four files in the data folder or its subfolder `mnist`, downloaded where they are missing.

    Any well-formed files of those names do: a shortened copy is as good as the whole.
    """
    from zoo.data.readers.idx import open_folder  # start-up time: other datasets need no reader

    folder = _here()
    if folder is None:
        folder = data_folder() / "mnist"
        download(folder)
    return open_folder(folder, options)


def _here() -> Path | None:
    """The folder that holds the four files."""
    from zoo.data.readers.idx import PARTS, find_part  # start-up time: other datasets need no reader

    for folder in (data_folder(), data_folder() / "mnist"):
        if all(find_part(folder, part) for part in PARTS):
            return folder
    return None


def download(folder: Path, mirrors: Sequence[str] = MIRRORS, files: Mapping[str, str] = FILES) -> None:
    """Fetches the files that are missing from the first mirror that has them, each checked by its SHA-256."""
    todo = f"or put the four files into {folder} (ZOO_DATA names another data folder)"
    try:
        import pooch
    except ImportError:
        raise DataError(
            f"mnist: the files are not in {folder}, and downloading them needs the package pooch:"
            f" pip install 'zoo-networks[download]', {todo}"
        ) from None
    pooch.get_logger().setLevel("WARNING")
    for name, sha256 in files.items():
        if (folder / name).exists() and pooch.file_hash(str(folder / name)) == sha256:
            continue
        reasons = []
        for mirror in mirrors:
            try:
                _fetch(pooch, mirror + name, sha256, folder, name)
                break
            # pooch lets through whatever requests raises, an OSError, and tells of a wrong digest by a ValueError.
            except (OSError, ValueError) as error:
                reasons.append(f"{mirror}: {_short(error)}")
        else:
            raise DataError(f"mnist: {name} could not be downloaded ({'; '.join(reasons)}); check the network, {todo}")


def _fetch(pooch: Any, url: str, sha256: str, folder: Path, name: str) -> None:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        downloader = pooch.HTTPDownloader(progressbar=_Bar(progress, name), timeout=30)
        pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=folder, downloader=downloader)


class _Bar:
    """What pooch expects of a progress bar, drawn by rich."""

    def __init__(self, progress: Any, name: str) -> None:
        self.progress = progress
        self.task = progress.add_task(name)
        self.total: float = 0

    def update(self, count: int) -> None:
        self.progress.update(self.task, advance=count, total=self.total or None)

    def reset(self) -> None:
        self.progress.reset(self.task)

    def close(self) -> None:
        self.progress.stop_task(self.task)


def _short(error: Exception) -> str:
    if isinstance(error, ValueError) and "hash" in str(error).lower():
        return "the file has another SHA-256 than it should"
    reason = error
    while isinstance(reason.__cause__ or reason.__context__, Exception):
        reason = reason.__cause__ or reason.__context__  # type: ignore[assignment]
    return (str(reason).splitlines() or [type(reason).__name__])[0][:200]


SOURCE = DatasetSource(
    "mnist",
    "handwritten digits: 60,000 28×28 images to train, 10,000 to test",
    mnist,
    takes=("task",),
    here=lambda: _here() is not None,
)
