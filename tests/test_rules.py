"""Rules are short enough to be read on one screen, and hold no trick."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = sorted(path for path in (ROOT / "plugins").glob("*/rules/*.py") if path.name != "__init__.py")


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
