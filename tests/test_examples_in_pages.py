"""The interactive examples on the pages, and in docstrings of public functions, give what is printed below them."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import api

ROOT = Path(__file__).parents[1]
PAGES = sorted(page for page in (ROOT / "docs").glob("*.md") if re.search(r"^>>> ", page.read_text("utf-8"), re.M))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FUNCTIONS = [
    name
    for name, each in vars(api).items()
    if inspect.isfunction(each) and each.__module__ == api.__name__ and ">>> " in (each.__doc__ or "")
]


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = re.sub(r"^```.*$", "", page.read_text("utf-8"), flags=re.M)  # doctest ends an example at an empty line
    failed, tried = run(text, page.name)
    assert tried and not failed


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_examples_of_a_function(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = run(getattr(api, name).__doc__, name)
    assert tried and not failed


def run(text: str, name: str) -> tuple[int, int]:
    test = doctest.DocTestParser().get_doctest(text, {"zoo": zoo, "np": np}, name, name, 0)
    return doctest.DocTestRunner(optionflags=FLAGS).run(test)


def test_the_page_about_the_inside_has_examples() -> None:
    assert "inside" in {page.stem for page in PAGES} and "encode" in FUNCTIONS
