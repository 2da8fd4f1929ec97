"""Every architecture names the papers it is from, and `zoo cite` prints them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import zoo
from zoo import checkpoint
from zoo.cli import main
from zoo.registry.citations import sources_in, sources_of
from zoo.registry.lookup import find_architecture


@pytest.mark.parametrize("name", zoo.list_architectures())
def test_every_architecture_names_a_paper(name: str) -> None:
    papers = sources_of(find_architecture(name))
    assert papers
    for paper in papers:
        assert re.search(r"[A-Z]\. .*\(\d{4}[a-z]?\), \S", paper), f"{name}: author (year), title: {paper!r}"


def test_papers_end_with_their_paragraph() -> None:
    text = """What it is.

    More. Sources: A. One (1958), First: with a colon; for the
    rest B. Two and C. Three (1986b), Second.

    Not this one: D. Four (1999), Third.
    """
    assert sources_in(text) == [
        "A. One (1958), First: with a colon",
        "for the rest B. Two and C. Three (1986b), Second",
    ]
    assert sources_in("No paper. Source: the author") == []


def test_a_name_a_recipe_and_a_file_are_cited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cite", "lstm"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("S. Hochreiter and J. Schmidhuber (1997)") and f"zoo {zoo.__version__}" in lines[-1]
    assert main(["cite", "rbm-mnist"]) == 0
    assert "published result: Salakhutdinov and Murray (2008)" in capsys.readouterr().out
    path = tmp_path / "nand.h5"
    zoo.train("nand", seed=7, epochs=1, out=path)
    assert main(["cite", str(path)]) == 0
    assert "seed: 7" in capsys.readouterr().out
    assert main(["cite", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["recipe"] == "nand" and document["sha256"] == checkpoint.read(path).sha256
    assert document["papers"] == list(sources_of(find_architecture("perceptron")))
    assert main(["cite", "lsmt"]) == 2
    assert "did you mean" in capsys.readouterr().err
