"""Every command with standard streams that are closed, full, or a pipe whose reader has gone: no command calls that a
mistake in zoo, exit codes are true, and a training goes on and is saved."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from zoo import checkpoint
from zoo.cli.app import COMMANDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs fork and /dev/full")

# Each prints something on standard output; a command that is missing here fails the test.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "show": ("show", "mlp"),
    "train": ("train", "mlp", "--data", "moons", "--hidden", "4", "--epochs", "3", "--threads", "1", "--out", "{new}"),
    "eval": ("eval", "moons", "--threads", "1"),
    "compare": ("compare", "moons", "nand", "--threads", "1"),
    "predict": ("predict", "moons", "--data", "moons", "--threads", "1"),
    "sample": ("sample", "bars"),
    "reproduce": ("reproduce", "./net.toml", "--threads", "1", "--out", "{new}"),
    "plot": ("plot", "moons", "--out", "{new}.png"),
    "verify": ("verify", "moons"),
    "plugins": ("plugins",),
    "new-plugin": ("new-plugin", "{name}"),
    "check": ("check", "--help"),
    "cite": ("cite", "mlp"),
    "completion": ("completion", "bash"),
    "export": ("export", "--help"),  # its libraries are extras
    "import": ("import", "--help"),
    "sweep": ("sweep", "--help"),  # it starts processes
    "playground": ("playground", "--help"),  # it serves until it is ended
}
OF_PLUGINS = {
    how: (how, "--plugin", "talker.py") for how in ("say-print", "say-echo", "say-write", "say-binary", "say-log")
}
TALKER = """
import sys
import click
import zoo

def command(name, say):
    def run():
        for number in range(20_000):
            say(f"line {number}")
    return click.Command(name, callback=run, help="Says much.")

def binary(line):
    sys.stdout.buffer.write(line.encode())
    sys.stdout.buffer.flush()

def log(line):
    print(line, file=sys.stderr)
    print(line)

@zoo.hookimpl
def zoo_commands():
    ways = {"print": print, "echo": click.echo, "binary": binary, "log": log}
    ways["write"] = lambda line: sys.stdout.write(line + chr(10))
    return [command(f"say-{name}", say) for name, say in ways.items()]
"""
RECIPE = """
summary = "a small net"
architecture = "mlp"
[data]
name = "moons"
[options]
hidden = [4]
[training]
epochs = 3
[expect]
accuracy = 0.01
"""
KINDS = ("closed", "full", "broken")
LOST = [(out, err) for out in ("kept", *KINDS) for err in ("kept", *KINDS)]
FEW = [("closed", "kept"), ("full", "kept"), ("broken", "broken"), ("kept", "closed"), ("kept", "full")]
CASES = [(command, out, err) for command in COMMANDS for out, err in LOST if command == "train" or (out, err) in FEW]
CASES += [(command, out, err) for command in OF_PLUGINS for out, err in LOST]

# Forks once for each case, so that zoo is imported once. A process whose streams were closed has None for them.
HARNESS = """
import gc, json, os, sys
import matplotlib.backends.backend_agg, matplotlib.figure, zoo.api  # what takes long to import
from zoo.cli import main
from zoo.registry.lookup import registry
registry().plugins
gc.freeze()

def put(descriptor, how, kept):
    if how == "kept":
        os.dup2(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    elif how == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), descriptor)
    elif how == "broken":
        read, write = os.pipe()
        os.close(read)
        os.dup2(write, descriptor)
    stream = None if how == "closed" else open(descriptor, "w", buffering=1 if descriptor == 2 else -1, closefd=False)
    name = {1: "stdout", 2: "stderr"}[descriptor]
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)

results = []
for number, (arguments, out, err) in enumerate(json.load(sys.stdin)):
    child = os.fork()
    if child == 0:
        put(1, out, f"{number}.out")
        put(2, err, f"{number}.err")
        for descriptor, how in ((1, out), (2, err)):
            if how == "closed":
                os.close(descriptor)
        sys.argv = ["zoo", *arguments]
        code = main()
        try:
            for stream in (sys.stdout, sys.stderr):
                stream is None or stream.flush()  # as Python does at its end
        finally:
            os._exit(code)
    results.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
json.dump(results, sys.stdout)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[tuple[str, str, str], Any]]:
    """(folder, command and streams → exit code, and what it printed where that was kept)."""
    folder = tmp_path_factory.mktemp("lost")
    (folder / "net.toml").write_text(RECIPE)
    (folder / "talker.py").write_text(TALKER)
    cases = []
    for command, out, err in CASES:
        new, name = f"{command}-{out}-{err}.h5", f"zoo-{command}-{out}-{err}"
        cases.append(([each.format(new=new, name=name) for each in (ARGUMENTS | OF_PLUGINS)[command]], out, err))
    done = subprocess.run(
        [sys.executable, "-c", HARNESS],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=True,
    )
    found: dict[tuple[str, str, str], Any] = {}
    for number, (key, code) in enumerate(zip(CASES, json.loads(done.stdout), strict=True)):
        _, out, err = key
        printed = (folder / f"{number}.out").read_text() if out == "kept" else ""
        said = (folder / f"{number}.err").read_text() if err == "kept" else ""
        found[key] = code, printed, said
    return folder, found


@pytest.mark.parametrize(("command", "out", "err"), CASES)
def test_a_command_without_streams(outcomes: Any, command: str, out: str, err: str) -> None:
    folder, found = outcomes
    code, printed, said = found[command, out, err]
    assert code == {"kept": 0, "closed": 1, "full": 1, "broken": 141}[out], said
    for word in ("mistake", "Traceback", "Exception ignored"):
        assert word not in said
    if out == "kept":
        assert printed
    elif out == "broken":
        assert "error" not in said
    elif err == "kept":
        assert said.splitlines()[-1].startswith("zoo: error: standard output: ")
    if command in ("train", "reproduce"):
        position = checkpoint.read(folder / f"{command}-{out}-{err}.h5").manifest["position"]
        assert position["epoch"] == 3
        if out != "kept" and err == "kept":
            assert f"zoo: the run is saved in {command}-{out}-{err}.h5" in said.splitlines()


def test_with_both_streams_to_a_pipe_that_ends_early_a_training_is_finished_and_saved(tmp_path: Path) -> None:
    arguments = [each.format(new="net.h5") for each in ARGUMENTS["train"]]
    arguments[arguments.index("--epochs") + 1] = "300"
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() == 141
    assert checkpoint.read(tmp_path / "net.h5").manifest["position"]["epoch"] == 300


def test_a_process_without_any_stream_writes_its_checkpoint_and_nothing_into_it(tmp_path: Path) -> None:
    arguments = [each.format(new="net.h5") for each in ARGUMENTS["train"]]
    shell = '"$0" -m zoo "$@" <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", shell, sys.executable, *arguments], cwd=tmp_path).returncode == 1
    assert checkpoint.read(tmp_path / "net.h5").manifest["position"]["epoch"] == 3
