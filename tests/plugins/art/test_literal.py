"""Choice, match, reset and learning equal literal loops over the papers' equations, presentation by presentation."""

import literal_art as literal
import numpy as np
import pytest
import zoo_art.art1
import zoo_art.art2a
import zoo_art.fuzzy_art
import zoo_art.fuzzy_artmap

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers

INPUTS, SAMPLES = 5, 60
SEEDS = range(4)


def eighths(seed: int) -> np.ndarray:
    """Inputs of eighths: all sums are exact in double precision, so there is nothing to round and ties are ties."""
    return np.random.default_rng(seed).integers(0, 9, (SAMPLES, INPUTS)) / 8


def model_of(architecture, outputs: int = 0):
    task = "classification" if outputs else "unsupervised"
    return architecture.build(Signature(task, (INPUTS,), (outputs or 1,), tuple("abc"[:outputs])), RandomStream(0))


def present(step, inputs, targets, number: int):
    """One presentation."""
    part = slice(number, number + 1)
    batch = Batch(inputs[part], None if targets is None else targets[part], np.array([number]), np.array([0]))
    return step(batch, StepContext(RandomStream(0), Workers(1)))


def compare(model, net, inputs, *, exact: bool = True) -> None:
    """The same categories are chosen, reset and changed to the same weights at every presentation, in two passes."""
    step = model.architecture.phases(plan(model))[0].step(model)
    resets = np.zeros(len(inputs), int)
    for number in [*range(len(inputs)), *range(len(inputs))]:
        before = model.weights["sizes"].copy()
        J, reset = net.present(inputs[number].tolist())
        resets[number] += len(reset)
        metrics = present(step, inputs, None, number)
        after = model.weights["sizes"]
        assert len(after) == len(net.w)
        gained = after.copy()
        gained[: len(before)] -= before
        assert gained.tolist() == [int(j == J) for j in range(len(after))], f"presentation {number} went elsewhere"
        assert metrics["resets"] == len(reset)
        if exact:
            assert model.weights["W"].tolist() == net.w
        else:
            np.testing.assert_allclose(model.weights["W"], net.w, rtol=0, atol=1e-12)
    assert step.state["resets"].tolist() == resets.tolist()
    assert len(net.w) > 1, "the case is too easy to tell anything"


def plan(model):
    from zoo.core.settings import TrainingPlan

    return TrainingPlan.of(type(model.architecture.settings), {}, "test")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("uncommitted", ["competes", "last"])
@pytest.mark.parametrize(
    ("vigilance", "choice", "rate"),
    [(0.25, 0.001, 1.0), (0.5, 0.125, 1.0), (0.75, 1.0, 1.0), (0.7, 0.001, 0.5), (1.0, 2.0, 1.0)],
)
def test_fuzzy_art(seed: int, uncommitted: str, vigilance: float, choice: float, rate: float) -> None:
    architecture = zoo_art.fuzzy_art.FuzzyArt(
        vigilance=vigilance, choice=choice, rate=rate, uncommitted=uncommitted, precision="float64"
    )
    model = model_of(architecture)
    net = literal.FuzzyArt(vigilance, choice, rate, uncommitted == "competes")
    compare(model, net, eighths(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("uncommitted", ["competes", "last"])
@pytest.mark.parametrize(("vigilance", "L"), [(0.4, 2.0), (0.6, 1.5), (0.9, 5.0)])
def test_art1(seed: int, uncommitted: str, vigilance: float, L: float) -> None:
    bits = (np.random.default_rng(seed).random((SAMPLES, 12)) < 0.5).astype(np.float32)
    bits[~bits.any(axis=1), 0] = 1
    architecture = zoo_art.art1.Art1(vigilance=vigilance, choice=L, uncommitted=uncommitted)
    model = architecture.build(Signature("unsupervised", (12,), (1,), ("category",)), RandomStream(0))
    compare(model, literal.Art1(vigilance, L, uncommitted == "competes"), bits)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("uncommitted", ["competes", "last"])
@pytest.mark.parametrize(("vigilance", "rate", "theta"), [(0.8, 0.1, 0.0), (0.9, 1.0, 0.1), (0.85, 0.5, 0.3)])
def test_art2a(seed: int, uncommitted: str, vigilance: float, rate: float, theta: float) -> None:
    inputs = np.random.default_rng(seed).random((SAMPLES, INPUTS))
    architecture = zoo_art.art2a.Art2a(
        vigilance=vigilance, rate=rate, threshold=theta, choice=0.4, uncommitted=uncommitted, precision="float64"
    )
    net = literal.Art2a(vigilance, 0.4, rate, theta, uncommitted == "competes")
    compare(model_of(architecture), net, inputs, exact=False)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("uncommitted", ["competes", "last"])
@pytest.mark.parametrize(("vigilance", "tracking"), [(0.0, 0.0), (0.5, 0.0625), (0.25, -0.0625), (0.9, 0.0)])
def test_fuzzy_artmap(seed: int, uncommitted: str, vigilance: float, tracking: float) -> None:
    """Match tracking too, and inputs that contradict one another: some of them are the same with another class."""
    inputs = eighths(seed)
    inputs[-10:] = inputs[:10]
    targets = np.random.default_rng(100 + seed).integers(0, 3, SAMPLES)
    architecture = zoo_art.fuzzy_artmap.FuzzyArtmap(
        vigilance=vigilance, choice=0.125, tracking=tracking, uncommitted=uncommitted, precision="float64"
    )
    model = model_of(architecture, outputs=3)
    net = literal.FuzzyArtmap(vigilance, 0.125, 1.0, uncommitted == "competes", tracking)
    step = architecture.phases(plan(model))[0].step(model)
    contradictions = tracked = 0
    for number in range(SAMPLES):
        before = model.weights["sizes"].copy()
        J, reset = net.learn(inputs[number].tolist(), int(targets[number]))
        metrics = present(step, inputs, targets, number)
        gained = model.weights["sizes"].copy()
        gained[: len(before)] -= before
        assert gained.tolist() == [int(j == J) for j in range(len(gained))]
        assert metrics["resets"] == len(reset)
        assert metrics["contradicting"] == (J is None)
        assert model.weights["W"].tolist() == net.w
        assert model.weights["classes"].tolist() == net.classes
        contradictions += J is None
        tracked += bool(reset)
    assert tracked
    assert not (contradictions and tracking < 0)


@pytest.mark.parametrize(("tracking", "categories"), [(0.0, 1), (-0.001, 2)])
def test_an_input_of_two_classes(tracking: float, categories: int) -> None:
    """The same input with another class contradicts what is known and has no place; ε below 0 lets it in."""
    model = model_of(zoo_art.fuzzy_artmap.FuzzyArtmap(tracking=tracking), outputs=3)
    step = model.architecture.phases(plan(model))[0].step(model)
    inputs = np.full((2, INPUTS), 0.3, np.float32)
    metrics = [present(step, inputs, np.array([0, 1]), number)["contradicting"] for number in (0, 1)]
    assert metrics == [0, tracking == 0]
    assert len(model.weights["W"]) == categories
