"""Members of a valid manifest replaced by others, digests renewed: refused as a `CheckpointError`, or harmless."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zoo
from zoo import checkpoint
from zoo.checkpoint.format.manifest import CONTAINER
from zoo.checkpoint.model_state import model_from, plan_from, training_from
from zoo.errors import CheckpointError, PluginError
from zoo.training.run_state import recipe_from

OTHERS: tuple[Any, ...] = (
    *(None, True, -1, 0, 2, 2**31, 2**63 - 1, 0.5, -1e308, "", "x", "é" * 300, [], {}, [[]], [0], [-1], [1] * 5),
    *(["x"], ["a"] * 3, {"x": 1}, {"a": {"b": 1}}, "nan", "int64", "bytes", "a\0b", "_" * 5000),
)
TRIED = 1500


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[checkpoint.Checkpoint]:
    """Runs on a table with text and codes, and on sequences."""
    folder = tmp_path_factory.mktemp("members")
    rows = [f"{code},{size},{label}" for size in range(8) for code, label in (("01", "a"), ("1", "b"), ("007", "c"))]
    (folder / "table.csv").write_text("\n".join(["code,size,y", *rows]))
    (folder / "series.csv").write_text("\n".join(["x", *(str(n % 7) for n in range(40))]))
    zoo.train("mlp", folder / "table.csv", hidden=(3,), epochs=1, validation=0.2, out=folder / "table.h5")
    zoo.train("elman", folder / "series.csv", window=4, hidden=3, epochs=1, out=folder / "series.h5")
    return [checkpoint.read(folder / f"{name}.h5") for name in ("table", "series")]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for number in range(min(len(value), 3)):
            yield from places(value[number], (*path, number))


def changed(manifest: dict[str, Any], path: tuple[Any, ...], other: Any) -> dict[str, Any]:
    manifest = copy.deepcopy(manifest)
    at: Any = manifest
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = other
    return manifest


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", [0, 1], ids=["table", "series"])
def test_whatever_stands_in_a_member(files: list[checkpoint.Checkpoint], number: int, tmp_path: Path) -> None:
    file = files[number]
    able = [path for path in places(file.manifest) if path and path[0] not in ("arrays", "format")]
    tries = [(path, other) for path in able for other in OTHERS]
    refused = 0
    for path, other in random.Random(number).sample(tries, TRIED):
        manifest = changed(file.manifest, path, other)
        try:
            CONTAINER.check(manifest, "manifest")
            bad = checkpoint.Checkpoint(manifest, file.arrays, file.sha256, file.path)
            model_from(bad)
            recipe_from(manifest)
            training_from(bad, plan_from(manifest))
        except (CheckpointError, PluginError):
            refused += 1
        except Exception as error:
            error.add_note(f"{path} = {other!r}")
            raise
    assert TRIED / 4 < refused < TRIED
