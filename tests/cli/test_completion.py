"""What Tab offers, and that neither a plugin nor NumPy is imported for it; every command has --json."""

import json
import os
import subprocess
import sys

import click
import pytest

from zoo.cli import main
from zoo.cli.app import COMMANDS, program

MODULES = """
import sys
from zoo.cli import main
try:
    main()
except SystemExit:
    pass
print("MODULES", *[each for each in sys.modules if each.startswith("zoo_") or each == "numpy"])
"""


def offered(words):
    """(what bash is offered for the last word, modules of plugins and NumPy that were imported)."""
    given = {**os.environ, "_ZOO_COMPLETE": "bash_complete"}
    given |= {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    ran = subprocess.run([sys.executable, "-c", MODULES], env=given, capture_output=True, text=True, check=True)
    *lines, last = ran.stdout.splitlines()
    return [line.partition(",")[2] for line in lines], last.split()[1:], [line.partition(",")[0] for line in lines]


@pytest.fixture(scope="module", autouse=True)
def catalogue():
    """What plugins offer is remembered."""
    from zoo.registry.lookup import registry

    assert list(registry().offers("architecture"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("zoo tr", {"train"}),
        ("zoo train fuzzy-artm", {"fuzzy-artmap"}),
        ("zoo train mlp --hid", {"--hidden"}),
        ("zoo train mlp --activation ta", {"tanh"}),
        ("zoo train mlp --optimizer ada", {"adam", "adagrad"}),
        ("zoo train moons --learning-r", {"--learning-rate"}),
        ("zoo train lstm --no-from", {"--no-from-last"}),
        ("zoo train mlp --data gly", {"glyphs"}),
        ("zoo train mlp --missing me", {"mean", "median"}),
        ("zoo eval nan", {"nand"}),
        ("zoo show fuzzy-artm", {"fuzzy-artmap"}),
        ("zoo completion f", {"fish"}),
    ],
)
def test_tab_offers_names_flags_and_choices_and_imports_no_plugin(words, expected):
    names, modules, _ = offered(words)
    assert expected <= set(names)
    assert modules == []


@pytest.mark.parametrize("words", ["zoo eval my", "zoo export m.h5 my", "zoo predict m.h5 --data my", "zoo plot my"])
def test_tab_offers_files_where_a_command_takes_one(words):
    assert "file" in offered(words)[2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_call_zoo_to_complete(shell, capsys):
    assert main(["completion", shell]) == 0
    assert f"_ZOO_COMPLETE={shell}_complete" in capsys.readouterr().out


WITHOUT_JSON = {"playground": "it serves a page, and prints its address alone"}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in WITHOUT_JSON])
def test_every_command_has_json(name):
    command = program.get_command(click.Context(program), name)
    if name == "train":
        command = command.get_command(click.Context(command), "mlp")
    assert any("--json" in each.opts for each in command.get_params(click.Context(command)))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    import zoo

    monkeypatch.chdir(tmp_path)
    zoo.train("logistic", "moons", epochs=1, out="m.h5")
    zoo.train("rbm", "letters", hidden=4, epochs=1, annealing_steps=0, out="rbm.h5")
    zoo.export("m.h5", "m.safetensors")


CALLS = {
    "list": ["list"],
    "show": ["show", "m.h5"],
    "train": ["train", "logistic", "--data", "moons", "--epochs", "1", "--out", "new.h5"],
    "eval": ["eval", "m.h5"],
    "compare": ["compare", "m.h5", "m.h5"],
    "predict": ["predict", "m.h5", "--data", "moons"],
    "sample": ["sample", "rbm.h5", "--count", "2", "--steps", "2"],
    "sweep": ["sweep", "logistic", "--data", "xor", "--learning-rate", "0.1,0.2", "--seeds", "1", "--epochs", "1"],
    "reproduce": ["reproduce", "nand"],
    "plot": ["plot", "m.h5", "--plot", "learning"],
    "verify": ["verify", "m.h5"],
    "cite": ["cite", "m.h5"],
    "plugins": ["plugins"],
    "check": ["check", "perceptron"],
    "new-plugin": ["new-plugin", "hopper"],
    "export": ["export", "m.h5", "other.safetensors"],
    "import": ["import", "m.safetensors"],
    "completion": ["completion", "bash"],
}


def test_the_walk_has_every_command():
    assert set(CALLS) == set(COMMANDS) - set(WITHOUT_JSON)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "check"])  # that one takes seconds
def test_json_is_one_document_on_standard_output(name, folder, capfd):
    capfd.readouterr()
    assert main([*CALLS[name], "--json"]) == 0
    assert json.loads(capfd.readouterr().out)
