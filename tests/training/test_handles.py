"""Functions that change a run lawfully: after each update, and a schedule of the epoch; resumed exactly or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_models import NAMES, SLOW, train_small

import zoo
from zoo import events
from zoo.cli import main
from zoo.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
NET = {"hidden": 6, "epochs": 4, "threads": 1}


def weights(model: zoo.Model) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in model.weights.items()}


def prune(model: zoo.Model) -> None:
    """Keep the first column of the hidden weights at 0."""
    model.weights["hidden1/W"][:, 0] = 0


def halve(model: zoo.Model) -> None:
    for array in model.weights.values():
        array *= 0.5


def stop(event: events.Event) -> None:
    if isinstance(event, events.EpochDone) and event.epoch == 2:
        event.stop()


def test_pruned_weights_stay_pruned_and_a_run_goes_on_exactly_with_the_same_function(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    whole = zoo.train("mlp", "moons", **NET, after_update=prune)
    assert not whole.weights["hidden1/W"][:, 0].any() and whole.weights["hidden1/W"][:, 1:].all()
    assert weights(whole) != weights(zoo.train("mlp", "moons", **NET))
    zoo.train("mlp", "moons", **NET, after_update=prune, out=path, listen=stop)
    with pytest.raises(UsageError, match=r"began with after_update, .*zoo\.resume\('.*', after_update=…\)"):
        zoo.resume(path)
    with pytest.raises(UsageError, match="is another function than the run began with"):
        zoo.resume(path, after_update=halve)
    assert main(["train", "--resume", str(path)]) == 2
    assert weights(zoo.resume(path, after_update=prune)) == weights(whole)
    assert zoo.load(path).predict(np.zeros((1, 2), np.float32)).shape == (1, 2)
    zoo.train("mlp", "moons", **NET, out=tmp_path / "plain.h5", listen=stop)
    with pytest.raises(UsageError, match="began without after_update"):
        zoo.resume(tmp_path / "plain.h5", after_update=prune)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_it_is_called_after_every_update_or_refused(name: str) -> None:
    called = []
    try:
        model = train_small(name, after_update=lambda model: called.append(model.architecture.name))
    except UsageError as error:
        if "after_update is for rules of sums over samples" not in str(error):
            raise
    else:
        assert called == [name] * len(called) and called
        assert weights(model) == weights(train_small(name))


def test_a_schedule_is_a_function_of_the_epoch(tmp_path: Path) -> None:
    asked: list[int] = []

    def schedule(epoch: int) -> float:
        asked.append(epoch)
        return [1.0, 0.5, 0.0, 0.0][epoch]

    whole = zoo.train("mlp", "moons", **NET, schedule=schedule)
    assert asked == [0, 1, 2, 3]
    assert whole.trained.settings["rates"] == [1.0, 0.5, 0.0, 0.0]
    assert weights(whole) == weights(zoo.train("mlp", "moons", **NET, schedule="listed", rates=(1, 0.5, 0, 0)))
    assert weights(whole) != weights(zoo.train("mlp", "moons", **NET, schedule="constant"))
    zoo.train("mlp", "moons", **NET, schedule=schedule, out=tmp_path / "run.h5", listen=stop)
    two = zoo.load(tmp_path / "run.h5", weights="last")
    assert weights(zoo.resume(tmp_path / "run.h5")) == weights(whole) == weights(two)  # the rate is 0 from then on


def test_a_constant_function_gives_the_bits_of_the_constant_schedule() -> None:
    assert weights(zoo.train("mlp", "moons", **NET, schedule=lambda epoch: 1)) == weights(
        zoo.train("mlp", "moons", **NET, schedule="constant")
    )


def test_schedules_that_give_no_number_are_refused() -> None:
    with pytest.raises(UsageError, match="schedule is a function, expected one of an epoch's number to a share"):
        zoo.train("mlp", "moons", **NET, schedule=lambda epoch: "fast")
    with pytest.raises(UsageError, match="schedule listed, expected rates as well"):
        zoo.train("mlp", "moons", **NET, schedule="listed")
