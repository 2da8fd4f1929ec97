"""What `import zoo` offers: the same as the command line, from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.core.events import EpochDone
from zoo.errors import CheckpointError, DataError, OptionError, UsageError, ZooWarning
from zoo.registry.lookup import registry
from zoo.training import run


@pytest.fixture(scope="module")
def sides():
    """Points in the plane, and on which side of the vertical axis they lie."""
    inputs = np.random.default_rng(0).normal(size=(80, 2))
    return inputs, np.where(inputs[:, 0] > 0, "right", "left")


def test_architectures_are_listed_by_pattern():
    assert zoo.list_architectures("ml?") == ["mlp"]
    assert set(zoo.list_architectures()) == {offer.name for _, offer in registry().offers("architecture")}


def test_create_makes_a_value():
    assert zoo.create("logistic") == zoo.create("logistic")
    mlp = zoo.create("mlp", hidden=(64,), activation="tanh")
    assert zoo.create("mlp", hidden=64) == zoo.create("mlp", hidden=[64]) == zoo.create("mlp", hidden=(64,))
    with pytest.raises(OptionError, match="hidden is True, expected a list, each item a whole number"):
        zoo.create("mlp", hidden=True)
    assert isinstance(mlp, zoo.Architecture)
    assert mlp.as_dict()["hidden"] == [64] and mlp.as_dict()["activation"] == "tanh"
    with pytest.raises(OptionError, match=r"there is no option 'hiden'; did you mean 'hidden'\?"):
        zoo.create("mlp", hiden=(64,))
    with pytest.raises(UsageError, match=r"did you mean 'mlp'\?"):
        zoo.create("mlpp")


def test_train_save_load_predict(sides, tmp_path):
    received = []
    model = zoo.train(
        "mlp", data=sides, hidden=(8,), epochs=100, batch_size=16, test=0.25, seed=3, threads=1, listen=received.append
    )
    assert isinstance(model, zoo.Model)
    assert model.weights["hidden1/W"].shape == (2, 8)
    assert model.history is not None and model.history.epochs("train") == 100
    assert sum(isinstance(event, EpochDone) for event in received) == 100
    far = np.array([[2.0, 0.0], [-2.0, 0.0]])
    assert list(zoo.predict(model, far)) == ["right", "left"]
    zoo.save(model, tmp_path / "sides.h5")
    again = zoo.load(tmp_path / "sides.h5")
    assert np.array_equal(again.predict(far.astype(np.float32)), model.predict(far.astype(np.float32)))
    assert list(zoo.predict(tmp_path / "sides.h5", far)) == ["right", "left"]


def test_a_name_or_a_path_is_data_too(sides, tmp_path):
    np.savez(tmp_path / "sides.npz", x=sides[0], y=sides[1])
    by_path = zoo.train("logistic", data=tmp_path / "sides.npz", epochs=1, seed=1)
    by_arrays = zoo.train("logistic", data=sides, epochs=1, seed=1)
    for name, array in by_path.weights.items():
        assert np.array_equal(array, by_arrays.weights[name])
    assert zoo.train("logistic", data="moons", epochs=1).signature.inputs == 2


def test_the_settings_of_a_phase():
    assert zoo.train("logistic", data="moons", epochs=5, train={"epochs": 1}).history.epochs("train") == 1
    with pytest.raises(UsageError, match="there is no phase 'tuning'"):
        zoo.train("logistic", data="moons", tuning={"epochs": 1})


def test_out_is_a_new_file_that_resumes(tmp_path):
    zoo.train("logistic", data="moons", epochs=1, out=tmp_path / "moons.h5")
    before = (tmp_path / "moons.h5").read_bytes()
    with pytest.raises(zoo.errors.CheckpointError, match="exists"):
        zoo.train("logistic", data="moons", epochs=1, out=tmp_path / "moons.h5")
    assert (tmp_path / "moons.h5").read_bytes() == before


def test_a_checkpoint_is_not_named_like_another_kind_of_file(sides, tmp_path):
    for name in ("model.pt", "model.npz", "model.png"):
        with pytest.raises(UsageError, match=r"but a checkpoint is written: name it '.*model.h5'"):
            zoo.train("logistic", data=sides, epochs=1, out=tmp_path / name)
    model = zoo.train("logistic", data=sides, epochs=1, out=tmp_path / "no-ending")
    with pytest.raises(UsageError, match=r"save: .* ends as a file of another library does"):
        zoo.save(model, tmp_path / "model.pth")
    assert [path.name for path in tmp_path.iterdir()] == ["no-ending"]


def test_a_model_alone_does_not_replace_a_run(sides, tmp_path):
    path = tmp_path / "run.h5"
    model = zoo.train("logistic", data=sides, epochs=1, out=path)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=r"run\.h5: holds a run that can be resumed"):
        zoo.save(zoo.load(path), path)
    assert path.read_bytes() == before
    for _ in range(2):  # a model alone replaces one
        zoo.save(model, tmp_path / "model.h5")


def test_mistakes_are_named(sides):
    with pytest.raises(OptionError, match=r"train\('mlp'\): there is no option 'epoch'; did you mean 'epochs'\?"):
        zoo.train("mlp", epoch=3)
    with pytest.raises(DataError, match="80 rows of inputs and 79 of targets"):
        zoo.train("mlp", data=(sides[0], sides[1][:-1]))


def test_shipped_checkpoints_are_loaded_by_name():
    (name, *_) = [offer.name for _, offer in registry().offers("checkpoint")]
    assert isinstance(zoo.load(name), zoo.Model)


def test_evaluate_is_what_the_command_line_measures(sides, tmp_path):
    inputs, names = sides
    np.savez(tmp_path / "sides.npz", x=inputs, y=names)
    model = zoo.train("logistic", data=tmp_path / "sides.npz", epochs=100, batch_size=16, out=tmp_path / "sides.h5")
    held_out = zoo.evaluate(tmp_path / "sides.h5")
    assert held_out.part.startswith("test part (held out") and held_out.data == "sides"
    assert zoo.evaluate(model, data=sides).part == held_out.part, "the same rows are recognized, wherever they lie"
    assert zoo.evaluate(model, tmp_path / "sides.npz", threads=1).metrics == held_out.metrics
    others = zoo.evaluate(model, data=(inputs[::-1], names[::-1]))
    assert others.part.startswith("all 80 rows")
    assert others.metrics["accuracy"] == pytest.approx((zoo.predict(model, inputs) == names).mean())
    assert zoo.evaluate("nand").metrics == {"accuracy": 1.0}
    with pytest.raises(UsageError, match="got a model without data"):
        zoo.evaluate(model)
    with pytest.raises(OptionError, match="evaluate: got 'target' without data"):
        zoo.evaluate("nand", target="y")


def test_plot_draws_into_a_new_file(sides, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    model = zoo.train("logistic", data=sides, epochs=3)
    assert zoo.plot(model).name == "logistic.png"  # what needs no data
    assert zoo.plot(model, "regions.svg", plots="regions", data=sides).read_bytes().count(b"<svg") == 1
    assert zoo.plot("nand", plots=["regions", "confusion"]).name == "nand.png"
    with pytest.raises(UsageError, match=r"plot: out='regions\.svg' exists already"):
        zoo.plot(model, "regions.svg")
    with pytest.raises(UsageError, match="got a model without data"):
        zoo.plot(model, plots="regions")
    with pytest.raises(UsageError, match=r"ends in .gif; expected .png, .pdf, .svg"):
        zoo.plot(model, "a.gif")
    with pytest.raises(UsageError, match="did you mean 'regions'"):
        zoo.plot(model, plots="region")


def test_resume_never_writes_into_a_shipped_checkpoint(tmp_path: Path) -> None:
    for _, offer in registry().offers("checkpoint"):
        path = Path(offer.path)
        before = path.read_bytes()
        for given in (offer.name, path, str(path)):
            with pytest.raises(UsageError, match=r"^resume: .* never written to; .*out="):
                zoo.resume(given, epochs=10**6)
        assert path.read_bytes() == before


def test_arguments_that_are_no_such_thing_are_one_line(sides: Any, tmp_path: Path) -> None:
    model = zoo.train("logistic", sides, epochs=1)
    with pytest.raises(UsageError, match=r"save: model is 'a\.h5', expected a model: zoo\.save\(model, path\)"):
        zoo.save("a.h5", model)  # type: ignore[arg-type]
    with pytest.raises(
        UsageError, match=r"predict: model is array\(\[\[.*, expected a model, or the path or name of a"
    ):
        zoo.predict(sides[0], model)
    for threads in (0, -3, "x", 1.5, True):
        with pytest.raises(UsageError, match=r"train: threads is .*, expected a whole number from 1"):
            zoo.train("logistic", sides, epochs=1, threads=threads)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="train: listen is 3, expected a function"):
        zoo.train("logistic", sides, epochs=1, listen=3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="train: save_every has no effect without out, the file to save into"):
        zoo.train("logistic", sides, epochs=1, save_every="1epoch")
    with pytest.raises(UsageError, match="compare: listen has no effect: no model is trained here"):
        zoo.compare(model, data=sides, listen=print)


def test_compare_takes_data_given_in_python(sides: Any) -> None:
    model = zoo.train("logistic", sides, epochs=1)
    compared = zoo.compare(model, "perceptron", "logistic", data=sides, epochs=1)
    assert [row.architecture for row in compared.rows] == ["logistic", "perceptron", "logistic"]
    assert not compared.note and not any(row.failed for row in compared.rows)
    assert compared.rows[0].metrics == compared.rows[2].metrics
    table = {"a": sides[0][:, 0], "b": sides[0][:, 1], "side": sides[1]}
    assert zoo.compare("logistic", data=table, target="side", epochs=1).rows[0].metrics.keys() >= {"accuracy"}


def test_what_is_dear_is_measured_where_a_file_or_a_listener_takes_it(tmp_path, monkeypatch):
    """The likelihood of an RBM may take longer than its training: a file or a listener asks for it."""
    dear = []
    original = run.held_out_metrics
    monkeypatch.setattr(run, "held_out_metrics", lambda *given: dear.append(given[-1]) or original(*given))
    silent = zoo.train("mlp", "moons", hidden=(3,), epochs=1)
    events = []
    watched = zoo.train("mlp", "moons", hidden=(3,), epochs=1, listen=events.append)
    assert events[-1].metrics == watched.trained.metrics == silent.trained.metrics
    zoo.train("mlp", "moons", hidden=(3,), epochs=1, out=tmp_path / "a.h5")
    zoo.train("mlp", "moons", hidden=(3,), epochs=1, measure=True)
    assert dear == [False, True, True, True] and silent == watched
    zoo.train("mlp", "moons", hidden=(3,), epochs=1, measure=False, listen=events.append)
    assert len(dear) == 4 and not isinstance(events[-1], zoo.events.Finished)


def test_new_data_that_are_those_of_the_run_are_noticed(tmp_path):
    """Whoever moved the data of a stopped run wants that run to go on, not a new one."""
    zoo.train("mlp", "moons", hidden=(3,), epochs=1, out=tmp_path / "a.h5")
    with pytest.warns(ZooWarning, match=r"a new run begins, from its weights.*zoo\.resume\('.*a\.h5', data=…\)"):
        run.continue_from(tmp_path / "a.h5", data={"name": "moons"}, training={"epochs": 1}, out=tmp_path / "b.h5")
