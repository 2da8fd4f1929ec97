"""Every flag of every command, over every kind of data: something that can be seen is another, or it is refused.

Flags are discovered on the commands themselves. One that is added later is walked as an option by its own values, or
has to get a value in `VALUES`: without one the walk fails.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from effects_seen import KINDS, Seen, files_in, made, means_taken, verdict

import zoo
from zoo.cli import main
from zoo.cli.app import COMMANDS, program
from zoo.cli.flags import Flag
from zoo.testing import report

# Values of the flags that are no options, by command where one means something else there; {…} is a path.
VALUES: dict[str, list[str]] = {
    "--data": ["{other}"],
    "--out": ["another.h5"],
    "--threads": ["2"],
    "--cluster": ["nowhere"],
    "--cluster-wait": ["5"],
    "--save-every": ["1steps"],
    "--keep-every": ["1epoch"],
    "--resume": ["{model}"],
    "--schedule-from": ["start"],
    "--seed": ["7"],
    "--epochs": ["2"],
    "--plot": ["learning"],
    "--keep": ["1"],
    "--family": ["som"],
    "--seeds": ["2"],
    "--minutes": ["0"],
    "--table": ["page.md"],
    "--until": ["loss < 1e9"],
    "--sha256": ["0" * 64],
    "--length": ["7"],
    "--temperature": ["0.1"],
    "--prompt": ["e"],
    "--count": ["3"],
    "--steps": ["2"],
    "--label": ["C"],
    "--plugin": ["{nothing}.py"],
    "plot --out": ["another.png"],
    "predict --out": ["another.csv"],
    "sample --out": ["another.png"],
    "compare --out": ["."],
    "sweep --out": ["study.csv"],
    "sweep --plot": ["study.png"],
    "import --out": ["another.h5"],
    "--log": ["tensorboard:log"],
    "--map": ["fc1=hidden1"],
    "new-plugin --out": ["elsewhere"],
    # of data
    "--target": ["1"],
    "--ignore": ["2"],
    "--use": ["1"],
    "--categorical": ["2"],
    "--sequence": ["a"],
    "--inputs": ["y"],
    "--targets": ["x"],
    "--missing-values": ["x,1"],
    "--dates": ["month-first"],
    "--encoding": ["latin-1"],
    "--delimiter": ["tab"],
    "--test": ["0.5"],
    "--monitor": ["nonsense"],
    "--init-from": ["nowhere.h5"],
    "--validation": ["0.3"],
    "--patience": ["1"],
    "--window": ["3"],
    "--horizon": ["2"],
    "--in-memory": ["0"],
}
HELP = {"--help", "-h"}
VOLATILE = re.compile(r"[\d.e-]+ s\b|\"seconds\": [\d.e-]+")


class Runner:
    """Runs commands in empty folders and sees what comes of them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.capsys, self.monkeypatch = folder, capsys, monkeypatch
        self.numbers = itertools.count()

    def __call__(self, words: Sequence[str], prepare: Callable[[], None] = lambda: None) -> Seen:
        here = self.folder / str(next(self.numbers))
        here.mkdir()
        self.monkeypatch.chdir(here)
        prepare()
        before = files_in(here)
        self.capsys.readouterr()
        with means_taken() as means:
            code = main(list(words))
        printed = self.capsys.readouterr()
        written = {name: what for name, what in files_in(here).items() if before.get(name) != what}
        said = " ".join(VOLATILE.sub("", printed.out + printed.err).replace(str(here), "").split())
        lines = [line for line in printed.err.splitlines() if line.startswith("zoo: error: ")]
        error = "\n".join(lines) if code else ""
        return Seen(said if code == 0 else "", error, f"exit {code}", written, tuple(means))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setattr(os, "fsync", lambda file: None)  # what is seen here need not outlive a power failure
    return Runner(tmp_path, capsys, monkeypatch)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return made(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def models(data: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint trained on each kind."""
    folder = tmp_path_factory.mktemp("models")
    for name, kind in KINDS.items():
        out = folder / f"{name.replace(' ', '-')}.h5"
        training = {"schedule": "linear"} if kind.architecture == "mlp" else {}
        zoo.train(kind.architecture, str(data[name]), epochs=1, out=out, **kind.options, **kind.reading, **training)
    return {name: folder / f"{name.replace(' ', '-')}.h5" for name in KINDS}


# --- the walk ---


def parameters_of(words: Sequence[str]) -> list[click.Option]:
    """The flags of the command that a call means, help excepted."""
    contexts: list[click.Context] = []  # of the program and each command within
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(click.Command, "invoke", lambda command, context: contexts.append(context))
        program.main(list(words), "zoo", standalone_mode=False)
    return [
        each
        for each in contexts[-1].command.get_params(contexts[-1])
        if isinstance(each, click.Option) and not each.hidden and not {*each.opts} & HELP
    ]


def tries(command: str, parameter: click.Option, places: dict[str, str]) -> Iterator[list[str]]:
    """Ways to give a flag: on and off of a switch; the values of the table; else those of the option."""
    flag = next(each for each in parameter.opts if each.startswith("--"))
    if parameter.is_flag:
        yield from ([each] for each in (flag, *parameter.secondary_opts))
        return
    values = VALUES.get(f"{command} {flag}") or VALUES.get(flag)
    if values is None and isinstance(parameter, Flag):
        option = parameter.option
        values = [as_text(value) for value in (*option.others(option.default), option.default) if value not in ("", ())]
        values = [value for value in values if value != "auto"][:8]
    assert values, f"{command}: {flag} is walked by no value; name one in VALUES"
    for value in values:
        yield [flag, value.format(**places)]


def as_text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(as_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def walk(
    run: Runner,
    words: Sequence[str],
    places: dict[str, str],
    chosen: Callable[[click.Option], bool] = lambda parameter: True,
    prepare: Callable[[], None] = lambda: None,
) -> dict[str, list[str]]:
    """The flags of a call that are neither heeded nor refused, with what was seen of each."""
    plain = run(words, prepare)
    assert plain.error == "", plain.error
    dead = {}
    for parameter in filter(chosen, parameters_of(words)):
        flag = next(each for each in parameter.opts if each.startswith("--"))
        if flag in words:
            continue
        tried = []
        for given in tries(words[0], parameter, places):
            found = verdict(flag, given[-1], run([*words, *given], prepare), plain)
            tried.append(f"{' '.join(given)}: {found}")
            if found != "no effect":  # one value may say what holds anyway, as long as another does not
                break
        if found:
            dead[flag] = tried
    return dead


def common(parameter: click.Option) -> bool:
    """Whether a flag of `zoo train` is one that every architecture has; the others are walked over architectures."""
    return not isinstance(parameter, Flag) or parameter.section == "data" or parameter.option.name in COMMON_SETTINGS


COMMON_SETTINGS = {"epochs", "batch_size", "seed", "validation", "patience", "monitor"}
QUICK = ("classes", "series", "sequences", "text", "images", "NPZ")
WHOLE = ("classes", "text")  # kinds over which the flags that are not of data are walked too


def of_data(parameter: click.Option) -> bool:
    return isinstance(parameter, Flag) and parameter.section == "data"


def speed(kind: str) -> Sequence[pytest.MarkDecorator]:
    """The kinds that are read as others are, by another reader, are walked with the slow tests."""
    return () if kind in QUICK else (pytest.mark.slow,)


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=speed(kind)) for kind in KINDS])
def test_flags_of_training(kind: str, run: Runner, data: dict[str, Path], models: dict[str, Path]) -> None:
    about = KINDS[kind]
    options = [text for name, value in about.options.items() for text in (f"--{name}", str(value))]
    words = ["train", about.architecture, "--data", str(data[kind]), *about.flags, *options]
    chosen = common if kind in WHOLE else of_data
    assert walk(run, [*words, "--epochs", "1"], places(kind, data, models), chosen) == {}


def places(kind: str, data: dict[str, Path], models: dict[str, Path]) -> dict[str, str]:
    """What the braces in values stand for."""
    other = data["HDF5" if kind == "NPZ" else "NPZ"]
    return {"other": str(other), "data": str(data[kind]), "model": str(models[kind]), "nothing": "nothing"}


@dataclass(frozen=True)
class Call:
    """A call of a command, with {…} for paths, and the kinds of data it is walked over."""

    words: str
    kinds: Sequence[str] = ("classes",)
    brings: str = ""  # a file that is copied into the folder first
    idle: Sequence[str] = ()  # flags that say what holds in this call

    def __str__(self) -> str:
        return self.words


CALLS = [
    Call("train --resume m.h5", brings="m.h5", idle=("--save-every", "--keep-every")),  # all epochs are learned
    Call("train --resume m.h5 --epochs 3", ("classes", "text"), "m.h5"),
    Call("train --resume m.h5 --data {data} --epochs 1", ("classes",), "m.h5"),
    Call("eval {model}"),
    Call("eval {model} --data {data}", tuple(KINDS)),
    Call("predict {model} --data {data}", tuple(KINDS)),
    Call("compare {model} {model}", idle=("--quiet",)),  # nothing is trained
    Call("compare {model} --data {data}", ("series",), idle=("--quiet",)),
    Call("compare logistic --data {data} --epochs 1"),
    Call("sweep mlp --data {data} --hidden 2,3 --seeds 1 --epochs 1"),
    Call("plot {model} --plot learning"),
    Call("plot {model} --plot confusion --data {data}"),
    Call("sample {model} --length 20", ("text",)),
    Call("sample {rbm} --count 5 --steps 3"),
    Call("sample {rows} --count 5 --steps 3"),
    Call("reproduce nand"),
    Call("verify {model}"),
    Call("cite {model}"),
    Call("export {model} out.onnx"),
    Call("import {tensors}"),
    Call("completion bash"),
    Call("list"),
    Call("list --datasets"),
    Call("show mlp"),
    Call("show {model}", idle=("--checkpoint",)),  # which it is
    Call("plugins"),
    Call("new-plugin hopper"),
    Call("check perceptron"),
]


@pytest.fixture(scope="module")
def dreamers(data: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Models that generate: of images with classes, and of rows of a table."""
    folder = tmp_path_factory.mktemp("dreamers")
    zoo.train("rbm", "letters", hidden=8, labels=True, epochs=30, out=folder / "rbm.h5")
    about: dict[str, Any] = {"target": "none", "ignore": "day", "visible": "gaussian"}
    zoo.train("rbm", str(data["classes"]), hidden=4, epochs=1, out=folder / "rows.h5", **about)
    zoo.export(str(folder / "rows.h5"), folder / "rows.safetensors")
    return {
        "tensors": str(folder / "rows.safetensors"),
        **{name: str(folder / f"{name}.h5") for name in ("rbm", "rows")},
    }


@pytest.mark.parametrize(
    ("call", "kind"), [pytest.param(call, kind, marks=speed(kind)) for call in CALLS for kind in call.kinds], ids=str
)
def test_flags_of_other_commands(
    call: Call,
    kind: str,
    run: Runner,
    data: dict[str, Path],
    models: dict[str, Path],
    dreamers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = {**places(kind, data, models), **dreamers}
    whole = report.report
    monkeypatch.setattr(
        report, "report", lambda case: itertools.islice(whole(case), 2)
    )  # of `zoo check`, which has many
    words = [word.format(**there) for word in call.words.split()]

    def prepare() -> None:
        if call.brings:
            shutil.copy(there["model"], call.brings)

    chosen = common if words[0] == "sweep" else lambda parameter: True
    dead = walk(run, words, there, chosen, prepare)
    assert {flag: tried for flag, tried in dead.items() if flag not in call.idle} == {}


def test_every_command_is_walked() -> None:
    serving = {"playground"}  # until it is ended: tests/playground calls it
    assert {call.words.split()[0] for call in CALLS} == set(COMMANDS) - serving
