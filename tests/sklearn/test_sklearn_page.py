"""What docs/sklearn.md shows runs, and its table of expected failures is that of the tests."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="scikit-learn is not installed: pip install '.[sklearn]'")

from tests.sklearn.test_checks import EXPECTED

PAGE = (Path(__file__).parents[2] / "docs" / "sklearn.md").read_text("utf-8")


def test_code_on_the_page_runs(tmp_path, monkeypatch):
    pytest.importorskip("pandas", reason="pandas is not installed")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    warnings.simplefilter("ignore")
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, names)
    assert names["search"].best_score_ > 0.85
    assert (tmp_path / "iris.h5").is_file()


def test_page_names_every_expected_failure():
    rows = [line for line in PAGE.splitlines() if "`check_" in line]
    for estimator, checks in EXPECTED.items():
        named = [row for row in rows if re.search(rf"`{estimator}`", row) or f"`{estimator[:3]}…`" in row]
        assert named and all(f"`{check}`" in named[0] for check in checks), estimator
