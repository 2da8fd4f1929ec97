"""What is watched is the run that `zoo train` makes, to the bit, however it is paused, stepped and changed."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from working import Working, weights_digest

import zoo
from zoo.cli import main
from zoo.playground.spec import Given
from zoo.playground.tables import keep_table
from zoo.playground.worker import MOST_WEIGHTS
from zoo.training.prepare import prepare
from zoo.training.run import train


@pytest.fixture
def working(tmp_path: Path) -> Working:
    return Working(tmp_path)


def trained_by(command: str, out: Path) -> dict[str, np.ndarray]:
    """The last weights of the run that a command line makes."""
    words = shlex.split(command)
    assert words[:2] == ["zoo", "train"]
    assert main([*words[1:], "--out", str(out), "--quiet"]) == 0
    arrays = zoo.read(out).arrays
    return {name.removeprefix("weights/"): array for name, array in arrays.items() if name.startswith("weights/")}


def last_of(path: Path) -> str:
    arrays = zoo.read(path).arrays
    return weights_digest({n.removeprefix("weights/"): a for n, a in arrays.items() if n.startswith("weights/")})


# One small run of every family.
RUNS = {
    "feedforward": {"name": "moons", "training": {"epochs": 3}},
    "convolutional": {"name": "cnn", "data": {"name": "letters"}, "training": {"epochs": 1}},
    "recurrent": {"name": "elman-temporal-xor", "training": {"epochs": 1}},
    "boltzmann": {"name": "bars", "training": {"epochs": 20}},
    "som": {"name": "som-colours", "training": {"epochs": 3}},
    "rbf": {"name": "sinc"},
    "art": {"name": "moons-fuzzy-art"},
}


@pytest.mark.parametrize("family", RUNS)
def test_weights_are_those_of_the_command_that_is_shown(family, working, tmp_path, capsys):
    described = working.start(**RUNS[family])
    assert described["type"] == "run", described
    assert described["family"] == family
    working.step(2)
    _, frame = working.frame(*(view["name"] for view in described["views"]))
    assert b"cannot be drawn" not in frame
    working.epoch()
    working.frame(*(view["name"] for view in described["views"]))
    working.finish()
    assert not working.worker.failed
    trained_by(described["command"], tmp_path / "same.h5")
    assert weights_digest(working.weights) == last_of(tmp_path / "same.h5")
    assert working.frame()[0]["digest"] == last_of(tmp_path / "same.h5")


def test_a_recipe_that_is_shown_makes_the_same_run(working, tmp_path):
    described = working.start(name="mlp", data={"name": "moons", "samples": 60}, options={"hidden": [4]})
    assert described["type"] == "run", described
    (tmp_path / "shared.toml").write_text(described["toml"], encoding="utf-8")
    run = prepare(zoo.registry.recipes.read_recipe(tmp_path / "shared.toml"))
    train(run, measure=False)
    working.finish()
    assert weights_digest(working.weights) == weights_digest(run.model.weights)


def test_one_step_is_one_update_and_restart_begins_again(working):
    working.start("xor")
    first = working.frame()[0]["digest"]
    working.step()
    assert working.frame()[0]["steps"] == 1
    once = working.frame()[0]["digest"]
    assert once != first
    working.step(5)
    assert working.frame()[0]["steps"] == 6
    working.start("xor")
    assert working.frame()[0]["digest"] == first
    working.step()
    assert working.frame()[0]["digest"] == once


def test_pause_stops_between_two_batches(working):
    working.start("lenet5")
    working.send("play")
    working.wait(lambda: working.worker.steps > 1)
    working.send("pause")
    working.wait(lambda: not working.worker.playing)
    steps = working.frame()[0]["steps"]
    assert working.frame()[0]["steps"] == steps
    assert working.worker.run.training.position.updates == steps


CHANGES = {
    "another rate": ({"learning_rate": 0.05}, {}),
    "a schedule": ({"schedule": "cosine", "learning_rate": 0.02}, {}),
    "another optimizer and batch size": ({"optimizer": "sgd", "batch_size": 7}, {}),
    "more epochs": ({"epochs": 6}, {}),
    "twice": ({"learning_rate": 0.05}, {"l2": 0.01}),
}


@pytest.mark.parametrize("changes", CHANGES)
def test_settings_changed_in_mid_run_give_a_command_that_repeats_it(changes, working, tmp_path, capsys):
    first, second = CHANGES[changes]
    spec = {"data": {"name": "moons", "samples": 100}, "training": {"epochs": 5, "validation": 0.2}}
    working.start(name="moons", **spec)
    working.step(4)  # in the second epoch
    described = working.ask("training", "pending", values=first)
    assert described["type"] == "pending", described
    working.epoch()
    if second:
        working.step(1)
        assert working.ask("training", "pending", values=second)["type"] == "pending"
    working.finish()
    described = working.ask("describe", "run")
    continues = set(first) != {"epochs"}
    assert [each["continues"] for each in described["phases"]] == [False] + [True] * (continues + bool(second))
    trained_by(described["command"], tmp_path / "same.h5")
    assert weights_digest(working.weights) == last_of(tmp_path / "same.h5")
    (tmp_path / "shared.toml").write_text(described["toml"], encoding="utf-8")
    run = prepare(zoo.registry.recipes.read_recipe(tmp_path / "shared.toml"))
    train(run, measure=False)
    assert weights_digest(run.model.weights) == last_of(tmp_path / "same.h5")


def test_settings_of_a_map_changed_in_mid_run_repeat_too(working, tmp_path, capsys):
    working.start(name="som-colours", training={"epochs": 6})
    working.epoch()
    working.epoch()
    assert working.ask("training", "pending", values={"radius": 2.0})["type"] == "pending"
    working.finish()
    described = working.ask("describe", "run")
    assert "--map-2." in described["command"]
    trained_by(described["command"], tmp_path / "same.h5")
    assert weights_digest(working.weights) == last_of(tmp_path / "same.h5")


def test_a_run_goes_on_after_its_end(working, tmp_path, capsys):
    working.start(name="xor", training={"epochs": 4})
    working.finish()
    assert working.ask("step", "refused")["message"].startswith("all epochs are done")
    working.ask("training", "pending", values={"epochs": 9})
    working.finish()
    described = working.ask("describe", "run")
    assert "--epochs 9" in described["command"]
    trained_by(described["command"], tmp_path / "same.h5")
    assert weights_digest(working.weights) == last_of(tmp_path / "same.h5")


def test_a_shared_run_arrives_at_the_same_digest(working, tmp_path):
    working.start(name="moons", options={"hidden": [5]}, training={"seed": 3})
    working.step(13)
    working.ask("training", "pending", values={"learning_rate": 0.001})
    working.epoch()
    working.step(3)
    shared, here = working.ask("describe", "run")["shared"], working.frame()[0]
    other = Working(tmp_path / "..")
    other.ask("start", "run", spec=shared, to=here["steps"])
    other.wait(lambda: other.worker.steps == here["steps"] and not other.worker.playing)
    assert other.frame()[0]["digest"] == here["digest"]


@pytest.mark.parametrize("steps", [0, 3, 25])  # before the first batch, within an epoch, at the end of its last batch
def test_a_saved_file_resumes_as_the_run_goes_on(steps, working, tmp_path, capsys):
    working.start(name="moons", training={"epochs": 2})
    working.step(steps)
    saved = working.ask("save", "saved")
    assert saved["name"] == f"moons-{steps}.h5"
    assert main(["train", "--resume", saved["path"], "--quiet"]) == 0
    working.finish()
    assert last_of(Path(saved["path"])) == weights_digest(working.weights)


def test_a_changed_run_that_is_saved_resumes(working, capsys):
    working.start(name="moons", training={"epochs": 4})
    working.epoch()
    working.ask("training", "pending", values={"learning_rate": 0.1})
    working.step(2)
    saved = working.ask("save", "saved")
    assert main(["train", "--resume", saved["path"], "--quiet"]) == 0
    working.finish()
    assert last_of(Path(saved["path"])) == weights_digest(working.weights)


def test_what_is_kept_lies_in_the_folder_of_checkpoints(working, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    working.start("xor")
    assert working.ask("save", "saved", keep=True)["name"] == str(Path("checkpoints", "xor-1.h5"))
    assert working.ask("save", "saved", keep=True)["name"] == str(Path("checkpoints", "xor-2.h5"))


def test_a_checkpoint_is_shown_as_it_stands_and_learns_on(tmp_path, capsys):
    assert main(["train", "moons", "--epochs", "2", "--out", str(tmp_path / "m.h5"), "--quiet"]) == 0
    before = last_of(tmp_path / "m.h5")
    working = Working(tmp_path, Given(str(tmp_path / "m.h5"), str(tmp_path / "m.h5")))
    assert working.start("@given")["is_file"]
    header = working.frame()[0]
    assert (header["digest"], header["done"], len(header["rows"])) == (before, True, 2)
    working.ask("training", "pending", values={"epochs": 4})
    working.finish()
    assert main(["train", "--resume", str(tmp_path / "m.h5"), "--epochs", "4", "--quiet"]) == 0
    assert last_of(tmp_path / "m.h5") == weights_digest(working.weights)


def test_weights_changed_by_hand_are_marked(working):
    working.start("xor")
    working.send("edit", name="hidden1/W", index=[1, 2], value=0.75)
    assert working.wait(lambda: working.worker.edited)
    header = working.frame()[0]
    assert header["edited"] and working.weights["hidden1/W"][1, 2] == 0.75
    for wrong in ({"name": "hidden1/W", "index": [9, 0], "value": 1}, {"name": "a", "index": [0, 0], "value": 1}):
        assert working.ask("edit", "run", **wrong)["type"] == "refused"


def test_a_run_that_diverges_says_so_and_can_be_restarted(working):
    working.start(name="mlp", data={"name": "sinc"}, training={"optimizer": "sgd", "learning_rate": 1e6})
    working.finish()
    header = working.frame("fit")[0]
    assert "loss became" in header["failed"]
    assert working.ask("play", "run")["type"] == "refused"
    assert working.start("moons")["type"] == "run"
    working.step()


def test_many_rows_are_drawn_in_part(working, tmp_path):
    random = np.random.default_rng(0)
    rows = random.normal(size=(100_000, 2)).round(3)
    lines = "\n".join(f"{x},{y},{'in' if x * x + y * y < 1 else 'out'}" for x, y in rows.tolist())
    digest = keep_table(working.tables, f"x,y,class\n{lines}\n".encode())
    described = working.start(name="mlp", data={"name": f"table:{digest}/large"})
    assert described["samples"] == 80_000
    working.step(3)
    frame = working.frame("plane", "graph")[1]
    assert len(frame) < 200_000
    saved = working.ask("save", "saved")
    assert zoo.load(saved["path"]).signature.outputs == 2


def test_an_architecture_without_views_shows_its_weights(working, tmp_path, monkeypatch):
    from zoo.registry.selection import plugin_files

    plugin = tmp_path / "plain.py"
    plugin.write_text(PLAIN, encoding="utf-8")
    with plugin_files([str(plugin)]):
        described = working.start(name="plain", data={"name": "colours"})
        assert [view["name"] for view in described["views"]] == ["weights"]
        working.finish()
        header = working.frame("weights")[0]
        assert header["scenes"]["weights"][0]["kind"] == "Matrix" and header["rows"]


PLAIN = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
import zoo

@dataclass(frozen=True)
class Plain(zoo.Architecture):
    name: ClassVar = "plain"
    family: ClassVar = "plain"
    summary: ClassVar = "the mean of each class"
    tasks: ClassVar = ("classification",)
    data: ClassVar = "moons"
    settings: ClassVar = zoo.TrainingSettings(epochs=2)

    def shapes(self, signature):
        yield "means", (signature.outputs, signature.inputs)

    def build(self, signature, stream):
        return Nearest(self, signature, {"means": np.zeros((signature.outputs, signature.inputs), "f4")})

    def phases(self, plan):
        return [Means("train", plan.phase("train"))]

class Nearest(zoo.Model):
    def predict(self, inputs):
        return -((inputs[:, None] - self.weights["means"]) ** 2).sum(axis=2)

    def evaluate(self, batch, stream):
        return {"right": np.float64((self.predict(batch.inputs).argmax(1) == batch.targets).sum()),
                "rows": np.float64(len(batch))}

    def metrics(self, sums):
        return {"accuracy": float(sums["right"] / sums["rows"])}

class Means(zoo.Phase):
    def step(self, model):
        return Step(model)

class Step(zoo.TrainingStep):
    def __call__(self, batch, context):
        for x, k in zip(batch.inputs, batch.targets):
            self.model.weights["means"][k] += 0.05 * (x - self.model.weights["means"][k])
        return {"accuracy": 1.0}

@zoo.hookimpl
def zoo_architectures():
    return [Plain]
"""


def test_what_rests_on_a_file_of_this_machine_has_no_link(tmp_path):
    (tmp_path / "own.csv").write_text("a,b,c\n" + "1,2,x\n2,1,y\n" * 20, encoding="utf-8")
    working = Working(tmp_path, Given("mlp", data=str(tmp_path / "own.csv")))
    described = working.start(name="mlp", data={"name": "@given"})
    assert described["shared"] is None
    assert str(tmp_path / "own.csv") in described["command"]


# --- what is refused --------------------------------------------------------------------------------------------------

WRONG = {
    "a path as the recipe": ({"name": "/etc/passwd.toml"}, "there is no recipe or architecture"),
    "a path that leads up": ({"name": "../moons.toml"}, "there is no recipe or architecture"),
    "a path as the data": ({"name": "mlp", "data": {"name": "/etc/passwd"}}, "a page names datasets, never a file"),
    "a path in a shared recipe": (
        {"name": "x", "recipe": {"architecture": "mlp", "data": {"name": "../secret.csv"}}},
        "a page names datasets, never a file",
    ),
    "a table that is not here": ({"name": "mlp", "data": {"name": "table:0123456789abcdef"}}, "this table is not here"),
    "a table beside a path": ({"name": "mlp", "data": {"name": "table:../../../etc/passwd"}}, "never a file"),
    "a recipe of the command line": ({"name": "@given"}, "no recipe was named"),
    "data of the command line": ({"name": "mlp", "data": {"name": "@given"}}, "never a file"),
    "a model that is too large": (
        {"name": "mlp", "options": {"hidden": [100_000, 100_000]}},
        f"expected {MOST_WEIGHTS:,} at most",
    ),
    "an unknown option": ({"name": "mlp", "options": {"hiden": [3]}}, "did you mean 'hidden'"),
    "a value out of range": ({"name": "mlp", "training": {"epochs": -1}}, "expected a whole number from 0"),
    "no table": ("mlp", "got a run that is no table"),
    "an unknown key": ({"name": "mlp", "out": "/tmp/x.h5"}, "a run has no 'out'"),
    "data that do not fit": ({"name": "lstm", "data": {"name": "colours"}}, "expected sequences"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_runs_are_refused_and_the_run_goes_on(wrong, working):
    working.start("xor")
    working.step(2)
    spec, said = WRONG[wrong]
    answer = working.ask("start", "run", spec=spec)
    assert answer["type"] == "refused"
    assert said in answer["message"]
    working.step(1)
    assert working.worker.steps == 3


@pytest.mark.parametrize(
    "message",
    [
        {"do": "edit", "name": 3},
        {"do": "speed", "speed": "fast"},
        {"do": "speed"},
        {"do": "training", "values": {"seed": 4}},
        {"do": "training", "values": {"learning_rate": "high"}},
        {"do": "training", "values": []},
        {"do": "__init__"},
        {"do": None},
        {"do": "start"},
    ],
)
def test_messages_without_sense_are_refused(message, working):
    working.start("xor")
    assert working.ask(**{"kind": "none", **message})["type"] == "refused"
    working.step(1)
