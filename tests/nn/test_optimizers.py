"""Optimizers beside their papers' formulas, written out for one weight, and beside torch.optim where it is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.nn import OPTIMIZERS, Dense, GradientSettings, GradientStep, Relu, Serial
from zoo.nn.optimizers import Adagrad, Adam, Momentum, Nesterov, Optimizer, RMSprop, Rprop
from zoo.parallel.threads import Workers

RATE = 0.05
START = 1.5


def slope(w: float) -> float:
    """d/dw of a bumpy valley: the sign turns now and then."""
    return w + 0.8 * math.sin(5 * w)


# One weight's path, a number at a time.


def gradient_descent() -> Iterator[float]:
    w = START
    while True:
        w = w - RATE * slope(w)
        yield w


def momentum() -> Iterator[float]:
    w, change = START, 0.0
    while True:
        change = -RATE * slope(w) + 0.9 * change  # Rumelhart, Hinton and Williams, 1986, (16)
        w = w + change
        yield w


def nesterov() -> Iterator[float]:
    theta, v = START, 0.0
    while True:
        v = 0.9 * v - RATE * slope(theta + 0.9 * v)  # Sutskever et al., 2013, (3)
        theta = theta + v  # (4)
        yield theta + 0.9 * v  # the optimizer's w stands where the next gradient is taken


def adagrad() -> Iterator[float]:
    w, total = START, 0.0
    while True:
        g = slope(w)
        total = total + g**2
        w = w - RATE * g / (math.sqrt(total) + 1e-10)
        yield w


def rmsprop() -> Iterator[float]:
    w, mean = START, 0.0
    while True:
        g = slope(w)
        mean = 0.9 * mean + 0.1 * g**2
        w = w - RATE * g / (math.sqrt(mean) + 1e-8)
        yield w


def adam() -> Iterator[float]:
    theta, m, v, t = START, 0.0, 0.0, 0
    while True:  # Kingma and Ba, 2015, algorithm 1
        t = t + 1
        g = slope(theta)
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.999 * v + (1 - 0.999) * g**2
        m_hat = m / (1 - 0.9**t)
        v_hat = v / (1 - 0.999**t)
        theta = theta - RATE * m_hat / (math.sqrt(v_hat) + 1e-8)
        yield theta


def rprop() -> Iterator[float]:
    w, step, before = START, RATE, 0.0
    while True:  # Igel and Hüsken, 2003, iRprop⁻
        g = slope(w)
        if g * before > 0:
            step = min(step * 1.2, 50.0)
        elif g * before < 0:
            step = max(step * 0.5, 1e-6)
            g = 0.0
        w = w - math.copysign(step, g) if g else w
        before = g
        yield w


def follow(optimizer: Optimizer, steps: int) -> list[float]:
    w = np.array([START])
    state = tuple(np.full(1, optimizer.start(name, RATE)) for name in optimizer.state_names)
    path = []
    for count in range(1, steps + 1):
        optimizer.apply(w, np.array([slope(w.item())]), state, np.empty(1), RATE, count)
        path.append(w.item())
    return path


@pytest.mark.parametrize(
    ("optimizer", "by_hand"),
    [
        (OPTIMIZERS["sgd"](), gradient_descent),
        (Momentum(0.9), momentum),
        (Nesterov(0.9), nesterov),
        (Adagrad(), adagrad),
        (RMSprop(), rmsprop),
        (Adam(), adam),
        (Rprop(), rprop),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_papers_formula(optimizer: Optimizer, by_hand: Callable[[], Iterator[float]]) -> None:
    expected = [w for w, _ in zip(by_hand(), range(200), strict=False)]
    assert np.ptp(expected) > 0.05
    np.testing.assert_allclose(follow(optimizer, 200), expected, rtol=1e-9)


NET = Serial(hidden=Dense(6), relu=Relu(), output=Dense(3))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_torch_agrees(name: str, build, random: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    model = build(NET, 5, 3, precision="float64")
    x, t = random.standard_normal((16, 5)), random.integers(0, 3, 16)
    peer = torch.nn.Sequential(torch.nn.Linear(5, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3)).double()
    for place, layer in ((0, "hidden"), (2, "output")):
        peer[place].weight.data = torch.tensor(model.weights[f"{layer}/W"].T.copy())
        peer[place].bias.data = torch.tensor(model.weights[f"{layer}/b"].copy())
    kinds = {
        "sgd": lambda p: torch.optim.SGD(p, RATE),
        "momentum": lambda p: torch.optim.SGD(p, RATE, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, RATE, momentum=0.9, nesterov=True),
        "adagrad": lambda p: torch.optim.Adagrad(p, RATE, eps=1e-10),
        "rmsprop": lambda p: torch.optim.RMSprop(p, RATE, alpha=0.9, eps=1e-8),
        "adam": lambda p: torch.optim.Adam(p, RATE),
        "adamw": lambda p: torch.optim.AdamW(
            [{"params": [q for q in p if q.ndim == 2]}, {"params": [q for q in p if q.ndim == 1], "weight_decay": 0.0}],
            RATE,
            weight_decay=0.01,
        ),
        "rprop": lambda p: torch.optim.Rprop(p, RATE),
    }
    optimizer = kinds[name](list(peer.parameters()))
    step = GradientStep(model, GradientSettings(optimizer=name, learning_rate=RATE))
    with Workers(2) as workers:
        for count in range(30):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(peer(torch.tensor(x)), torch.tensor(t))
            loss.backward()
            optimizer.step()
            metrics = step(Batch.of(x, t), StepContext(RandomStream(0), workers, updates=count))
            assert metrics["loss"] == pytest.approx(loss.item(), rel=1e-9)
    for place, layer in ((0, "hidden"), (2, "output")):
        W, b = (parameter.detach().numpy() for parameter in (peer[place].weight, peer[place].bias))
        np.testing.assert_allclose(model.weights[f"{layer}/W"], W.T, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(model.weights[f"{layer}/b"], b, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_cutting_the_vectors_changes_no_bit(name: str, random: np.random.Generator) -> None:
    optimizer = OPTIMIZERS[name]()
    w = random.standard_normal(1000).astype(np.float32)
    state = tuple(np.full(1000, optimizer.start(name, RATE), np.float32) for name in optimizer.state_names)
    cut_w, cut_state = w.copy(), tuple(vector.copy() for vector in state)
    for count in range(1, 5):
        g = random.standard_normal(1000).astype(np.float32)
        cut_g = g.copy()
        optimizer.apply(w, g, state, np.empty_like(w), RATE, count)
        for start in range(0, 1000, 37):
            part = slice(start, start + 37)
            optimizer.apply(
                cut_w[part],
                cut_g[part],
                tuple(vector[part] for vector in cut_state),
                np.empty_like(w)[part],
                RATE,
                count,
            )
    assert w.tobytes() == cut_w.tobytes()
    assert [vector.tobytes() for vector in state] == [vector.tobytes() for vector in cut_state]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_stands_under_weight_names_and_goes_on_when_put_back(
    name: str, build, random: np.random.Generator
) -> None:
    batch = Batch.of(random.standard_normal((16, 5)), random.integers(0, 3, 16))
    settings = GradientSettings(optimizer=name)
    whole, half = build(NET, 5, 3), build(NET, 5, 3)
    with Workers(1) as workers:
        step = GradientStep(whole, settings)
        names = step.optimizer.state_names
        assert sorted(step.state) == sorted(f"{name}/{weight}" for name in names for weight in whole.weights)
        for count in range(6):
            if count == 3:
                saved = {key: array.copy() for key, array in step.state.items()}
                for weight, array in whole.weights.items():
                    half.weights[weight][...] = array
            step(batch, StepContext(RandomStream(0), workers, updates=count))
        again = GradientStep(half, settings)
        for key, array in saved.items():
            again.state[key][...] = array
        for count in range(3, 6):
            again(batch, StepContext(RandomStream(0), workers, updates=count))
    for weight, array in whole.weights.items():
        assert array.tobytes() == half.weights[weight].tobytes(), weight
