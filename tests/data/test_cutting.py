"""A recipe's windows and horizon stay where other data of the same kind replace its own, and only there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zoo.data.recipe_windows import cuts_kept
from zoo.registry.recipes import Recipe
from zoo.training.prepare import prepare

SERIES = {"name": "sine", "window": 12, "horizon": 3, "test": 0.5}
SEQUENCES = {"name": "gone.csv", "sequence": "id", "task": "labelling", "target": "tag"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("waves.csv").write_text("wave\n" + "".join(f"{n % 7}\n" for n in range(100)))
    Path("prose.txt").write_text("It was the best of times, it was the worst of times.\n" * 20)


@pytest.mark.parametrize(
    ("stored", "name", "given", "kept"),
    [
        (SERIES, "waves.csv", {}, {"window": 12, "horizon": 3}),
        (SERIES, "waves.csv", {"window": 5}, {"horizon": 3}),
        (SERIES, "mackey-glass", {}, {"window": 12, "horizon": 3}),
        (SERIES, "waves.csv", {"task": "regression"}, {}),
        (SERIES, "waves.csv", {"sequence": "id"}, {}),
        (SERIES, "prose.txt", {}, {}),
        (SERIES, "moons", {}, {}),
        (SERIES, "there is no such dataset", {}, {}),
        ({"name": "moons", "test": 0.5}, "waves.csv", {}, {}),
        ({"name": "mackey-glass-lags", "horizon": 6}, "waves.csv", {}, {}),  # a table of samples, horizon or not
        ({"name": "counting", "window": 80}, "prose.txt", {}, {"window": 80}),
        ({"name": "counting", "window": 80}, "waves.csv", {}, {}),
        (SEQUENCES, "waves.csv", {}, {"sequence": "id", "task": "labelling"}),
        (SEQUENCES, "waves.csv", {"window": 5}, {}),
    ],
)
def test_what_stays(
    files: None, stored: dict[str, Any], name: str, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert cuts_kept(stored, name, given) == kept


def test_a_recipe_forecasts_another_file_as_its_own(files: None) -> None:
    run = prepare(Recipe("waves", "lstm", data=SERIES), data={"name": "waves.csv"})
    assert run.dataset.inputs.shape[1:] == (12, 1)
    assert run.model.signature.output_shape == (3, 1)
    assert run.dataset.test == 0.2  # what says nothing of sequences is not taken over
