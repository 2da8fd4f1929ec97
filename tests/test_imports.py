"""Imports go one way: read from the source, and held by what a new process has imported after a command."""

from __future__ import annotations

import ast
import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zoo

PACKAGE = Path(zoo.__file__).parent
PLUGINS = sorted(path for path in (PACKAGE.parent / "plugins").glob("zoo_*") if path.is_dir())
PLUGIN_NAMES = {path.name for path in PLUGINS}

# What a plugin may not see of the core: the trainer and whatever is built on it, the registry, the command line.
ABOVE_PLUGINS = {
    "zoo.api",
    "zoo.registry.cache",
    "zoo.checkpoint",
    "zoo.cli",
    "zoo.plots.render",
    "zoo.inference.evaluate",
    "zoo.training.checkpointer",
    "zoo.registry.loader",
    "zoo.checkpoint.load",
    "zoo.registry.validation",
    "zoo.training.prepare",
    "zoo.registry.lookup",
    "zoo.training.run",
    "zoo.checkpoint.model_state",
    "zoo.checkpoint.contents",
    "zoo.training.run_state",
    "zoo.training.loop",
}

# Who alone may import a library.
ALONE = {
    "click": ("zoo/cli/",),
    "rich": ("zoo/cli/", "zoo/datasets/", "zoo/data/"),  # progress of a download besides
    "h5py": ("zoo/checkpoint/", "zoo/hdf5/"),
    "pluggy": ("zoo/registry/hookspecs.py", "zoo/registry/loader.py"),
    "threadpoolctl": ("zoo/parallel/blas.py",),
    "fcntl": ("zoo/platform/system.py",),
    "msvcrt": ("zoo/platform/system.py",),
    "resource": ("zoo/platform/system.py",),
}


@functools.cache
def imports(path: Path) -> frozenset[tuple[str, bool]]:
    """The modules a file imports, anywhere in it, each with whether only a type checker sees it."""
    return frozenset(imports_in(path))


def imports_in(path: Path) -> Iterator[tuple[str, bool]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen_by_checker = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                folder = parts[: len(parts) - node.level]
                base = ".".join((*folder, *([base] if base else [])))
            names = [f"{base}.{alias.name}" for alias in node.names]
        for name in names:
            yield name, id(node) in seen_by_checker


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def test_the_rules_see_the_files():
    assert len(files(PACKAGE)) > 40 and PLUGINS
    assert ("click", False) in imports(PACKAGE / "cli" / "app.py")
    assert ("zoo.core.model.Model", True) in imports(PACKAGE / "plots" / "plot.py")


@pytest.mark.parametrize("path", files(PACKAGE), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_imports_no_plugin(path):
    found = {name for name, _ in imports(path) if name.partition(".")[0] in PLUGIN_NAMES}
    assert not found, f"{path} imports {found}"


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_sees_neither_another_plugin_nor_what_is_built_on_plugins(plugin):
    for path in files(plugin):
        for name, _ in imports(path):
            top = name.partition(".")[0]
            assert top == plugin.name or top not in PLUGIN_NAMES, f"{path} imports another plugin: {name}"
            assert not any(within(name, each) for each in ABOVE_PLUGINS), f"{path} imports {name}"


@pytest.mark.parametrize("library", ALONE)
def test_a_library_is_imported_in_its_own_place_alone(library):
    users = set()
    for path in [*files(PACKAGE), *(file for plugin in PLUGINS for file in files(plugin))]:
        where = path.relative_to(PACKAGE.parent).as_posix()
        if any(within(name, library) and not checker for name, checker in imports(path)):
            users.add(where)
    strangers = {user for user in users if not user.startswith(ALONE[library])}
    assert not strangers, f"{library} is imported by {strangers}, expected {ALONE[library]} alone"


def test_only_the_command_line_knows_the_command_line():
    for path in files(PACKAGE):
        if path.is_relative_to(PACKAGE / "cli") or path.name == "__main__.py":
            continue
        assert not [name for name, _ in imports(path) if within(name, "zoo.cli")], path


# --- what a process has imported --------------------------------------------------------------------------------------

HEAVY = ("numpy", "h5py", "rich", "matplotlib", "threadpoolctl", "scipy", "torch")

PROBE = """
import json, sys
from zoo.cli import main
code = main(sys.argv[1:])
sys.stdout.flush()
print("MODULES" + json.dumps([code, sorted(sys.modules)]))
"""


def modules_after(*arguments: str, cache: Path) -> set[str]:
    """The modules a new process has imported when a command is done."""
    environment = {**os.environ, "ZOO_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout.partition("MODULES")[2])
    assert code == 0, done.stderr
    return set(modules)


@pytest.fixture(scope="module")
def warm_cache(tmp_path_factory):
    """A cache folder whose catalogue is filled."""
    cache = tmp_path_factory.mktemp("cache")
    assert "numpy" in modules_after("list", cache=cache), "a cold catalogue is filled by importing the plugins"
    return cache


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("list",), ("list", "--datasets"), ("list", "--json"), ("plugins",)],
    ids=" ".join,
)
def test_a_light_command_imports_nothing_heavy_and_no_plugin(arguments, warm_cache):
    found = modules_after(*arguments, cache=warm_cache)
    assert not found & {*HEAVY, *PLUGIN_NAMES, "zoo.datasets", "zoo.plots", "zoo.training.loop"}


def test_help_is_as_light_before_anything_is_remembered(tmp_path):
    found = modules_after("--help", cache=tmp_path / "empty")
    assert not found & {*HEAVY, *PLUGIN_NAMES, "zoo.datasets", "zoo.plots", "pluggy"}
    assert not (tmp_path / "empty").exists()


def test_import_zoo_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import zoo; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names} == {"zoo"}


def test_every_public_name_is_there():
    for name in zoo.__all__:
        assert getattr(zoo, name) is not None
    assert set(zoo.__all__) <= set(dir(zoo))
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        zoo.trian  # noqa: B018
