"""A table that `zoo train mlp` was not made for is trained long enough to be learned; the recipe's own result stays."""

import numpy as np
import pytest
from zoo_feedforward.table_settings import settings_for_a_table

import zoo
from zoo.registry import lookup
from zoo.training.run import prepare, resume, train


@pytest.mark.parametrize(("rows", "epochs"), [(1, 1000), (48, 500), (320, 100), (1000, 32), (10_000, 20)])
def test_epochs_are_for_a_thousand_updates(rows: int, epochs: int) -> None:
    assert settings_for_a_table(rows, 0.003, {})["epochs"] == epochs


def test_epochs_heed_the_batch_size_that_was_asked_for() -> None:
    assert settings_for_a_table(48, 0.003, {"batch_size": 8})["epochs"] == 167
    assert settings_for_a_table(48, 0.003, {"update": "epoch"})["epochs"] == 1000


def quarters(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Points of the plane, of a class by the sign of the product of their coordinates."""
    x = np.random.default_rng(1).normal(size=(rows, 2))
    return x, np.where(x[:, 0] * x[:, 1] > 0, "same", "other")


def test_sixty_rows_are_learned() -> None:
    """Quarters of the plane and a noisy parabola, 48 and 64 rows to train on: the recipe's 20 updates are too few."""
    x, y = quarters()
    model = zoo.train("mlp", data=(x, y), test=0.2)
    assert model.history is not None and model.history.epochs("train") == 500
    other, truth = quarters(400)
    assert (zoo.predict(model, other[60:]) == truth[60:]).mean() > 0.85
    x = np.random.default_rng(2).normal(size=(80, 2))
    y = x[:, 0] ** 2 + x[:, 1] + 0.1 * np.random.default_rng(3).normal(size=80)
    model = zoo.train("mlp", data=(x, y))
    assert ((zoo.predict(model, x) - y) ** 2).mean() < 0.1 * y.var()


def test_what_is_asked_for_holds() -> None:
    run = prepare("mlp", data={"name": "moons"}, options={"hidden": 7}, training={"epochs": 3, "learning_rate": 0.5})
    assert run.model.architecture == zoo.create("mlp").__class__(hidden=(7,))
    assert (run.plan.common.epochs, run.plan.common.learning_rate, run.plan.common.batch_size) == (3, 0.5, 32)


def test_the_recipes_own_data_images_and_named_recipes_keep_the_recipes_settings() -> None:
    """Only the architecture's own name, with a table, means other settings than the recipe's."""
    for name, data in (
        ("mlp", None),
        ("mlp", {"name": "glyphs"}),
        ("mlp", {"name": "emblems"}),
        ("spirals", {"name": "moons"}),
    ):
        recipe = lookup.find_recipe(name)
        run = prepare(name, data=data)
        assert run.recipe == recipe
        assert run.plan.as_dict().items() >= recipe.training.items()
        assert run.model.architecture.as_dict().items() >= recipe.options.items()


def test_a_run_with_settings_for_a_table_resumes(tmp_path) -> None:
    np.savez(tmp_path / "sides.npz", x=quarters()[0], y=quarters()[1])
    run = prepare("mlp", data={"name": str(tmp_path / "sides.npz")}, options={"hidden": 4}, training={"batch_size": 48})
    assert run.plan.common.epochs == 1000
    result = train(run, out=tmp_path / "net.h5", stop=iter([False] * 30 + [True] * 2).__next__)
    assert result.stopped
    whole = train(
        prepare("mlp", data={"name": str(tmp_path / "sides.npz")}, options={"hidden": 4}, training={"batch_size": 48})
    )
    resumed = resume(tmp_path / "net.h5")
    for name, array in whole.model.weights.items():
        assert np.array_equal(array, resumed.model.weights[name])
