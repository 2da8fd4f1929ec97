"""Sweeps: which runs there are, what is kept and gone on with, the table and its forms, and what is refused."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.errors import SweepInterrupted
from zoo.parallel.pool import outcomes_of
from zoo.sweeps import sweep as running
from zoo.sweeps.grid import SweepRun
from zoo.sweeps.table import Sweep

QUICK = {"data": "xor", "epochs": 3}


@pytest.fixture
def trained(monkeypatch):
    """Trains in this process; gives the points that are trained."""
    points = []

    def here(work, items, *, stop=lambda: False, **means):
        for item in items:
            if stop():
                return
            points.append(item)
            yield item, work(item)

    monkeypatch.setattr(running, "outcomes_of", here)
    return points


SCRIPT = """
import json, zoo
found = zoo.sweep("mlp", "xor", epochs=3, hidden=[2, 4], seeds=2, out="study.csv", threads=2)
print(json.dumps([[run.values["hidden"], run.seed, run.metrics] for run in found.runs]))
"""


def test_processes_give_the_bits_of_single_trainings_and_a_script_needs_no_guard(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    call: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 120, "check": False, "cwd": tmp_path}
    done = subprocess.run([sys.executable, "script.py"], **call)
    assert done.stderr == ""
    runs = json.loads(done.stdout)
    assert [run[:2] for run in runs] == [[[2], 0], [[2], 1], [[4], 0], [[4], 1]]
    for hidden, seed, metrics in runs:
        assert metrics == zoo.train("mlp", hidden=hidden, seed=seed, measure=True, **QUICK).trained.metrics


def test_lists_arrays_and_ranges_vary_and_a_tuple_is_one_value(trained):
    found = zoo.sweep("mlp", hidden=[(2, 2), 3], batch_size=range(1, 3), epochs=np.array([1, 2]), seeds=1, data="xor")
    assert found.names == ("hidden", "batch_size", "epochs")
    assert len(found.runs) == 8 and found.runs[0].values == {"hidden": (2, 2), "batch_size": 1, "epochs": 1}
    given = np.random.default_rng(0).normal(size=(40, 2))
    found = zoo.sweep("logistic", (given, given[:, 0] > 0), learning_rate=[0.1, 0.01], seed=7, seeds=2, epochs=1)
    assert [run.seed for run in found.runs] == [7, 8, 7, 8]


def test_the_file_keeps_runs_and_the_same_call_goes_on(trained, tmp_path):
    path = tmp_path / "study.csv"
    first = zoo.sweep("mlp", hidden=[2, (3, 3)], loss=["auto", "squared_error"], seeds=1, out=path, **QUICK)
    assert len(trained) == 4
    text = path.read_text()
    path.write_text("\n".join(text.splitlines()[:3]) + "\n")  # as after a kill: two runs are kept
    again = zoo.sweep("mlp", hidden=[2, (3, 3)], loss=["auto", "squared_error"], seeds=1, out=path, **QUICK)
    assert len(trained) == 6 and [run.metrics for run in again.runs] == [run.metrics for run in first.runs]
    more = zoo.sweep("mlp", hidden=[(3, 3), 4], loss=["auto", "squared_error"], seeds=2, out=path, **QUICK)
    assert len(trained) == 6 + 6 and len(more.runs) == 8
    rows = list(csv.DictReader(path.open(newline="")))
    assert len(rows) == 10  # two of hidden 2, which this grid has no more
    assert {row["hidden"] for row in rows} == {"2", "3,3", "4"}
    assert float(rows[0]["loss (metric)"]) == more.runs[0].metrics["loss"]
    for other in ({"hidden": [2], "data": "xor", "epochs": 4}, {"learning_rate": [0.1], **QUICK}):
        with pytest.raises(zoo.UsageError, match="has the runs of another study"):
            zoo.sweep("mlp", seeds=1, out=path, **other)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(zoo.UsageError, match="exists and is no study's file"):
        zoo.sweep("mlp", hidden=[2], out=path, **QUICK)


def test_a_run_that_diverges_is_a_run_that_failed(trained, tmp_path):
    options = {"data": "xor", "optimizer": "sgd", "loss": "squared_error", "epochs": 40}
    call = dict(hidden=(), learning_rate=[0.01, 1e6], seeds=2, out=tmp_path / "study.csv", **options)
    found = zoo.sweep("mlp", **call)
    good, bad = found.summary
    assert (good.n, good.failed, bad.n, bad.failed) == (2, 0, 0, 2)
    assert math.isnan(bad.metrics["loss"].mean) and not math.isnan(good.metrics["loss"].sd)
    assert zoo.sweep("mlp", **call).runs[2].failed == found.runs[2].failed != ""
    assert len(trained) == 4
    assert found.plot(tmp_path / "failed.png").exists()


def made(values, names=("hidden",), asked=None):
    runs = [SweepRun(dict(zip(names, key, strict=True)), seed, {"accuracy": v}, 0.1) for key, seed, v in values]
    return Sweep("mlp", names, tuple(runs), asked or len(runs))


def test_the_table_and_its_forms(tmp_path):
    found = made([((2,), 0, 0.5), ((2,), 1, 0.7), ((4,), 0, 0.9)], asked=4)
    assert found.summary[0].metrics["accuracy"].mean == pytest.approx(0.6)
    assert found.summary[0].metrics["accuracy"].sd == pytest.approx(math.sqrt(0.02))
    assert repr(found).splitlines() == [
        "hidden  n  failed  accuracy",
        "2       2  0       60.00 % ± 14.14 %",
        "4       1  0       90.00 %",
        "1 of 4 runs are left",
    ]
    found.to_csv(tmp_path / "summary.csv", summary=True)
    assert (tmp_path / "summary.csv").read_text().splitlines()[2] == "4,1,0,0.9,"
    pandas = pytest.importorskip("pandas")
    frame = found.to_frame()
    assert isinstance(frame, pandas.DataFrame) and frame["accuracy"].tolist() == [0.5, 0.7, 0.9]
    assert found.to_frame(summary=True)["n"].tolist() == [2, 1]


def test_the_plot_has_mean_and_spread(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *given, **more: figures.append(figure))
    values = [((h, rate), seed, 0.5 + h / 100 + seed / 10) for h in (2, 20) for rate in (0.1, 0.2) for seed in (0, 1)]
    made(values, ("hidden", "learning_rate")).plot(tmp_path / "plot.png")
    (axes,) = figures[0].axes
    assert [each.get_label() for each in axes.containers] == ["learning_rate 0.1", "learning_rate 0.2"]
    line, _, (bars,) = axes.containers[0]
    assert [float(each) for each in line.get_ydata()] == pytest.approx([57, 75])
    assert float(np.diff(bars.get_segments()[0][:, 1])[0]) == pytest.approx(200 * math.sqrt(0.005))
    with pytest.raises(zoo.UsageError, match="have no metric 'acuracy'; did you mean 'accuracy'"):
        made(values, ("hidden", "learning_rate")).plot(tmp_path / "other.png", metrics="acuracy")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({}, "no option is varied; expected one with several values"),
        ({"hiden": [2]}, "there is no option 'hiden'; did you mean 'hidden'"),
        ({"hidden": []}, "hidden has no values"),
        ({"hidden": [2, 2]}, "hidden has 2 twice"),
        ({"hidden": [2, "x"]}, "hidden is 'x', expected"),
        ({"hidden": [2], "seed": [1, 2]}, "seed is varied by seeds"),
        ({"hidden": [2], "seeds": 0}, "seeds is 0, expected a whole number from 1"),
        ({"hidden": [2], "schedule": lambda epoch: 1.0}, "schedule is a function"),
        ({"hidden": [2], "out": "study.txt"}, "ends in .txt, expected .csv"),
        ({"hidden": [2], "out": "nowhere/study.csv"}, "there is no folder"),
        ({"rate_decay": [0.5, 0.9], "schedule": "constant"}, "rate_decay"),
    ],
)
def test_what_is_wrong_is_one_line_before_any_training(call, message, trained):
    with pytest.raises(zoo.ZooError, match=message) as caught:
        zoo.sweep("mlp", **QUICK, **call)
    assert "\n" not in str(caught.value) and not trained


def test_the_command(trained, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["sweep", "mlp", "--data", "xor", "--epochs", "2", "--hidden", "2,2;3", "--seeds", "2"]
    assert main([*words, "--out", "study.csv", "--plot", "study.png", "-q"]) == 0
    printed = capsys.readouterr()
    assert [line.split()[:3] for line in printed.out.splitlines()] == [
        ["HIDDEN", "N", "FAILED"],
        ["2,2", "2", "0"],
        ["3", "2", "0"],
    ]
    assert (tmp_path / "study.png").stat().st_size > 1000
    assert main([*words, "--json", "--shortcuts", "true,false"]) == 0
    assert '"varied": [\n    "hidden",\n    "shortcuts"\n  ]' in capsys.readouterr().out
    assert main(["sweep", "--hidden", "2", "mlp"]) == 2
    assert "NAME comes first" in capsys.readouterr().err
    assert main(["sweep", "mlp", "--data", "xor", "--hidden", "4,x"]) == 2


def test_ctrl_c_keeps_what_was_done(monkeypatch, tmp_path):
    def slowly(work, items, *, stop, **means):
        for item in items:
            if stop():
                return
            yield item, work(item)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(running, "outcomes_of", slowly)
    with pytest.raises(SweepInterrupted, match="1 of 6 runs are done; they are kept in") as caught:
        zoo.sweep("mlp", hidden=[2, 3, 4], seeds=2, out=tmp_path / "study.csv", **QUICK)
    assert len(caught.value.sweep.runs) == 1 and len((tmp_path / "study.csv").read_text().splitlines()) == 2


def test_the_pool_gives_up_when_asked():
    began, asked = time.monotonic(), threading.Event()
    threading.Timer(1.0, asked.set).start()
    assert list(outcomes_of(time.sleep, [60, 60], who="here", processes=2, stop=asked.is_set)) == []
    assert time.monotonic() - began < 30
