"""Learning curves of several runs in one plot: every run and metric is drawn, and nothing else is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

import zoo
from zoo.cli import main
from zoo.errors import UsageError
from zoo.plots.compared_curves import draw_compared, names_of


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    found = [folder / "a.h5", folder / "b.h5"]
    for seed, path in enumerate(found):
        zoo.train("moons", epochs=3 + seed, validation=0.2 * seed, seed=seed, out=path)
    return found


def test_a_line_for_every_run_and_part(files: list[Path]) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    draw_compared({path.stem: zoo.load(path) for path in files}, figure)
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert set(panels) == {"loss", "accuracy"}
    for name, axes in panels.items():
        drawn = [list(line.get_ydata()) for line in axes.get_lines()]
        curves = [zoo.load(path).history["train"] for path in files]
        assert drawn == [curves[0][name], curves[1][name], curves[1][f"validation/{name}"]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_from_python_and_the_command_line(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert zoo.plot(files, "two.svg", plots="learning").read_bytes()
    assert main(["plot", *map(str, files), "--out", "three.png"]) == 0
    assert (tmp_path / "three.png").stat().st_size > 10_000
    assert main(["plot", *map(str, files), "--plot", "regions"]) == 2
    assert "'regions' is drawn of one model, got 2" in capsys.readouterr().err
    assert main(["plot", *map(str, files), "--data", "moons"]) == 2
    with pytest.raises(UsageError, match="got no models"):
        zoo.plot([])
    with pytest.raises(UsageError, match="has no recorded epochs"):
        zoo.plot([files[0], zoo.train("moons", epochs=0)])


def test_files_of_one_name_are_distinguished_by_their_folders() -> None:
    assert names_of(["x/run.h5", "y/run.h5", "z.h5"]) == ["x/run", "y/run", "z"]
    assert names_of(["a.h5", "a.h5"]) == ["1: a.h5", "2: a.h5"]
