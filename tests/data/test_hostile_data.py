"""Hostile data files and recipes: read right or refused in one line that names them; nothing else is opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_data import FILES, PLACES, RECIPES, Make

from zoo.data.readers import READERS

# One process for many files: (path, seconds, growth of memory in MiB, error, its type, what was opened) of each.
WATCHED = """
import json, os, resource, sys, time, warnings
opened, watching = [], False
def hook(event, arguments):
    if watching and event in ("open", "os.system", "os.exec", "socket.connect", "pickle.find_class", "ctypes.dlopen"):
        opened.append(f"{event} {arguments[0]}")
sys.addaudithook(hook)
warnings.simplefilter("ignore")
import zoo
from zoo.data.open import open_dataset
from zoo.errors import ZooError
from zoo.data.splits import split
cases = json.load(sys.stdin)
def go(path, options):
    if path.endswith(".toml"):
        from zoo.training.prepare import prepare
        from zoo.registry.lookup import find_recipe
        prepare(find_recipe(path))
    else:
        dataset = open_dataset(path, **options)
        split(dataset, 0)
for path, options in cases[:1]:  # what Python imports, once and for all
    go(path, options)
told = []
for path, options in cases[1:]:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    opened.clear()
    watching, error = True, None
    try:
        go(path, options)
    except Exception as caught:
        error = (str(caught), isinstance(caught, ZooError), type(caught).__name__)
    watching = False
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    told.append((path, time.perf_counter() - start, peak, error, sorted(set(opened))))
json.dump(told, sys.stdout)
"""


def made(folder: Path, name: str, make: Make, ending: str) -> Path:
    place = folder / "".join(each if each.isalnum() else "_" for each in name)
    place.mkdir(parents=True)
    (place / "secret.txt").write_text("secret " * 100)
    path = place / f"data{ending}"
    make(path)
    return path


def answers(first: Path, cases: list[tuple[Path, dict[str, str]]]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        input=json.dumps([(str(path), options) for path, options in [(first, {}), *cases]]),
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if done.returncode:
        pytest.fail(done.stderr[-2000:])
    told = json.loads(done.stdout)
    assert len(told) == len(cases)
    problems = []
    for path, seconds, grown, error, opened in told:
        what = f"{Path(path).parent.name} {Path(path).name}"
        size = os.path.getsize(path) / 2**20 if os.path.isfile(path) else 0
        if error is not None and (not error[1] or "\n" in error[0] or "data" not in error[0] or len(error[0]) > 2000):
            problems.append(f"{what}: {error[2]}: {error[0][:300]!r}")
        if seconds > 10 or grown > 2 * size + 200:
            problems.append(f"{what}: took {seconds:.1f} s and {grown:.0f} MiB")
        if "secret" in "".join(opened) or any(not each.startswith("open ") for each in opened):
            problems.append(f"{what}: opened {opened}")
    assert not problems, "\n".join(problems)


def test_every_reader_has_hostile_files() -> None:
    assert {reader.open.__module__.rpartition(".")[2] for reader in READERS} <= set(FILES)


@pytest.mark.parametrize("module", FILES)
def test_hostile_files(module: str, tmp_path: Path) -> None:
    ending, files = FILES[module]
    first = tmp_path / "first.csv"
    first.write_text("a,b\n" + "1,0\n2,1\n" * 9)
    options = {"sequence_table": {"sequence": "a"}, "text_file": {"task": "language"}}.get(module, {})
    places = {f"instead: {name}": make for name, make in PLACES.items()}
    cases = [(made(tmp_path, name, make, ending), options) for name, make in (files | places).items()]
    answers(first, cases)


def test_hostile_recipes(tmp_path: Path) -> None:
    first = tmp_path / "first.toml"
    first.write_text('architecture = "mlp"\n')
    places = {f"instead: {name}": make for name, make in PLACES.items()}
    answers(first, [(made(tmp_path, name, make, ".toml"), {}) for name, make in (RECIPES | places).items()])
