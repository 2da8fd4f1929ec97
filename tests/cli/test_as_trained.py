"""A checkpoint knows how its data were read, split and named, and commands that take it do not ask again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import checkpoint

ROWS = 60


def write(path: Path, rows: np.ndarray, names: str = "") -> Path:
    lines = [names] * bool(names) + [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def noise(folder: Path) -> Path:
    """A table whose labels are drawn at random: what it predicts well it has learned by heart."""
    random = np.random.default_rng(3)
    rows = [(*np.round(random.normal(size=4), 4), "ab"[random.integers(2)]) for _ in range(ROWS)]
    return write(folder / "noise.csv", rows, "u,v,w,x,k")


@pytest.fixture
def target_first(folder: Path) -> Path:
    """A table without names whose first column is the sum of the others, times ten."""
    x = np.round(np.random.default_rng(4).normal(size=(ROWS, 3)), 4)
    return write(folder / "first.csv", np.column_stack([np.round(10 * x.sum(axis=1), 4), x]))


def trained(run, *arguments: object) -> str:
    """The line of the test part that training prints."""
    outcome = run("train", *arguments, "--quiet", "--threads", "1")
    assert outcome.code == 0, outcome.err
    return next(line for line in outcome.out.splitlines() if ":" in line and "saved" not in line)


# --- the split --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [("--held-out", "last"), ("--test", "0"), ("--test", "0.4"), ("--seed", "7")])
def test_the_same_data_are_split_as_in_training(run, noise, options):
    line = trained(run, "mlp", "--data", noise, "--epochs", "30", *options, "--out", "m.h5")
    elsewhere = noise.with_name("elsewhere.csv")
    elsewhere.write_bytes(noise.read_bytes())
    for data in ((), ("--data", noise), ("--data", elsewhere)):
        assert run("eval", "m.h5", *data).out.splitlines()[0].partition(", ")[2] == line


def test_rows_that_were_trained_on_are_never_called_held_out(run, noise):
    trained(run, "mlp", "--data", noise, "--held-out", "last", "--epochs", "2", "--out", "m.h5")
    part = run("eval", "m.h5", "--data", noise, "--held-out", "random", "--json").document["part"]
    assert "held out" not in part and "of them trained on" in part
    trained(run, "mlp", "--data", noise, "--test", "0", "--epochs", "2", "--out", "whole.h5")
    assert run("eval", "whole.h5", "--json").document["part"] == "training part, 60 samples, all of them trained on"


def test_rows_of_other_data_that_were_trained_on_are_counted(run, noise):
    trained(run, "mlp", "--data", noise, "--held-out", "last", "--epochs", "2", "--out", "m.h5")
    lines = noise.read_text().splitlines(keepends=True)
    noise.with_name("end.csv").write_text("".join([lines[0], *lines[-20:]]))  # 12 rows held out, and 8 before them
    part = run("eval", "m.h5", "--data", "end.csv", "--json").document["part"]
    assert part == "all 20 rows, 8 of them equal to rows trained on"
    outcome = run("eval", "m.h5", "--data", "end.csv", "--test", "0.5")
    assert outcome.code == 2 and "--test and --held-out do nothing" in outcome.err


# --- the options ------------------------------------------------------------------------------------------------------


def test_the_target_of_a_table_without_names_is_remembered(run, target_first):
    trained(run, "mlp", "--data", target_first, "--target", "1", "--epochs", "40", "--out", "m.h5")
    x = np.round(np.random.default_rng(5).normal(size=(12, 3)), 4)
    write(target_first.with_name("new.csv"), np.column_stack([np.round(10 * x.sum(axis=1), 4), x]))
    remembered = run("eval", "m.h5", "--data", "new.csv", "--json").document
    assert remembered == run("eval", "m.h5", "--data", "new.csv", "--target", "1", "--json").document
    assert remembered["metrics"]["r_squared"] > 0.5
    whole = run("predict", "m.h5", "--data", "new.csv").out
    write(target_first.with_name("inputs.csv"), x)
    assert run("predict", "m.h5", "--data", "inputs.csv").out == whole


def test_the_task_is_not_guessed_anew_from_fewer_rows(run, folder):
    x = np.arange(80)
    write(folder / "counts.csv", np.column_stack([x % 13, x % 7, (x % 13) + (x % 7)]), "a,b,n")
    trained(run, "mlp", "--data", "counts.csv", "--task", "regression", "--epochs", "2", "--out", "m.h5")
    write(folder / "few.csv", np.column_stack([x % 3, x % 2, x % 3 + x % 2])[:9], "a,b,n")
    assert "mean_squared_error" in run("eval", "m.h5", "--data", "few.csv", "--json").document["metrics"]


def test_how_cells_are_separated_and_missing_ones_filled_is_remembered(run, folder, noise):
    path = folder / "bars.csv"
    lines = noise.read_text().replace(",", "|").splitlines()
    lines[5] = "|" + lines[5].partition("|")[2]
    path.write_text("\n".join(lines) + "\n")
    flags = ("--missing", "mean", "--delimiter", "bar")
    line = trained(run, "logistic", "--data", path, *flags, "--out", "m.h5")
    assert run("eval", "m.h5", "--data", path).out.splitlines()[0].partition(", ")[2] == line
    assert len(run("predict", "m.h5", "--data", path).out.splitlines()) == ROWS + 1
    overridden = run("eval", "m.h5", "--data", path, "--missing", "median")
    assert "read with --missing median; in training: --missing mean" in overridden.err


def test_new_data_may_be_written_otherwise_than_in_training(run, folder):
    rows = [(f"{number * 0.37 - 3:.2f}", "ab"[number % 2]) for number in range(40)]
    for name, mark in (("point.csv", "."), ("comma.csv", ",")):
        lines = "".join(f"{number.replace('.', mark)};{label}\n" for number, label in rows)
        (folder / name).write_text(f"a;label\n{lines}")
    for own, other, asked in (("point", "comma", "comma"), ("comma", "point", "point")):
        trained(run, "logistic", "--data", f"{own}.csv", "--out", f"{own}.h5")
        reported = run("eval", f"{own}.h5", "--data", f"{other}.csv")
        assert reported.code == 1 and "say how: --decimal, --thousands" in reported.err
        read = run("eval", f"{own}.h5", "--data", f"{other}.csv", "--decimal", asked)
        assert f"read with --decimal {asked}; in training: --decimal auto" in read.err
        assert read.out.partition(", ")[2] == run("eval", f"{own}.h5", "--data", f"{own}.csv").out.partition(", ")[2]
        predicted = run("predict", f"{own}.h5", "--data", f"{other}.csv", "--decimal", asked)
        assert predicted.out == run("predict", f"{own}.h5", "--data", f"{own}.csv").out


def test_a_series_keeps_its_window_and_takes_no_other(run, folder):
    time = np.arange(80)
    write(folder / "waves.csv", np.column_stack([np.round(np.sin(time / 4), 4), time % 5]), "wave,day")
    line = trained(run, "elman", "--data", "waves.csv", "--window", "9", "--epochs", "1", "--out", "m.h5")
    assert run("eval", "m.h5", "--data", "waves.csv").out.splitlines()[0].partition(", ")[2] == line
    for flag in ("--window", "--horizon"):
        outcome = run("eval", "m.h5", "--data", "waves.csv", flag, "5")
        assert outcome.code == 2 and "but the model was trained with" in outcome.error


def test_sequences_need_not_be_named_again(run, folder):
    random = np.random.default_rng(1)
    owner = np.repeat(np.arange(12), 4)
    kind = np.array(["up", "down"])[owner % 2]
    x = np.round(random.normal(size=48) + owner % 2, 3)
    write(folder / "s.csv", list(zip(kind, owner, x, x**2, strict=True)), "kind,id,x,z")
    flags = ("--sequence", "2", "--target", "1")
    line = trained(run, "elman", "--data", "s.csv", *flags, "--epochs", "1", "--out", "m.h5")
    write(folder / "shuffled.csv", list(zip(x**2, x, kind, owner, strict=True)), "z,x,kind,id")
    for data in ("s.csv", "shuffled.csv"):
        assert run("eval", "m.h5", "--data", data).out.splitlines()[0].partition(", ")[2] == line
    values = [run("predict", "m.h5", "--data", data).out for data in ("s.csv", "shuffled.csv")]
    assert values[0] == values[1] and len(values[0].splitlines()) == 13


def test_learning_on_reads_new_data_as_the_old_and_can_be_resumed(run, folder, target_first):
    trained(run, "mlp", "--data", target_first, "--target", "1", "--held-out", "last", "--epochs", "2", "--out", "m.h5")
    x = np.round(np.random.default_rng(6).normal(size=(40, 3)), 4)
    write(folder / "more.csv", np.column_stack([np.round(10 * x.sum(axis=1), 4), x]))
    line = trained(run, "--resume", "m.h5", "--data", "more.csv", "--epochs", "3", "--out", "on.h5")
    assert "the last" in line
    assert run("eval", "on.h5").out.splitlines()[0].partition(", ")[2] == line
    assert run("eval", "on.h5", "--data", "more.csv").out.splitlines()[0].partition(", ")[2] == line
    assert run("train", "--resume", "on.h5", "--epochs", "4", "-q").code == 0


def test_learning_on_finds_columns_by_name_and_can_be_resumed(run, folder, noise):
    trained(run, "mlp", "--data", noise, "--epochs", "2", "--out", "m.h5")
    rows = [line.split(",") for line in noise.read_text().splitlines()]
    shuffled = folder / "shuffled.csv"
    shuffled.write_text("\n".join(",".join([row[4], row[2], row[0], row[3], row[1]]) for row in rows) + "\n")
    trained(run, "--resume", "m.h5", "--data", shuffled, "--epochs", "2", "--out", "on.h5")
    resumed = run("train", "--resume", "on.h5", "--epochs", "3", "-q")
    assert resumed.code == 0, resumed.err
    ours, theirs = (checkpoint.read(folder / name).manifest["dataset"]["digest"] for name in ("m.h5", "on.h5"))
    assert ours == theirs, "the same rows, whatever the order of their columns"


# --- names ------------------------------------------------------------------------------------------------------------


def test_columns_of_a_series_without_names_keep_their_order(run, folder):
    time = np.arange(70)
    series = np.column_stack([np.round(np.sin(time / 4), 4), np.round(1000 + 50 * np.cos(time / 4), 3)])
    write(folder / "series.csv", series)
    trained(run, "elman", "--data", "series.csv", "--window", "8", "--epochs", "20", "--out", "m.h5")
    predicted = run("predict", "m.h5", "--data", "series.csv", "--json").document
    values = [row[-1] for row in predicted["rows"]]
    assert 900 < min(values) < max(values) < 1100, "forecasts are of the second column, about 1,000"


@pytest.mark.parametrize("command", ["eval", "predict"])
def test_columns_that_are_missing_renamed_or_added_are_told_by_name(run, folder, noise, command):
    trained(run, "mlp", "--data", noise, "--epochs", "2", "--out", "m.h5")
    rows = [line.split(",") for line in noise.read_text().splitlines()]

    def outcome(*names: str, places: tuple[int, ...]):
        lines = [",".join(names)] + [",".join(row[place] for place in places) for row in rows[1:]]
        (folder / "new.csv").write_text("\n".join(lines) + "\n")
        return run(command, "m.h5", "--data", "new.csv")

    assert "there is no column 'w', which the model" in outcome("x", "u", "v", "k", places=(3, 0, 1, 4)).error
    renamed = outcome("u", "v", "w2", "x", "k", places=(0, 1, 2, 3, 4)).error
    assert "there is no column 'w'" in renamed and "did you mean 'w2'" in renamed
    more = outcome("x", "extra", "u", "v", "k", "w", places=(3, 1, 0, 1, 4, 2))
    assert more.code == 0 and "left out, as training did not have it: 'extra'" in more.err
    assert (
        more.out.partition(":")[2] == run(command, "m.h5", "--data", noise).out.partition(":")[2] or "all" in more.out
    )


def test_a_table_without_its_target_is_refused_by_eval(run, folder, noise):
    trained(run, "mlp", "--data", noise, "--epochs", "2", "--out", "m.h5")
    rows = [line.rpartition(",")[0] for line in noise.read_text().splitlines()]
    (folder / "inputs.csv").write_text("\n".join(rows) + "\n")
    reported = run("eval", "m.h5", "--data", "inputs.csv").error
    assert "the target is missing" in reported and "'k'" in reported and "zoo predict" in reported


# --- data given in Python ---------------------------------------------------------------------------------------------


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(50, 3))
    return x, x @ [1.0, 2.0, 3.0]


def test_a_file_trained_on_arrays_says_what_to_call(run, folder, arrays):
    zoo.train("mlp", arrays, epochs=1, out=folder / "a.h5")
    for arguments in (("eval", "a.h5"), ("plot", "a.h5", "--plot", "predictions")):
        reported = run(*arguments).error
        assert (
            "zoo.evaluate('a.h5', (X, y))" in reported
            and "zoo.plot('a.h5', data=(X, y))" in reported
            and "--data" in reported
        )
    assert "zoo.resume('a.h5', data=(X, y))" in run("train", "--resume", "a.h5").error
    np.savez(folder / "same.npz", x=arrays[0], y=arrays[1])
    assert run("eval", "a.h5", "--data", "same.npz", "--json").document["part"].startswith("test part (held out")


def test_arrays_given_again_are_recognized_evaluated_plotted_and_resumed(folder, arrays):
    whole = zoo.train("mlp", arrays, epochs=4, held_out="last", schedule="constant", out=folder / "whole.h5")
    zoo.train("mlp", arrays, epochs=2, held_out="last", schedule="constant", out=folder / "a.h5")
    evaluation = zoo.evaluate(folder / "whole.h5", arrays)
    assert evaluation.part == "test part (held out, 20 % of the rows, the last), 10 samples"
    stored = checkpoint.read(folder / "whole.h5").manifest["metrics"]
    assert dict(evaluation.metrics) == pytest.approx(stored)
    assert zoo.evaluate(whole, arrays).part == evaluation.part
    assert zoo.evaluate(whole, (arrays[0][:10], arrays[1][:10])).part.endswith("all of them equal to rows trained on")
    assert zoo.plot(folder / "a.h5", folder / "a.png", data=arrays).exists()
    with pytest.raises(zoo.errors.DataError, match="another digest"):
        zoo.resume(folder / "a.h5", (arrays[0] + 1, arrays[1]), epochs=4)
    resumed = zoo.resume(folder / "a.h5", arrays, epochs=4)
    assert resumed == whole, "stopped and resumed, to the bit"


def test_a_file_resumes_from_python_with_its_own_data(run, folder, noise):
    trained(run, "mlp", "--data", noise, "--epochs", "2", "--schedule", "constant", "--out", "m.h5")
    trained(run, "mlp", "--data", noise, "--epochs", "3", "--schedule", "constant", "--out", "whole.h5")
    assert zoo.resume(folder / "m.h5", epochs=3) == zoo.load(folder / "whole.h5")
