"""What comes with the Boltzmann family: a checkpoint that keeps its recipe's promise, recipes, pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from zoo_boltzmann.plots import CHAINS, STAGES, chain_stages

import zoo
from zoo.registry import lookup
from zoo.training import run
from zoo.training.prepare import Run

RECIPES = [offer.name for plugin, offer in lookup.registry().offers("recipe") if plugin.source.entry == "boltzmann"]


def test_shipped_checkpoint_keeps_its_recipes_promise() -> None:
    metrics = run.evaluate(lookup.find_checkpoint("bars")).metrics
    expected = lookup.find_recipe("bars").expect["log_likelihood"]
    assert expected == pytest.approx(-3.401 - 0.25, abs=1e-3)
    assert metrics["log_likelihood"] >= expected


def test_the_familys_recipes_are_found() -> None:
    assert {"bars", "bars-cd1", "encoder", "rbm-mnist", "rbm-mnist-cd25", "dbn-mnist"} <= set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_of_the_family_can_be_prepared(name: str, prepared_recipe: Callable[[str], Run]) -> None:
    assert prepared_recipe(name).model.weights


@pytest.mark.parametrize("plot", ["fields", "reconstructions", "chain", "activity"])
def test_each_picture_is_drawn(plot: str, tmp_path: Path) -> None:
    from zoo.cli.app import main

    path = str(lookup.find_checkpoint("bars"))
    assert main(["plot", path, "--plot", plot, "--out", str(tmp_path / "p.png")]) == 0
    assert (tmp_path / "p.png").stat().st_size > 2000


def test_shipped_machine_dreams_of_bars_and_stripes() -> None:
    """Of samples after 200 steps nearly all are one of the 30 patterns, and most patterns are among them."""
    model = zoo.load("bars")
    samples = np.round(model.sample(400, 200, None, zoo.core.random.RandomStream(0)))
    known = {square.tobytes() for square in patterns()}
    seen = [square.tobytes() for square in samples.astype(np.uint8)]
    assert sum(each in known for each in seen) > 0.8 * len(seen)
    assert len(set(seen) & known) > 20


def patterns() -> np.ndarray:
    from zoo_boltzmann.datasets.bars_and_stripes import patterns

    return patterns(4)


def test_chain_begins_at_the_base_rates() -> None:
    machine = zoo.load("bars").machine()
    stages = chain_stages(machine, 16, np.random.default_rng(0))
    assert len(stages) == len(STAGES) and set(np.unique(stages[0])) <= {0.0, 1.0}


def test_reconstruct_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    from zoo.cli.app import main

    assert main(["predict", str(lookup.find_checkpoint("bars")), "--data", "bars-and-stripes", "--reconstruct"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("row,input1,") and len(lines) == 31
    values = np.array([line.split(",")[1:] for line in lines[1:]], float)
    assert np.abs(values - patterns().reshape(30, 16)).mean() < 0.05


def test_each_image_has_a_frame() -> None:
    """White patterns would be lost on the white page, and neighbours would run together."""
    picture = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed").Figure()
    model = zoo.load("bars")
    {plot.name: plot for plot in lookup.plots_for(model)}["chain"].draw(model, None, picture)
    (axes,) = picture.axes
    frames = [patch.get_bbox().bounds for patch in axes.patches]
    assert len(frames) == len(set(frames)) == CHAINS * len(STAGES)
    sheet = axes.images[0].get_array()
    for left, top, width, height in frames:
        rows, columns = slice(int(top + 0.5), int(top + 0.5 + height)), slice(int(left + 0.5), int(left + 0.5 + width))
        assert sheet[rows, columns].shape == (4, 4) and np.isfinite(sheet[rows, columns]).all()
