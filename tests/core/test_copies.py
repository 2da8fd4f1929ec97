"""What Python users copy and pickle: datasets and how they are opened, evaluations, events, signatures."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import zoo
from zoo.core import events
from zoo.core.invalid_input import InvalidInput
from zoo.core.model import Model
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext, TrainingStep
from zoo.data import open_dataset
from zoo.errors import ZooError
from zoo.parallel.threads import Workers
from zoo.registry import lookup
from zoo.training.prepare import Run, prepare

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}
OF_FILES = ("iris", "shakespeare", "sunspots")  # datasets whose files do not come with zoo
copied = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


@pytest.fixture(scope="module")
def received() -> tuple[Model, list[events.Event]]:
    """A model and all that was said in its training."""
    received: list[events.Event] = []
    model = zoo.train("mlp", "moons", hidden=(3,), epochs=2, validation=0.2, listen=received.append)
    return model, received


@copied
def test_a_model_saved_and_loaded_equals_the_original(received: Any, copied: Any, tmp_path: Path) -> None:
    model = copied(received[0])
    zoo.save(model, tmp_path / "moons.h5")
    assert zoo.load(tmp_path / "moons.h5") == model == received[0]
    assert model.history.phases == received[0].history.phases


def test_models_that_differ_in_anything_that_is_computed_are_not_equal(received: Any) -> None:
    model, others = received[0], [copy.deepcopy(received[0]) for _ in range(4)]
    next(iter(others[0].weights.values()))[0] += 1
    others[1].architecture = others[1].architecture.replace(dropout=0.5)
    others[2].preprocessing = dataclasses.replace(others[2].preprocessing, labels=("lower", "upper"))
    others[3].preprocessing = None
    assert not any(model == other for other in others)
    assert model != 1 and model not in [None, *others]


def test_a_model_has_no_hash_since_it_changes(received: Any) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        {received[0]: 1}


@copied
def test_every_event_of_a_training_copies(received: Any, copied: Any) -> None:
    said = [*received[1], events.Opening("moons"), events.Saved("moons.h5")]
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)]
    assert {type(event) for event in said} == {kind for kind in kinds if not kind.__subclasses__()}
    assert [copied(event) for event in said] == said


@copied
def test_an_evaluation_copies(received: Any, copied: Any) -> None:
    found = zoo.evaluate(received[0], "moons")
    assert copied(found) == found


@copied
@pytest.mark.parametrize("name", ["npy", "streamed npy", "hdf5", "streamed hdf5", "csv"])
def test_a_dataset_copies(copied: Any, name: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(400, 500))
    path = tmp_path / f"data.{name.rpartition(' ')[2]}"
    if path.suffix == ".npy":
        np.save(path, x)
    elif path.suffix == ".hdf5":
        with h5py.File(path, "w") as file:
            file["x"] = x
    else:
        np.savetxt(path, x[:, :3], delimiter=",")
    options = {"in_memory": 1} if name.startswith("streamed") else {}
    dataset = open_dataset(path, **options)
    other = copied(dataset)
    assert (other.block is None) != name.startswith("streamed")
    assert other.digest == dataset.digest
    assert other.inputs.take(np.array([7, 3])).tobytes() == dataset.inputs.take(np.array([7, 3])).tobytes()


@copied
def test_every_embedded_dataset_copies(copied: Any) -> None:
    for _, offer in lookup.registry().offers("dataset"):
        if lookup.find_dataset(offer.name).here() and offer.name not in ("mnist", *OF_FILES):
            dataset = open_dataset(offer.name)
            assert copied(dataset).digest == dataset.digest, offer.name


@copied
def test_errors_keep_their_message(copied: Any) -> None:
    for kind in (ZooError, *ZooError.__subclasses__()):
        assert str(copied(kind("who: what"))) == "who: what"
    error = InvalidInput("rbm", 3, 1, "is 0.5, expected 0 or 1")
    assert str(copied(error)) == str(error)


# --- training steps ---------------------------------------------------------------------------------------------------

NETS = {
    "mlp": {"data": {"name": "moons"}, "options": {"hidden": (5,)}, "training": {"optimizer": "adam"}},
    "cnn": {"options": {"channels": (2,), "dense": (4,)}, "training": {"optimizer": "nesterov"}},
    "lstm": {"data": {"name": "reber"}, "options": {"hidden": 4}},
    "rbm": {"data": {"name": "letters"}, "options": {"hidden": 5}, "training": {"chains": "persistent"}},
    "som": {"data": {"name": "colours"}, "options": {"rows": 3, "columns": 3}},
    "fuzzy-art": {},
}


def learn(step: TrainingStep, run: Run, batches: range) -> list[bytes]:
    """What weights and state are after some batches."""
    samples = run.samples("train")
    assert samples is not None
    with Workers(1) as workers:
        for batch in batches:
            rows = samples.rows(np.arange(16 * batch, 16 * batch + 16) % len(samples))
            step(rows, StepContext(RandomStream(0).at(batch=batch), workers, updates=batch))
    return [array.tobytes() for array in (*step.model.weights.values(), *step.state.values())]


@copied
@pytest.mark.parametrize("name", NETS)
def test_a_bare_training_step_copies_with_its_model_and_learns_alike(name: str, copied: Any) -> None:
    run = prepare(name, **{"training": {}, **NETS[name]})
    model, phase = run.model, run.training.phases[-1 if name != "som" else 1]
    if name == "som":
        run.training.phases[0].step(model)
    step = phase.step(model)
    learn(step, run, range(2))
    other = copied(step) if copied is not copy.copy else copy.deepcopy(step)
    assert other.model is not model and other.model == model
    assert all(not np.shares_memory(other.state[name], step.state[name]) for name in step.state)
    assert learn(other, run, range(2, 5)) == learn(step, run, range(2, 5))


@copied
def test_views_stay_views(copied: Any) -> None:
    run = prepare("mlp", data={"name": "moons"}, options={"hidden": (3,)})
    step = run.training.phases[0].step(run.model)
    for model in (copied(run.model), copied(step).model if copied is not copy.copy else run.model):
        model.parameters.vector[...] = 7
        assert all((model.weights[name] == 7).all() for name in model.layout.parameters)
        assert model.weights is model.parameters.views


def test_a_model_of_a_class_that_cannot_be_named_is_copied() -> None:
    run = prepare("logistic", data={"name": "moons"})

    class Local(type(run.model)):  # type: ignore[misc]
        pass

    run.model.__class__ = Local
    run.model.shown = lambda value: value
    other = copy.deepcopy(run.model)
    assert type(other) is Local and other == run.model and other.shown is run.model.shown
