"""Kernels equal the rules, presentation by presentation: the same choice, resets and learning; rules equal what follows
from the papers by hand."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import zoo_art.art1
import zoo_art.art2a
import zoo_art.fuzzy_art
import zoo_art.fuzzy_artmap
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_art.by_rule import ByRule
from zoo_art.rules import art1, art2a, fuzzy_art, fuzzy_artmap

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers

SEEDS = st.integers(0, 2**16)
QUICK = settings(max_examples=20, deadline=None)
UNCOMMITTED = st.sampled_from(["competes", "last"])
PRECISIONS = st.sampled_from(["float32", "float64"])


def eighths(seed: int, inputs: int, samples: int = 40) -> np.ndarray:
    """Inputs of eighths: all sums are exact, so there is nothing to round and ties are ties."""
    return np.random.default_rng(seed).integers(0, 9, (samples, inputs)) / 8


def step_of(architecture, inputs: int, outputs: int = 0, kernels: str = "auto"):
    task = "classification" if outputs else "unsupervised"
    model = architecture.build(Signature(task, (inputs,), (outputs or 1,), tuple("abc"[:outputs])), RandomStream(0))
    plan = TrainingPlan.of(type(architecture.settings), {"kernels": kernels}, "test")
    return architecture.phases(plan)[0].step(model)


def present(step, inputs, targets, number: int):
    """One presentation."""
    part = slice(number, number + 1)
    batch = Batch(inputs[part], None if targets is None else targets[part], np.array([number]), np.array([0]))
    return step(batch, StepContext(RandomStream(0), Workers(1)))


class Net:
    """The categories W that a rule makes of inputs presented one after the other, in double precision."""

    def __init__(self, rule) -> None:
        self.rule, self.W, self.classes = rule, np.zeros((0, 0)), []

    def present(self, I, target=None):
        """(J, categories reset before)."""
        given = () if target is None else (target,)
        J, w, reset = self.rule(I, *given, self.W, *([self.classes] if given else []))
        if len(self.W) == J:
            self.W = np.vstack([self.W.reshape(-1, len(I)), w])
            self.classes.append(target)
        elif J is not None:
            self.W[J] = w
        return J, reset


def compare(architecture, rule, inputs, *, exact: bool = True, kernels: str = "auto") -> Net:
    """The same categories are chosen, reset and changed to the same weights at every presentation, in two passes."""
    step, net = step_of(architecture, inputs.shape[1], kernels=kernels), Net(rule)
    encoded = architecture.kernel.encode(inputs).astype(np.float64)
    resets = np.zeros(len(inputs), int)
    for number in [*range(len(inputs)), *range(len(inputs))]:
        before = step.model.weights["sizes"].copy()
        J, reset = net.present(encoded[number])
        resets[number] += len(reset)
        metrics = present(step, inputs, None, number)
        gained = step.model.weights["sizes"].copy()
        assert len(gained) == len(net.W)
        gained[: len(before)] -= before
        assert gained.tolist() == [int(j == J) for j in range(len(gained))], f"presentation {number} went elsewhere"
        assert metrics["resets"] == len(reset)
        if exact:
            assert step.model.weights["W"].tolist() == net.W.tolist()
        else:
            np.testing.assert_allclose(step.model.weights["W"], net.W, rtol=0, atol=1e-12)
    assert step.state["resets"].tolist() == resets.tolist()
    return net


@QUICK
@given(
    seed=SEEDS,
    inputs=st.integers(1, 9),
    uncommitted=UNCOMMITTED,
    precision=PRECISIONS,
    kind=st.sampled_from(
        [(0.25, 0.001, 1.0), (0.5, 0.125, 1.0), (0.75, 1.0, 1.0), (0.75, 0.001, 0.5), (1.0, 2.0, 1.0)]
    ),
)
def test_fuzzy_art(seed, inputs, uncommitted, precision, kind) -> None:
    vigilance, alpha, beta = kind
    precision = "float64" if beta < 1 else precision  # halves of halves: more digits than float32 has
    architecture = zoo_art.fuzzy_art.FuzzyArt(
        vigilance=vigilance, choice=alpha, rate=beta, uncommitted=uncommitted, precision=precision
    )
    rule = partial(fuzzy_art.present, rho=vigilance, alpha=alpha, beta=beta, competes=uncommitted == "competes")
    x = eighths(seed, inputs)
    np.testing.assert_array_equal(architecture.kernel.encode(x), [fuzzy_art.complement_code(a) for a in x])
    compare(architecture, rule, x, exact=beta == 1)


@QUICK
@given(
    seed=SEEDS,
    inputs=st.integers(1, 14),
    uncommitted=UNCOMMITTED,
    kind=st.sampled_from([(0.4, 2), (0.6, 1.5), (0.9, 5)]),
)
def test_art1(seed, inputs, uncommitted, kind) -> None:
    vigilance, L = kind
    bits = (np.random.default_rng(seed).random((40, inputs)) < 0.5).astype(np.float32)
    bits[~bits.any(axis=1), 0] = 1
    architecture = zoo_art.art1.Art1(vigilance=vigilance, choice=L, uncommitted=uncommitted)
    compare(architecture, partial(art1.present, rho=vigilance, L=L, competes=uncommitted == "competes"), bits)


@QUICK
@given(
    seed=SEEDS,
    inputs=st.integers(2, 9),
    uncommitted=UNCOMMITTED,
    kind=st.sampled_from([(0.8, 0.1, 0.0), (0.9, 1.0, 0.1), (0.85, 0.5, 0.3)]),
)
def test_art2a(seed, inputs, uncommitted, kind) -> None:
    vigilance, beta, theta = kind
    x = np.random.default_rng(seed).random((40, inputs)) + 0.01
    architecture = zoo_art.art2a.Art2a(
        vigilance=vigilance, rate=beta, threshold=theta, choice=0.4, uncommitted=uncommitted, precision="float64"
    )
    np.testing.assert_allclose(architecture.kernel.encode(x), [art2a.encode(a, theta) for a in x], rtol=1e-12)
    options = {"rho": vigilance, "alpha": 0.4, "beta": beta, "theta": theta, "competes": uncommitted == "competes"}
    compare(architecture, partial(art2a.present, **options), x, exact=False)


@QUICK
@given(
    seed=SEEDS,
    inputs=st.integers(1, 9),
    uncommitted=UNCOMMITTED,
    precision=PRECISIONS,
    kind=st.sampled_from([(0.0, 0.0), (0.5, 0.0625), (0.25, -0.0625), (0.9, 0.0)]),
)
def test_fuzzy_artmap(seed, inputs, uncommitted, precision, kind) -> None:
    """Match tracking too, and inputs that contradict one another: some of them are the same with another class."""
    compare_artmap(seed, inputs, uncommitted, precision, *kind)


def compare_artmap(
    seed: int, inputs: int, uncommitted: str, precision: str, vigilance: float, tracking: float, kernels: str = "auto"
) -> None:
    """As `compare`, with classes."""
    x = eighths(seed, inputs)
    x[-10:] = x[:10]
    targets = np.random.default_rng(seed + 1).integers(0, 3, len(x))
    architecture = zoo_art.fuzzy_artmap.FuzzyArtmap(
        vigilance=vigilance, choice=0.125, tracking=tracking, uncommitted=uncommitted, precision=precision
    )
    options = {"rho": vigilance, "alpha": 0.125, "beta": 1.0, "eps": tracking, "competes": uncommitted == "competes"}
    net, step = Net(partial(fuzzy_artmap.present, **options)), step_of(architecture, inputs, 3, kernels)
    encoded, weights = architecture.kernel.encode(x).astype(np.float64), step.model.weights
    for number in range(len(x)):
        before = weights["sizes"].copy()
        J, reset = net.present(encoded[number], int(targets[number]))
        metrics = present(step, x, targets, number)
        gained = weights["sizes"].copy()
        gained[: len(before)] -= before
        assert gained.tolist() == [int(j == J) for j in range(len(gained))]
        assert metrics["resets"] == len(reset) and metrics["contradicting"] == (J is None)
        assert weights["W"].tolist() == net.W.tolist() and weights["classes"].tolist() == net.classes
        assert not (J is None and tracking < 0)


# --- the rules by themselves ---


@pytest.mark.parametrize("name", ["fuzzy-art", "art1", "art2a", "fuzzy-artmap"])
def test_reference_runs_the_rule(name: str) -> None:
    """The step presents inputs by the rule and stores what it says; the kernel comes to the same."""
    kinds = {
        "fuzzy-art": zoo_art.fuzzy_art.FuzzyArt(vigilance=0.6, precision="float64"),
        "art1": zoo_art.art1.Art1(),
        "art2a": zoo_art.art2a.Art2a(precision="float64"),
        "fuzzy-artmap": zoo_art.fuzzy_artmap.FuzzyArtmap(precision="float64"),
    }
    x = eighths(3, 6).round() if name == "art1" else eighths(3, 6)
    x[~x.any(axis=1), 0] = 1
    targets = np.arange(len(x)) % 3 if name == "fuzzy-artmap" else None
    found = []
    for kernels in ("auto", "reference"):
        step = step_of(kinds[name], 6, 0 if targets is None else 3, kernels)
        assert isinstance(step._search, ByRule) == (kernels == "reference")
        metrics = [present(step, x, targets, number) for number in range(len(x))]
        found.append((step.model.weights, metrics, step.state["resets"]))
    (W, metrics, resets), (W_rule, metrics_rule, resets_rule) = found
    assert len(W["W"]) > 1 and metrics == metrics_rule
    np.testing.assert_array_equal(resets, resets_rule)
    for array in W:
        np.testing.assert_allclose(W[array], W_rule[array], rtol=0, atol=1e-12, err_msg=array)


def test_fuzzy_art_by_hand() -> None:
    """A box from 0.2 to 0.4 has |w| = 0.2 + 0.6; the input 0.5 makes it 0.2 to 0.5, if 1 − 0.3 ≥ ρ."""
    box, I = np.array([[0.2, 0.6]]), fuzzy_art.complement_code(np.array([0.5]))
    assert fuzzy_art.choice(I, box[0], 0.1) == pytest.approx(0.7 / 0.9)
    assert fuzzy_art.match(I, box[0]) == pytest.approx(0.7)
    J, w, reset = fuzzy_art.present(I, box, 0.69, 0.1, 1.0, competes=False)
    assert (J, reset) == (0, []) and w == pytest.approx([0.2, 0.5])
    J, w, reset = fuzzy_art.present(I, box, 0.71, 0.1, 1.0, competes=False)
    assert (J, reset) == (1, [0]) and w.tolist() == [0.5, 0.5]
    J, w, _ = fuzzy_art.present(I, box, 0.5, 0.1, 0.5, competes=False)
    assert w == pytest.approx([0.2, 0.55])  # half the way


def test_art1_prefers_the_subset_of_two_templates_that_match() -> None:
    """Carpenter and Grossberg (1987a): of two templates inside the input the larger, of one inside and one beyond the
    one inside, has the larger T; vigilance decides whether it may code the input."""
    I = np.array([1.0, 1, 1, 0])
    subset, superset = np.array([1.0, 1, 0, 0]), np.array([1.0, 1, 1, 1])
    assert art1.choice(I, subset, 2.0) == pytest.approx(4 / 3)
    assert art1.choice(I, superset, 2.0) == pytest.approx(6 / 5)
    W = np.stack([subset, superset])
    assert art1.present(I, W, 0.6, 2.0, competes=False)[0] == 0
    J, w, reset = art1.present(I, W, 0.9, 2.0, competes=False)
    assert (J, reset) == (1, [0]) and w.tolist() == I.tolist()


def test_art2a_turns_towards_its_input() -> None:
    I, W = np.array([0.0, 1.0]), np.array([[1.0, 0.0], [0.6, 0.8]])
    J, w, _ = art2a.present(I, W, 0.7, 0.1, 0.5, 0.0, competes=True)
    assert J == 1 and w == pytest.approx(np.array([0.3, 0.9]) / np.hypot(0.3, 0.9))
    assert art2a.present(I, W, 0.9, 0.1, 0.5, 0.0, competes=True)[::2] == (2, [1])  # one reset settles it


def test_match_tracking_raises_vigilance_above_the_wrong_class() -> None:
    """The box that fits best is of class 0 and matches by 0.9; no other matches better, so class 1 gets a new one."""
    W, I = np.array([[0.5, 0.4], [0.0, 0.4]]), fuzzy_art.complement_code(np.array([0.5]))
    assert [fuzzy_art.match(I, w) for w in W] == pytest.approx([0.9, 0.4])
    assert fuzzy_artmap.present(I, 0, W, [0, 1], 0.0, 0.1, 1.0, 0.0, False)[::2] == (0, [])
    assert fuzzy_artmap.present(I, 1, W, [0, 1], 0.0, 0.1, 1.0, 0.0, False)[::2] == (2, [0, 1])
    assert fuzzy_artmap.present(I, 1, W, [0, 1], 0.0, 0.1, 1.0, -0.6, False)[::2] == (1, [0])


@pytest.mark.parametrize("kernels", ["auto", "reference"])
@pytest.mark.parametrize(("tracking", "categories"), [(0.0, 1), (-0.001, 2)])
def test_an_input_of_two_classes(tracking: float, categories: int, kernels: str) -> None:
    """The same input with another class contradicts what is known and has no place; ε below 0 lets it in."""
    step = step_of(zoo_art.fuzzy_artmap.FuzzyArtmap(tracking=tracking), 5, 3, kernels)
    inputs = np.full((2, 5), 0.3, np.float32)
    metrics = [present(step, inputs, np.array([0, 1]), number)["contradicting"] for number in (0, 1)]
    assert metrics == [0, tracking == 0]
    assert len(step.model.weights["W"]) == categories
