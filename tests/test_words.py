"""One word, one thing: the words that the glossary retired do not come back in their old meaning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [
    path
    for folder in ("zoo", "plugins", "models", "docs", "benchmarks", "examples", ".ci")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".md", ".toml", ".txt") and path.name != "RESULTS.md"
] + [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]

# What was retired, and what to write instead.
RETIRED = {
    r"told|foretell|foretold": "reported, predicted",
    r"hear|hears|heard|hearing": "receive, listen, called with",
    r"dream|dreams|dreaming|dreamt": "sample, negative phase",
    r"mend|mends|mended": "fix",
    r"bears": "has",
    r"figures": "metrics, plots",
    r"appraise|appraisal|blame": "derived_metrics, locate_non_finite",
    r"slots?(?!=)": "lane, optimizer state, position",
    r"naught|lest|aught": "nothing, so that … not",
}
ALLOWED = {
    "NEGATIVE_PHASE = ",  # the name that seeds a random stream
}

OF_MATPLOTLIB = ROOT / "zoo" / "plots" / "render.py"  # makes matplotlib's figures


@pytest.mark.parametrize("words", RETIRED)
def test_retired_words_stay_away(words: str) -> None:
    pattern = re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line) and not any(each in line for each in ALLOWED) and path != OF_MATPLOTLIB
    ]
    assert not found, f"write {RETIRED[words]}: {found[:5]}"


def test_figure_is_matplotlibs() -> None:
    """A `figure` is matplotlib's, or one of a paper; a number is a metric, a picture of a model a plot."""
    matplotlib = re.compile(
        r"matplotlib|figure[.:,)]|\(figure|figure \d|= *figure|figure =|`figure`|`Figure`|an empty|given"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\bfigure\b", line, re.IGNORECASE) and not matplotlib.search(line) and path != OF_MATPLOTLIB
    ]
    assert not found, found[:10]
