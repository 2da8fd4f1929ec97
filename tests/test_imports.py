"""Imports go one way: read from the source, and held by what a new process has imported after a command."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zoo

PACKAGE = Path(zoo.__file__).parent
PLUGINS = sorted(path for path in (PACKAGE.parent / "plugins").glob("zoo_*") if path.is_dir())
PLUGIN_NAMES = {path.name for path in PLUGINS}
EXAMPLE = PACKAGE.parent / "examples" / "zoo-hopfield" / "zoo_hopfield"

# The packages of zoo that families import, as packages of others must; nothing behind them.
PUBLIC = {"zoo", "zoo.data", "zoo.nn", "zoo.plots", "zoo.testing", "zoo.views"}

# Who alone may import a library.
ALONE = {
    "click": ("zoo/cli/",),
    "rich": ("zoo/cli/", "zoo/datasets/", "zoo/data/"),  # progress of a download besides
    "h5py": ("zoo/checkpoint/", "zoo/hdf5/"),
    "pluggy": ("zoo/registry/hookspecs.py", "zoo/registry/loader.py"),
    "threadpoolctl": ("zoo/parallel/blas.py",),
    "sklearn": ("zoo/sklearn/",),
    "joblib": ("zoo/sklearn/",),
    "tomli_w": ("zoo/registry/recipes.py",),
    "platformdirs": ("zoo/platform/system.py",),
    "packaging": ("zoo/registry/package_names.py",),
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


@pytest.mark.parametrize("plugin", [*PLUGINS, EXAMPLE], ids=lambda path: path.name)
def test_a_family_imports_the_public_packages_alone(plugin):
    for path in files(plugin):
        for name, _ in imports(path):
            top, _, public = name.partition(".")
            assert top == plugin.name or top not in PLUGIN_NAMES, f"{path} imports another family: {name}"
            if top == "zoo" and public:
                package, _, each = name.rpartition(".")
                assert package in PUBLIC and each in importlib.import_module(package).__all__, f"{path} imports {name}"


@pytest.mark.parametrize("package", sorted(PUBLIC))
def test_every_public_name_is_there(package):
    module = importlib.import_module(package)
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", sorted(PUBLIC))
def test_a_public_package_has_one_list_of_names_which_type_checkers_read(package):
    """What type checkers are shown is what there is at run time, so they find a misspelt name."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    shown = {alias.asname: statement.module for statement in block.body for alias in statement.names}
    assert sorted(shown) == module.__all__
    for name, home in shown.items():
        value = getattr(module, name)
        assert value is sys.modules.get(f"{home}.{name}") or value is getattr(sys.modules[home], name)
    at_run_time = {id(node) for statement in block.orelse for node in ast.walk(statement)}
    for node in ast.walk(tree):  # a __getattr__ that type checkers see would give every misspelt name a type
        assert id(node) in at_run_time or getattr(node, "name", getattr(node, "id", "")) != "__getattr__"


@pytest.mark.parametrize("package", sorted(PUBLIC))
def test_no_module_hides_a_public_name(package):
    """Importing a module binds its name in the package, over the public name that is the same."""
    module = importlib.import_module(package)
    modules = {each.name for each in pkgutil.iter_modules(module.__path__)}
    hidden = [name for name in module.__all__ if name in modules and not inspect.ismodule(getattr(module, name))]
    assert not hidden


@pytest.mark.slow
def test_a_type_checker_finds_a_misspelt_name(tmp_path):
    (tmp_path / "misspelt.py").write_text("".join(f"import {each}; {each}.misspelt\n" for each in sorted(PUBLIC)))
    command = [sys.executable, "-m", "mypy", str(tmp_path / "misspelt.py")]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert done.stdout.count('Module has no attribute "misspelt"') == len(PUBLIC), done.stdout + done.stderr


def test_a_wrong_name_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="module 'zoo' has no attribute 'trian'"):
        zoo.trian  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'trian' from 'zoo'"):
        exec("from zoo import trian")
    names = {}
    exec("from zoo.plots import *", names)
    assert names.keys() >= {"COLOURS", "plain_axes"}


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
    [
        ("--help",),
        ("--version",),
        ("train", "--help"),
        ("list",),
        ("list", "--datasets"),
        ("list", "--json"),
        ("plugins",),
    ],
    ids=" ".join,
)
def test_a_light_command_imports_nothing_heavy_and_no_plugin(arguments, warm_cache):
    found = modules_after(*arguments, cache=warm_cache)
    assert not found & {*HEAVY, *PLUGIN_NAMES, "zoo.datasets", "zoo.plots.learning_curves", "zoo.training.loop"}


def test_help_is_as_light_before_anything_is_remembered(tmp_path):
    found = modules_after("--help", cache=tmp_path / "empty")
    assert not found & {*HEAVY, *PLUGIN_NAMES, "zoo.datasets", "zoo.plots", "pluggy"}
    assert not (tmp_path / "empty").exists()


def test_import_zoo_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import zoo; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names} == {
        "zoo",
        "zoo.lazy_names",
    }
