"""Keep the code that the documentation shows equal to the files it comes from: `python .ci/include_rules.py`.

A page marks a place by a comment with file and name, `<!-- rule: plugins/zoo_recurrent/rules/lstm.py::step -->`; the
Python fence after it is the function (or class, or method) of that name, or of several names with commas between.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"(<!-- rule: (\S+)::(\S+) -->\n)(?:```python\n.*?\n```\n)?", re.DOTALL)


def source(path: str, name: str) -> str:
    """The lines of a function, class or method ("Perceptron.step") of a file."""
    text = (ROOT / path).read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for part in name.split("."):
        found = [each for each in ast.iter_child_nodes(node) if getattr(each, "name", None) == part]
        if not found:
            raise SystemExit(f"{path}: no {name!r}")
        node = found[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef) and node.end_lineno is not None
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    return "\n".join(line[node.col_offset :] for line in lines)


def renewed(page: str) -> str:
    """The page with every marked fence as its file has it."""

    def fence(match: re.Match[str]) -> str:
        code = "\n\n\n".join(source(match[2], name) for name in match[3].split(","))
        return f"{match[1]}```python\n{code}\n```\n"

    return PLACE.sub(fence, page)


def main() -> None:
    for path in sorted(ROOT.glob("docs/*.md")):
        page = path.read_text(encoding="utf-8")
        if (new := renewed(page)) != page:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
