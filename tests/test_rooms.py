"""Which rooms of `zoo` may import which, read from the sources; and no import cycles between modules."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import zoo

PACKAGE = Path(zoo.__file__).parent

# The rooms that each room may import, at module level or in functions; the modules in OPEN may be imported by all.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "platform": set(),
    "parallel": {"core", "platform"},
    "nn": {"core", "parallel"},
    "hdf5": {"platform"},
    "data": {"core", "hdf5", "platform"},
    "registry": {"core", "data", "platform", "plots"},
    "checkpoint": {"core", "data", "hdf5", "platform", "registry"},
    "inference": {"core", "data", "checkpoint", "parallel", "platform", "registry", "training"},
    "cluster": {"core", "data", "parallel", "platform", "registry", "training"},
    "training": {"core", "cluster", "data", "checkpoint", "inference", "parallel", "platform", "registry"},
    "logging": {"core"},
    "interchange": {"checkpoint", "core", "data", "nn", "parallel", "platform", "registry", "training"},
    "plots": {"core", "data", "checkpoint", "inference", "platform", "registry", "training"},
    "reproduction": {"core", "data", "inference", "parallel", "platform", "plots", "registry", "training"},
    "sweeps": {
        *("core", "data", "checkpoint", "inference", "parallel", "platform", "plots", "registry", "training"),
    },
    "views": {"core", "data", "plots", "registry"},
    "playground": {
        *("core", "data", "checkpoint", "inference", "parallel", "platform", "plots", "registry", "training", "views"),
    },
    "datasets": {"core", "data", "platform", "registry"},
    "sklearn": {"core", "data", "inference", "parallel", "platform", "registry", "training", "api"},
    "testing": {"core", "data", "checkpoint", "inference", "nn", "parallel", "platform", "registry", "training"},
}
OPEN = {"errors", "lazy_names", "options", "printable", "types", "wording"}
ABOVE = {"cli", "__main__"}  # import everything; nobody imports them
TOP = {"__init__", "api"}  # import every room but the command line

# (module, imported module): why it crosses the table.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("zoo.core.model", "zoo.parallel.pickling"): "a copy keeps the views of one buffer",
    ("zoo.core.training_step", "zoo.parallel.pickling"): "a copy keeps the views of one buffer",
    ("zoo.core.open_registry", "zoo.registry.lookup"): "tables of components list those of plugins",
    ("zoo.checkpoint.model_state", "zoo.training.loop"): "a checkpoint holds the position of its training",
    ("zoo.checkpoint.model_state", "zoo.parallel.blas"): "a checkpoint names the libraries that computed it",
    ("zoo.data.open", "zoo.registry.lookup"): "datasets with names come from plugins",
    ("zoo.data.prediction_sequences", "zoo.registry.lookup"): "datasets with names come from plugins",
    ("zoo.parallel.processes", "zoo.registry.selection"): "a worker process uses the plugins of its parent",
    ("zoo.parallel.worker_main", "zoo.registry.selection"): "a worker process uses the plugins of its parent",
    ("zoo.parallel.pool", "zoo.registry.selection"): "a process that trains uses the plugins of its parent",
    ("zoo.parallel.pickling", "zoo.registry.cache"): "a pickled step names the plugin it comes from",
    ("zoo.parallel.pickling", "zoo.registry.lookup"): "a pickled step names the plugin it comes from",
    ("zoo.parallel.pickling", "zoo.registry.selection"): "a pickled step names the plugin it comes from",
    ("zoo.hdf5.guarded", "zoo.checkpoint.format.manifest"): "both parse JSON from a stranger's file",
}


@functools.cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("zoo", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(module: str) -> Iterator[tuple[str, bool]]:
    """(imported module, whether the import runs when the module is imported) for every import of zoo's own modules.

    Imports that only a type checker sees are left out: they bind no module to another at run time.
    """
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    late = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
    unseen = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            found = name if name in modules() else name.rpartition(".")[0]
            if found in modules() and found != module and id(node) not in unseen:
                yield found, id(node) not in late


def room(module: str) -> str:
    """The room a module lies in, or its own name at the top of the package."""
    return module.split(".")[1] if "." in module else "__init__"


def test_every_room_has_a_rule():
    assert {room(module) for module in modules()} == {*MAY_IMPORT, *OPEN, *ABOVE, *TOP}


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_room_imports_the_rooms_of_its_row_alone(name):
    crossing = [
        f"{module} imports {imported}"
        for module in modules()
        if room(module) == name
        for imported, _ in imports(module)
        if room(imported) not in {name, *MAY_IMPORT[name], *OPEN} and imported != "zoo"
        if (module, imported) not in EXCEPTIONS
    ]
    assert not crossing, f"zoo/{name} may import {sorted(MAY_IMPORT[name])}"


@pytest.mark.parametrize(("module", "imported"), EXCEPTIONS)
def test_every_exception_is_still_needed(module, imported):
    assert imported in {found for found, _ in imports(module)}


def test_nobody_imports_the_command_line():
    users = {module for module in modules() if any(room(found) in ABOVE for found, _ in imports(module))}
    assert {room(module) for module in users} <= ABOVE


def test_modules_import_each_other_in_no_cycle():
    needs = {module: {found for found, early in imports(module) if early} for module in modules()}
    while ready := {module for module, found in needs.items() if not found & needs.keys() - {module}}:
        needs = {module: found for module, found in needs.items() if module not in ready}
    assert not needs, f"import cycle among {sorted(needs)}"


# --- families ---

FAMILIES = sorted(path.name for path in (PACKAGE.parent / "plugins").glob("zoo_*") if path.is_dir())


@functools.cache
def family_imports(family: str) -> dict[str, tuple[set[str], set[str]]]:
    """By module of a family those of its own that it imports: (at run time, early or late; for type checking alone)."""
    folder = PACKAGE.parent / "plugins"
    paths = {
        ".".join(path.relative_to(folder).with_suffix("").parts): path for path in folder.glob(f"{family}/**/*.py")
    }
    found = {}
    for module, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        typing = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        sides: tuple[set[str], set[str]] = (set(), set())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
                sides[id(node) in typing].update((names & paths.keys()) - {module})
        found[module] = sides
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_ties_a_knot_for_type_checking(family):
    """A module imports for type checking alone none of its family that imports it back, through whatever others."""
    graph = family_imports(family)
    knots = []
    for module, (_, typing) in graph.items():
        for begin in typing:
            reached, todo = set(), [begin]
            while todo:
                if (each := todo.pop()) not in reached:
                    reached.add(each)
                    todo.extend(graph[each][0])
            if module in reached:
                knots.append(f"{module} imports {begin}, which imports it back")
    assert not knots


@pytest.mark.parametrize("family", FAMILIES)
def test_rules_import_no_kernel_and_no_model(family):
    """Rules take arrays and values: kernels and models import them, never the other way round."""
    above = [
        f"{module} imports {name}"
        for module, (imported, typing) in family_imports(family).items()
        if module.startswith(f"{family}.rules.")
        for name in imported | typing
        if {"kernels", "model"} & set(name.split("."))
    ]
    assert not above
