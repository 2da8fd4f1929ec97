"""Exceptions: only those that can be expected are caught; a mistake keeps its traceback and its culprit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zoo
from zoo.cli import main
from zoo.registry.culprit import culprit
from zoo.registry.selection import plugin_files

ROOT = Path(zoo.__file__).parents[1]
BROAD = ("Exception", "BaseException")

# Where anything may be caught, and why. Handlers that end in `raise` are not asked.
ALLOWED = {
    ("zoo/checkpoint/format/hashing.py", "_run"): "hands what it was to whoever waits for the thread",
    ("zoo/hdf5/viewer.py", "main"): "a process whose only way to say anything is the pipe",
    ("zoo/hdf5/child.py", "main"): "a process whose only way to say anything is the pipe",
    ("zoo/cli/app.py", "_run"): "the one place where errors are printed",
    (
        "zoo/registry/loader.py",
        "_guarded",
    ): "a plugin's hooks: whatever they raise is the plugin's, and harms nothing else",
    ("zoo/parallel/worker_main.py", "main"): "a process whose only way to say anything is the line",
    ("zoo/parallel/worker_main.py", "serve"): "hands what it was to the process that asked",
    ("zoo/parallel/worker_main.py", "sendable"): "pickling calls whatever an exception defines",
    (
        "zoo/parallel/processes.py",
        "__init__",
    ): "pickling calls whatever a plugin's step defines; threads do the same work",
    (
        "zoo/registry/lookup.py",
        "_examine",
    ): "a plugin that cannot be used is listed with its reason, and harms nothing else",
    (
        "zoo/registry/lookup.py",
        "_applying",
    ): "a plugin's plot or view that fails is reported with its line, and others are drawn",
    ("zoo/playground/knobs.py", "catalogue"): "a plugin's dataset that fails is listed as not here",
    (
        "zoo/playground/worker.py",
        "_train_or_wait",
    ): "a plugin's step that fails ends its run, is shown, and another can be started",
    ("zoo/playground/worker.py", "handle"): "a plugin that fails is shown to the page that asked, and the run goes on",
    ("zoo/playground/worker.py", "_scenes"): "a plugin's view that fails is shown in its place, and others are drawn",
    (
        "zoo/data/readers/__init__.py",
        "recognizes",
    ): "a plugin's reader that fails is warned about, and others are asked",
    ("zoo/testing/report.py", "outcome_of"): "a check is broken by whatever it meets, which is reported with its line",
    ("zoo/training/listening.py", "__call__"): "raises it once the batch in hand is finished and saved",
    ("zoo/cluster/work.py", "begin"): "hands what it was to the driver, which refuses the worker",
    ("zoo/cluster/work.py", "answer"): "hands what it was to the driver",
    ("zoo/cluster/work.py", "sendable"): "pickling calls whatever an exception defines",
    ("zoo/cluster/dask_engine.py", "_addresses"): "a scheduler that does not answer fails in many ways",
    ("zoo/cluster/dask_engine.py", "close"): "a connection that is gone fails in many ways when it is closed",
    ("zoo/cluster/dask_engine.py", "_end_local"): "processes that are gone fail in many ways when they are ended",
    ("zoo/parallel/threads.py", "run"): "hands what it was to whoever waits for the thread",
}


def broad_handlers(source: str) -> Iterator[tuple[str, int]]:
    """(function, line) of every handler and `suppress` that takes any exception and does not raise it again."""
    tree = ast.parse(source)
    function = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function |= {id(inner): node.name for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            names = [] if node.type is None else [each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)]
            broad = node.type is None or any(name in BROAD for name in names)
            last = node.body[-1]
            if broad and not (isinstance(last, ast.Raise) and last.exc is None):
                yield function.get(id(node), ""), node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            names = [each.id for each in node.args if isinstance(each, ast.Name)]
            if any(name in BROAD for name in names):
                yield function.get(id(node), ""), node.lineno


def test_nothing_catches_everything_but_where_it_says_why() -> None:
    found = {}
    for folder in ("zoo", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            found |= {(place, name): line for name, line in broad_handlers(path.read_text(encoding="utf-8"))}
    assert found.keys() <= ALLOWED.keys(), {key: found[key] for key in found.keys() - ALLOWED.keys()}
    assert ALLOWED.keys() <= found.keys(), f"no longer there: {ALLOWED.keys() - found.keys()}"


@pytest.mark.parametrize(
    "source",
    [
        "try: f()\nexcept Exception: pass",
        "try: f()\nexcept: pass",
        "try: f()\nexcept (ValueError, BaseException) as e: raise Other from e",
        "with suppress(Exception): f()",
        "with contextlib.suppress(OSError, Exception): f()",
    ],
)
def test_broad_handlers_are_found(source: str) -> None:
    assert list(broad_handlers(source))


def test_handlers_that_raise_again_and_narrow_ones_are_none() -> None:
    assert not list(broad_handlers("try: f()\nexcept BaseException:\n    g()\n    raise\nexcept ValueError: pass"))


# --- whose mistake it is ---------------------------------------------------------------------------------------------

PLUGIN = """
import zoo
from zoo_feedforward.mlp import Mlp
from dataclasses import dataclass
from typing import ClassVar

@dataclass(frozen=True)
class Wrong(Mlp):
    name: ClassVar[str] = "wrong"
    def build(self, signature, stream):
        return {}["weights"]

def draw(model, data, figure):
    [].pop()

@zoo.hookimpl
def zoo_architectures():
    return [Wrong]

@zoo.hookimpl
def zoo_plots():
    return [zoo.Plot("crooked", "a plot that fails", lambda model: True, draw)]
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "crooked.py"
    path.write_text(PLUGIN)
    return path


def test_a_mistake_in_a_plugin_is_told_with_its_name_and_line(plugin: Path, capsys: Any) -> None:
    assert main(["train", "wrong", "--data", "moons", "-q", "--plugin", str(plugin)]) == 1
    said = capsys.readouterr().err
    assert "this is a mistake in plugin file crooked.py (crooked.py, line 11): KeyError: 'weights'; --traceback" in said
    assert main(["train", "wrong", "--data", "moons", "-q", "--plugin", str(plugin), "--traceback"]) == 1
    assert 'return {}["weights"]' in capsys.readouterr().err


def test_a_plot_that_fails_keeps_its_traceback(plugin: Path, tmp_path: Path, capsys: Any) -> None:
    pytest.importorskip("matplotlib")
    with plugin_files([str(plugin)]):
        model = zoo.train("logistic", "moons", epochs=1)
        with pytest.raises(IndexError, match="pop from empty list") as raised:
            zoo.plot(model, tmp_path / "p.png", plots="crooked")
        assert culprit(raised.value) == "plugin file crooked.py (crooked.py, line 14)"
    zoo.save(model, tmp_path / "m.h5")
    out = str(tmp_path / "q.png")
    assert main(["plot", str(tmp_path / "m.h5"), "--plot", "crooked", "--out", out, "--plugin", str(plugin)]) == 1
    assert "IndexError: pop from empty list, while drawing plot 'crooked'; --traceback" in capsys.readouterr().err
    assert not Path(out).exists()


def test_a_mistake_in_zoo_is_zoos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    zoo.train("logistic", "moons", epochs=1, out=tmp_path / "m.h5")

    def wrong(values: Any) -> Any:
        raise TypeError("no such thing")

    monkeypatch.setattr("zoo.checkpoint.model_state.Signature.of", wrong)
    assert main(["predict", str(tmp_path / "m.h5"), "--data", "moons"]) == 1
    said = capsys.readouterr().err
    assert "this is a mistake in zoo: TypeError: no such thing; --traceback says where" in said
    with pytest.raises(TypeError, match="no such thing"):  # and no fault of the file
        zoo.load(tmp_path / "m.h5")


def test_a_mistake_while_a_checkpoint_is_saved_is_no_fault_of_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def wrong(*arguments: Any, **more: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("zoo.checkpoint.writer.lay_out", wrong)
    with pytest.raises(ZeroDivisionError):
        zoo.save(zoo.train("logistic", "moons", epochs=1), tmp_path / "m.h5")
    assert not list(tmp_path.iterdir())
