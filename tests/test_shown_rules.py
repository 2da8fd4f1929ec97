"""Pages show rules as their files have them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOL = runpy.run_path(str(ROOT / "docs" / "show_rules.py"))
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if "<!-- rule:" in page.read_text(encoding="utf-8")]
FAMILIES = {"art", "boltzmann", "rbf", "som"}  # whose page shows rules; a family that has some on its page joins


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_the_code_of_the_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("<!-- rule:") == len(TOOL["MARKED"].findall(text)), "a comment that is not read as one"
    assert TOOL["with_rules"](text) == text, "run python docs/show_rules.py"


def test_every_family_shows_rules() -> None:
    assert {page.stem for page in PAGES} >= FAMILIES


def test_other_code_is_noticed_and_replaced() -> None:
    marker = "<!-- rule: plugins/zoo_som/rules/online.py::online_step -->\n"
    shown = TOOL["with_rules"](f"above\n\n{marker}\nbelow\n")
    assert shown.startswith(f"above\n\n{marker}```python\ndef online_step(") and shown.endswith("\n```\n\nbelow\n")
    assert TOOL["with_rules"](shown.replace("eta", "rate")) == shown
    with pytest.raises(SystemExit, match=r"online\.py: there is no function nothing; there are best_matching_unit"):
        TOOL["with_rules"](marker.replace("online_step", "nothing"))
