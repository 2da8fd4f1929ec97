"""Runs from Python over all architectures: from arrays, NumPy's options, architectures and models as they are."""

from __future__ import annotations

import copy
import os
import re
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_models import NAMES, SLOW, WITHOUT_EPOCHS, arrays_for, encoded_inputs, options_of_small, small, train_small

import zoo
from zoo import checkpoint, events
from zoo.cli import main
from zoo.errors import DataError, OptionError, TrainingInterrupted, UsageError
from zoo.options import options_of
from zoo.registry import lookup

pytestmark = pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
every_architecture = pytest.mark.parametrize("name", NAMES)


def weights(model: zoo.Model) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in model.weights.items()}


def epochs(name: str, number: int) -> dict[str, int]:
    """The setting, where an architecture has it."""
    return {} if name in WITHOUT_EPOCHS else {"epochs": number}


def other_arrays(name: str) -> Any:
    """Arrays of the same shapes with other values in one row."""
    data = copy.deepcopy(arrays_for(name))
    inputs = data[0] if isinstance(data, tuple) else data
    inputs[0][...] = inputs[1][: len(inputs[0])] if isinstance(inputs, list) else inputs[1]
    inputs[0].reshape(-1)[0] += 1
    return data


# --- a run from arrays is gone on with, measured and drawn when the arrays are given again ----------------------------


class Failed(Exception):
    """What a listener raises."""


def fail(event: events.Event) -> None:
    raise Failed


def interrupt(event: events.Event) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def stop(event: events.Event) -> None:
    event.stop()


ENDS: dict[events.Listener, type[BaseException] | None] = {fail: Failed, interrupt: TrainingInterrupted, stop: None}
CASES = [(name, how) for name in NAMES for how in ENDS if how is fail or name not in SLOW]


@pytest.mark.parametrize(("name", "how"), CASES)
def test_what_was_learned_is_saved_and_the_same_arrays_go_on(name: str, how: events.Listener, tmp_path: Path) -> None:
    path, data, raised = tmp_path / "run.h5", arrays_for(name), ENDS[how]

    def listen(event: events.Event) -> None:
        if isinstance(event, events.BatchDone) and event.batch == 1:
            how(event)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if raised is None:
            model = train_small(name, out=path, listen=listen)
        else:
            with pytest.raises(raised) as caught:
                train_small(name, out=path, listen=listen)
            model = caught.value.model
            assert caught.value.path == path
            assert how is not fail or f"zoo.resume({str(path)!r})" in caught.value.__notes__[0]
    finally:
        signal.signal(signal.SIGINT, before)
    assert weights(model) == weights(zoo.load(path))
    position = checkpoint.read(path).manifest["position"]
    assert (position["phase"], position["epoch"], position["batch"]) == (0, 0, 1)
    assert zoo.evaluate(path, data).metrics

    again = re.escape(str(path)) + r".*given in Python.*give them again: zoo\."
    for without in (lambda: zoo.resume(path), lambda: zoo.evaluate(path)):
        with pytest.raises(UsageError, match=again):
            without()
    with pytest.raises(DataError, match=r"another digest.*give the data of the run itself"):
        zoo.resume(path, other_arrays(name))
    whole = zoo.resume(path, data)
    assert weights(whole) == weights(small(name))
    assert zoo.evaluate(path, data).metrics == pytest.approx(dict(whole.trained.metrics), nan_ok=True)
    assert how is not fail or drawn(path, tmp_path / "run.png", data)


def drawn(source: Any, target: Path, data: Any) -> bool:
    """Whether there is a picture, drawn with the data where a plot of the architecture takes any."""
    try:
        return zoo.plot(source, target, data=data).stat().st_size > 0
    except UsageError as error:
        if "data has no effect on" not in str(error):
            raise
        return zoo.plot(source, target).stat().st_size > 0


@pytest.mark.parametrize("command", ["train --resume", "eval", "plot"])
def test_the_command_line_says_where_a_run_from_arrays_goes_on(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train_small("mlp", out="run.h5")
    assert main([*command.split(), "run.h5"]) == 2
    printed = capsys.readouterr().err
    assert "given in Python" in printed and re.search(r"zoo\.(resume|evaluate|plot)\('run.h5', ", printed)


# --- options ----------------------------------------------------------------------------------------------------------


@every_architecture
def test_values_of_numpy_are_options(name: str) -> None:
    kind = lookup.find_architecture(name)
    of_architecture = kind.of(options_of_small(name))
    for values in (of_architecture, kind.settings):
        taken = values.as_dict()
        for option in options_of(type(values)).values():
            value = getattr(values, option.name)
            if value is None:
                continue
            for given in (np.array(value), *(() if option.many else (np.array([value])[0],))):
                assert option.check(given, "here") == value and type(option.check(given, "here")) is type(value)
            taken[option.name] = np.array(value)
        assert type(values).of(taken) == values


def test_a_sweep_over_numpy_trains() -> None:
    models = [train_small("mlp", hidden=hidden) for hidden in np.arange(2, 4)]
    models += [train_small("mlp", hidden=[2], learning_rate=rate) for rate in np.logspace(-3, -2, 2)]
    assert [model.architecture.hidden for model in models] == [(2,), (3,), (2,), (2,)]
    assert weights(train_small("mlp", hidden=np.array([3, 2]), seed=np.uint8(3))) == weights(
        train_small("mlp", hidden=(3, 2), seed=3)
    )
    with pytest.raises(OptionError, match=r"hidden is 2\.5"):
        train_small("mlp", hidden=np.float64(2.5))


# --- architectures and models as they are -----------------------------------------------------------------------------


@every_architecture
def test_an_architecture_trains_as_its_name_with_these_options(name: str) -> None:
    kind = lookup.find_architecture(name)
    made = kind.of(options_of_small(name))
    model = zoo.train(made, arrays_for(name), seed=2)
    assert weights(model) == weights(zoo.train(name, arrays_for(name), **options_of_small(name), seed=2))


@every_architecture
def test_a_copy_of_a_model_trains_on(name: str) -> None:
    model, before = small(name), copy.deepcopy(small(name))
    other = zoo.train(model, arrays_for(name), **epochs(name, 2), seed=1)
    assert model == before and other is not model
    assert other.trained.settings["seed"] == 1 and other.history is not model.history
    assert weights(other) == weights(zoo.train(model, arrays_for(name), **epochs(name, 2), seed=1))
    assert other.preprocessing.to_manifest() == model.preprocessing.to_manifest()


def test_a_model_begins_with_its_own_weights() -> None:
    model = copy.deepcopy(small("mlp"))
    model.weights["output/b"] = [100, -100]
    other = zoo.train(model, arrays_for("mlp"), epochs=1)
    assert other.weights["output/b"][0] > 50
    with pytest.raises(OptionError, match="hidden is decided in the model"):
        zoo.train(model, arrays_for("mlp"), hidden=3)
    with pytest.raises(UsageError, match="a model without data"):
        zoo.train(model)
    with pytest.raises(UsageError, match="init_from has no effect on a model"):
        zoo.train(model, arrays_for("mlp"), init_from="moons")
    with pytest.raises(UsageError, match="train: name is 3, expected the name of one, such as 'mlp', an architecture"):
        zoo.train(3, arrays_for("mlp"))  # type: ignore[arg-type]


@every_architecture
def test_a_model_without_preprocessing_takes_arrays_as_they_are(name: str, tmp_path: Path) -> None:
    trained, data = small(name), arrays_for(name)
    built = trained.architecture.build(trained.signature, zoo.RandomStream(0))
    for path, array in trained.weights.items():
        built.weights.put(path, array)
    batch = encoded_inputs(trained, name)
    inputs: Any = batch.inputs
    if batch.mask is not None:
        inputs = [row[:length] for row, length in zip(inputs, batch.mask.sum(axis=1).astype(int), strict=True)]
    answers = zoo.predict(built, inputs)
    assert len(answers) == len(inputs) and built.preprocessing is None
    if trained.signature.task in ("classification", "unsupervised"):
        expected = zoo.predict(trained, inputs_of(name))
        assert list(map(str, answers.tolist())) == list(map(str, expected.tolist()))
    if isinstance(data, tuple):
        targets = data[1] if trained.signature.task == "classification" else batch.targets
        data = (inputs, targets)
    else:
        data = inputs
    metrics = zoo.evaluate(built, data).metrics
    assert metrics and (name in SLOW or drawn(built, tmp_path / "built.png", data))
    other = zoo.train(built, data, **epochs(name, 1))
    preprocessing: Any = other.preprocessing
    assert (
        built.preprocessing is None
        and (preprocessing.step if batch.mask is not None else preprocessing).inputs == "raw"
    )
    zoo.save(other, tmp_path / "other.h5")
    loaded = zoo.load(tmp_path / "other.h5")
    assert loaded == other
    assert zoo.evaluate(loaded, data).metrics == pytest.approx(dict(zoo.evaluate(other, data).metrics), nan_ok=True)


def inputs_of(name: str) -> Any:
    data = arrays_for(name)
    return data[0] if isinstance(data, tuple) else data


def test_a_model_without_preprocessing_says_what_it_takes() -> None:
    built = zoo.create("mlp", hidden=3).build(zoo.Signature("classification", (5,), (2,)), zoo.RandomStream(0))
    X, y = arrays_for("mlp")
    assert set(zoo.predict(built, X).tolist()) <= {0, 1}
    with pytest.raises(UsageError, match=r"got inputs \(4,\) and outputs \(2,\), expected \(5,\) and \(2,\)"):
        zoo.train(built, (X[:, :4], y))
    with pytest.raises(DataError, match=r"shape \(24, 4\), expected \(rows, 5\)"):
        zoo.predict(built, X[:, :4])
    named = zoo.create("mlp", hidden=3).build(
        zoo.Signature("classification", (5,), (2,), ("no", "yes")), zoo.RandomStream(0)
    )
    assert set(zoo.predict(named, X).tolist()) <= {"no", "yes"}


# --- what a training came to ------------------------------------------------------------------------------------------


@every_architecture
def test_a_model_knows_what_its_training_came_to(name: str, tmp_path: Path) -> None:
    data = arrays_for(name)
    model = train_small(name, seed=5, test=0.25)
    trained, rows = model.trained, model.trained.rows
    assert trained.settings["seed"] == 5 and trained.data == "arrays" and trained.recipe == name
    count = len(inputs_of(name))
    assert sorted([*rows["train"], *rows["validation"], *rows["test"]]) == list(range(count))
    measured = zoo.evaluate(model, data)
    assert trained.metrics and trained.part == measured.part
    for metric, value in trained.metrics.items():
        assert measured.metrics[metric] == pytest.approx(value, nan_ok=True), metric
    zoo.save(model, tmp_path / "model.h5")
    loaded = zoo.load(tmp_path / "model.h5").trained
    assert loaded.metrics == pytest.approx(dict(trained.metrics), nan_ok=True)
    assert (loaded.settings, loaded.data, loaded.recipe, loaded.part) == (
        {key: list(value) if isinstance(value, tuple) else value for key, value in trained.settings.items()},
        trained.data,
        trained.recipe,
        trained.part,
    )
    assert repr(loaded).startswith(f"<trained {name}, on arrays, seed 5, test part")


def test_what_is_dear_is_measured_when_asked_for(tmp_path: Path) -> None:
    X = arrays_for("rbm")
    plain, measured = train_small("rbm"), zoo.train("rbm", X, hidden=6, epochs=1, measure=True)
    saved = zoo.train("rbm", X, hidden=6, epochs=1, out=tmp_path / "rbm.h5")
    assert "log_likelihood" not in plain.trained.metrics and plain.trained.metrics
    assert "log_likelihood" in measured.trained.metrics
    assert saved.trained.metrics == measured.trained.metrics == zoo.load(tmp_path / "rbm.h5").trained.metrics
    nothing = zoo.train("rbm", X, hidden=6, epochs=1, measure=False)
    assert nothing.trained.metrics == {} and weights(nothing) == weights(plain)


def test_an_edited_model_keeps_what_it_was_trained_with(tmp_path: Path) -> None:
    model = copy.copy(small("mlp"))
    model.weights["output/b"] += 1
    zoo.save(model, tmp_path / "edited.h5")
    loaded = zoo.load(tmp_path / "edited.h5")
    assert loaded == model and loaded.trained.settings["seed"] == 0 and loaded.provenance.name == "arrays"
    zoo.save(model, tmp_path / "secret.h5", provenance=False)
    assert zoo.load(tmp_path / "secret.h5").trained.data == ""
