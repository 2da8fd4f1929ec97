"""Help, errors and exit codes of the program as a whole."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import click
import pytest

from zoo.cli.app import COMMANDS, message_and_code
from zoo.errors import CheckpointError, DataError, OptionError, PluginError, TrainingError, UsageError, ZooError


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_each_command_says_of_itself(name):
    command = importlib.import_module(f"zoo.cli.commands.{name.replace('-', '_')}").command
    assert command.name == name
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_without_a_name(run, name):
    done = run(name, "--help")
    assert done.code == 0 and done.err == ""
    assert done.out.startswith(f"Usage: zoo {name} ")


def test_help_names_every_command_and_is_what_nothing_asks_for(run):
    done = run("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.out
    assert run().out == done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lits"], "there is no command 'lits'; did you mean 'list'?"),
        (["list", "--jsno"], "list: there is no option '--jsno'; did you mean '--json'?"),
        (["list", "a", "b"], "list: got unexpected extra argument (b)"),
        (["list", "--datasets", "--checkpoints"], "list: --datasets and --checkpoints exclude each other"),
        (["eval"], "eval: missing argument 'FILE'"),
        (["eval", "nothing"], "there is no checkpoint 'nothing'"),
        (["eval", "a.h5", "--missing", "mean"], "eval: --missing without --data: name the data as well"),
        (["show"], "show: missing argument 'NAME'"),
        (["show", "mpl"], "there is no architecture, recipe, checkpoint or dataset 'mpl'; did you mean 'mlp'?"),
        (["predict", "nand.h5"], "predict: missing option '--data'"),
        (["train", "mlp", "--threads", "0"], "train mlp: invalid value for '--threads': 0 is not in the range x>=1"),
        (["--verbose"], "there is no option '--verbose'"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(run, arguments, message):
    done = run(*arguments)
    assert done.code == 2
    assert done.error.startswith(message)


def test_a_traceback_only_when_asked_for_and_anywhere(run):
    assert "Traceback" not in run("show", "mpl").err
    for arguments in (["--traceback", "show", "mpl"], ["show", "--traceback", "mpl"], ["show", "mpl", "--traceback"]):
        done = run(*arguments)
        assert done.code == 2
        assert done.err.startswith("Traceback")
        assert done.err.splitlines()[-1].startswith(
            "zoo: error: there is no architecture, recipe, checkpoint or dataset 'mpl'"
        )


@pytest.mark.parametrize("kind", [ZooError, DataError, CheckpointError, PluginError, TrainingError])
def test_errors_other_than_wrong_calls_exit_1(kind):
    assert message_and_code(kind("who: got,\n expected")) == ("who: got, expected", 1)


def test_other_errors_are_told_in_one_line():
    assert message_and_code(UsageError("x")) == ("x", 2)
    assert message_and_code(OptionError("x")) == ("x", 2)
    assert message_and_code(click.UsageError("Bad thing.")) == ("bad thing", 2)
    assert message_and_code(OSError(28, "No space left on device", "a.h5")) == ("'a.h5': No space left on device", 1)
    assert message_and_code(MemoryError())[0].startswith("out of memory; try a smaller --batch-size")
    assert message_and_code(KeyError("x"))[0].startswith("this is a mistake in zoo: KeyError: 'x'")


def test_control_characters_never_reach_the_terminal(run):
    done = run("show", "evil\x1b[2Jname")
    assert done.code == 2 and "\x1b" not in done.err


def test_an_output_that_has_only_ascii_is_no_error(start):
    for arguments, code in ((["list", "--datasets"], 0), (["train", "mlp", "--help"], 0), (["lïst"], 2)):
        process = start(*arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        _, err = process.communicate(timeout=60)
        assert (process.returncode, "UnicodeEncodeError" in err) == (code, False)
    assert err == "zoo: error: there is no command 'l\\xefst'; did you mean 'list'?\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently on Windows")
def test_a_reader_that_has_gone_is_no_error(folder):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "zoo", "show", "mlp"], stdout=pipe, stderr=subprocess.PIPE, text=True
        )
    assert done.stderr == ""
