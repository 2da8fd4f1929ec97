"""Rules are short enough to be read on one screen, and hold no trick."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = sorted(path for path in (ROOT / "plugins").glob("*/rules/*.py") if path.name != "__init__.py")
TYPES = ("step", "windows")  # what rules share

SPEC = importlib.util.spec_from_file_location("include_rules", ROOT / ".ci" / "include_rules.py")
assert SPEC is not None and SPEC.loader is not None
include_rules = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(include_rules)


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_a_rule_is_one_screen(path: Path) -> None:
    """At most 60 lines, no function above 30, each with a docstring; no argument for a buffer."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None and node.end_lineno - node.lineno < 30, node.name
        if isinstance(node, ast.Call):
            assert not {"out", "empty_like"} & {each.arg for each in node.keywords}, f"line {node.lineno}"
            assert getattr(node.func, "attr", "") not in ("empty", "empty_like"), f"line {node.lineno}"


def test_there_are_rules() -> None:
    assert len(RULES) >= 5


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_pages_show_the_code_as_it_is(page: Path) -> None:
    """`python .ci/include_rules.py` renews them."""
    text = page.read_text(encoding="utf-8")
    assert include_rules.renewed(text) == text


def test_every_rule_is_shown_or_linked() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert not [path.name for path in RULES if str(path.relative_to(ROOT)) not in pages and path.stem not in TYPES]
