"""Where pictures go: a file of a known ending that is not there yet."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import zoo
from zoo.cli.app import main
from zoo.errors import UsageError
from zoo.plots.render import check_picture


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    for out in (f"{tmp_path}/new/", str(tmp_path), tmp_path, f"{tmp_path}/new/."):
        with pytest.raises(UsageError, match=r"^plot: --out '.*' names a folder, expected a file, .*picture\.png'$"):
            check_picture(out)
    assert check_picture(tmp_path / "new") == "png" and check_picture(tmp_path / "new.SVG") == "svg"


def test_without_matplotlib_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.image"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails
    path = tmp_path / "rbm.h5"
    zoo.train("rbm", "letters", hidden=4, epochs=1, out=path)
    for command in ("plot", "sample"):
        assert main([command, str(path)]) == 2
        assert capsys.readouterr().err.strip().endswith("; install it: pip install 'zoo-networks[plot]'")
