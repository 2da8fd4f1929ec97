"""What adaptive resonance is for: it learns on without forgetting, and grows without being copied at each step."""

from pathlib import Path

import numpy as np
import pytest
import zoo_art.fuzzy_art
import zoo_art.fuzzy_artmap

import zoo
from zoo import checkpoint
from zoo.core.batch import Batch
from zoo.core.growable import GrowableArrays
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.errors import CheckpointError, DataError, ZooWarning
from zoo.parallel.threads import Workers
from zoo.training import run

pytestmark = pytest.mark.filterwarnings("ignore:values outside their range in training")

CONTEXT = StepContext(RandomStream(0), Workers(1))


def blobs(path: Path, classes: str, seed: int = 0) -> Path:
    """Points around one centre per class, as CSV with the class last."""
    random = np.random.default_rng(seed)
    lines = ["x,y,class"]
    for label in classes:
        centre = {"a": (0.2, 0.2), "b": (0.8, 0.2), "c": (0.2, 0.8), "d": (0.8, 0.8)}[label]
        lines += [f"{x:.4f},{y:.4f},{label}" for x, y in centre + 0.05 * random.standard_normal((60, 2))]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_learning_b_does_not_forget_a(tmp_path: Path) -> None:
    """Trained on the classes a and b, then on c and d alone: a and b are known as before, and so are c and d.

    A multilayer perceptron with the same life knows nothing of a and b afterwards (McCloskey and Cohen 1989); here the
    second file brings classes the first did not have.
    """
    first, second = blobs(tmp_path / "first.csv", "ab"), blobs(tmp_path / "second.csv", "cd", seed=1)
    options = {"rescale": False}
    prepared = run.prepare("fuzzy-artmap", options=options, data={"name": str(first)})
    run.train(prepared, out=tmp_path / "a.h5")
    before = run.evaluate(tmp_path / "a.h5", {"name": str(first)}).metrics["accuracy"]
    run.continue_from(tmp_path / "a.h5", data={"name": str(second)}, out=tmp_path / "b.h5")
    after = zoo.load(tmp_path / "b.h5")
    assert after.signature.labels == ("a", "b", "c", "d")
    assert run.evaluate(tmp_path / "b.h5", {"name": str(first)}).metrics["accuracy"] == before >= 0.99
    assert run.evaluate(tmp_path / "b.h5", {"name": str(second)}).metrics["accuracy"] >= 0.99
    known = zoo.load(tmp_path / "a.h5").weights
    count = len(known["W"])
    assert len(after.weights["W"]) > count
    np.testing.assert_array_equal(after.weights["W"][:count], known["W"])
    manifest = checkpoint.read(tmp_path / "b.h5").manifest
    assert manifest["parent"] == checkpoint.read(tmp_path / "a.h5").sha256


def test_other_architectures_still_refuse_unseen_classes(tmp_path: Path) -> None:
    first, second = blobs(tmp_path / "first.csv", "ab"), blobs(tmp_path / "second.csv", "cd")
    run.train(run.prepare("perceptron", data={"name": str(first)}, training={"epochs": 1}), out=tmp_path / "a.h5")
    with pytest.raises(DataError, match="unseen in training"):
        run.continue_from(tmp_path / "a.h5", data={"name": str(second)})


def test_learning_on_without_classes(tmp_path: Path) -> None:
    """Fuzzy ART goes on with new data: its categories stay where new data do not fit them, and more are added."""
    first, second = blobs(tmp_path / "first.csv", "ab"), blobs(tmp_path / "second.csv", "cd", seed=1)
    options = {"vigilance": 0.8, "rescale": False}
    run.train(run.prepare("fuzzy-art", options=options, data={"name": str(first)}), out=tmp_path / "a.h5")
    known = zoo.load(tmp_path / "a.h5")
    run.continue_from(tmp_path / "a.h5", data={"name": str(second)}, out=tmp_path / "b.h5")
    model = zoo.load(tmp_path / "b.h5")
    np.testing.assert_array_equal(model.weights["W"][: len(known.weights["W"])], known.weights["W"])
    assert len(model.weights["W"]) > len(known.weights["W"])
    assert (model.weights["born"][len(known.weights["W"]) :] >= known.weights["sizes"].sum()).all()
    assert run.evaluate(tmp_path / "b.h5", {"name": str(first)}).metrics["purity"] >= 0.99


def test_learning_on_beyond_the_first_range_says_that_it_stays(tmp_path: Path) -> None:
    first, second = blobs(tmp_path / "first.csv", "ab"), blobs(tmp_path / "second.csv", "cd", seed=1)
    run.train(run.prepare("fuzzy-artmap", data={"name": str(first), "test": 0.0}), out=tmp_path / "a.h5")
    with pytest.warns(ZooWarning) as said:
        run.continue_from(tmp_path / "a.h5", data={"name": str(second)}, out=tmp_path / "b.h5")
    (one,) = [str(each.message) for each in said]
    assert "of 120 rows of second (column" in one and "learning on keeps that range" in one


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("uncommitted", ["competes", "last"])
@pytest.mark.parametrize("vigilance", [0.0, 0.3, 0.6, 0.75, 0.8, 0.9, 0.97, 1.0])
def test_direct_access(precision: str, uncommitted: str, vigilance: float) -> None:
    """After one pass of fast learning each training sample directly reaches a category that satisfies vigilance.

    Carpenter, Grossberg and Rosen (1991): with fast learning |w_j| ≥ ρM always holds, so whoever wins matches.
    """
    for seed, inputs in [(0, 1), (1, 2), (2, 7), (3, 50)]:
        samples = np.random.default_rng(seed).random((400, inputs)).astype(precision)
        architecture = zoo_art.fuzzy_art.FuzzyArt(vigilance=vigilance, uncommitted=uncommitted, precision=precision)
        assert 0 <= vigilance - architecture.kernel.vigilance < 1e-5  # no more than rounding
        model = architecture.build(Signature("unsupervised", (inputs,), (1,), ("category",)), RandomStream(0))
        step = zoo_art.presentation.Presentation(model)
        step(Batch.of(samples), CONTEXT)
        kernel, W = model.kernel, model.weights["W"]
        for I in kernel.encode(samples):
            choice, match = kernel.compete(I, W, kernel.sizes(W))
            assert match[choice.argmax()] >= kernel.vigilance
        assert all(J >= 0 and not resets for J, _, resets in model.resonate(samples))


def test_growth_is_amortized() -> None:
    """50,000 categories are 50,000 entries, but not 50,000 copies; what is shown is exact and contiguous."""
    arrays = {"W": np.zeros((0, 4), np.float32)}
    growing, buffers = GrowableArrays(arrays), set()
    for number in range(50_000):
        growing.append("W", number)
        if number % 1000 < 2:
            assert arrays["W"].shape == (number + 1, 4) and arrays["W"].flags.c_contiguous
        buffers.add(arrays["W"].ctypes.data)
    assert len(buffers) <= 2 + np.log2(50_000)
    assert (arrays["W"] == np.arange(50_000)[:, None]).all()


def test_growth_goes_on_from_an_array_put_in_its_place() -> None:
    arrays = {"W": np.zeros((0, 2))}
    growing = GrowableArrays(arrays)
    growing.append("W", 1.0)
    arrays["W"] = np.full((3, 2), 7.0)  # as loading and the best weights do
    growing.append("W", 8.0)
    assert arrays["W"].tolist() == [[7, 7], [7, 7], [7, 7], [8, 8]]


def test_categories_at_most() -> None:
    """Where no more categories may be, what none takes is left out, and said."""
    architecture = zoo_art.fuzzy_art.FuzzyArt(vigilance=1.0, most=5)
    model = architecture.build(Signature("unsupervised", (2,), (1,), ("category",)), RandomStream(0))
    samples = np.random.default_rng(0).random((20, 2), np.float32)
    metrics = zoo_art.presentation.Presentation(model)(Batch.of(samples), CONTEXT)
    assert len(model.weights["W"]) == 5 and metrics["refused"] == 15 / 20
    assert (model.predict(samples)[5:] == -1).all()


def test_voters_learn_in_different_orders() -> None:
    prepared = run.prepare("fuzzy-artmap", options={"voters": 3}, data={"name": "circle-in-square", "samples": 300})
    metrics = run.train(prepared).metrics
    assert set(metrics) == {"accuracy", "categories"}  # the error is not reported twice
    first, second, third = (prepared.model.weights[f"voter{n}/W"] for n in (1, 2, 3))
    assert first.shape != second.shape or not np.array_equal(first, second)
    votes = prepared.model.predict(np.random.default_rng(0).random((500, 2), np.float32))
    assert sorted({round(float(3 * vote)) for vote in votes.ravel()}) == [0, 1, 2, 3]
    np.testing.assert_allclose(votes.sum(axis=1), 1, rtol=1e-6)
    alone = [
        (prepared.model.weights[f"voter{n}/classes"][prepared.model.chosen(i, f"voter{n}/")] == t).mean()
        for i, t in [test_rows(prepared)]
        for n in (1, 2, 3)
    ]
    assert metrics["accuracy"] > np.mean(alone)
    assert len(third)


def test_rows(prepared):
    rows = prepared.samples("test").rows(np.arange(10_000))
    return rows.inputs, rows.targets


test_rows.__test__ = False


# --- bad input: one line that says what to do ---


def test_values_outside_the_unit_interval(tmp_path: Path) -> None:
    """Complement coding needs values from 0 to 1; the error names the first that is not, and how to scale."""
    path = tmp_path / "far.csv"
    path.write_text("x,y,class\n0.5,0.5,a\n0.1,3.5,b\n0.2,0.1,a\n0.5,0.4,b\n0.5,0.45,b\n")
    for name in ("fuzzy-art", "fuzzy-artmap"):
        with pytest.raises(DataError, match=rf"{name}: column 'y' of row 2 is 3.5, expected .* 0 to 1.*--rescale true"):
            run.train(run.prepare(name, options={"rescale": False}, data={"name": str(path)}))
        run.train(run.prepare(name, options={"rescale": True}, data={"name": str(path)}))


def test_values_that_are_no_bits(tmp_path: Path) -> None:
    path = tmp_path / "grey.csv"
    path.write_text("x,y,class\n1,0,a\n0,0.5,b\n1,1,a\n0,1,b\n1,0,b\n")
    with pytest.raises(DataError, match=r"art1: column 'y' of row 2 is 0.5, expected 0 or 1; --binarize true"):
        run.train(run.prepare("art1", data={"name": str(path), "test": 0.0}))
    with pytest.raises(DataError, match=r"art1: row 2 holds nothing but 0, expected a 1"):
        run.train(run.prepare("art1", options={"binarize": True}, data={"name": str(path), "test": 0.0}))


@pytest.mark.parametrize("held_out", [0, 1, 2, 3])
def test_a_held_out_row_that_does_not_fit_is_named_as_well(tmp_path: Path, held_out: int) -> None:
    """Wherever the bad row falls, and to whomever it is shown: training, evaluation and prediction name it."""
    good, bad = "1,0,a\n1,1,b\n0,1,a\n1,0,b\n", "0,7,b\n"
    path, clean = tmp_path / "grey.csv", tmp_path / "bits.csv"
    lines = good.splitlines(keepends=True)
    path.write_text("x,y,class\n" + "".join([*lines[:held_out], bad, *lines[held_out:]]))
    clean.write_text("x,y,class\n" + good)
    model = run.train(run.prepare("art1", data={"name": str(clean), "test": 0.0})).model
    named = rf"art1: column 'y' of row {held_out + 1} is 7, expected 0 or 1"
    for attempt in (
        lambda: run.train(run.prepare("art1", data={"name": str(path)})),
        lambda: run.evaluate(model, {"name": str(path)}),
        lambda: zoo.predict(model, path),
    ):
        with pytest.raises(DataError, match=named):
            attempt()
    with pytest.raises(DataError, match=r"art1: input 2 of one of the rows is 7"):  # whose row it is is not known
        model.predict(np.array([[1.0, 0.0], [0.0, 7.0]]))


def test_values_below_zero(tmp_path: Path) -> None:
    path = tmp_path / "below.csv"
    path.write_text("x,y,class\n1,0,a\n0,-0.5,b\n1,1,a\n0,1,b\n")
    with pytest.raises(DataError, match=r"art2a: column 'y' of row 2 is -0.5, expected 0 or more"):
        run.train(run.prepare("art2a", options={"rescale": False}, data={"name": str(path), "test": 0.0}))


def test_a_file_with_impossible_classes_is_refused(tmp_path: Path) -> None:
    prepared = run.prepare("fuzzy-artmap", data={"name": "circle-in-square", "samples": 50})
    model = run.train(prepared).model
    model.weights["classes"][0] = 17
    zoo.save(model, tmp_path / "wrong.h5")
    with pytest.raises(CheckpointError, match="not one of 2"):
        zoo.load(tmp_path / "wrong.h5", trusted=True).predict(np.random.default_rng(0).random((100, 2), np.float32))
    model.weights.put("classes", np.array([0.5] * len(model.weights["sizes"])))
    zoo.save(model, tmp_path / "fractions.h5")
    with pytest.raises(CheckpointError, match="classes: got float64, expected int64"):
        zoo.load(tmp_path / "fractions.h5", trusted=True)
