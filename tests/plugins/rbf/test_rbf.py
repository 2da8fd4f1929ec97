"""Radial basis functions: exact interpolation, least squares, orthogonal least squares, k-means, gradients."""

import numpy as np
import pytest
import zoo_rbf.basis_functions
from zoo_rbf.basis_functions import BASES, Basis, activations, squared_distances
from zoo_rbf.kernels.selection import select
from zoo_rbf.kmeans import Lloyd
from zoo_rbf.least_squares import NormalEquations, condition_of
from zoo_rbf.rbf import Rbf
from zoo_rbf.rules import kmeans, orthogonal_least_squares
from zoo_rbf.settings import RbfSettings
from zoo_rbf.widths import widths_of

import zoo
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.errors import OptionError, TrainingError, ZooWarning
from zoo.nn import Dense, Serial
from zoo.nn.gradient_check import check_layer
from zoo.parallel.threads import Workers
from zoo.training import run

CONTEXT = StepContext(RandomStream(0), Workers(1))


def model_of(centres: np.ndarray, widths: np.ndarray, outputs: int = 1, **options):
    """A net with these centres and widths."""
    names = tuple(f"y{n}" for n in range(outputs))
    architecture = Rbf(centres=len(centres), **options)
    model = architecture.build(Signature("regression", centres.shape[1:], (outputs,), names), RandomStream(0))
    model.weights["basis/centres"][...] = centres
    model.weights["basis/widths"][...] = widths
    return model


# --- exact interpolation ---


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("inputs", [1, 3])
def test_exact_interpolation_passes_through_every_training_point(basis: str, inputs: int) -> None:
    """To 1e-6 in double precision, two outputs; Micchelli (1986) says that it can, Powell (1987) how."""
    random = np.random.default_rng(inputs)
    side = np.linspace(-1, 1, 60)[:, None] if inputs == 1 else random.uniform(-1, 1, (120, inputs))
    targets = np.stack([np.sin(3 * side.sum(axis=1)), random.standard_normal(len(side))], axis=1)
    width = 0.05 if inputs == 1 else 0.4
    values = {"basis": basis, "placing": "samples", "widths": "fixed", "width": width, "ridge": 0.0, "test": 0.0}
    model = zoo.train("rbf", (side, targets), **values)
    assert model.weights["basis/centres"].shape == (len(side), inputs)
    np.testing.assert_allclose(zoo.predict(model, side), targets, rtol=0, atol=1e-6)
    between = zoo.predict(model, side + 1e-3)
    assert np.isfinite(between).all()


def test_two_targets_at_one_place_have_no_surface() -> None:
    x = np.array([[0.0], [1.0], [1.0], [2.0]])
    y = np.array([0.0, 1.0, 2.0, 0.5])
    with pytest.raises(TrainingError, match="samples 2 and 3 have the same inputs; remove one, or smooth with ridge"):
        zoo.train("rbf", (x, y), placing="samples", ridge=0.0, widths="fixed", test=0.0, task="regression")
    smooth = zoo.train("rbf", (x, y), placing="samples", ridge=0.1, widths="fixed", test=0.0, task="regression")
    assert 0 < zoo.predict(smooth, np.array([[1.0]]))[0] < 2


def test_functions_too_wide_to_interpolate_are_told() -> None:
    x = np.linspace(0, 1, 60)[:, None]
    y = np.random.default_rng(0).standard_normal(60)
    with pytest.raises(TrainingError, match=r"(misses a target|no surface).*narrower basis functions with width"):
        zoo.train("rbf", (x, y), placing="samples", ridge=0.0, widths="fixed", width=30.0, test=0.0)


# --- least squares ---


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("pieces", [1, 7])
def test_normal_equations_added_over_batches_are_numpys_least_squares(basis: str, pieces: int) -> None:
    """W and b equal numpy.linalg.lstsq on the whole matrix of basis functions and ones, two outputs."""
    random = np.random.default_rng(0)
    x, centres = random.standard_normal((300, 2)), random.standard_normal((12, 2))
    targets = np.stack([np.sin(x[:, 0]) + 3, x[:, 0] * x[:, 1]], axis=1)
    model = model_of(centres, np.full(12, 0.7), outputs=2, basis=basis, ridge=0.0)
    step = NormalEquations(model, RbfSettings(shards=3), 0.0)
    total = None
    for part in np.array_split(np.arange(300), pieces):
        measured = step.measure(Batch.of(x[part], targets[part]), {}, RandomStream(0))
        total = measured if total is None else (total.add(measured), total)[1]
    metrics = step.checked(total.sums, Batch.of(x, targets), CONTEXT)
    step.update(total.sums, CONTEXT)
    phi = np.concatenate([activations(basis, x, centres, np.full(12, 0.7)), np.ones((300, 1))], axis=1)
    expected, *_ = np.linalg.lstsq(phi, targets, rcond=None)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(model.weights["output/W"], expected[:-1], rtol=0, atol=1e-7 * scale)
    np.testing.assert_allclose(model.weights["output/b"], expected[-1], rtol=0, atol=1e-7 * scale)
    loss = 0.5 * np.square(phi @ expected - targets).sum() / 300
    assert metrics["loss"] == pytest.approx(loss, rel=1e-6)
    assert metrics["condition"] == pytest.approx(np.linalg.cond(phi) ** 2, rel=1e-3)


def test_a_second_pass_refines_badly_conditioned_weights() -> None:
    """Wide functions: the second pass comes nearer to lstsq's residual, as iterative refinement does."""
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (500, 2))
    targets = np.sin(4 * x[:, :1]) * x[:, 1:]
    centres = random.uniform(-1, 1, (40, 2))
    model = model_of(centres, np.full(40, 0.55), ridge=0.0)
    step = NormalEquations(model, RbfSettings(), 0.0)
    phi = np.concatenate([activations("gaussian", x, centres, np.full(40, 0.55)), np.ones((500, 1))], axis=1)
    best = np.square(phi @ np.linalg.lstsq(phi, targets, rcond=None)[0] - targets).mean() / 2
    with pytest.warns(ZooWarning, match=r"condition .* digits only"):
        losses = [step(Batch.of(x, targets), CONTEXT)["loss"] for _ in range(3)]
    reached = np.square(model.predict(x) - targets).mean() / 2
    assert losses[0] < 1.01 * best + 1e-9
    assert abs(reached - best) < 1e-3 * best + 1e-12


def test_ridge_is_ridge_regression() -> None:
    """(ΦᵀΦ + λI)⁻¹ Φᵀt with b left alone; a further pass stays there."""
    random = np.random.default_rng(1)
    x, targets = random.standard_normal((80, 1)), random.standard_normal((80, 1)) + 5
    centres = np.linspace(-2, 2, 9)[:, None]
    model = model_of(centres, np.full(9, 0.6), ridge=2.5)
    step = NormalEquations(model, RbfSettings(), 2.5)
    phi = np.concatenate([activations("gaussian", x, centres, np.full(9, 0.6)), np.ones((80, 1))], axis=1)
    expected = np.linalg.solve(phi.T @ phi + 2.5 * np.diag([*np.ones(9), 0]), phi.T @ targets)
    for _ in range(2):
        step(Batch.of(x, targets), CONTEXT)
        np.testing.assert_allclose(model.weights["output/W"], expected[:-1], rtol=1e-9)
        np.testing.assert_allclose(model.weights["output/b"], expected[-1], rtol=1e-9)


def test_singular_equations_are_one_clear_line() -> None:
    """Two centres at one place: the equations are singular without a ridge, and say what helps."""
    x = np.linspace(0, 1, 30)[:, None]
    model = model_of(np.array([[0.2], [0.2], [0.9]]), np.full(3, 0.3), ridge=0.0)
    with pytest.raises(TrainingError, match=r"normal equations of 3 basis functions are singular.*raise --ridge"):
        NormalEquations(model, RbfSettings(), 0.0)(Batch.of(x, np.sin(x)), CONTEXT)
    with pytest.raises(TrainingError) as caught:
        condition_of(0.0, 0.0, 3, 0.0)
    assert "\n" not in str(caught.value)


# --- orthogonal least squares ---


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_orthogonal_least_squares_picks_what_the_paper_does(outputs: int, seed: int) -> None:
    """The same centres in the same order, with the same error reduction ratios, as the Gram–Schmidt process."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (40, 2))
    targets = np.stack([np.sin(3 * x[:, 0]) * x[:, 1], np.cos(2 * x[:, 1])], axis=1)[:, :outputs]
    targets += 0.05 * random.standard_normal(targets.shape)
    P = activations("gaussian", x, x, np.full(40, 0.5))
    chosen, ratios = select(P.T @ P, P.T @ targets, float(np.square(targets).sum()), 12)
    expected, expected_ratios = orthogonal_least_squares.select(P, targets, 12)
    assert chosen == expected
    np.testing.assert_allclose(ratios, expected_ratios, rtol=1e-5, atol=1e-12)


def test_a_trained_net_has_the_centres_the_paper_picks() -> None:
    """The whole run: candidates, sums over batches in shards, choice."""
    random = np.random.default_rng(5)
    x = random.uniform(-1, 1, (50, 1))
    y = np.sinc(2 * x)
    options = {"centres": 6, "placing": "orthogonal", "widths": "fixed", "width": 0.4}
    model = zoo.train("rbf", (x, y), **options, test=0.0, pass_size=13, shards=3)
    encoded = model.preprocessing.encode_inputs(x, np.float64)
    targets = model.preprocessing.encode_targets(y, np.float64)
    P = activations("gaussian", encoded, encoded, np.full(50, 0.4))
    expected, _ = orthogonal_least_squares.select(P, targets, 6)
    np.testing.assert_allclose(model.weights["basis/centres"], encoded[expected], rtol=1e-12)
    assert model.weights["candidates"].shape == (0, 1)


def test_no_more_centres_than_there_are_directions() -> None:
    P = np.random.default_rng(0).standard_normal((30, 4))
    P = np.concatenate([P, P @ np.ones((4, 3))], axis=1)
    assert len(select(P.T @ P, P.T @ np.ones((30, 1)), 30.0, 5)[0]) == 4
    x = np.repeat(np.arange(4.0), 5)[:, None]
    for kernels in ("auto", "reference"):
        with pytest.raises(TrainingError, match="after 4 centres no candidate among 20 adds anything new, expected 5"):
            zoo.train("rbf", (x, np.sin(x)), placing="orthogonal", centres=5, test=0.0, kernels=kernels)


# --- centres and widths ---


def test_k_means_is_lloyds_loop() -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal((80, 3))
    model = model_of(x[:6], np.ones(6))
    model.weights["basis/centres"][5] = 50.0  # nobody is nearest to it: it stays
    step, centres = Lloyd(model, RbfSettings(shards=3)), model.weights["basis/centres"].copy()
    for _ in range(5):
        metrics = step(Batch.of(x), CONTEXT)
        counts, sums, distortion = kmeans.assigned(x, centres)
        centres = kmeans.moved(centres, counts, sums)
        np.testing.assert_allclose(model.weights["basis/centres"], centres, rtol=1e-12)
        assert metrics["distortion"] == pytest.approx(distortion / 80, rel=1e-12)
    assert centres[5].tolist() == [50.0, 50.0, 50.0]


def test_widths_follow_from_the_centres() -> None:
    centres = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    near = [np.sqrt((9 + 16) / 2), np.sqrt((9 + 25) / 2), np.sqrt((16 + 25) / 2)]
    np.testing.assert_allclose(widths_of(centres, "nearest", 2.0), 2 * np.array(near))
    np.testing.assert_allclose(widths_of(centres, "common", 1.0), 5 / np.sqrt(6))
    np.testing.assert_allclose(widths_of(centres, "fixed", 0.3), 0.3)
    assert widths_of(centres[:1], "nearest", 1.5).tolist() == [1.5]
    doubled = widths_of(np.array([[0.0], [0.0], [0.0], [1.0]]), "nearest", 1.0)
    assert (doubled > 0).all()
    with pytest.raises(TrainingError, match="all 3 centres are at one place"):
        widths_of(np.ones((3, 2)), "nearest", 1.0)
    many = np.random.default_rng(0).standard_normal((1200, 2))  # more than are compared at once
    distances = np.sqrt(squared_distances(many, many))
    np.fill_diagonal(distances, np.inf)
    two = np.sort(distances, axis=1)[:, :2]
    np.testing.assert_allclose(widths_of(many, "nearest", 1.0), np.sqrt(np.square(two).mean(axis=1)), rtol=1e-7)


def test_more_centres_than_samples() -> None:
    x = np.random.default_rng(0).standard_normal((20, 2))
    with pytest.raises(OptionError, match="got 21 centres, expected at most 20, the samples there are to train on"):
        zoo.train("rbf", (x, x[:, 0]), centres=21, test=0.0)
    with pytest.raises(OptionError, match="got 10 centres with one on every sample, expected 20"):
        zoo.train("rbf", (x, x[:, 0]), centres=10, placing="samples", test=0.0)
    with pytest.raises(OptionError, match="got normalized with thin-plate"):
        Rbf(basis="thin-plate", normalized=True)


# --- gradients ---


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("normalized", [False, True])
def test_gradients_of_centres_widths_and_inputs(basis: str, normalized: bool) -> None:
    """Finite differences, relative error under 1e-6."""
    if normalized and basis not in zoo_rbf.basis_functions.POSITIVE:
        return
    x = np.random.default_rng(0).standard_normal((7, 3))
    layer = Basis(4, basis, normalized, learned=True)
    check_layer(Serial(below=Dense(3), basis=layer, output=Dense(2)), x)


def test_what_is_not_learned_stays() -> None:
    """Output weights by gradient: centres and widths stay bit for bit; learned, they all move, and the loss falls."""
    for learned in (False, True):
        prepared = run.prepare("rbf", options={"centres": 9, "output": "gradient", "learned": learned})
        marks = {}

        def look(event, marks=marks, prepared=prepared) -> None:
            if type(event).__name__ == "PhaseDone" and event.phase == "widths":
                marks.update({name: array.copy() for name, array in prepared.model.weights.items()})

        run.train(prepared, listen=look)
        for name in ("basis/centres", "basis/widths"):
            assert np.array_equal(marks[name], prepared.model.weights[name]) is not learned
        assert not np.array_equal(marks["output/W"], prepared.model.weights["output/W"])
        loss = prepared.training.history["train"]["loss"]
        assert loss[-1] < 0.5 * loss[0]


def test_learning_all_betters_least_squares() -> None:
    """Few centres, well conditioned: gradient descent from the solved net goes on to a lower training loss."""
    options = {"centres": 6, "width": 0.7, "ridge": 0.5}
    solved = run.prepare("rbf", options=options)
    settings = {"epochs": 60, "learning_rate": 0.03, "schedule": "cosine"}
    learned = run.prepare("rbf", options={**options, "learned": True}, training=settings)
    run.train(solved)
    run.train(learned)
    assert learned.training.history["train"]["loss"][-1] < 0.8 * solved.training.history["output"]["loss"][-1]


# --- classification ---


@pytest.mark.parametrize("options", [{}, {"normalized": True}, {"output": "gradient", "learned": True}], ids=str)
def test_moons(options: dict) -> None:
    prepared = run.prepare("rbf", options={"centres": 30, **options}, data={"name": "moons"})
    assert run.train(prepared).metrics["accuracy"] > 0.97
