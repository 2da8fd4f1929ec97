"""What a stranger may write into the file of a model: refused by name, whatever is registered, and nothing else is
opened."""

from __future__ import annotations

import copy
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import peak
import pytest

import zoo
from zoo import checkpoint, options
from zoo.checkpoint.model_state import MOST_RECORDED, arrays_of_model, describe, model_from, sums_from, under
from zoo.cli import main
from zoo.core.history import History
from zoo.errors import CheckpointError, DataError, OptionError, ZooError
from zoo.registry import lookup
from zoo.testing import reseal
from zoo.training import run
from zoo.training.prepare import prepare
from zoo.types import Array

Arrays = dict[str, Array]
Change = Callable[[dict[str, Any], Arrays], Any]

ESCAPES = "\x1b[2J\x1b]0;title\x07‮"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run stopped between two batches: weights, best weights, state, history, all there is in a file."""
    path = tmp_path_factory.mktemp("trained") / "run.h5"
    settings = {"epochs": 4, "batch_size": 16, "validation": 0.25, "optimizer": "adam", "update": "epoch"}
    prepared = prepare("mlp", options={"hidden": [3]}, data={"name": "moons"}, training=settings)
    steps = iter([False] * 41)
    run.train(prepared, out=path, threads=1, stop=lambda: next(steps, True))
    return path


def forged(source: Path, target: Path, change: Change) -> Path:
    """A file with another manifest and other arrays, all digests in order."""
    read = checkpoint.read(source)
    manifest, arrays = copy.deepcopy(read.manifest), dict(read.arrays)
    change(manifest, arrays)
    hostile.forge(target, lambda base: json.dumps({**manifest, "arrays": base["arrays"]}).encode(), arrays)
    reseal(target, arrays=False)
    return target


def put(*path: str, value: Any) -> Change:
    """Another value at a place of the manifest."""

    def change(manifest: dict[str, Any], arrays: Arrays) -> None:
        place = manifest
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def without(key: str) -> Change:
    return lambda manifest, arrays: manifest.pop(key)


def array(name: str, value: Any) -> Change:
    return lambda manifest, arrays: arrays.update({name: np.asarray(value)})


def gone(name: str) -> Change:
    return lambda manifest, arrays: arrays.pop(name)


# What load must refuse, and what only resuming looks at.
LOADING: dict[str, tuple[Change, str]] = {
    "an unknown architecture": (put("architecture", "name", value="no-such" + ESCAPES), r"no-such\\x1b"),
    "an unknown package": (put("architecture", "package", value="os"), "not installed here"),
    "an unknown option": (put("architecture", "options", "units", value=3), "no option 'units'"),
    "an option of another type": (put("architecture", "options", "hidden", value="3"), "hidden is '3'"),
    "an option as truth": (put("architecture", "options", "hidden", value=[True]), "hidden is True"),
    "an option out of range": (put("architecture", "options", "hidden", value=[10**9]), "hidden is 1000000000"),
    "a layer of a million units": (put("architecture", "options", "hidden", value=[10**6]), "got shape"),
    "four thousand layers of a million units": (
        put("architecture", "options", "hidden", value=[10**6] * 4096),
        "got shape|is missing",
    ),
    "a million layers": (put("architecture", "options", "hidden", value=[1] * 10**5), "100,000 items"),
    "one layer more": (put("architecture", "options", "hidden", value=[3, 3]), "got shape|is missing"),
    "one layer fewer": (put("architecture", "options", "hidden", value=[]), "got shape|is missing|no such array"),
    "no architecture": (without("architecture"), "there is no architecture"),
    "no signature": (without("signature"), "there is no signature"),
    "an unknown task": (put("signature", "task", value="walk"), "signature: got task 'walk'"),
    "inputs without end": (put("signature", "input_shape", value=[2**31 - 1] * 8), "got shape|preprocessing"),
    "inputs of size 0": (put("signature", "input_shape", value=[0]), "no dimension of 0"),
    "negative inputs": (put("signature", "input_shape", value=[-2]), "input_shape is"),
    "more outputs than labels": (put("signature", "output_shape", value=[3]), "got shape|preprocessing"),
    "other labels than the preprocessing has": (put("signature", "labels", value=["a", "b"]), "preprocessing makes"),
    "labels that are numbers": (put("signature", "labels", value=[1, 2]), "labels are not a list of texts"),
    "preprocessing that is a list": (put("preprocessing", value=[1]), "expected a table"),
    "preprocessing of another kind": (put("preprocessing", "kind", value="code"), "kind is 'code'"),
    "preprocessing of another width": (put("preprocessing", "shape", value=[3]), "2 columns"),
    "preprocessing without labels": (put("preprocessing", "labels", value=[]), "without labels"),
    "preprocessing for another task": (put("preprocessing", "task", value="regression"), "arrays"),
    "constants that are not finite": (array("preprocessing/shift", [np.inf, 0.0]), "preprocessing/shift"),
    "constants too few": (array("preprocessing/scale", [1.0]), "preprocessing/scale"),
    "constants too many": (array("preprocessing/more", [1.0]), "got the arrays"),
    "weights of another shape": (array("best/hidden1/W", np.zeros((3, 2), "f4")), r"weights/hidden1/W: got shape"),
    "weights of another type": (array("best/hidden1/W", np.zeros((2, 3), "f8")), "got float64, expected float32"),
    "whole numbers for weights": (array("best/hidden1/W", np.zeros((2, 3), "i1")), "got int8, expected float32"),
    "weights too few": (gone("best/hidden1/W"), "weights/hidden1/W is missing"),
    "weights too many": (array("best/other/W", np.zeros(3, "f4")), "no such array"),
    "a curve of bytes": (array("history/train/loss", np.zeros(3, "u1")), "history/train/loss"),
    "a curve without a name": (array("history/loss", np.zeros(3)), "history/loss"),
    "curves without end": (array("history/train/more", np.zeros(2**22 + 1)), "history: got 4,194"),
}
RESUMING: dict[str, tuple[Change, str]] = {
    "no training": (without("training"), "there are no training settings"),
    "training that is a list": (put("training", value=[1]), "there are no training settings"),
    "an unknown setting": (put("training", "speed", value=1), "no option 'speed'"),
    "a setting out of range": (put("training", "batch_size", value=10**12), "batch_size is"),
    "a setting that is a table": (put("training", "epochs", value={"no": 1}), "no option"),
    "no position": (without("position"), "position is"),
    "a position that is text": (put("position", value="end"), "position is 'end'"),
    "a phase that is not there": (put("position", "phase", value=1), "phase is 1"),
    "a negative epoch": (put("position", "epoch", value=-1), "epoch is -1"),
    "an epoch as truth": (put("position", "epoch", value=True), "epoch is True"),
    "an epoch behind the history": (put("position", "epoch", value=3), "the history has"),
    "a batch behind the end": (put("position", "batch", value=2**50), "batch is 1125899906842624"),
    "updates without end": (put("position", "updates", value=2**63), "updates is"),
    "state too little": (gone("state/step/first_moment/hidden1/W"), "state/step/first_moment/hidden1/W is missing"),
    "state too much": (array("state/step/more", np.zeros(1)), "no such array"),
    "state of another shape": (array("state/step/first_moment/hidden1/W", np.zeros(1, "f4")), "got shape"),
    "state of another type": (array("state/step/first_moment/hidden1/W", np.zeros((2, 3), "f8")), "got float64"),
    "a tally of three": (array("state/tally/loss", np.zeros(3)), "expected two float64"),
    "last weights of another shape": (array("weights/hidden1/W", np.zeros((3, 2), "f4")), "got shape"),
    "no last weights": (gone("weights/hidden1/W"), "is missing"),
    "no dataset": (without("dataset"), "expected name, options, shape and digest"),
    "a dataset that is another file": (put("dataset", "name", value="/etc/passwd"), "/etc/passwd"),
    "a dataset without end": (put("dataset", "name", value="/dev/zero"), "neither a file nor a folder"),
    "a dataset with another digest": (put("dataset", "digest", value="0" * 64), "another digest"),
    "a dataset of another shape": (put("dataset", "shape", value=[3, 2]), "has shape"),
    "options that no dataset has": (put("dataset", "options", value={"code": "x"}), "option 'code'"),
    "a recipe that is a list": (put("recipe", value=[1]), "recipe cannot be used"),
    "a recipe with other keys": (put("recipe", "run", value="rm"), "no key 'run'"),
}


def one_line(error: BaseException) -> str:
    text = str(error)
    assert text.isprintable(), text
    return text


@pytest.mark.parametrize("name", LOADING)
def test_loading_refuses_it_by_name(trained: Path, tmp_path: Path, name: str) -> None:
    change, pattern = LOADING[name]
    path = forged(trained, tmp_path / "bad.h5", change)
    began = time.process_time()
    with pytest.raises(ZooError, match=pattern) as caught:
        run.load(path)
    assert time.process_time() - began < 10
    text = one_line(caught.value)
    assert (isinstance(caught.value, CheckpointError) and str(path) in text) or "claims to come" in text
    assert checkpoint.inspect(path).manifest  # `zoo show` still tells what is in it


@pytest.mark.parametrize("name", RESUMING)
def test_resuming_refuses_it_by_name_and_loading_does_not_look(trained: Path, tmp_path: Path, name: str) -> None:
    change, pattern = RESUMING[name]
    path = forged(trained, tmp_path / "bad.h5", change)
    before = path.read_bytes()
    with pytest.raises((CheckpointError, DataError, OptionError), match=pattern) as caught:
        run.resume(path, threads=1)
    one_line(caught.value)
    assert path.read_bytes() == before


def sums_of(path: Path) -> list[str]:
    names = [name for name in checkpoint.read(path).arrays if name.startswith("state/sums/")]
    assert names, "the run was to be stopped within an epoch"
    return names


def test_sums_of_another_shape_are_refused(trained: Path, tmp_path: Path) -> None:
    for value in (np.zeros((1, 1, 1), "f4"), np.zeros(1, "i8")):
        path = forged(trained, tmp_path / "bad.h5", array(sums_of(trained)[0], value))
        with pytest.raises(CheckpointError, match="state/sums/"):
            run.resume(path, threads=1)


def test_the_levels_of_sums_are_the_binary_digits_of_the_batches_done(trained: Path) -> None:
    done = checkpoint.read(trained).manifest["position"]["batch"]
    levels = {int(name.split("/")[2]) for name in sums_of(trained)}
    assert sum(2**level for level in levels) == done > 1


@pytest.mark.parametrize("level", ["x", "01", "53", "-1", "², "])
def test_sums_of_no_level_are_refused(trained: Path, tmp_path: Path, level: str) -> None:
    arrays = checkpoint.read(trained).arrays
    with pytest.raises(CheckpointError, match="state/sums/"):
        sums_from({f"{level}/{name.split('/')[3]}": arrays[name] for name in sums_of(trained)})


def test_sums_of_other_batches_than_were_done_are_refused(trained: Path, tmp_path: Path) -> None:
    def fewer(manifest: dict[str, Any], arrays: Arrays) -> None:
        level = sums_of(trained)[0].split("/")[2]
        for name in sums_of(trained):
            if name.split("/")[2] == level:
                del arrays[name]

    def more(manifest: dict[str, Any], arrays: Arrays) -> None:
        arrays["state/sums/40/loss"] = np.zeros(1)

    def once_a_batch(manifest: dict[str, Any], arrays: Arrays) -> None:
        manifest["training"]["update"] = "batch"

    for change in (fewer, more, once_a_batch):
        path = forged(trained, tmp_path / "bad.h5", change)
        with pytest.raises(CheckpointError, match=r"state/sums: got the sums of [0-9]+ batches, expected [0-9]+"):
            run.resume(path, threads=1)


def test_the_valid_file_loads_and_resumes(trained: Path, tmp_path: Path) -> None:
    path = forged(trained, tmp_path / "good.h5", lambda manifest, arrays: None)
    assert run.load(path).architecture.hidden == (3,)
    assert not run.resume(path, threads=1).stopped


# --- long histories ---------------------------------------------------------------------------------------------------


def test_a_history_that_could_not_be_loaded_is_not_saved(trained: Path, tmp_path: Path) -> None:
    model, path = run.load(trained), tmp_path / "long.h5"
    model.history = History({"train": {"loss": [0.5] * MOST_RECORDED}})
    run.save(model, path)
    assert run.load(path).history.epochs("train") == MOST_RECORDED
    before = path.read_bytes()
    model.history.phases["train"]["accuracy"] = [0.5]
    with pytest.raises(CheckpointError, match=r"long\.h5.*history: got 4,194,305 values, expected at most 4,194,304"):
        run.save(model, path)
    assert path.read_bytes() == before


def test_a_training_whose_history_grows_too_long_ends_with_a_line_and_keeps_what_it_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    prepared = prepare("mlp", options={"hidden": [2]}, data={"name": "moons"}, training={"epochs": 9})
    monkeypatch.setattr("zoo.checkpoint.model_state.MOST_RECORDED", 10)
    with pytest.raises(CheckpointError, match=r"run\.h5.*history: got \d+ values, expected at most 10; .* is kept"):
        run.train(prepared, out=path, threads=1, save_every="1epoch")
    history = run.load(path).history
    assert history is not None and 2 <= history.epochs("train") < 9
    assert run.resume(path, epochs=history.epochs("train"), threads=1).stopped is False


# --- every architecture -----------------------------------------------------------------------------------------------

ARCHITECTURES = sorted({offer.name for _, offer in lookup.registry().offers("architecture")})


def extremes(option: options.Option) -> set[float]:
    """The numbers at the ends of what an option may be, and the smallest beside 0."""
    if option.type not in (int, float):
        return set()
    most = option.high if option.high is not None else options.LARGEST[option.type]
    least = option.low if option.low is not None else -options.LARGEST[option.type]
    if option.below is not None:
        most = math.nextafter(option.below, -math.inf) if option.type is float else option.below - 1
    if option.above is not None:
        least = math.nextafter(option.above, math.inf) if option.type is float else option.above + 1
    allowed = {option.type(value) for value in (most, least, options.LARGEST[option.type])}
    if option.type is float:
        allowed |= {5e-324, -5e-324}
    return allowed


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_no_option_makes_an_architecture_larger_than_its_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each number among the options at its extremes, whole or not: refused in seconds before anything is built, or the
    weights in the file are those all the same, and then it loads."""
    kind = lookup.find_architecture(name)
    model = prepare(name, options=kind.small, training={"epochs": 1}).model
    manifest, arrays = describe(model), arrays_of_model(model)
    again = checkpoint.Checkpoint(copy.deepcopy(manifest), arrays, "", "")
    assert model_from(again).architecture == model.architecture
    assert under(arrays, "weights")
    built: list[int] = []
    build = kind.build

    def counted(self: Any, *given: Any) -> Any:
        built.append(1)
        return build(self, *given)

    monkeypatch.setattr(kind, "build", counted)
    for option in options.options_of(kind).values():
        for value in extremes(option):
            changed = copy.deepcopy(manifest)
            changed["architecture"]["options"][option.name] = [value] * 64 if option.many else value
            built.clear()
            began = time.process_time()
            try:
                loaded = model_from(checkpoint.Checkpoint(changed, arrays, "", ""))
            except CheckpointError:
                assert not built, f"{option.name} = {value}: built before it was refused"
            else:
                assert {n: a.shape for n, a in loaded.weights.items()} == {n: a.shape for n, a in model.weights.items()}
            assert time.process_time() - began < 5, (option.name, value)
    changed = copy.deepcopy(manifest)
    changed["signature"]["input_shape"] = [2**20] * len(model.signature.input_shape)
    with pytest.raises(CheckpointError):
        model_from(checkpoint.Checkpoint(changed, arrays, "", ""))


# --- no other file ----------------------------------------------------------------------------------------------------

WATCHED = """
import os, sys
seen, watching = [], False
def hook(event, arguments):
    if watching and event in ("open", "os.listdir", "os.scandir", "socket.connect", "os.system", "os.exec", "exec",
                              "subprocess.Popen", "import", "ctypes.dlopen", "marshal.loads", "pickle.find_class"):
        seen.append((event, str(arguments[0])))
sys.addaudithook(hook)
import contextlib, io
from zoo.cli import main
def go(arguments):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return main(arguments)
good, bad, rows = sys.argv[1:]
commands = [["show"], ["verify"], ["predict", "--data", rows]]
for command in commands:  # what Python imports, once and for all
    assert go([command[0], good, *command[1:]]) == 0, command
for command in commands:
    watching = True
    code = go([command[0], bad, *command[1:]])
    watching = False
    assert code == 0, command
print(seen)
"""


def test_show_verify_and_predict_open_no_file_but_the_checkpoint(trained: Path, tmp_path: Path) -> None:
    """A manifest full of paths leads nowhere: watched with an audit hook in a process of its own."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    rows = tmp_path / "rows.csv"
    rows.write_text("x,y\n0.5,0.25\n1,0\n")

    def lead_away(manifest: dict[str, Any], arrays: Arrays) -> None:
        manifest["dataset"]["name"] = str(secret)
        manifest["recipe"]["data"] = {"name": str(secret)}
        manifest["parent"] = str(secret)
        manifest["versions"]["zoo"] = str(secret)

    bad = forged(trained, tmp_path / "bad.h5", lead_away)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(trained), str(bad), str(rows)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    seen = [tuple(each) for each in eval(done.stdout)]
    opened = {name for event, name in seen if event == "open"}
    assert str(bad) in opened and str(secret) not in done.stdout
    own = {str(bad), str(rows), os.devnull}
    # The child process talks through pipes (numbers); locale and terminal files of Python's own are not the file's say.
    others = {n for n in opened - own if not n.isdigit() and not n.startswith((sys.prefix, sys.base_prefix, "/proc/"))}
    others = {n for n in others if "site-packages" not in n and not n.startswith(str(Path(zoo.__file__).parents[1]))}
    assert not others, others
    assert not {event for event, _ in seen} & {"os.system", "os.exec", "socket.connect", "pickle.find_class"}
    started = {name for event, name in seen if event == "subprocess.Popen"}
    assert started <= {sys.executable}


def test_labels_cannot_reach_the_terminal(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def rename(manifest: dict[str, Any], arrays: Arrays) -> None:
        labels = [f"{ESCAPES}{number}" for number in range(2)]
        manifest["signature"]["labels"] = manifest["preprocessing"]["labels"] = labels
        manifest["preprocessing"]["columns"] = [[ESCAPES + name, None] for name in "xy"]
        manifest["versions"] |= {"zoo": ESCAPES, "plugin": manifest["versions"]["plugin"]}
        manifest["metrics"] = {ESCAPES: 1.0}
        manifest["recipe"]["summary"] = ESCAPES

    path = forged(trained, tmp_path / "bad.h5", rename)
    rows = tmp_path / "rows.csv"
    rows.write_text("0.5,0.25\n1,0\n")
    commands = [["show"], ["verify"], ["predict", "--data", str(rows), "--header", "no"], ["eval"]]
    for command in commands:
        main([command[0], str(path), *command[1:]])
        out, err = capsys.readouterr()
        assert out + err
        assert not set(out + err) & set(ESCAPES) - set("[2J]0;title"), command


def test_a_large_manifest_is_shown_in_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "many.h5"
    checkpoint.write(path, {"recipe": {f"key{number}": number for number in range(60_000)}}, {})
    began = time.process_time()
    assert main(["show", str(path), "--trusted"]) == 0
    assert time.process_time() - began < 10
    assert "more" in capsys.readouterr().out


def test_eval_and_resume_say_which_data_they_open(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = forged(trained, tmp_path / "bad.h5", put("dataset", "name", value="/dev/zero" + ESCAPES))
    for command in (["eval", str(path)], ["train", "--resume", str(path)]):
        assert main(command) == 1
        reported = capsys.readouterr().err
        assert r"reading the data that the checkpoint names: '/dev/zero\x1b[2J" in reported and "\x1b" not in reported


PEAK = f"""
{peak.SOURCE}
import sys
from zoo.checkpoint.load import load
from zoo.errors import ZooError
try:
    load(sys.argv[1])
except ZooError as error:
    print(str(error)[:300], file=sys.stderr)
print(peak())
"""

LARGE: dict[str, Callable[[], tuple[dict[str, Any], Arrays]]] = {
    "a text with one wide character": lambda: ({"recipe": "a" * 7 * 2**20 + "🦓"}, {}),
    "half a million empty lists": lambda: ({"labels": [[] for _ in range(2**19)]}, {}),
    "a quarter of a million tables": lambda: ({"labels": [{"a": 1} for _ in range(2**18)]}, {}),
    "a curve of four million values": lambda: ({}, {"history/train/loss": np.zeros(2**22)}),
    "eight thousand groups with long names": lambda: (
        {},
        {"state/" + "/".join(f"{'d' * 240}{n}_{depth}" for depth in range(14)) + "/W": np.zeros(0) for n in range(540)},
    ),
    "bytes for numbers": lambda: ({}, {"best/hidden1/W": np.zeros((2, 10**6), "i1")}),
}


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not say how much memory a process took")
@pytest.mark.parametrize("name", LARGE)
def test_loading_takes_at_most_twice_the_file_and_200_megabytes(trained: Path, tmp_path: Path, name: str) -> None:
    more, added = LARGE[name]()

    def enlarge(manifest: dict[str, Any], arrays: Arrays) -> None:
        manifest.update(more)
        arrays.update(added)
        if name == "bytes for numbers":  # options that agree with the shape, so that only the type is wrong
            manifest["architecture"]["options"]["hidden"] = [10**6]

    path = forged(trained, tmp_path / "large.h5", enlarge)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True, env=environment
    )
    assert time.monotonic() - began < 60
    assert int(done.stdout) < 2 * path.stat().st_size + 200 * 10**6, done.stderr
