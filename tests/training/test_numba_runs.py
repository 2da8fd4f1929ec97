"""`--kernels numba`: refused where it cannot be or does nothing, recorded, and needed again for the same bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import checkpoint
from zoo.errors import OptionError, UsageError
from zoo.training import compiled_kernels

X = np.random.default_rng(0).random((40, 3))
DATA = (X, X.sum(axis=1))
OPTIONS = {"hidden": 4, "epochs": 4, "optimizer": "adam", "schedule": "constant"}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_kernels, "numba_version", lambda: "")


def test_without_numba_one_line_says_what_to_install(without: None) -> None:
    with pytest.raises(UsageError, match=r"needs numba, which is not installed: pip install 'zoo-networks\[fast\]'"):
        zoo.train("mlp", DATA, kernels="numba", **OPTIONS)


@pytest.mark.parametrize(("name", "options"), [("mlp", {"optimizer": "sgd"}), ("perceptron", {}), ("art1", {})])
def test_where_no_kernel_is_compiled_the_setting_is_refused(name: str, options: dict[str, str]) -> None:
    bits = (X > 0.5).astype(float)
    bits[:, 0] = 1
    data = bits if name == "art1" else (bits, bits[:, 1])
    with pytest.raises(OptionError, match="kernels has no effect here: no phase of"):
        zoo.train(name, data, kernels="numba", **options)


def test_auto_and_numpy_are_the_same_whatever_is_installed(tmp_path: Path) -> None:
    auto, numpy = (zoo.train("mlp", DATA, kernels=k, **OPTIONS, out=tmp_path / f"{k}.h5") for k in ("auto", "numpy"))
    for name, array in auto.weights.items():
        assert array.tobytes() == numpy.weights[name].tobytes()
    assert "numba" not in checkpoint.inspect(tmp_path / "auto.h5").manifest["versions"]


def test_a_run_goes_on_to_the_same_bits_with_the_same_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numba = pytest.importorskip("numba")
    x = np.random.default_rng(1).normal(size=(60, 5, 2)).astype(np.float32)
    data, options = (x, x[:, :, 0].sum(axis=1) > 0), {"hidden": 4, "schedule": "constant", "kernels": "numba"}
    whole = zoo.train("lstm", data, epochs=4, out=tmp_path / "whole.h5", **options)
    zoo.train("lstm", data, epochs=2, out=tmp_path / "half.h5", **options)
    manifest = checkpoint.inspect(tmp_path / "half.h5").manifest
    assert (manifest["training"]["kernels"], manifest["versions"]["numba"]) == ("numba", numba.__version__)
    on = zoo.resume(tmp_path / "half.h5", data=data, epochs=4, out=tmp_path / "on.h5")
    for name, array in whole.weights.items():
        assert on.weights[name].tobytes() == array.tobytes(), name
    for version, here in (("0.1", "here is 0.1"), ("", "here is none")):
        monkeypatch.setattr(compiled_kernels, "numba_version", lambda version=version: version)
        with pytest.raises(
            UsageError, match=f"trained with the kernels of numba {numba.__version__}, {here}; the same"
        ):
            zoo.resume(tmp_path / "half.h5", data=data, epochs=4, out=tmp_path / "again.h5")


def test_one_line_says_that_it_compiles_and_where_no_folder_can_be_written_it_works(tmp_path: Path) -> None:
    """In a process whose kernels lie in a fresh folder for the first time, and in a file that does not say where."""
    pytest.importorskip("numba")
    import os
    import subprocess
    import sys

    code = (
        "import numpy as np, warnings; from zoo import compiled\n"
        "@compiled()\n"
        "def double(x): return 2 * x\n"
        "double.py_func.__module__ = 'zoo_test'\n"
        "print(double(3), double(2.5))\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "6 5.0\n"
    assert done.stderr.count("compiling at the first use") == 1
