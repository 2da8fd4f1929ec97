"""A text is evaluated as it is read in training and written in sampling: in order, the state carried over all of it.

So the metrics equal those of one pass over the whole part, whatever the window, the pieces and the threads.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.core.random import RandomStream
from zoo.data.splits import split
from zoo.inference.batched import evaluate
from zoo.parallel.threads import Workers
from zoo.training.prepare import Run, prepare
from zoo.training.run import train

NAMES = ("elman", "jordan", "gru", "lstm")
OPTIONS: dict[str, dict[str, object]] = {
    "elman": {"hidden": 5},
    "jordan": {"hidden": 5},
    "gru": {"hidden": 5, "layers": 2},
    "lstm": {"hidden": 5, "peepholes": True},
}


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What comes after "?" is the letter that stood before the last dots: a memory longer than any window here."""
    random, path = np.random.default_rng(3), tmp_path_factory.mktemp("text") / "memory.txt"
    path.write_text("".join(f"{letter}{'.' * 9}?{letter}" for letter in random.choice(list("abc"), 120)))
    return path


def run_on(name: str, text: Path, window: int, **options: object) -> Run:
    data = {"name": str(text), "task": "language", "window": window}
    return prepare(
        name,
        options={**OPTIONS[name], **options},
        data=data,
        training={"epochs": 1, "validation": 0.2, "batch_size": 3},
    )


def in_one_pass(run: Run, text: Path, part: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """(log p of the right symbol, whether it was the likeliest), for each symbol of a part, out of a single pass."""
    model = run.model
    numbers = {symbol: number for number, symbol in enumerate(model.symbols)}
    first, last = int(part[0]) * window, int(part[-1]) * window + window
    symbols = np.array([numbers[symbol] for symbol in text.read_text()[first : last + 1]])
    x = np.eye(len(numbers), dtype=np.float32)[symbols[None, :-1]]
    z = model.run(x, None, {})[0][0].astype(np.float64)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return np.log(p[np.arange(len(p)), symbols[1:]]), p.argmax(axis=1) == symbols[1:]


@pytest.mark.parametrize("window", [1, 4, 7, 50])
@pytest.mark.parametrize("name", NAMES)
def test_evaluation_is_one_pass_over_the_text(name: str, window: int, text: Path) -> None:
    run = run_on(name, text, window)
    for part in ("validation", "test"):
        samples = run.samples(part)
        assert samples is not None and run.model.architecture.carried
        log_p, right = in_one_pass(run, text, getattr(run.parts, part), window)
        for threads, size in ((1, 256), (1, 2), (3, 5)):
            with Workers(threads) as workers:
                metrics = evaluate(run.model, samples, RandomStream(0), workers, size)
            assert metrics["loss"] == pytest.approx(-log_p.mean(), rel=2e-6)
            assert metrics["accuracy"] == right.mean()


@pytest.mark.parametrize("name", NAMES)
def test_a_long_text_is_visited_in_stretches(name: str, text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_on(name, text, 6)
    monkeypatch.setattr("zoo_recurrent.model.STEPS", 15)
    log_p, _ = in_one_pass(run, text, run.parts.test, 6)
    with Workers(2) as workers:
        metrics = evaluate(run.model, run.samples("test"), RandomStream(0), workers)
    assert metrics["loss"] == pytest.approx(-log_p.mean(), rel=2e-6)


def test_a_gap_in_a_part_begins_anew(text: Path) -> None:
    run = run_on("lstm", text, 6)
    whole, losses = run.parts.test, []
    parts = whole[:4], whole[6:]
    for part in (*parts, np.concatenate(parts)):
        object.__setattr__(run.parts, "test", part)
        with Workers(1) as workers:
            losses.append(evaluate(run.model, run.samples("test"), RandomStream(0), workers, 3)["loss"] * len(part))
    assert losses[2] == pytest.approx(losses[0] + losses[1], rel=1e-6)


def test_where_training_does_not_carry_neither_does_evaluation(text: Path) -> None:
    run = run_on("lstm", text, 6, carried=False)
    samples = run.samples("test")
    alone = [run.model.evaluate(samples.rows(np.arange(n, n + 1)), RandomStream(0)) for n in range(len(samples))]
    with Workers(1) as workers:
        metrics = evaluate(run.model, samples, RandomStream(0), workers)
    assert metrics["loss"] == pytest.approx(sum(float(s["loss"]) for s in alone) / (6 * len(samples)), rel=1e-6)


def test_forecasts_of_single_steps_carry_too(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("x\n" + "\n".join(f"{np.sin(t / 3):.6f}" for t in range(90)))
    run = prepare("elman", options={"hidden": 4}, data={"name": str(path), "window": 1}, training={"epochs": 1})
    assert run.model.architecture.carried
    samples = run.samples("test")
    batch = samples.rows(np.arange(len(samples)))
    answers, state = [], {}
    for each in batch.inputs:
        z, state = run.model.run(each[None], None, state)
        answers.append(z[0])
    expected = np.square(np.array(answers, np.float64) - batch.targets).mean() * run.model.preprocessing.target_unit**2
    for size in (256, 4):
        with Workers(2) as workers:
            metrics = evaluate(run.model, samples, RandomStream(0), workers, size)
        assert metrics["mean_squared_error"] == pytest.approx(float(expected.item()), rel=1e-5)


def test_best_weights_are_chosen_by_that_number(text: Path, tmp_path: Path) -> None:
    """What validation recorded is the loss of one pass; predictions of the text, one for each window, carry as well."""
    run = run_on("elman", text, 4)
    result = train(run, out=tmp_path / "memory.h5", threads=2)
    log_p, _ = in_one_pass(run, text, run.parts.validation, 4)
    recorded = result.model.history["train"]["validation/loss"]
    assert recorded[-1] == pytest.approx(-log_p.mean(), rel=2e-6)
    evaluation = zoo.evaluate(tmp_path / "memory.h5")
    log_p, right = in_one_pass(run, text, run.parts.test, 4)
    assert evaluation.metrics["loss"] == pytest.approx(-log_p.mean(), rel=2e-6)
    assert evaluation.metrics["accuracy"] == right.mean()
    assert (split(run.dataset, 0, validation=0.2).test == run.parts.test).all()
