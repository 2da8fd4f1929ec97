"""A component is added by changing one file: each is written into a copy of zoo and used from the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import zoo

ROOT = Path(zoo.__file__).parents[1]

# What is added: the one file that is touched, what is written at its end, and the options that use it.
ADDED = {
    "an activation": (
        "zoo/nn/activations.py",
        """
@built_in
@dataclass(frozen=True)
class Halved(Activation):
    kind: ClassVar[str] = "halved"

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        return x / 2, (lambda dy, g: dy / 2) if mode.training else None
""",
        ["--activation", "halved"],
    ),
    "a loss": (
        "zoo/nn/losses.py",
        """
@built_in
@dataclass(frozen=True)
class Quartic(Loss):
    name: ClassVar[str] = "quartic"

    def forward(self, z: Array, targets: Array) -> tuple[Array, LossPullback]:
        difference = z - as_outputs(targets, z)
        return (difference**4).sum(axis=-1) / 4, lambda weights: weighted(difference**3, weights)
""",
        ["--loss", "quartic"],
    ),
    "an optimizer": (
        "zoo/nn/optimizers.py",
        """
@OPTIMIZERS.add
@dataclass(frozen=True)
class SignDescent(Optimizer):
    name: ClassVar[str] = "sign"
    state_names: ClassVar[tuple[str, ...]] = ()

    def apply(self, w, g, state, scratch, rate, count, scale=1.0):
        w -= rate * np.sign(g)
""",
        ["--optimizer", "sign"],
    ),
    "a reader": (
        "zoo/data/readers/percent.py",
        """
import numpy as np
from zoo.data.dataset import Dataset
from zoo.data.readers.reader import BINARY, READERS, Reader


def open_percent(path, options, like):
    rows = np.array([[float(cell) for cell in line.split("%")] for line in path.read_text().splitlines()[1:]])
    classes = rows[:, -1].astype(int)
    return Dataset(path.stem, "classification", rows[:, :-1], classes, labels=("0", "1"), path=str(path))


READERS.add(Reader("percent", "tables of percent", (), lambda path, head: head[:2] == b"%%", open_percent, BINARY))
""",
        ["--data", "rows.percent"],
    ),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of zoo and its families."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("zoo", "plugins"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_a_component_takes_one_file(copied: Path, tmp_path: Path) -> None:
    words = ["train", "mlp", "--hidden", "3", "--epochs", "1", "--quiet"]
    for file, text, options in ADDED.values():
        with (copied / file).open("a", encoding="utf-8") as end:
            end.write(f"\n{text}")
        words += options
    (tmp_path / "rows.percent").write_text("%%\n" + "".join(f"{n % 7}%{n % 5}%{n % 2}\n" for n in range(60)))
    path = os.pathsep.join(map(str, (copied, copied / "plugins")))
    environment = {**os.environ, "PYTHONPATH": path, "ZOO_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "zoo", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("saved checkpoints/mlp-1.h5\n")
    shown = subprocess.run(
        [sys.executable, "-c", "import zoo; print(zoo.__file__, *zoo.load('checkpoints/mlp-1.h5').weights)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith(str(copied / "zoo")) and "hidden1" in shown.stdout
