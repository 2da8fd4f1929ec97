"""Resuming with other epochs: what becomes of a schedule is said, and can be chosen; the choice resumes exactly."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo import checkpoint
from zoo.errors import OptionError, ZooWarning
from zoo.training.prepare import prepare
from zoo.training.run import Result, resume, train
from zoo.training.run_state import run_from

SCHEDULED: dict[str, dict[str, Any]] = {
    "logistic": {"schedule": "linear", "warmup": 0.2},
    "rbm": {"schedule": "linear"},
    "som": {},  # its radius falls
}
OTHERS: dict[str, dict[str, Any]] = {
    "logistic": {"schedule": "constant"},
    "rbm": {"schedule": "constant"},
    "fuzzy-artmap": {},
}


def learned(name: str, epochs: int, out: Path, **training: Any) -> Result:
    options = {"hidden": 5, "annealing_steps": 10} if name == "rbm" else {}
    data = {"name": "bars-and-stripes" if name == "rbm" else "moons"}
    run = prepare(name, options=options, data=data, training={"epochs": epochs, **training})
    if name != "som":
        return train(run, out=out)
    # The map is not the last phase: stopped after the start and all epochs but one.
    return train(run, out=out, stop=iter([False] * (epochs - 1) + [True]).__next__)


def same(one: Result, other: Result) -> bool:
    return all(np.array_equal(array, other.model.weights[name]) for name, array in one.model.weights.items())


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_stretched_schedule_is_said_and_can_be_chosen(name: str, tmp_path: Path) -> None:
    learned(name, 3, tmp_path / "a.h5", **SCHEDULED[name])
    with pytest.warns(ZooWarning, match=r"stretched from 3 to 6 epochs, of which . were.*--schedule-from here"):
        stretched = resume(tmp_path / "a.h5", epochs=6, out=tmp_path / "stretched.h5")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", ".*schedule", ZooWarning)
        start = resume(tmp_path / "a.h5", epochs=6, schedule_from="start", out=tmp_path / "start.h5")
        here = resume(tmp_path / "a.h5", epochs=6, schedule_from="here", out=tmp_path / "here.h5")
    assert same(stretched, start) and not same(start, here)


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_fresh_schedule_resumes_exactly(name: str, tmp_path: Path) -> None:
    learned(name, 3, tmp_path / "a.h5", **SCHEDULED[name])
    whole = resume(tmp_path / "a.h5", epochs=6, schedule_from="here", out=tmp_path / "whole.h5")
    stop = iter([False, True]).__next__
    resume(tmp_path / "a.h5", epochs=6, schedule_from="here", out=tmp_path / "part.h5", stop=stop)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", ".*schedule", ZooWarning)
        assert checkpoint.read(tmp_path / "part.h5").manifest["position"]["schedule_from"] == (
            1 if name == "som" else 3
        )
        assert same(whole, resume(tmp_path / "part.h5"))


@pytest.mark.parametrize("name", OTHERS)
def test_without_a_schedule_more_epochs_are_the_uninterrupted_run(name: str, tmp_path: Path) -> None:
    learned(name, 2, tmp_path / "a.h5", **OTHERS[name])
    with warnings.catch_warnings():
        warnings.filterwarnings("error", ".*schedule", ZooWarning)
        more = resume(tmp_path / "a.h5", epochs=4, out=tmp_path / "b.h5")
        whole = learned(name, 4, tmp_path / "c.h5", **OTHERS[name])
    assert same(more, whole)
    with pytest.raises(OptionError, match=r"nothing in phase .* follows a schedule"):
        resume(tmp_path / "a.h5", epochs=6, schedule_from="here")


def test_a_fresh_schedule_begins_at_its_beginning(tmp_path: Path) -> None:
    """The rates of the epochs left are those of a run that has so many: 1, ½ of three, of two batches each."""
    learned("logistic", 3, tmp_path / "a.h5", schedule="linear", batch_size=64)
    run = run_from(checkpoint.read(tmp_path / "a.h5"), epochs=5, schedule_from="here")
    assert run.training.position.schedule_from == 3
    data = run.samples("train")
    assert data is not None
    seen: list[float] = []
    step = run.training.step
    assert step is not None
    plain = type(step).__call__

    class Watched(type(step)):  # type: ignore[misc]
        def __call__(self, rows: Any, context: Any) -> Any:
            seen.append(context.progress)
            return plain(self, rows, context)

    step.__class__ = Watched
    from zoo.parallel.threads import Workers
    from zoo.training.loop import train as go_on

    with Workers(1) as workers:
        go_on(run.training, data, None, workers)
    batches = len(seen) // 2
    assert seen == pytest.approx([number / (2 * batches) for number in range(2 * batches)])


def test_nothing_left_or_an_unknown_place_is_refused(tmp_path: Path) -> None:
    learned("logistic", 2, tmp_path / "a.h5", schedule="linear")
    with pytest.raises(OptionError, match=r"nothing is left for a schedule.*--epochs 4"):
        resume(tmp_path / "a.h5", schedule_from="here")
    with pytest.raises(OptionError, match="expected one of start, here"):
        resume(tmp_path / "a.h5", epochs=4, schedule_from="there")


def test_epochs_of_a_phase_of_its_own_are_changed_and_dead_ones_refused(tmp_path: Path) -> None:
    train(prepare("logistic", data={"name": "moons"}, training={"train": {"epochs": 2}}), out=tmp_path / "a.h5")
    assert resume(tmp_path / "a.h5", epochs=3).model.history.epochs("train") == 3  # type: ignore[union-attr]
    train(prepare("pnn", data={"name": "moons"}), out=tmp_path / "b.h5")
    with pytest.raises(OptionError, match="epochs has no effect"):
        resume(tmp_path / "b.h5", epochs=3)
    train(prepare("som", data={"name": "moons"}, training={"epochs": 2}), out=tmp_path / "c.h5")
    with pytest.raises(OptionError, match="epochs has no effect: phase map has ended"):
        resume(tmp_path / "c.h5", epochs=3)


def test_what_is_learned_is_not_undone(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    zoo.train("logistic", "moons", epochs=2, out=path)
    for epochs in (0, 1):
        with pytest.raises(OptionError, match=rf"epochs is {epochs}, but phase train has learned 2 .*: epochs=2"):
            zoo.resume(path, epochs=epochs)
    assert zoo.resume(path, epochs=3).history.epochs("train") == 3
