"""`zoo new-plugin` writes a package that works at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zoo.cli import main
from zoo.errors import UsageError
from zoo.registry.scaffold import FILES, fill, words, write_package


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of a new package, and a folder into which pip has installed it."""
    pytest.importorskip("pip")
    pytest.importorskip("hatchling", reason="hatchling, which builds the package, is not installed")
    folder = write_package("nearest-mean", tmp_path_factory.mktemp("new") / "zoo-nearest-mean")
    site = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", str(site), str(folder)], check=True, capture_output=True)
    return folder, site


@pytest.fixture
def run(installed, tmp_path):
    """Runs a command where the package is installed."""
    _, site = installed
    environment = {**os.environ, "PYTHONPATH": str(site), "ZOO_CACHE": str(site.with_name("cache"))}

    def run(*arguments, cwd=tmp_path):
        return subprocess.run(
            [sys.executable, "-m", *arguments], env=environment, cwd=cwd, capture_output=True, text=True
        )

    return run


def test_it_is_listed_trained_and_its_recipe_keeps_its_promise(run):
    listed = {each["name"] for each in json.loads(run("zoo", "list", "--json").stdout)}
    assert {"nearest-mean", "nearest-mean-digits"} <= listed
    done = run("zoo", "train", "nearest-mean", "--power", "1", "--quiet")
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout and "saved checkpoints/nearest-mean-1.h5" in done.stdout
    assert run("zoo", "eval", "checkpoints/nearest-mean-1.h5").returncode == 0
    reproduced = run("zoo", "reproduce", "nearest-mean-digits")
    assert reproduced.returncode == 0, reproduced.stdout + reproduced.stderr


def test_its_tests_pass(run, installed):
    done = run("pytest", "-q", "-p", "no:cacheprovider", cwd=installed[0])
    assert done.returncode == 0 and "[100%]" in done.stdout, done.stdout[-2000:]


def test_it_announces_itself_and_depends_on_zoos_distribution(installed):
    _, site = installed
    (about,) = site.glob("zoo_nearest_mean-0.1.0.dist-info")
    assert (about / "entry_points.txt").read_text().split() == ["[zoo]", "nearest-mean", "=", "zoo_nearest_mean"]
    assert "Requires-Dist: zoo-networks>=" in (about / "METADATA").read_text()
    assert (site / "zoo_nearest_mean" / "recipes" / "nearest-mean-digits.toml").is_file()


def test_what_it_writes_is_formatted_and_free_of_mistakes(installed):
    for command in (
        ["check", "--select", "E,F,B,UP,RUF,SIM", "--ignore", "RUF001,RUF002,RUF003"],
        ["format", "--check"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--line-length", "120", "."],
            cwd=installed[0],
            capture_output=True,
            text=True,
        )
        if "No module named ruff" in done.stderr:
            pytest.skip("ruff is not installed")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["iterator", "model", "2net", "a_b-c", "zoo-net", "class"])
def test_any_name_gives_valid_python(name, tmp_path):
    folder = write_package(name, tmp_path / "package")
    for path in folder.rglob("*.py"):
        compile(path.read_text(), str(path), "exec")
    left = [path for path in folder.rglob("*") if path.is_file() and "STEM" in path.read_text()]
    assert not left and len(list(folder.rglob("*.*"))) >= len(FILES)


def test_names():
    assert words("zoo-nearest_mean")["PACKAGE"] == "zoo-nearest-mean"
    assert fill("MODULE/NAME STEMNetwork", words("nearest-mean")) == "zoo_nearest_mean/nearest-mean NearestMeanNetwork"


@pytest.mark.parametrize("name", ["Net", "", "a b", "zoo-", "../up", "a.b"])
def test_a_name_that_no_architecture_can_have_is_refused(name, tmp_path):
    with pytest.raises(UsageError, match=r"expected small letters, digits, - and _"):
        write_package(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_taken_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"package zoo-networks has the architecture 'mlp'; take a free name"):
        write_package("mlp", tmp_path / "new")


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("zoo-net").mkdir()
    Path("zoo-net/mine.txt").write_text("mine")
    assert main(["new-plugin", "net"]) == 2
    assert "the folder 'zoo-net' is not empty" in capsys.readouterr().err
    assert [path.name for path in Path("zoo-net").iterdir()] == ["mine.txt"]
    Path("file").write_text("")
    assert main(["new-plugin", "net", "--out", "file"]) == 2
    assert main(["new-plugin", "net", "--out", "empty/new"]) == 0
    assert Path("empty/new/zoo_net/network.py").is_file()
