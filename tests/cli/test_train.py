"""`zoo train` and what works on its file: flags, stopping and going on, eval, predict, plot, reproduce."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.cli.commands.train import ON_RESUME
from zoo.data import DataOptions
from zoo.options import options_of
from zoo.registry.lookup import Registry, find_architecture, registry
from zoo.registry.validation import RUN_FLAGS

# A recipe of our own: shipped ones may change.
NET = """
architecture = "mlp"
[data]
name = "moons"
[options]
hidden = [4]
[training]
epochs = 2
"""


@pytest.fixture
def net(folder):
    """The recipe of a small net on moons, in the current folder."""
    (folder / "net.toml").write_text(NET)
    return "net.toml"


@pytest.fixture
def trained(run, net):
    """A checkpoint of that net."""
    done = run("train", net, "--quiet")
    assert (done.code, done.err) == (0, "")
    return "checkpoints/net-1.h5"


# --- flags ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["perceptron", "logistic", "mlp"])
def test_every_option_is_a_flag_in_help(run, name):
    kind = find_architecture(name)
    text = re.sub(r"\s+", " ", run("train", name, "--help").out)
    for each in (*options_of(kind).values(), *options_of(type(kind.settings)).values()):
        assert f" {each.flag}" in text
        assert re.sub(r"\s+", " ", each.help) in text
    for title in ("Architecture options", "Training options", "Data options", "Run options"):
        assert title in text or (title == "Architecture options" and not options_of(kind))


def test_help_shows_the_recipes_values_as_defaults(run, net):
    text = re.sub(r"\s+", " ", run("train", net, "--activation", "tanh", "--help").out)
    assert re.search(r"--hidden N,… [^\[]*\[from 1 to 1,000,000; default: 4\]", text)
    assert re.search(r"--epochs N [^\[]*\[from 0 to 10,000,000; default: 2\]", text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["mlp", "--hidden", "5,3", "--epochs", "1"],
        ["--epochs", "1", "mlp", "--hidden=5,3"],
        ["--epochs=1", "--", "mlp", "--hidden", "5,3"],
        ["--seed", "3", "--epochs", "9", "mlp", "--hidden", "5,3", "--epochs=1"],
    ],
)
def test_a_flag_before_the_name_is_never_lost(run, arguments):
    done = run("train", "--data", "xor", "--quiet", "--json", *arguments)
    assert done.code == 0, done.err
    shown = run("show", done.document["path"], "--json").document
    assert shown["architecture"]["options"]["hidden"] == [5, 3]
    assert shown["training"]["epochs"] == 1


def test_a_flag_that_only_the_architecture_has_follows_its_name(run):
    done = run("train", "--activation", "logistic", "mlp", "--quiet")
    assert done.code == 2
    assert done.error.startswith("train: there is no option '--activation' before NAME; options of an architecture")
    assert run("train", "mlp", "logistic").error == "train mlp: got unexpected extra argument (logistic)"


def complete(capsys, monkeypatch, *words):
    """What the shell lists for the last word of a call."""
    for name, value in (("COMP_WORDS", " ".join(["zoo", *words])), ("COMP_CWORD", str(len(words)))):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("_ZOO_COMPLETE", "bash_complete")
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr()
    assert printed.err == ""
    return [line.removeprefix("plain,") for line in printed.out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["tra"], ["train"]),
        (["train", "mlp-m"], ["mlp-mnist", "mlp-mnist-1998"]),
        (["train", "perc"], ["perceptron"]),
        (["train", "--ep"], ["--epochs"]),
        (["train", "mlp", "--hid"], ["--hidden"]),
        (["train", "lstm", "--hid"], ["--hidden"]),
        (["train", "perceptron", "--hid"], []),
        (["train", "mlp", "--optimizer", "ada"], ["adagrad", "adam", "adamw"]),
        (["train", "mlp", "--data", "moo"], ["moons", "file,moo"]),
        (["train", "--resume", "m.h5", "--sched"], ["--schedule-from"]),
        (["train", "nothing", "--hid"], []),
        (["nothing", "--hid"], []),
    ],
)
def test_the_shell_completes_names_options_and_choices(capsys, monkeypatch, words, expected):
    assert complete(capsys, monkeypatch, *words) == expected


def test_the_shell_lists_every_name_without_importing_a_plugin(capsys, monkeypatch):
    monkeypatch.setattr(Registry, "load", None)
    listed = complete(capsys, monkeypatch, "train", "")
    assert set(listed) == {offer.name for _, offer in registry().offers("architecture", "recipe")}


def test_the_settings_of_one_phase(run):
    done = run("train", "mlp", "--data", "xor", "--epochs", "3", "--train.epochs", "1", "--quiet", "--json")
    assert done.code == 0, done.err
    assert run("show", done.document["path"], "--json").document["training"]["train"] == {"epochs": 1}
    done = run("train", "mlp", "--data", "xor", "--fine-tuning.epochs", "1")
    assert done.code == 2 and "there is no phase 'fine-tuning'; mlp has train" in done.error
    assert "did you mean '--train.epochs'?" in run("train", "mlp", "--train.epchs", "1").error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mlp", "--hiden", "3"], "train mlp: there is no option '--hiden'; did you mean '--hidden'?"),
        (
            ["mlp", "--hidden", "0"],
            "train mlp: --hidden is 0, expected a list, each item a whole number from 1 to 1,000,000",
        ),
        (
            ["mlp", "--batch-size", "many"],
            "train mlp: --batch-size is 'many', expected a whole number from 1 to 10,000,000",
        ),
        (["mlp", "--optimizer", "adm"], "train mlp: --optimizer is 'adm', expected one of "),
        (["mlp", "--dropout", "nan"], "train mlp: --dropout is nan, expected a number from 0 to below 1"),
        (["mlpp"], "there is no architecture or recipe 'mlpp'; did you mean 'mlp'?"),
        ([], "train: missing NAME; `zoo list` shows what can be trained"),
        (["--epochs", "3"], "train: missing NAME; `zoo list` shows what can be trained"),
        (["nothing.toml"], "recipe 'nothing.toml': cannot be read: No such file or directory"),
        (["mlp", "--data", "mnits"], "there is no dataset 'mnits'; did you mean 'mnist'?"),
        (["mlp", "--out", "no/such/folder.h5"], "train: --out 'no/such/folder.h5': there is no folder"),
        (
            ["mlp", "--out", "ro/"],
            "train: --out 'ro/' names a folder, expected a file, for instance 'ro/model.h5'",
        ),
        (["--resume", "a.h5", "--out", "."], "train --resume: --out '.' names a folder, expected a file"),
        (
            ["mlp", "--out", "x.PNG"],
            "train: --out 'x.PNG' ends as a picture does, but a checkpoint is written: name it 'x.h5'",
        ),
        (
            ["--resume", "a.h5", "--out", "b.csv"],
            "train --resume: --out 'b.csv' ends as a table does, but a checkpoint is writt",
        ),
        (["mlp", "--save-every", "often"], "--save-every: got 'often', expected a number and a unit"),
        (["--resume", "a.h5", "--batch-size", "3"], "train --resume: --batch-size cannot be given; only --epochs,"),
        (["mlp", "--resume", "a.h5"], "train --resume: got a name as well; the file says what is trained"),
    ],
)
def test_a_wrong_call_is_one_line_and_leaves_nothing(run, folder, arguments, message):
    done = run("train", *arguments)
    assert done.code == 2
    assert done.error.startswith(message)
    assert not list(folder.rglob("*.h5"))


def test_one_flag_name_never_means_two():
    """For every registered architecture, its options, its training's and those of data have different names."""
    for _, offer in registry().offers("architecture"):
        kind = find_architecture(offer.name)
        groups = [options_of(kind), options_of(type(kind.settings)), options_of(DataOptions), RUN_FLAGS]
        names = [name for group in groups for name in group]
        assert len(names) == len(set(names)), offer.name


# --- files ------------------------------------------------------------------------------------------------------------


def test_files_are_numbered_and_never_overwritten(run, folder, trained):
    first = (folder / trained).read_bytes()
    assert run("train", "net.toml", "--quiet").out.splitlines()[-1] == "saved checkpoints/net-2.h5"
    assert (folder / trained).read_bytes() == first
    done = run("train", "net.toml", "--quiet", "--out", trained)
    assert done.code == 2
    assert done.error.startswith(f"train: --out '{trained}' exists already and is never overwritten")
    assert (folder / trained).read_bytes() == first
    (folder / "notes.h5").write_text("mine")
    assert run("train", "net.toml", "--quiet", "--out", "notes.h5").code == 2
    assert (folder / "notes.h5").read_text() == "mine"


def test_trainings_at_once_each_get_a_file_of_their_own(start, net, folder):
    """Whoever is second to take a number takes the next."""
    processes = [start("train", net, "--quiet", "--json", "--seed", str(seed)) for seed in range(4)]
    documents = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert {each["path"] for each in documents} == {f"checkpoints/net-{number}.h5" for number in range(1, 5)}
    assert len(list((folder / "checkpoints").glob("*.h5"))) == 4


def test_train_prints_one_document_with_json(run, net):
    done = run("train", net, "--json")
    assert done.document["stopped"] is False
    assert set(done.document["metrics"]) == {"loss", "accuracy"}
    assert len([line for line in done.err.splitlines() if line.startswith("train ")]) == 2


def test_progress_is_one_line_per_epoch_on_standard_error(run, net):
    done = run("train", net, "--epochs", "3", "--validation", "0.2")
    lines = done.err.splitlines()
    assert lines[0] == "training mlp: 22 weights, 640 samples, 160 held out to watch"
    for epoch, line in enumerate(lines[1:4], 1):
        assert re.match(rf"train {epoch}/3  loss [\d.]+  accuracy [\d.]+ %  validation/loss ", line), line
    assert lines[4:] == ["measuring on the test part (held out, 20 % of the rows, at random), 200 samples"]
    assert run("train", "net.toml", "--quiet").err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
def test_on_a_terminal_there_is_a_bar_and_nothing_of_it_on_standard_output(folder, net):
    import pty

    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", "train", net, "--epochs", "40"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
        text=True,
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # Linux tells the end of a terminal by an error
        while piece := os.read(screen, 65536):
            shown += piece
    os.close(screen)
    assert process.stdout is not None
    out = process.stdout.read()
    assert process.wait(timeout=60) == 0
    assert "train 40/40" in shown.decode() and "━" in shown.decode()
    assert out.endswith("saved checkpoints/net-1.h5\n") and "\x1b" not in out


def test_what_the_data_were_taken_for_is_said_before_training(run, folder):
    (folder / "few.csv").write_text("a,age\n" + "".join(f"{n / 7},{20 + n % 9}\n" for n in range(60)))
    done = run("train", "logistic", "--data", "few.csv", "--epochs", "1")
    assert done.err.splitlines()[:3] == [
        "few.csv: 60 rows, 2 columns",
        "  learns   age — 9 classes: 20, 21, 22, 23, 24, 25, 26, 27, …",
        "  from     a — number",
    ]
    assert done.err.splitlines()[3].startswith(
        "few: target 'age' holds 9 different whole numbers, taken for classes; for"
    )
    (folder / "folder").mkdir()
    for n in range(6):
        (folder / "folder" / f"{n}.csv").write_text("x,y,kind\n" + f"1,2,{'ab'[n % 2]}\n" * (1 + n))
    done = run("train", "mlp", "--data", "folder")
    assert done.error.startswith("mlp: got sequences of different lengths (folder), expected samples of one shape;")


# --- going on ---------------------------------------------------------------------------------------------------------


def weights_of(path):
    model = zoo.load(path)
    return {name: array.tobytes() for name, array in model.weights.items()}


def test_resume_with_more_epochs_gives_the_uninterrupted_run(run, trained):
    assert run("train", "--resume", trained, "--epochs", "4", "--quiet").out.splitlines()[-1] == f"saved {trained}"
    run("train", "net.toml", "--epochs", "4", "--quiet", "--out", "whole.h5")
    assert weights_of(trained) == weights_of("whole.h5")


def test_resuming_what_has_ended_says_how_to_go_on(run, trained):
    before = weights_of(trained)
    said = run("train", "--resume", trained).err
    assert "has learned its 2 epochs already; --epochs with a larger number goes on" in said
    assert "going on with" not in said
    assert weights_of(trained) == before
    assert "going on with" in run("train", "--resume", trained, "--epochs", "3").err


def test_resume_into_another_file_leaves_the_first(run, folder, trained):
    before = (folder / trained).read_bytes()
    assert run("train", "--resume", trained, "--epochs", "3", "--out", "more.h5", "--quiet").code == 0
    assert (folder / trained).read_bytes() == before
    assert run("show", "more.h5", "--json").document["position"]["epoch"] == 3


def test_a_shipped_checkpoint_is_gone_on_with_in_another_file(run, folder):
    shipped = registry().checkpoint("nand")
    before = shipped.read_bytes()
    for name in ("nand", str(shipped)):
        done = run("train", "--resume", name, "--epochs", "30")
        assert done.code == 2
        assert "came with zoo or a plugin and is never written to" in done.error
        assert done.error.endswith(f"zoo train --resume {name} --out nand-more.h5")
    assert run("train", "--resume", "nand", "--epochs", "30", "--out", "nand-more.h5", "--quiet").code == 0
    assert run("show", "nand-more.h5", "--json").document["training"]["epochs"] == 30
    done = run("train", "--resume", "nand", "--data", "xor", "--epochs", "1", "--quiet")
    assert done.out.splitlines()[-1] == "saved checkpoints/nand-1.h5"
    assert shipped.read_bytes() == before
    assert run("train", "--resume", "nadn").error == "there is no checkpoint 'nadn'; did you mean 'nand'?"


def test_resume_with_other_data_begins_a_new_file_from_these_weights(run, folder, trained):
    before = (folder / trained).read_bytes()
    done = run("train", "--resume", trained, "--data", "moons", "--epochs", "1", "--quiet", "--json")
    assert done.code == 0, done.err
    assert done.document["path"] == "checkpoints/net-2.h5"
    shown = run("show", done.document["path"], "--json").document
    assert shown["parent"] == run("show", trained, "--json").document["sha256"]
    assert (folder / trained).read_bytes() == before


def wait_for_line(process: subprocess.Popen[str], beginning: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(beginning):
            return
    raise AssertionError(f"no line began with {beginning!r}; it exited with {process.wait()}")


LONG = ("train", "net.toml", "--data", "glyphs", "--hidden", "64", "--epochs", "100000", "--save-every", "1epoch")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently on Windows")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_batch_saves_and_prints_the_line_that_resumes(run, start, net, number, code):
    process = start(*LONG)
    wait_for_line(process, "train 1/100000")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "finishing the batch and saving" in err
    assert out == "stopped and saved; this goes on: zoo train --resume checkpoints/net-1.h5\n"
    position = run("show", "checkpoints/net-1.h5", "--json").document["position"]
    epochs = position["epoch"] + 2
    assert run(*out.split("zoo ")[-1].split(), "--epochs", str(epochs), "--quiet").code == 0
    whole = [each if each != "100000" else str(epochs) for each in LONG]
    assert run(*whole, "--quiet", "--out", "whole.h5").code == 0
    assert weights_of("checkpoints/net-1.h5") == weights_of("whole.h5")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently on Windows")
def test_a_second_signal_ends_at_once_and_leaves_a_whole_file(run, start, net):
    process = start(*LONG)
    wait_for_line(process, "train 1/100000")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    process.communicate(timeout=60)
    assert time.monotonic() - begun < 20
    assert process.returncode == 130
    assert run("show", "checkpoints/net-1.h5", "--json").code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently on Windows")
def test_a_stop_with_json_is_one_document(start, net):
    process = start(*LONG, "--json")
    wait_for_line(process, "train 1/100000")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    document = json.loads(out)
    assert document["stopped"] is True
    assert document["resume"] == "zoo train --resume checkpoints/net-1.h5"


# --- using a file -----------------------------------------------------------------------------------------------------


def test_eval_is_what_training_said(run, net):
    said = run("train", "net.toml", "--quiet", "--json").document
    measured = run("eval", said["path"], "--json").document
    assert measured["metrics"] == said["metrics"]
    assert "accuracy" in run("eval", said["path"]).out
    whole = run("eval", said["path"], "--data", "moons", "--json").document
    assert whole["metrics"] == said["metrics"]


def test_predict_gives_one_row_per_row(run, folder):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 2)).round(3)
    names = np.where(inputs[:, 0] > 0, "right", "left")
    lines = [f"{a},{b},{name}" for (a, b), name in zip(inputs, names, strict=True)]
    (folder / "sides.csv").write_text("\n".join(["a,b,side", *lines]) + "\n")
    assert run("train", "mlp", "--data", "sides.csv", "--epochs", "60", "--quiet", "--out", "sides.h5").code == 0
    (folder / "raw.csv").write_text("a,b\n2.0,0.1\n-2.0,0.1\n")
    assert run("predict", "sides.h5", "--data", "raw.csv").out.splitlines() == ["row,side", "1,right", "2,left"]
    assert run("predict", "sides.h5", "--data", "raw.csv", "--json").document == {
        "columns": ["row", "side"],
        "rows": [[1, "right"], [2, "left"]],
    }
    assert run("predict", "sides.h5", "--data", "raw.csv", "--out", "answers.csv").out == ""
    assert (folder / "answers.csv").read_text().splitlines() == ["row,side", "1,right", "2,left"]
    done = run("predict", "sides.h5", "--data", "raw.csv", "--out", "answers.csv")
    assert done.code == 2 and "exists already" in done.error


def test_predict_is_told_how_raw_rows_are_read(run, folder, trained):
    (folder / "raw.csv").write_text("größe;x;y\n9;0.1;0.2\n9;0.3;\n", encoding="latin-1")
    done = run("predict", trained, "--data", "raw.csv", "--encoding", "latin-1", "--missing", "mean")
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 3
    assert "did you mean '--header'?" in run("predict", trained, "--data", "raw.csv", "--haeder", "no").error


@pytest.mark.parametrize("command", ["eval", "plot", "show", "predict"])
def test_a_file_that_is_none_is_one_line(run, folder, command):
    more = ["--data", "moons"] if command == "predict" else []
    done = run(command, "none.h5", *more)
    assert done.code == 1
    assert done.error.startswith("cannot load checkpoint 'none.h5': no such file or directory")
    (folder / "text.h5").write_text("this is no checkpoint" * 100)
    assert run(command, "text.h5", *more).error.startswith("cannot load checkpoint 'text.h5': ")


def test_plot_draws_every_picture_that_applies(run, folder, trained):
    pytest.importorskip("matplotlib")
    done = run("plot", trained, "--json")
    assert done.code == 0, done.err
    assert done.document["path"] == "net-1.png"
    assert {"learning", "gradients", "confusion"} <= set(done.document["plots"])
    assert (folder / "net-1.png").read_bytes().startswith(b"\x89PNG")
    assert run("plot", trained, "--json").document["path"] == "net-1-2.png"
    one = run("plot", trained, "--plot", "learning", "--out", "curves.svg", "--json").document
    assert one["plots"] == ["learning"]
    assert b"<svg" in (folder / "curves.svg").read_bytes()
    assert "did you mean 'learning'?" in run("plot", trained, "--plot", "lerning").error
    refused = run("plot", trained, "--out", "all.gif")
    assert (refused.code, refused.error) == (2, "plot: --out 'all.gif' ends in .gif; expected .png, .pdf, .svg")
    assert "go into one PNG only" in run("plot", trained, "--out", "all.svg").error


def test_reproduce_blames_itself_for_its_out(run, folder):
    (folder / "there.h5").touch()
    said = "reproduce: --out 'there.h5' exists already and is never overwritten; name another file"
    assert run("reproduce", "nand", "--out", "there.h5").error == said
    assert run("reproduce", "nand", "--out", "a.csv").error.startswith("reproduce: --out 'a.csv' ends as a table does")


def test_reproduce_sets_expected_and_reached_side_by_side(run):
    done = run("reproduce", "nand", "--quiet", "--json")
    assert done.code == 0
    (row,) = done.document["metrics"]
    assert row == {"metric": "accuracy", "published": None, "expected": 1.0, "reached": 1.0, "held": True}


def test_reproduce_exits_1_when_a_recipe_does_not_reach_what_it_promises(run, folder):
    (folder / "short.toml").write_text(
        'architecture = "mlp"\n[data]\nname = "spirals"\n[training]\nepochs = 1\n[expect]\naccuracy = 1.0\n'
        '[published]\nmetric = "accuracy"\nvalue = 0.75\nsource = "Nobody (1900)"\n'
    )
    done = run("reproduce", "short.toml", "--quiet")
    assert done.code == 1
    assert re.search(r"accuracy +75\.00 % +100\.00 % +\d+\.\d+ % +no", done.out)
    assert "published: Nobody (1900)" in done.out
    (folder / "silent.toml").write_text('architecture = "mlp"\n')
    assert "promises nothing" in run("reproduce", "silent.toml", "--quiet").error


@pytest.mark.parametrize("arguments", [["--help"], ["--resume", "a.h5", "--help"]])
def test_help_says_that_a_file_learns_on_from_new_data(run, arguments):
    said = " ".join(run("train", *arguments).out.split())
    assert f"only {ON_RESUME} may change" in said.replace("Only", "only")
    assert "--resume FILE --data NEW learns on from new data, into a new file" in said


def test_classes_that_are_not_learned_are_said_to_be_looked_at(run, tmp_path):
    """A machine without label units has no use for the classes of a table, though the table's lines name them."""
    (tmp_path / "t.csv").write_text("a,b,kind\n" + "".join(f"{n % 3},{n % 2},{'xy'[n % 2]}\n" for n in range(40)))
    words = (
        "train",
        "rbm",
        "--data",
        str(tmp_path / "t.csv"),
        "--hidden",
        "2",
        "--epochs",
        "1",
        "--annealing-steps",
        "0",
    )
    line = "  but rbm learns from the inputs alone: classes serve to look at what it found; --labels learns them"
    assert line in run(*words, "--out", str(tmp_path / "a.h5")).err.splitlines()
    assert "learns from the inputs alone" not in run(*words, "--labels", "--out", str(tmp_path / "b.h5")).err
