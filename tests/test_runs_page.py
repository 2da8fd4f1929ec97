"""The examples of docs/runs.md give what is printed below them."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
def test_examples_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parents[1] / "docs" / "runs.md"
    monkeypatch.chdir(tmp_path)
    text = re.sub(r"^```.*$", "", page.read_text("utf-8"), flags=re.M)
    test = doctest.DocTestParser().get_doctest(text, {}, "runs.md", "runs.md", 0)
    failed, tried = doctest.DocTestRunner(optionflags=FLAGS).run(test)
    assert tried > 20 and not failed
