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


COMMAND = '''"""`zoo greet`: print a greeting."""

import click


@click.command("greet")
def command():
    """Print a greeting."""
    click.echo("good day")
'''
ARCHITECTURE = '''"""A narrow network."""

from dataclasses import dataclass
from typing import ClassVar

from zoo.nn import Dense, Flatten, GradientArchitecture, GradientSettings, Serial


@dataclass(frozen=True)
class Narrow(GradientArchitecture):
    """y = (x V) W + b."""

    name: ClassVar[str] = "NAME"
    family: ClassVar[str] = "FAMILY"
    summary: ClassVar[str] = "two dense layers, one unit wide"
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    data: ClassVar[str] = "moons"
    settings: ClassVar[GradientSettings] = GradientSettings(epochs=3)

    def network(self, signature):
        return Serial(flatten=Flatten(), narrow=Dense(1), output=Dense(signature.outputs))
'''
FAMILY = """
import zoo


@zoo.hookimpl
def zoo_architectures():
    return [Narrow]
"""


class Copy:
    """A copy of zoo in which things are added, and its command line."""

    def __init__(self, folder: Path, here: Path) -> None:
        self.folder, self.here = folder, here
        path = os.pathsep.join(map(str, (folder, folder / "plugins")))
        self.environment = {**os.environ, "PYTHONPATH": path, "ZOO_CACHE": str(here / "cache")}

    def python(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=self.here, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_a_component_takes_one_file(copied: Path, tmp_path: Path) -> None:
    copy = Copy(copied, tmp_path)
    words = ["train", "mlp", "--hidden", "3", "--epochs", "1", "--quiet"]
    for file, text, options in ADDED.values():
        with (copied / file).open("a", encoding="utf-8") as end:
            end.write(f"\n{text}")
        words += options
    (tmp_path / "rows.percent").write_text("%%\n" + "".join(f"{n % 7}%{n % 5}%{n % 2}\n" for n in range(60)))
    assert copy.python("-m", "zoo", *words).endswith("saved checkpoints/mlp-1.h5\n")
    load = "import zoo; print(zoo.__file__, *zoo.load('checkpoints/mlp-1.h5').weights)"
    shown = copy.python("-c", load)
    assert shown.startswith(str(copied / "zoo")) and "hidden1" in shown


def test_a_command_takes_one_file_an_architecture_two_a_family_three(copied: Path, tmp_path: Path) -> None:
    """Of a family the third is its page in docs/, which nothing runs; its line in pyproject.toml becomes an entry point
    when the package is installed, which the folder of metadata stands for here. `zoo check` runs the contract suite."""
    copy, plugins = Copy(copied, tmp_path), copied / "plugins"
    (copied / "zoo" / "cli" / "commands" / "greet.py").write_text(COMMAND)
    narrow = ARCHITECTURE.replace("NAME", "narrow").replace("FAMILY", "feedforward")
    (plugins / "zoo_feedforward" / "narrow.py").write_text(narrow)
    init = plugins / "zoo_feedforward" / "__init__.py"
    before = init.read_text(encoding="utf-8")
    listed = "    from zoo_feedforward.narrow import Narrow\n\n    return [Narrow, "
    init.write_text(before.replace("\n    return [", listed, 1), encoding="utf-8")
    family = ARCHITECTURE.replace("NAME", "lonely").replace("FAMILY", "lonely") + FAMILY
    (plugins / "zoo_lonely").mkdir()
    (plugins / "zoo_lonely" / "__init__.py").write_text(family)
    metadata = copied / "zoo_lonely-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo-lonely\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[zoo]\nlonely = zoo_lonely\n")
    assert copy.python("-m", "zoo", "greet") == "good day\n"
    assert "greet       Print a greeting." in copy.python("-m", "zoo", "--help")
    for name in ("narrow", "lonely"):
        assert "saved" in copy.python("-m", "zoo", "train", name, "--epochs", "1", "--quiet")
        assert " kept" in copy.python("-m", "zoo", "check", name)
