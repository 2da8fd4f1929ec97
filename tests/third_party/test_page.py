"""docs/plugins.md: what it shows is what stands in the example, and every command on it works."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from zoo.cli import main
from zoo.registry.loader import HOOKS
from zoo.registry.selection import plugin_files

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "plugins.md"
EXAMPLE = ROOT / "examples" / "zoo-hopfield"
BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not part of this installation")


def blocks() -> Iterator[tuple[str, str, str]]:
    """(file, kind, text) of every block, in order; the file is "" where the page names none."""
    yield from BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def files() -> dict[str, str]:
    """The files the page shows, a file in several blocks put together."""
    shown: dict[str, list[str]] = {}
    for file, _, text in blocks():
        if file:
            shown.setdefault(file, []).append(text)
    return {file: "\n\n".join(texts) for file, texts in shown.items()}


def code_lines(text: str) -> int:
    """Lines that are not empty."""
    return sum(bool(line.strip()) for line in text.splitlines())


def test_the_files_of_the_walk_through_are_those_of_the_example():
    shown = {file: text for file, text in files().items() if file.startswith("zoo_hopfield/")}
    there = {
        str(path.relative_to(EXAMPLE)): path.read_text("utf-8")
        for path in EXAMPLE.glob("zoo_hopfield/**/*")
        if path.suffix in (".py", ".toml")
    }
    assert shown.keys() <= there.keys() and len(shown) == 6
    for file, text in shown.items():
        assert text == there[file], f"{file} on the page is not the example's"


def test_the_example_is_small():
    for path in (EXAMPLE / "zoo_hopfield").glob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) < 120, path


def test_the_plugin_of_one_file_keeps_the_contract_in_sixty_lines(tmp_path, capsys):
    text = files()["oja.py"]
    assert code_lines(text) <= 60
    (tmp_path / "oja.py").write_text(text, "utf-8")
    assert main(["check", "oja", "--plugin", str(tmp_path / "oja.py")]) == 0, capsys.readouterr().out


def test_the_plugin_of_one_file_learns_the_principal_component(tmp_path):
    import numpy as np

    import zoo

    (tmp_path / "oja.py").write_text(files()["oja.py"], "utf-8")
    random = np.random.default_rng(0)
    x = random.standard_normal((400, 3)) @ np.array([[1.0, 0.9, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 1.0]])
    with plugin_files([str(tmp_path / "oja.py")]):
        model = zoo.train("oja", x, units=1, epochs=20, learning_rate=0.005)
    (learned,) = model.weights["W"]
    standardized = (x - x.mean(axis=0)) / x.std(axis=0)
    first = np.linalg.svd(standardized)[2][0]
    assert abs(learned @ first) / np.linalg.norm(learned) > 0.99
    assert np.linalg.norm(learned) == pytest.approx(1, abs=0.05)


def test_the_layer_of_the_page_keeps_the_contract(tmp_path, capsys):
    (tmp_path / "scaled.py").write_text(files()["scaled.py"], "utf-8")
    assert main(["check", "scaled", "--plugin", str(tmp_path / "scaled.py")]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("package", ["zoo", "zoo.data", "zoo.nn", "zoo.plots", "zoo.views", "zoo.testing"])
def test_every_public_name_is_on_the_page(package):
    text = " ".join(re.findall(r"`([^`]+)`", BLOCK.sub("", PAGE.read_text("utf-8"))))
    shown = set(re.findall(r"[\w.]+", text))
    names = importlib.import_module(package).__all__
    assert not [
        name for name in names if not shown & {name if package != "zoo" else f"zoo.{name}", f"{package}.{name}"}
    ]


@pytest.mark.slow
def test_the_plugin_of_components_keeps_the_contract(tmp_path, capsys):
    (tmp_path / "bag.py").write_text(files()["bag.py"], "utf-8")
    assert main(["check", "bag", "--plugin", str(tmp_path / "bag.py")]) == 0, capsys.readouterr().out


def test_the_gradients_of_the_plugin_of_components_are_right(tmp_path):
    import numpy as np

    from zoo import Signature, create
    from zoo.nn.gradient_check import check_layer

    (tmp_path / "bag.py").write_text(files()["bag.py"], "utf-8")
    with plugin_files([str(tmp_path / "bag.py")]):
        network = create("bag", activation="swish").network(Signature("regression", (-1, 3), (2,), ("a", "b")))
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]])
    check_layer(network, np.random.default_rng(0).standard_normal((2, 4, 3)), mask=mask)


def test_every_hook_is_in_the_table():
    for hook in HOOKS:
        assert f"`{hook}(" in PAGE.read_text("utf-8")


def commands() -> list[str]:
    return [
        line.removeprefix("$ ")
        for _, kind, text in blocks()
        if kind == "console"
        for line in text.splitlines()
        if line.startswith("$ ")
    ]


def test_every_command_is_in_a_block_that_is_run():
    assert len(commands()) >= 20
    assert not [kind for _, kind, _ in blocks() if kind in ("sh", "bash", "shell")]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A virtual environment that sees what is installed here, with `zoo`, `pip` and `pytest`, off the network."""
    pytest.importorskip("hatchling", reason="hatchling, which builds the package, is not installed")
    pytest.importorskip("editables")
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    scheme = {"base": str(home), "platbase": str(home)}
    site = Path(sysconfig.get_path("purelib", vars=scheme))
    here = sysconfig.get_path("purelib")
    (site / "outer.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    scripts = {
        "zoo": f'exec {python} -m zoo "$@"',
        "pytest": f'exec {python} -m pytest -p no:cacheprovider "$@"',
        "pip": f'exec {sys.executable} -m pip --python {python} "$@"',
    }
    for name, line in scripts.items():
        script = home / "bin" / name
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "ZOO_CACHE": str(tmp_path / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this as: no isolation
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the page's commands are those of a POSIX shell")
def test_every_command_works_in_the_order_of_the_page(environment, tmp_path):
    pytest.importorskip("matplotlib")
    folder, begun = tmp_path / "here", set()
    folder.mkdir()
    for file, kind, text in blocks():
        if file:
            path = folder / file
            before = path.read_text("utf-8") + "\n\n" if path in begun else ""
            begun.add(path)
            path.write_text(before + text, "utf-8")
        for line in text.splitlines() if kind == "console" else ():
            command = line.removeprefix("$ ")
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
                continue
            done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    assert (folder / "energy.png").stat().st_size > 10_000
    (wheel,) = (folder / "dist").glob("zoo_hopfield-0.1.0-*.whl")
    assert wheel.stat().st_size > 1000
